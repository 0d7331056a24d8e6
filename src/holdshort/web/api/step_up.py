"""Showing once more who one is, with the decision itself: a password, or a code where somebody has a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdshort.core.onboarding.commands import Refused
from holdshort.web.current import house_of
from holdshort.web.signing_in import attempts, second_factor

if TYPE_CHECKING:
    from django.http import HttpRequest


def check_step_up(request: HttpRequest, user: str, password: str, code: str) -> bool:
    """
    Whether the person has shown it; False where the request brought nothing.

    Raises:
        Refused: What it brought is wrong, or there were too many wrong ones.
    """
    if not (password or code):
        return False
    if attempts.too_many(request, user):
        raise Refused("STEP-003", "there were too many wrong passwords or codes", "wait a quarter of an hour")
    if second_factor.has_one(user):
        right, asked = second_factor.is_right(user, code), "code"
    else:
        right, asked = house_of(request).store.password_is(user, password), "password"
    if not right:
        attempts.note_failure(request, user)
        raise Refused("STEP-002", f"the {asked} is not right", f"send your {asked} as `{asked}`")
    return True
