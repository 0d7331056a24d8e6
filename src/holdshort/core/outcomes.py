"""What follows from the findings of an onboarding: the verdict on every action, the tier, and who decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdshort.core.answers import ActionVerdict, Finding, Verdict
from holdshort.core.gate import clear_to_run, verdicts
from holdshort.core.playbook import Playbook
from holdshort.core.register import TIER_ORDER
from holdshort.core.rules.sayings import short

_MOST_PATTERNS = 5_000
_NOBODY: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    tier: str
    owners: tuple[str, ...]
    """All owners, first the one whose finding comes first."""
    actions: Mapping[str, ActionVerdict]


class Outcomes:
    """Works an outcome out once for each pattern of findings: which rows found what, and what was proposed."""

    def __init__(self, playbook: Playbook) -> None:
        self._catalogue = playbook.catalogue
        self._mode = playbook.settings.mode
        self._precedence = playbook.settings.precedence
        self._known: dict[tuple[object, ...], Outcome] = {}
        self._unheld: dict[tuple[object, ...], dict[str, ActionVerdict]] = {}
        self._verdicts: dict[tuple[object, ...], ActionVerdict] = {}

    def of(self, findings: Sequence[Finding], proposed: Any, triggered: bool) -> Outcome:
        """The outcome of findings in register order, for a record that proposes actions."""
        kinds = (
            [each if each.__class__ is str else _kind_of(each) for each in proposed]
            if isinstance(proposed, list)
            else []
        )
        # How many kinds there are parts them from the rows: a record may propose anything.
        key: list[object] = [triggered, len(kinds), *kinds]
        for found in findings:
            key += (found.result, found.case)
        pattern = tuple(key)
        known = self._known.get(pattern)
        if known is None:
            known = self._outcome(findings, kinds, triggered)
            _make_room(self._known)
            self._known[pattern] = known
        return known

    def _outcome(self, findings: Sequence[Finding], proposed: list[str], triggered: bool) -> Outcome:
        actions = self._actions(findings, proposed, triggered)
        verdict: Verdict = "not triggered"
        if triggered:
            held = any(each.state == "held" and each.cases for each in actions.values())
            verdict = "clean" if not findings else "held" if held else "needs review"
        tier = max((each.tier for each in findings), key=lambda tier: TIER_ORDER[tier], default="none")
        return Outcome(verdict, tier, self._in_order(findings), actions)

    def _actions(
        self, findings: Sequence[Finding], proposed: list[str], triggered: bool
    ) -> dict[str, ActionVerdict]:
        """Only kinds that a finding names are asked anew; for all others it is as if there were none."""
        key = (triggered, *proposed)
        unheld = self._unheld.get(key)
        if unheld is None:
            _make_room(self._unheld)
            unheld = self._unheld[key] = verdicts(
                proposed, (), self._catalogue, self._mode, triggered=triggered
            )
        actions = dict(unheld)
        # By kind the rows that hold it, and those that ask for it.
        named: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        for each in findings:
            case = (each.case,)
            for kind in each.holds:
                held, asked = named.get(kind, _NOBODY)
                named[kind] = held + case, asked
            for kind in each.asks:
                held, asked = named.get(kind, _NOBODY)
                named[kind] = held, asked + case
        for kind, rows in named.items():
            if kind in actions:
                actions[kind] = self._verdict(kind, rows, findings, triggered)
        # A kind that only a prefix knows is in no row's list, yet a hold-tier finding stops it too.
        for kind in proposed:
            if findings and kind not in self._catalogue.kinds:
                actions[kind] = clear_to_run(kind, findings, self._catalogue, self._mode, triggered=triggered)
        return actions

    def _verdict(
        self,
        kind: str,
        rows: tuple[tuple[str, ...], tuple[str, ...]],
        findings: Sequence[Finding],
        triggered: bool,
    ) -> ActionVerdict:
        """The gate's verdict on a listed kind, which rests on the rows that hold it and that ask for it."""
        key = (kind, rows, triggered)
        known = self._verdicts.get(key)
        if known is None:
            _make_room(self._verdicts)
            known = self._verdicts[key] = clear_to_run(
                kind, findings, self._catalogue, self._mode, triggered=triggered
            )
        return known

    def _in_order(self, findings: Sequence[Finding]) -> tuple[str, ...]:
        """All owners, first the one whose finding comes first; `none` where nobody is needed."""
        if len(findings) < 2:
            return tuple(each.owner for each in findings)
        ranked = sorted(
            enumerate(findings),
            key=lambda pair: (
                -TIER_ORDER[pair[1].tier],
                pair[1].result != "matched",
                self._precedence(pair[1].owner),
                pair[0],
            ),
        )
        return tuple(dict.fromkeys(finding.owner for _, finding in ranked))


def _kind_of(proposed: Any) -> str:
    """The kind that a proposal names; what names none stands for itself, is unknown and therefore held."""
    if isinstance(proposed, str):
        return proposed
    kind = proposed.get("kind") if isinstance(proposed, Mapping) else None
    return kind if isinstance(kind, str) else short(proposed)


def _make_room(known: dict[Any, Any]) -> None:
    if len(known) >= _MOST_PATTERNS:
        known.clear()
