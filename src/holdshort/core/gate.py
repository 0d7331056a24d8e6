"""The one place that says whether an action may run, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from holdshort.core.actions import Catalogue, Mode
from holdshort.core.answers import ActionVerdict, Finding


def clear_to_run(
    kind: str, findings: Sequence[Finding], catalogue: Catalogue, mode: Mode, *, triggered: bool = True
) -> ActionVerdict:
    """
    Say whether one action may run on an onboarding.

    Args:
        kind: The kind of action asked for; one that the catalogue does not know is held.
        findings: All findings of the onboarding. A hold-tier finding names everything it stops in `holds`.
        catalogue: The playbook's actions.
        mode: How freely this playbook lets actions run.
        triggered: Whether an onboarding has begun; before that, nothing leaves the house.

    Returns:
        The verdict with the determining cases in register order.

    Source: register columns "System action" and "Human review rule"; action catalogue; docs/reference/actions.md.
    """
    known = catalogue.find(kind)
    if known is None:
        return ActionVerdict("held", f"`{kind}` is not in the action catalogue")
    holding = tuple(
        finding.case
        for finding in findings
        if kind in finding.holds or (finding.tier == "hold" and known.stopped_by_hold)
    )
    if holding:
        return ActionVerdict("held", f"held by {', '.join(holding)}", holding)
    if not triggered and known.stopped_by_hold:
        return ActionVerdict("not due", "no onboarding has begun: the record has no valid trigger")
    asking = tuple(finding.case for finding in findings if kind in finding.asks)
    if known.waits_for_a_row and not asking:
        return ActionVerdict("not due", "it waits until a row of the register asks for it")
    if known.person_first:
        return ActionVerdict("needs review", f"a person looks first: {known.person_first}")
    if mode in known.person_in:
        return ActionVerdict(
            "needs review", f"{known.action_class.name} actions need a person in {mode} mode"
        )
    if known.waits_for_a_row:
        return ActionVerdict("released", f"asked for by {', '.join(asking)}", asking)
    return ActionVerdict("released", "no row holds it")


def verdicts(
    proposed: Iterable[str],
    findings: Sequence[Finding],
    catalogue: Catalogue,
    mode: Mode,
    *,
    triggered: bool = True,
) -> dict[str, ActionVerdict]:
    """The verdict on every kind of the catalogue and on every proposed one, in that order."""
    kinds = dict.fromkeys([*catalogue.kinds, *proposed])
    return {kind: clear_to_run(kind, findings, catalogue, mode, triggered=triggered) for kind in kinds}
