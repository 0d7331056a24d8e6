"""
Count the sixteen metrics from the events of onboardings, one after another: nothing of an onboarding is kept but numbers.

What happened within the period counts for metrics of events; onboardings opened within it for those of onboardings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from holdshort.core.metrics.catalogue import METRICS, Metric
from holdshort.core.metrics.results import Headline, MetricsReport, Result
from holdshort.core.onboarding import events as e
from holdshort.core.playbook import Playbook
from holdshort.core.presence import NotKnown
from holdshort.core.reading import RecordReader
from holdshort.core.register import EdgeCase
from holdshort.core.rules import ast
from holdshort.core.rules.walk import names_in, nodes
from holdshort.core.text import fold

_HOUR = 3600.0
_DAY = 86_400.0
_REPEATS = 3
_WRITES = ("billing", "provisioning")
_RISKY = ("high", "hold")

Entry = tuple[datetime, e.Event]


@dataclass
class _Seen:
    """What one onboarding shows, while its events are read."""

    opened_at: datetime | None = None
    states: dict[str, datetime] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    tiers: set[str] = field(default_factory=set)
    unclear: bool = False
    kinds: dict[int, str] = field(default_factory=dict)
    amended: set[int] = field(default_factory=set)
    held_kinds: set[str] = field(default_factory=set)
    blocked: bool = False
    returned: bool = False
    wrong: bool = False
    reviews: dict[int, tuple[str, str, str, datetime]] = field(default_factory=dict)
    """Number to owner, tier, case, opened."""
    late: set[int] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    record: Mapping[str, Any] | None = None


class Tally:
    """
    Adds onboardings up.

    Args:
        playbook: Says which rows are about what; rows that it does not have count by tier alone.
        since: First instant of the period (UTC).
        until: First instant after it.
    """

    def __init__(self, playbook: Playbook, since: datetime, until: datetime) -> None:
        self.since = since
        self.until = until
        self._hours = playbook.settings.hours
        self._playbook = playbook
        self._reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
        glossary = playbook.glossary
        cases = playbook.register.cases
        self._differ = {each.case for each in cases if _compares(each)}
        self._about_ai = {
            each.case
            for each in cases
            if any(glossary.names[name].is_about_ai for name in names_in(each.trigger, glossary))
        }
        self._milestones = {each.case for each in cases if each.work_area.casefold() == "milestones"}
        spoken = {
            fold(word): name for name in glossary.names.values() for word in (name.name, *name.synonyms)
        }
        fields = [spoken.get(fold(each)) for each in playbook.clean_path.lists.get("handoff fields", ())]
        self._fields = [each for each in fields if each is not None and each.paths]
        self._count: Counter[str] = Counter()
        self._by: dict[str, Counter[str]] = {code: Counter() for code in ("M11", "M12", "M14")}
        self._times: dict[str, list[float]] = {code: [] for code in ("M1", "M2", "M3")}
        self._overrides: Counter[str] = Counter()
        self._drags: list[float] = []
        self.onboardings = 0

    def add(self, entries: Iterable[Entry]) -> None:
        """Read the events of one onboarding, oldest first."""
        seen = _Seen()
        for at, event in entries:
            if at >= self.until:
                break
            self._read(at, event, seen, at >= self.since)
        if seen.opened_at is not None:
            self._settle(seen)

    # --- one event ---

    def _read(self, at: datetime, event: e.Event, seen: _Seen, counts: bool) -> None:
        match event:
            case e.OnboardingOpened():
                seen.opened_at = at
            case e.FactsReceived() if seen.record is None:
                seen.record = event.record
            case e.StateChanged():
                self._state(at, event.now, seen, counts)
            case e.Screened():
                self._screened(event, seen, counts)
            case e.ReviewOpened():
                seen.reviews[event.review] = (event.owner, event.tier, event.case, at)
                self._count["reviews"] += counts
            case e.ReviewClosed():
                if event.review in seen.reviews:
                    opened = seen.reviews[event.review][3]
                    seen.waits.append(self._business_hours(opened, at))
            case e.ReviewEscalated() if counts:
                owner, tier, *_ = seen.reviews.get(event.review, ("", "", "", at))
                self._by["M11"][f"{owner} {tier}".strip()] += 1
            case e.ReviewBreached():
                seen.late.add(event.review)
                if counts:
                    self._by["M12"][event.owner] += 1
            case e.DecisionRecorded():
                self._decided(event, seen, counts)
            case e.HoldRaised() if counts:
                self._overrides["holds that people raised"] += 1
            case e.ActionRequested():
                seen.kinds[event.action] = event.kind
            case e.ActionAmended():
                seen.amended.add(event.action)
                self._count["corrected"] += counts and self._faces_customer(event.action, seen)
            case e.ActionDropped(how="rejected"):
                self._count["corrected"] += counts and self._faces_customer(event.action, seen)
            case e.RunStarted():
                self._count["begun"] += counts
            case e.RunSucceeded():
                self._went_wrong(event.differs, event.action, seen, counts)
            case e.RunFailed() | e.RunUncertain():
                self._went_wrong(True, event.action, seen, counts)
            case e.ApprovalEnded(how="stale"):
                self._count["wrong"] += counts
            case _:
                pass

    def _state(self, at: datetime, now: str, seen: _Seen, counts: bool) -> None:
        if now == "needs information":
            seen.returned = True
        first = now not in seen.states
        seen.states.setdefault(now, at)
        if not first or not counts or seen.opened_at is None:
            return
        if now == "accepted":
            self._times["M1"].append(self._business_hours(seen.opened_at, at))
        elif now == "kickoff scheduled" and "accepted" in seen.states:
            self._times["M2"].append(self._business_hours(seen.states["accepted"], at))
        elif now == "first value reached":
            self._times["M3"].append((at - seen.opened_at).total_seconds() / _DAY)

    def _screened(self, event: e.Screened, seen: _Seen, counts: bool) -> None:
        for found in event.findings:
            seen.tiers.add(found.tier)
            seen.unclear = seen.unclear or found.result == "unknown"
            seen.held_kinds.update(found.holds)
            if found.case not in seen.found:
                seen.found.add(found.case)
                self._count["uncertain AI"] += (
                    counts and found.tier == "hold" and found.case in self._about_ai
                )

    def _decided(self, event: e.DecisionRecorded, seen: _Seen, counts: bool) -> None:
        if event.code == "J3":
            seen.returned = True
        if not counts:
            return
        edited = any(each.action in seen.amended for each in event.covers)
        if event.code == "J6":
            self._count["messages"] += 1
            self._count["messages as drafted"] += not edited
        if event.case in self._about_ai:
            self._count["decisions on AI"] += 1
            self._count["AI overridden"] += event.code in ("J2", "J7", "J9") or edited
        if event.approves:
            self._count["begun"] += 1
        if event.code == "J9":
            self._overrides[event.case] += 1

    def _went_wrong(self, wrong: bool, action: int, seen: _Seen, counts: bool) -> None:
        if wrong:
            seen.wrong = True
            self._count["wrong"] += counts
            seen.blocked = seen.blocked or self._class_of(action, seen) in _WRITES

    # --- one onboarding ---

    def _settle(self, seen: _Seen) -> None:
        assert seen.opened_at is not None
        if seen.opened_at < self.since:
            return
        self.onboardings += 1
        asked = {kind for kind in seen.kinds.values() if self._class(kind) in _WRITES}
        self._count["returned"] += seen.returned
        self._count["conflicting"] += bool(seen.found & self._differ)
        self._count["blocked"] += seen.blocked or bool(asked & seen.held_kinds)
        self._count["stalled"] += bool(seen.found & self._milestones)
        if seen.record:
            for name in self._fields:
                value = self._reader.read(name, seen.record)
                self._count["fields"] += 1
                self._count["fields missing"] += isinstance(value, NotKnown) and (
                    value.missing or value.state == "not_provided"
                )
        if seen.unclear or seen.tiers & set(_RISKY):
            self._count["risky"] += 1
            self._count["right"] += not seen.late and not seen.wrong
        elif not seen.tiers - {"low"}:
            self._count["clean"] += 1
            if seen.waits:
                self._drags.append(sum(seen.waits))

    # --- the answer ---

    def report(self) -> MetricsReport:
        """All sixteen, and the headline."""
        return MetricsReport(
            self.since,
            self.until,
            self.onboardings,
            Headline(
                self._count["risky"],
                self._count["right"],
                self._count["clean"],
                len(self._drags),
                median(self._drags) if self._drags else None,
            ),
            tuple(self._result(each) for each in METRICS),
        )

    def _result(self, metric: Metric) -> Result:
        code, count = metric.code, self._count
        if code in self._times:
            times = self._times[code]
            return Result(metric, median(times) if times else None, len(times), len(times))
        if code == "M10":
            return self._plain(metric, count["uncertain AI"])
        if code == "M11":
            return self._plain(metric, self._by["M11"].total(), self._by["M11"])
        if code == "M13":
            return self._plain(metric, count["corrected"])
        if code == "M14":
            repeats = Counter({case: times for case, times in self._overrides.items() if times >= _REPEATS})
            return self._plain(metric, len(repeats), repeats)
        shares = {
            "M4": (count["returned"], self.onboardings),
            "M5": (count["conflicting"], self.onboardings),
            "M6": (count["blocked"], self.onboardings),
            "M7": (count["stalled"], self.onboardings),
            "M8": (count["messages as drafted"], count["messages"]),
            "M9": (count["AI overridden"], count["decisions on AI"]),
            "M12": (self._by["M12"].total(), count["reviews"]),
            "M15": (count["wrong"], count["begun"]),
            "M16": (count["fields missing"], count["fields"]),
        }
        counted, of = shares[code]
        return Result(metric, 100 * counted / of if of else None, counted, of, dict(self._by.get(code, {})))

    def _plain(self, metric: Metric, counted: int, by: Mapping[str, int] | None = None) -> Result:
        """A count; where nothing happened at all in the period, nobody can say."""
        nothing = not self.onboardings and not any(self._count.values()) and not counted
        return Result(metric, None if nothing else float(counted), counted, 0, dict(by or {}))

    # --- small questions ---

    def _business_hours(self, start: datetime, end: datetime) -> float:
        return self._hours.business_time_between(start, end).total_seconds() / _HOUR if end > start else 0.0

    def _class(self, kind: str) -> str:
        known = self._playbook.catalogue.find(kind)
        return known.action_class.name if known else ""

    def _class_of(self, action: int, seen: _Seen) -> str:
        return self._class(seen.kinds.get(action, ""))

    def _faces_customer(self, action: int, seen: _Seen) -> bool:
        known = self._playbook.catalogue.find(seen.kinds.get(action, ""))
        return known is not None and known.action_class.customer_facing


def _compares(case: EdgeCase) -> bool:
    """Whether the row sets two values of a record against each other."""
    for node in nodes(case.trigger):
        if isinstance(node, ast.Agree):
            return True
        if isinstance(node, ast.Equals | ast.DiffersBy) and isinstance(node.other, ast.NameRef):
            return True
    return False
