"""The open situations, the answer to each, and variants of them that must be answered alike."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from holdshort.core.answers import Answer
from holdshort.core.screening import Screener

NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
STOPPED = ("held", "not due")
GOES_ON = ("released", "needs review")
_ISO_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}(?=$|T)")
_LOOSE_DATE = re.compile(
    r"\d{1,2}/\d{1,2}/\d{4}|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b", re.I
)
_MONEY_KEYS = frozenset({"amount", "arr", "value", "total"})


def load(shared_data: Path) -> list[dict[str, Any]]:
    lines = (shared_data / "situations.open.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def asked(situation: dict[str, Any]) -> dict[str, Any]:
    """The record, with every action proposed that the situation expects something of."""
    record: dict[str, Any] = copy.deepcopy(situation["record"])
    expected = situation["expected"]
    record["proposed_actions"] += [*expected["blocked_actions"], *expected["allowed_actions"]]
    return record


def misses(answer: Answer, expected: dict[str, Any]) -> list[str]:
    """In words, what the answer gets wrong; empty where all is as expected."""
    wrong = []
    for kind in expected["blocked_actions"]:
        if answer.actions[kind].state not in STOPPED:
            wrong.append(f"{kind} should be stopped, is {answer.actions[kind].state}")
    for kind in expected["allowed_actions"]:
        if answer.actions[kind].state not in GOES_ON:
            wrong.append(f"{kind} should go on, is {answer.actions[kind].state}")
    return wrong


def shape(answer: Answer) -> dict[str, Any]:
    """What must stay the same when only names, amounts and days change."""
    return {
        "verdict": answer.verdict,
        "tier": answer.tier,
        "reviewers": answer.reviewers,
        "findings": [(each.case, each.result) for each in answer.findings],
        "actions": {kind: verdict.state for kind, verdict in answer.actions.items()},
    }


def variants(record: dict[str, Any], how_many: int, free_days: frozenset[date]) -> Iterator[dict[str, Any]]:
    """
    Yield copies of `record` that say the same of another customer at another time.

    Names, addresses and ids are others; amounts are scaled and days shifted by whole weeks, together, where no free
    text states an amount or a day; keys stand in another order; a field that nobody asks for is added.
    """
    text = json.dumps(record)
    for seed in range(how_many):
        draw = random.Random(seed)
        changed = json.loads(_renamed(text, seed))
        if not _LOOSE_DATE.search(_free_text(record)):
            changed = _shifted(changed, _weeks(changed, draw, free_days))
        if not _has_text_amounts(changed):
            changed = _scaled(changed, draw.choice((1, 2)))
        changed = _shuffled(changed, draw)
        changed["crm"]["fav_colour"] = draw.choice(("teal", "ochre", ""))
        changed["office_weather"] = {"sky": "grey", "degrees": seed}
        yield changed


def _renamed(text: str, seed: int) -> str:
    # One account name holds invisible characters; it is still the same company.
    text = text.replace("Northwind\\u00a0Freight\\u200b", "Northwind Freight")
    company = ("Halden Rope", "Quillon Foods", "Brightmoor Press", "Ostro Marine")[seed % 4]
    for old, new in (
        ("Northwind Freight", company),
        ("northwind.example", f"{company.split()[0].lower()}.example"),
        ("OPP-", f"D{seed}-"),
        ("ACC-", f"A{seed}-"),
        ("PRJ-", f"P{seed}-"),
        ("CT-", f"K{seed}-"),
        ("evt-", f"e{seed}-"),
    ):
        text = text.replace(old, new)
    return text


def _free_text(record: dict[str, Any]) -> str:
    """Everything that is no ISO date, since a day stated in words cannot be shifted along."""
    return " ".join(each for each in _strings(record) if not _ISO_DAY.match(each))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, str):
        yield value


def _weeks(record: dict[str, Any], draw: random.Random, free_days: frozenset[date]) -> int:
    """A shift under which the same days are holidays as before: none of them, that is, where none was."""
    days = [date.fromisoformat(each[:10]) for each in _strings(record) if _ISO_DAY.match(each)]
    first, last = min(days), max(days)

    def near(shift: int) -> int:
        moved = timedelta(weeks=shift)
        return sum(
            1 for day in free_days if first + moved <= day <= min(last, first + timedelta(days=90)) + moved
        )

    choices = [
        shift
        for shift in range(-8, 9)
        if near(shift) == near(0) and not any(d + timedelta(weeks=shift) in free_days for d in days)
    ]
    return draw.choice(choices or [0])


def _shifted(value: Any, weeks: int) -> Any:
    if isinstance(value, dict):
        return {key: _shifted(each, weeks) for key, each in value.items()}
    if isinstance(value, list):
        return [_shifted(each, weeks) for each in value]
    if isinstance(value, str) and _ISO_DAY.match(value):
        return (date.fromisoformat(value[:10]) + timedelta(weeks=weeks)).isoformat() + value[10:]
    return value


def _has_text_amounts(record: dict[str, Any]) -> bool:
    return any(
        isinstance(system.get(key), str)
        for system in record.values()
        if isinstance(system, dict)
        for key in _MONEY_KEYS
    )


def _scaled(value: Any, factor: int, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _scaled(each, factor, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_scaled(each, factor, key) for each in value]
    if key in _MONEY_KEYS and isinstance(value, int | float) and not isinstance(value, bool):
        return value * factor
    return value


def _shuffled(value: Any, draw: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        draw.shuffle(keys)
        return {key: _shuffled(value[key], draw) for key in keys}
    if isinstance(value, list):
        return [_shuffled(each, draw) for each in value]
    return value


def answer_to(screener: Screener, record: dict[str, Any], line: int = 1) -> Answer:
    return screener.screen(record, line, NOW)
