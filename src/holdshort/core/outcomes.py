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
        self._of_one: dict[tuple[object, ...], dict[str, ActionVerdict]] = {}
        self._ranks: dict[tuple[str, str], tuple[int, bool, int]] = {}

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
        actions, held = self._actions(findings, proposed, triggered)
        tier, owners = self._in_order(findings)
        verdict: Verdict = "not triggered"
        if triggered:
            verdict = "clean" if not findings else "held" if held else "needs review"
        return Outcome(verdict, tier, owners, actions)

    def _actions(
        self, findings: Sequence[Finding], proposed: list[str], triggered: bool
    ) -> tuple[dict[str, ActionVerdict], bool]:
        """
        The verdict on every action, and whether a row holds one.

        Only kinds that a finding names are asked anew; for all others it is as if there were none.
        """
        key = (triggered, *proposed)
        unheld = self._unheld.get(key)
        if unheld is None:
            _make_room(self._unheld)
            unheld = self._unheld[key] = verdicts(
                proposed, (), self._catalogue, self._mode, triggered=triggered
            )
        named = self._named(findings, triggered)
        # A kind that only a prefix knows is in no row's list, yet a hold-tier finding stops it too.
        for kind in proposed:
            if findings and kind not in self._catalogue.kinds:
                named[kind] = clear_to_run(kind, findings, self._catalogue, self._mode, triggered=triggered)
        actions, held = dict(unheld), False
        for kind, verdict in named.items():
            if kind in actions:
                actions[kind] = verdict
                held = held or (verdict.state == "held" and bool(verdict.cases))
        return actions, held

    def _named(self, findings: Sequence[Finding], triggered: bool) -> dict[str, ActionVerdict]:
        """The verdicts on all kinds that findings name."""
        named: dict[str, ActionVerdict] = {}
        shared: set[str] = set()
        for each in findings:
            alone = self._alone(each, triggered)
            shared |= named.keys() & alone.keys()
            named |= alone
        # By kind of which several speak the rows that hold it, and those that ask for it.
        rows = dict.fromkeys(shared, _NOBODY)
        for each in findings if shared else ():
            case = (each.case,)
            for kind in each.holds:
                if kind in shared:
                    held, asked = rows[kind]
                    rows[kind] = held + case, asked
            for kind in each.asks:
                if kind in shared:
                    held, asked = rows[kind]
                    rows[kind] = held, asked + case
        for kind, those in rows.items():
            named[kind] = self._verdict(kind, those, findings, triggered)
        return named

    def _alone(self, finding: Finding, triggered: bool) -> dict[str, ActionVerdict]:
        """The verdicts on the kinds that a finding names, as if it were the only one."""
        key = (finding.case, finding.result, triggered)
        known = self._of_one.get(key)
        if known is None:
            _make_room(self._of_one)
            known = self._of_one[key] = {
                kind: clear_to_run(kind, (finding,), self._catalogue, self._mode, triggered=triggered)
                for kind in dict.fromkeys((*finding.holds, *finding.asks))
            }
        return known

    def _verdict(
        self,
        kind: str,
        rows: tuple[tuple[str, ...], tuple[str, ...]],
        findings: Sequence[Finding],
        triggered: bool,
    ) -> ActionVerdict:
        """The gate's verdict on a listed kind, which rests on the rows that hold it and that ask for it."""
        # All kinds that the same rows hold are held alike, whatever they are.
        key: tuple[object, ...] = ("held", *rows[0]) if rows[0] else (kind, rows, triggered)
        known = self._verdicts.get(key)
        if known is None:
            _make_room(self._verdicts)
            known = self._verdicts[key] = clear_to_run(
                kind, findings, self._catalogue, self._mode, triggered=triggered
            )
        return known

    def _in_order(self, findings: Sequence[Finding]) -> tuple[str, tuple[str, ...]]:
        """The strictest tier, and all owners, first the one whose finding comes first; `none` and nobody where none is."""
        if not findings:
            return "none", ()
        ranked = sorted((*self._rank(each), place) for place, each in enumerate(findings))
        owners = dict.fromkeys(findings[rank[-1]].owner for rank in ranked)
        return findings[ranked[0][-1]].tier, tuple(owners)

    def _rank(self, finding: Finding) -> tuple[int, bool, int]:
        key = (finding.case, finding.result)
        known = self._ranks.get(key)
        if known is None:
            _make_room(self._ranks)
            known = self._ranks[key] = (
                -TIER_ORDER[finding.tier],
                finding.result != "matched",
                self._precedence(finding.owner),
            )
        return known


def _kind_of(proposed: Any) -> str:
    """The kind that a proposal names; what names none stands for itself, is unknown and therefore held."""
    if isinstance(proposed, str):
        return proposed
    kind = proposed.get("kind") if isinstance(proposed, Mapping) else None
    return kind if isinstance(kind, str) else short(proposed)


def _make_room(known: dict[Any, Any]) -> None:
    if len(known) >= _MOST_PATTERNS:
        known.clear()
