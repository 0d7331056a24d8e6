"""
A made-up company's last ninety days, with planted failures: to try `shadow` and `mine` before there is a history.

What was planted is written beside it (`truth.json`), so that anybody can see whether a replay finds it. Nothing here asks
the register: the planted rates are those of the draw, and what a row must catch follows from which defect was planted.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where

WEEKS = 9
_WON = datetime(2026, 3, 9, 16, 20, tzinfo=UTC)
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d")
_RUNS = {
    "create_kickoff_tasks": 2,
    "schedule_kickoff": 20,
    "provision_access": 26,
    "send_activation_message": 30,
    "send_timeline": 44,
    "send_customer_message": 46,
}
"""Hours after the win at which the made-up automation acts."""
_FIRST = "Alder Birch Cedar Delta Elm Fern Grove Hazel Iris Juniper Kelp Linden Maple Nettle Oak Pine Quince Rowan".split()
_SECOND = (
    "Bakery Clinics Dairy Energy Farms Foods Glass Hotels Interiors Laundry Motors Paper Print Tools".split()
)


@dataclass(frozen=True)
class Planted:
    """
    One way in which things go wrong, planted in a share of the onboardings.

    Of the onboardings that have the defect, a share comes to harm; a share is mended before anything ran; in the others
    the defect stays and nothing comes of it. `case` is the starter's row about it, empty where none is.
    """

    name: str
    share: float
    harm: float
    mended: float
    outcome: str
    action: str
    case: str
    changes: tuple[Mapping[str, Any], ...]
    mend: Mapping[str, Any]
    decisions: tuple[str, ...] = ()
    what: str = ""


def _note(text: str) -> dict[str, Any]:
    return {"notes": [{"id": "N1", "source": "crm_note", "text": text}]}


_STANDARD = _note("Standard rollout, nothing custom was discussed.")
PLANTED: tuple[Planted, ...] = (
    Planted(
        "success criteria are blank", 0.08, 0.7, 0.15, "handoff returned", "create_kickoff_tasks", "CO-EDGE-001",
        ({"handoff": {"success_criteria": None}}, {"handoff": {"success_criteria": "TBD"}}, {"handoff": {"success_criteria": "n/a"}}),
        {"handoff": {"success_criteria": "90% of orders planned in the product by day 45"}},
        what="sent back to sales, nobody could say what success means",
    ),
    Planted(
        "CRM and contract name different plans", 0.05, 0.6, 0.2, "wrong plan", "provision_access", "CO-EDGE-002",
        ({"crm": {"plan": "Enterprise"}}, {"crm": {"plan": "Starter"}}), {"crm": {"plan": "Pro"}},
        ("approve-kickoff", "reject"), "workspace had to be set up again",
    ),
    Planted(
        "a PO is required and absent", 0.06, 0.5, 0.2, "billing trouble", "send_activation_message", "CO-EDGE-004",
        ({"order_form": {"po_required": True, "po_number": ""}},), {"order_form": {"po_number": "PO-8841"}},
        ("request-info",), "invoice bounced",
    ),
    Planted(
        "a note promises a date", 0.05, 0.65, 0.1, "scope changed", "send_timeline", "CO-EDGE-003",
        (_note("Told the customer they will be live in 14 days."), _note("We committed to go live by May.")), _STANDARD,
        what="bad handoff",
    ),
    Planted(
        "a shared mailbox is the only contact", 0.05, 0.7, 0.0, "message corrected", "send_customer_message", "",
        (_note("They read mail in a shared mailbox, ask for the night shift."),
         _note("Only a shared mailbox so far, names to follow.")), _STANDARD,
        what="the mail reached the wrong people",
    ),
)  # fmt: skip
MANY_SEATS = 300
_SEATS_HARM = 0.45
_UNSEEN = 0.02
"""Of all others the share that goes wrong though nothing shows it beforehand."""
_LARGE = 0.12


def write_history(folder: Path, seed: int, onboardings: int) -> list[str]:
    """
    Write a history into a new folder: `history.jsonl`, and `truth.json` with what was planted.

    Args:
        folder: New or empty.
        seed: The same seed makes the same history.
        onboardings: How many.

    Returns:
        What was written, a line each.

    Raises:
        HoldshortError: The folder exists and is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise HoldshortError(
            [
                Diagnostic(
                    "DEMO-001", f"`{folder}` exists and is not empty", Where(str(folder)), "name a new folder"
                )
            ]
        )
    folder.mkdir(parents=True, exist_ok=True)
    made = MadeHistory(seed, onboardings)
    with (folder / "history.jsonl").open("w", encoding="utf-8") as stream:
        for event in made.events():
            stream.write(json.dumps(event, ensure_ascii=False) + "\n")
    (folder / "truth.json").write_text(json.dumps(made.truth(), indent=1) + "\n", "utf-8")
    return [
        f"{folder / 'history.jsonl'}: {onboardings} made-up onboardings of {WEEKS} weeks, as they became known",
        f"{folder / 'truth.json'}: what was planted in them; compare it with what `shadow` and `mine` find",
    ]


