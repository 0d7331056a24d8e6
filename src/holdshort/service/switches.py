"""Pause and resume: everything, one lane or one connector; and the quarantine that a restored backup starts in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from holdshort.core.diagnostics import did_you_mean
from holdshort.core.onboarding.commands import Refused
from holdshort.core.onboarding.people import Directory
from holdshort.core.playbook import Playbook
from holdshort.core.text import fold
from holdshort.ports import Store, Switch
from holdshort.service.flow import directory
from holdshort.service.house_log import note

EVERYTHING = "everything"
_RESUMES = ("systems_admin", "revops")


def lane_scope(lane: str, playbook: Playbook) -> str:
    """
    The scope of a lane, however it is spelt.

    Raises:
        Refused: The playbook has no such lane.
    """
    lanes = playbook.clean_path.lanes
    found = lanes.get(fold(lane))
    if found is None:
        raise _unknown("lane", lane, dict.fromkeys(lanes.values()))
    return f"lane:{found}"


def connector_scope(connector: str, targets: Iterable[str]) -> str:
    """
    The scope of a target that the playbook names.

    Raises:
        Refused: It names no such target.
    """
    known = list(targets)
    if connector not in known:
        raise _unknown("connector", connector, known)
    return f"connector:{connector}"


def _unknown(what: str, said: str, known: Iterable[str]) -> Refused:
    names = list(known)
    near = did_you_mean(said, names)
    return Refused(
        "PAUSE-001",
        f"the playbook has no {what} `{said}`",
        f"did you mean `{near}`?" if near else f"there is {', '.join(names) or 'none'}",
    )


def pause(store: Store, scope: str, by: str, reason: str, now: datetime) -> bool:
    """
    From the commit of this on, no run begins in the scope. Anybody who works here may.

    Returns:
        False where it was paused already; then nothing changes.

    Raises:
        Refused: Without a reason, or by nobody who is known.
    """
    _reason(reason, "a pause")
    with store.transaction() as tx:
        if not directory(tx).is_known(by):
            raise Refused(
                "USER-007", f"nobody active is called `{by}`", "`holdshort user list` names everybody"
            )
        if any(each.scope == scope for each in tx.switches()):
            return False
        tx.set_switch(Switch(scope, by, reason, now))
        note(tx, "Paused", by, now, {"scope": scope}, {"reason": reason})
    return True


def resume(store: Store, scope: str, by: str, reason: str, pause_owner: str, now: datetime) -> bool:
    """
    Take a pause back.

    Returns:
        False where nothing of this scope was paused.

    Raises:
        Refused: It is for whoever paused it, the pause owner, RevOps or a systems admin.
    """
    with store.transaction() as tx:
        switch = next((each for each in tx.switches() if each.scope == scope), None)
        people = directory(tx)
        roles = tuple(dict.fromkeys([*([pause_owner] if pause_owner else []), *_RESUMES]))
        own = switch is not None and switch.by == by and people.is_known(by)
        if not own and people.standing(by, roles, now) is None:
            raise _may_not(by, "resume", roles, people)
        if switch is None:
            return False
        tx.clear_switch(scope)
        note(tx, "Resumed", by, now, {"scope": scope}, {"reason": reason} if reason else None)
    return True


def lift_quarantine(store: Store, by: str, reason: str, pause_owner: str, now: datetime) -> bool:
    """
    Say that the restored state was compared with the world outside, so that actions may leave again.

    Returns:
        False where there is no quarantine.

    Raises:
        Refused: Without a reason, or by somebody else than a systems admin or the pause owner.
    """
    _reason(reason, "lifting the quarantine")
    with store.transaction() as tx:
        people = directory(tx)
        roles = tuple(dict.fromkeys(["systems_admin", *([pause_owner] if pause_owner else [])]))
        if people.standing(by, roles, now) is None:
            raise _may_not(by, "lift the quarantine", roles, people)
        why = tx.quarantine()
        if not why:
            return False
        tx.set_quarantine("")
        note(tx, "QuarantineLifted", by, now, {}, {"was": why, "reason": reason})
    return True


def _reason(reason: str, what: str) -> None:
    if not reason.strip():
        raise Refused("PAUSE-002", f"{what} needs a reason", "say why in a sentence: `--reason TEXT`")


def _may_not(by: str, what: str, roles: tuple[str, ...], people: Directory) -> Refused:
    holders = sorted({name for role in roles for name in people.holders(role)})
    return Refused(
        "PAUSE-003",
        f"{by} may not {what}: it is for {' or '.join(each.replace('_', ' ') for each in roles)}",
        f"ask {', '.join(holders)}" if holders else "nobody holds one of these roles: `holdshort user roles`",
    )
