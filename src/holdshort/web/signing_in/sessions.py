"""Sessions in the house's database, so that they can be listed and ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DbSessionStore
from django.utils import timezone
from django.utils.crypto import salted_hmac

LONGEST = timedelta(days=7)
"""Then one signs in again, however busy the session was."""
_SEEN_EVERY = timedelta(minutes=5)
AGENT = "agent"
ACCOUNT = "account"
BEGAN = "began"
_SEEN = "seen"


class SessionStore(DbSessionStore):
    """Django's own, with the name of the account beside the sealed data."""

    cache_key_prefix = "holdshort.web.sessions"

    @classmethod
    def get_model_class(cls) -> Any:
        from holdshort.web.models import SignedIn

        return SignedIn

    def create_model_instance(self, data: Any) -> Any:
        row: Any = super().create_model_instance(data)
        row.account = str(data.get(ACCOUNT, "")) if SESSION_KEY in data else ""
        row.agent = str(data.get(AGENT, ""))[:200]
        row.seen_at = timezone.now()
        row.began_at = datetime.fromisoformat(data[BEGAN]) if BEGAN in data else row.seen_at
        return row


def is_over(session: Any) -> bool:
    """Whether somebody has been signed in for as long as one may be."""
    began = session.get(BEGAN)
    return not began or timezone.now() - datetime.fromisoformat(began) > LONGEST


def note_seen(session: Any) -> None:
    """Puts its end off, not with every page: each time is a write."""
    now = timezone.now()
    seen = session.get(_SEEN)
    if not seen or now - datetime.fromisoformat(seen) > _SEEN_EVERY:
        session[_SEEN] = now.isoformat()


def sessions_of(account: str) -> list[Any]:
    """Where somebody is signed in, the latest first."""
    from holdshort.web.models import SignedIn

    return list(SignedIn.objects.filter(account=account, expire_date__gt=timezone.now()).order_by("-seen_at"))


def end_session(account: str, mark: str) -> bool:
    """End one session, named by `mark_of`; False where it is none of this account's."""
    from holdshort.web.models import SignedIn

    ended = [each for each in sessions_of(account) if mark_of(each.session_key) == mark]
    return bool(SignedIn.objects.filter(session_key__in=[each.session_key for each in ended]).delete()[0])


def end_all_sessions(account: str, but: str = "") -> int:
    """Sign somebody out everywhere, but for the session with the key `but`."""
    from holdshort.web.models import SignedIn

    return int(SignedIn.objects.filter(account=account).exclude(session_key=but).delete()[0])


def mark_of(session_key: str) -> str:
    """Names a session on a page without giving its key away."""
    return salted_hmac("holdshort session", session_key).hexdigest()[:20]
