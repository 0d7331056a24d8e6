"""What a sign-off is about, as a digest: when any of it changes, the sign-off is void."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from holdshort.core.canonical import digest
from holdshort.core.golive.facts import Facts
from holdshort.core.golive.items import BY_CODE
from holdshort.core.golive.report import SignOff
from holdshort.core.playbook import Playbook


def free_kinds(playbook: Playbook, mode: str) -> tuple[str, ...]:
    """Kinds that reach the customer and that no person has to look at in this mode."""
    return tuple(
        each.kind
        for each in playbook.catalogue.kinds.values()
        if each.action_class.customer_facing and not each.person_first and mode not in each.person_in
    )


def subject_of(item: str, facts: Facts) -> Any:
    """The words that a person signs for, as plain data."""
    about = _SUBJECTS.get(item)
    if about is None:
        raise ValueError(f"nobody signs for {item}: the playbook shows it")
    return {"item": item, "lane": facts.lane, "about": about(facts)}


def subject_digest(item: str, facts: Facts) -> str:
    """SHA-256 of what a person signs for."""
    return digest(subject_of(item, facts))


def counting(item: str, facts: Facts) -> tuple[SignOff | None, str]:
    """The newest sign-off that counts for an item now, or None and why there is none."""
    known = facts.lane in facts.playbook.clean_path.lanes.values()
    signed = [
        each for each in facts.sign_offs if each.item == item and (each.lane == facts.lane or not known)
    ]
    if not signed:
        return None, "nobody has signed for it"
    last = max(signed, key=lambda each: each.at)
    on = f"{last.at:%Y-%m-%d}"
    if not _is_person(last.by, facts):
        return None, f"{last.by}, who signed on {on}, holds no role any more"
    if last.at > facts.now:
        return None, f"the sign-off of {last.by} lies in the future"
    days = BY_CODE[item].days
    if days and facts.now - last.at > timedelta(days=days):
        return None, f"{last.by} signed on {on}, more than {days} days ago"
    # Where no lane is chosen, that is said once, and sign-offs are judged by the lane that they were given for.
    if last.digest != subject_digest(item, facts if known else replace(facts, lane=last.lane)):
        return None, f"what {last.by} signed on {on} has changed since"
    return last, ""


def person_named(said: str, people: Mapping[str, tuple[str, ...]]) -> str | None:
    """The person of the playbook whom a name, an address or the part before its @ means; None where nobody or several."""
    wanted = " ".join(said.split()).casefold()
    found = {who for each in people.values() for who in each if wanted in _ways(who)}
    return found.pop() if len(found) == 1 and wanted else None


def _ways(who: str) -> set[str]:
    name, _, rest = who.partition("<")
    address = rest.rstrip("> ").strip() or (name.strip() if "@" in name else "")
    return {
        each.strip().casefold() for each in (who, name, address, address.partition("@")[0]) if each.strip()
    }


def _is_person(by: str, facts: Facts) -> bool:
    return person_named(by, facts.playbook.settings.people) is not None


def _cases(facts: Facts) -> Any:
    return [_cells(row, "id", "sources") for row in facts.rows]


def _reviews(facts: Facts) -> Any:
    settings = facts.playbook.settings
    rules = [_cells(row, "id", "owner", "escalation", "review") for row in facts.rows]
    return {"people": {role: list(who) for role, who in sorted(settings.people.items())}, "rules": rules}


def _cells(row: Mapping[str, str], *keys: str) -> list[str]:
    return [" ".join(row.get(key, "").split()) for key in keys]


def _free(facts: Facts) -> Any:
    mode = facts.playbook.settings.mode
    modes = ["draft-first", *(["live"] if mode == "live" else [])]
    return {each: list(free_kinds(facts.playbook, each)) for each in modes}


def _tests(facts: Facts) -> Any:
    return {"register": facts.playbook.register.digest}


_SUBJECTS: dict[str, Callable[[Facts], Any]] = {"O6": _cases, "O10": _reviews, "O12": _free, "O15": _tests}
SIGNABLE = tuple(_SUBJECTS)
"""Items that a person may sign for."""