class MadeHistory:
    """Events of made-up onboardings, in the order in which they happened to each, with a count of what was planted."""

    def __init__(self, seed: int, onboardings: int) -> None:
        self.seed, self.onboardings = seed, onboardings
        clean = files("holdshort").joinpath("starter", "records", "clean-mid-market.json").read_text("utf-8")
        self._clean = clean
        self._went_wrong: list[str] = []
        self._went_well = 0
        self._caught: dict[str, list[str]] = {}
        self._held: dict[str, list[str]] = {}
        self._planted: Counter[str] = Counter()
        self._harmed: Counter[str] = Counter()

    def events(self) -> Iterator[dict[str, Any]]:
        """Every event; read them all before `truth`."""
        random = Random(self.seed)  # noqa: S311 (made-up days are no secret)
        for number in range(1, self.onboardings + 1):
            yield from self._onboarding(number, random)

    def truth(self) -> dict[str, Any]:
        """What was planted: the rates of the draw, and what the draw came to."""
        return {
            "seed": self.seed,
            "onboardings": self.onboardings,
            "went_wrong": len(self._went_wrong),
            "went_well": self._went_well,
            "planted_rates": planted_rates(),
            "drawn": {
                "caught": {case: len(keys) for case, keys in sorted(self._caught.items())},
                "held_clean": {case: len(keys) for case, keys in sorted(self._held.items())},
                "planted": dict(self._planted),
                "came_to_harm": dict(self._harmed),
            },
            "mechanisms_without_a_row": [
                "notes say `shared mailbox`: the message is corrected",
                f"contract seats of {MANY_SEATS} or more: the project waits on a customer task",
            ],
        }

    # --- one onboarding ---

    def _onboarding(self, number: int, random: Random) -> Iterator[dict[str, Any]]:
        key = f"D-{self.seed}-{number:05}"
        week = random.randrange(WEEKS)
        won = _WON + timedelta(weeks=week, minutes=random.randrange(0, 90))
        record = self._record(key, number, week, won, random)
        planted = _drawn(random)
        is_large = planted is None and random.random() < _LARGE
        _set_seats(record, random.randrange(MANY_SEATS, 500) if is_large else random.randrange(20, 250))
        fate = ""
        if planted is not None:
            self._planted[planted.name] += 1
            record = _with(record, random.choice(planted.changes))
            fate = _fate(planted, random)
        elif is_large:
            self._planted["many seats"] += 1
            fate = "harm" if random.random() < _SEATS_HARM else "stays"
        elif random.random() < _UNSEEN:
            fate = "unseen"
        early = {
            "trigger": {**record["trigger"], "received_at": _text(won - timedelta(days=7))},
            "crm": {**record["crm"], "stage_is_won": False, "stage_label": "Proposal"},
            "projects": [],
        }
        yield _event(key, won - timedelta(days=7), record=early)
        yield _event(key, won, record=record)
        if planted is not None and fate == "mended":
            yield _event(key, won + timedelta(minutes=50), record=planted.mend)
        for kind, hours in _RUNS.items():
            yield _event(key, won + timedelta(hours=hours), action=kind)
        yield from self._ending(key, won, planted, is_large, fate, random)

    def _ending(
        self, key: str, won: datetime, planted: Planted | None, is_large: bool, fate: str, random: Random
    ) -> Iterator[dict[str, Any]]:
        end = won + timedelta(days=random.randrange(3, 9), hours=random.randrange(0, 9))
        if planted is not None and planted.decisions and fate != "mended":
            yield _event(
                key,
                won + timedelta(hours=1),
                decision=random.choice(planted.decisions),
                case=planted.case,
                by="revops",
            )
        if fate in ("harm", "unseen"):
            self._went_wrong.append(key)
            name = planted.name if planted else "many seats" if is_large else "nothing to see"
            self._harmed[name] += 1
            if planted is not None:
                yield _event(
                    key, end, outcome=planted.outcome, of=planted.action, what=planted.what, by="csm"
                )
                if planted.case:
                    self._caught.setdefault(planted.case, []).append(key)
            elif is_large:
                yield _event(
                    key, end, outcome="customer task late", what="user list came three weeks late", by="csm"
                )
            else:
                yield _event(key, end, outcome="escalation", what="sponsor called the CEO", by="cs_leader")
            # What is learnt afterwards, and must not make anybody look wise before.
            yield _event(
                key,
                end + timedelta(days=1),
                record={"handoff": {"success_criteria": None, "risks": "escalated"}},
            )
            return
        self._went_well += 1
        yield _event(key, end + timedelta(days=3), outcome="went well")
        if planted is not None and planted.case and fate == "stays":
            self._held.setdefault(planted.case, []).append(key)

    def _record(self, key: str, number: int, week: int, won: datetime, random: Random) -> dict[str, Any]:
        def moved(found: re.Match[str]) -> str:
            return (date.fromisoformat(found[0]) + timedelta(weeks=week)).isoformat()

        name = f"{random.choice(_FIRST)} {random.choice(_SECOND)} {number}"
        text = _DAY.sub(moved, self._clean).replace("Old Mill Bakery", name)
        text = text.replace("oldmill.example", f"customer{number}.example").replace("bakery.lead@", "lead@")
        for each in ("A-118", "K-554", "O-771", "cu_118", "su_118", "ev-3001"):
            text = text.replace(each, f"{each}-{number}")
        record: dict[str, Any] = json.loads(text.replace("D-2210", key))
        for gone in ("as_of", "record_id"):
            del record[gone]
        record["trigger"]["received_at"] = record["crm"]["stage_entered_at"] = _text(won)
        return record


