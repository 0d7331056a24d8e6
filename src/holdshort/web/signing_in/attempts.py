"""Slows down whoever guesses passwords or codes: so many wrong ones in a while, then none is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from django.http import HttpRequest

WINDOW = timedelta(minutes=15)
MOST_FOR_ACCOUNT = 10
MOST_FROM_ADDRESS = 50
"""More than one person may sit behind an address."""


def too_many(request: HttpRequest, account: str) -> bool:
    """Whether nothing is looked at for now; the same for names that nobody has."""
    from holdshort.web.models import FailedAttempt

    recent = FailedAttempt.objects.filter(at__gt=_moment() - WINDOW)
    return bool(
        recent.filter(account=account[:150]).count() >= MOST_FOR_ACCOUNT
        or recent.filter(address=address_of(request)).count() >= MOST_FROM_ADDRESS
    )


def too_many_from_here(request: HttpRequest) -> bool:
    """The same where nobody has named an account yet: by the address alone."""
    from holdshort.web.models import FailedAttempt

    recent = FailedAttempt.objects.filter(at__gt=_moment() - WINDOW, address=address_of(request))
    return bool(recent.count() >= MOST_FROM_ADDRESS)


def note_failure(request: HttpRequest, account: str) -> None:
    from holdshort.web.models import FailedAttempt

    FailedAttempt.objects.filter(at__lt=_moment() - WINDOW).delete()
    FailedAttempt.objects.create(account=account[:150], address=address_of(request), at=_moment())


def forget(account: str) -> None:
    """After a success the wrong ones before do not count any more."""
    from holdshort.web.models import FailedAttempt

    FailedAttempt.objects.filter(account=account).delete()


def address_of(request: HttpRequest) -> str:
    """Where a request comes from. Behind a proxy that we were told of: the last address that it added."""
    if settings.HOLDSHORT_BEHIND_PROXY:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return str(forwarded)[:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


def _moment() -> datetime:
    """The machine's clock: guessing is a matter of real time, also where the house lives in another present."""
    return timezone.now()
