"""What people decided so far, for looking at as a whole: alike cases that may ask for a row, and how far assist is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from holdshort.assist.clustering import Cluster, Decided, cluster
from holdshort.core.calibration import ENOUGH, Label, Reliability, coverage_at, reliability
from holdshort.core.onboarding import events as e
from holdshort.service.flow import Flow
from holdshort.service.story import Story, read_story
from holdshort.service.suggestion_log import labels_of, newest_numbers

MOST_ONBOARDINGS = 1_000
"""The newest so many are looked at."""
MOST_CASES = 2_000
RISK = 0.05
"""The share of wrong ones at which coverage is told."""


def decided_cases(flow: Flow, most: int = MOST_ONBOARDINGS) -> Iterator[Decided]:
    """Each decided review once, with what its finding said and what people wrote; the newest onboardings first."""
    for number in reversed(newest_numbers(flow, most)):
        yield from _of(read_story(flow.store, number))


def _of(story: Story) -> Iterator[Decided]:
    why: dict[str, tuple[str, ...]] = {}
    texts: dict[int, tuple[str, list[str]]] = {}
    for each in story.entries:
        event = each.event
        if isinstance(event, e.Screened):
            why |= _reasons(event.answer)
        elif isinstance(event, e.DecisionRecorded):
            _, said = texts.setdefault(event.review, (event.case, list(why.get(event.case, ()))))
            said += [event.reason, event.exception, *event.checks, *(one.text for one in event.conditions)]
    for review, (case, said) in texts.items():
        yield Decided(f"{story.number}.{review}", case, "\n".join(filter(None, said)))


def _reasons(answer: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found = answer.get("findings")
    listed = found if isinstance(found, list) else []
    return {
        str(each.get("case")): tuple(map(str, each.get("why") or ()))
        for each in listed
        if isinstance(each, Mapping)
    }


@dataclass(frozen=True)
class Clusters:
    """Groups of alike cases over `cases` decided reviews; `is_cut`: there were more than were looked at."""

    cases: int
    is_cut: bool
    found: tuple[Cluster, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "cases": self.cases,
            "is_cut": self.is_cut,
            "clusters": [
                {
                    "count": len(each.members),
                    "examples": list(each.members[:5]),
                    "rows": list(each.cases),
                    "words": list(each.words),
                    "likeness": each.likeness,
                }
                for each in self.found
            ],
        }


def clusters(flow: Flow, most: int = MOST_ONBOARDINGS) -> Clusters:
    """Requirement H8: only over what people have decided, never over open cases."""
    cases: list[Decided] = []
    for each in decided_cases(flow, most):
        if len(cases) >= MOST_CASES:
            return Clusters(len(cases), True, cluster(cases))
        cases.append(each)
    return Clusters(len(cases), False, cluster(cases))


@dataclass(frozen=True)
class Measured:
    """
    One line of the reliability table.

    `coverage`: the share that could pass by stated confidence with at most `RISK` wrong, and `threshold` for it; 0 and None
    where nothing proves one.
    """

    reliability: Reliability
    coverage: float
    threshold: Decimal | None

    def to_json(self) -> dict[str, Any]:
        each = self.reliability
        return {
            "field": each.field,
            "source": each.source,
            "outcomes": each.count,
            "kept": each.kept,
            "at_least": round(each.at_least, 4),
            "overridden": round(each.overridden, 4),
            "calibration_error": None if each.calibration_error is None else round(each.calibration_error, 4),
            "calibrated": each.is_calibrated,
            "needed": ENOUGH,
            "risk": RISK,
            "coverage": round(self.coverage, 4),
            "threshold": None if self.threshold is None else float(self.threshold),
        }


def measured_table(labels: list[Label]) -> tuple[Measured, ...]:
    """By field and kind of source, in alphabetical order."""
    by_pair: dict[tuple[str, str], list[Label]] = {}
    for each in labels:
        by_pair.setdefault((each.field, each.source), []).append(each)
    return tuple(
        Measured(found, *coverage_at(by_pair[pair], RISK)) for pair, found in reliability(labels).items()
    )


def calibration(flow: Flow, most: int = MOST_ONBOARDINGS) -> tuple[Measured, ...]:
    """What reviewers made of suggestions, over the newest onboardings."""
    return measured_table(
        [label for number in newest_numbers(flow, most) for label in labels_of(flow, number)]
    )
