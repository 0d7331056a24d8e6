"""The nine decisions as they are typed; what each allows is said as on every other screen."""

from __future__ import annotations

from holdshort.core.onboarding.state import Review
from holdshort.service.decision_words import ALLOWS

__all__ = ["ALLOWS", "usage"]


def usage(command: str, review: Review) -> str:
    """The options that this decision needs, as they are typed."""
    return {
        "correct-route": " --owner ROLE",
        "request-info": " --to ROLE --question TEXT",
        "approve-with-conditions": " --allow ACTION --condition TEXT --owner ROLE --deadline DATE",
        "reject": " --reason TEXT",
        "escalate": " --to ROLE --reason TEXT",
        "override": " --reason TEXT --owner ROLE",
    }.get(command, "")