def planted_rates() -> dict[str, Any]:
    """What the draw makes of many onboardings: the shares that a replay's intervals should hold."""
    harmed = {each.name: each.share * each.harm for each in PLANTED}
    rest = 1 - sum(each.share for each in PLANTED)
    seats = rest * _LARGE * _SEATS_HARM
    unseen = rest * (1 - _LARGE) * _UNSEEN
    wrong = sum(harmed.values()) + seats + unseen
    stays = {each.case: each.share * (1 - each.harm - each.mended) for each in PLANTED if each.case}
    return {
        "went_wrong": wrong,
        "catch": {
            "all": sum(harmed[each.name] for each in PLANTED if each.case) / wrong,
            **{each.case: harmed[each.name] / wrong for each in PLANTED if each.case},
        },
        "drag": {
            "all": sum(stays.values()) / (1 - wrong),
            **{case: share / (1 - wrong) for case, share in stays.items()},
        },
    }


def _drawn(random: Random) -> Planted | None:
    at = random.random()
    for each in PLANTED:
        at -= each.share
        if at < 0:
            return each
    return None


def _fate(planted: Planted, random: Random) -> str:
    at = random.random()
    if at < planted.harm:
        return "harm"
    return "mended" if at < planted.harm + planted.mended else "stays"


def _set_seats(record: dict[str, Any], seats: int) -> None:
    for system, field in (
        ("crm", "seats"),
        ("contract", "seats"),
        ("order_form", "seats"),
        ("billing", "quantity"),
        ("provisioning", "seats"),
    ):
        record[system][field] = seats


def _with(record: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(record)
    for key, value in change.items():
        below = result.get(key)
        result[key] = {**below, **value} if isinstance(value, dict) and isinstance(below, dict) else value
    return result


def _event(key: str, at: datetime, **said: Any) -> dict[str, Any]:
    return {"key": key, "at": _text(at), **said}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
