"""
What is known about a value, and what a rule may conclude when it is not known.

A truth is True, False or None; None is *cannot tell* and combines after Kleene's logic.
"""

from __future__ import annotations

from typing import Literal

State = Literal["known", "missing", "not_provided", "conflicting", "stale", "ai_only"]
Truth = bool | None


class NotKnown:
    """
    Stands where a usable value would stand.

    `truth` is what a comparison with it yields: None (cannot tell), or False where the playbook does not expect the
    value and no source gives it, so that the comparison does not apply.
    `missing` answers `is missing`; `reason` says in words why a value that is there cannot be used.
    """

    __slots__ = ("missing", "reason", "state", "truth")

    def __init__(self, state: State, truth: Truth, missing: bool, reason: str = "") -> None:
        self.state: State = state
        self.truth: Truth = truth
        self.missing = missing
        self.reason = reason

    def __repr__(self) -> str:
        return f"<{self.state}{': ' + self.reason if self.reason else ''}>"


MISSING = NotKnown("missing", None, True)
NOT_PROVIDED = NotKnown("not_provided", None, True)
NOT_EXPECTED = NotKnown("not_provided", False, False)
"""No source gives it and the playbook does not expect one to."""
NOT_ON_FILE = NotKnown("missing", False, False)
"""A value the playbook does not expect, in a system that is known to hold nothing for this customer."""
OPTIONAL_BLANK = NotKnown("missing", False, True)
"""A blank where the playbook expects nothing: `is missing` is so, a comparison does not apply."""
STALE = NotKnown("stale", None, False)
AI_ONLY = NotKnown("ai_only", None, True)


def unreadable(reason: str) -> NotKnown:
    """A value is there, but its text cannot be read as its type or could mean two things."""
    return NotKnown("known", None, False, reason)


def conflicting(reason: str) -> NotKnown:
    """Several sources of one name differ."""
    return NotKnown("conflicting", None, False, reason)


def kleene_and(left: Truth, right: Truth) -> Truth:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def kleene_or(left: Truth, right: Truth) -> Truth:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def kleene_not(truth: Truth) -> Truth:
    return None if truth is None else not truth
