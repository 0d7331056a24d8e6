"""
A second factor: six digits of an authenticator app (RFC 6238: SHA-1, 30 seconds), or one of ten recovery codes.

The secret is sealed with a key that comes from the master key, so a stolen database alone gives nobody a code. A code is
taken once, and up to one step early or late.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from django.conf import settings
from django.utils import timezone

STEP_S = 30
DIGITS = 6
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def has_one(account: str) -> bool:
    """Whether somebody has set a second factor up and shown that it works."""
    return bool(_rows().filter(account=account, since__isnull=False).exists())


def propose(account: str) -> str:
    """A new secret in base 32, for an app that does not count yet; one that counts is left alone."""
    secret = secrets.token_bytes(20)
    if not has_one(account):
        _rows().update_or_create(
            account=account,
            defaults={"secret": _box().encrypt(secret).decode(), "since": None, "last_step": 0},
        )
    return base64.b32encode(secret).decode()


def proposed(account: str) -> str:
    """The secret that was proposed and not confirmed yet, in base 32; empty where there is none."""
    row = _rows().filter(account=account, since__isnull=True).first()
    secret = _opened(row.secret) if row else None
    return base64.b32encode(secret).decode() if secret else ""


def confirm(account: str, code: str) -> list[str] | None:
    """Let the proposed one count, shown a code of it: the recovery codes, to be shown once. None where the code is wrong."""
    row = _rows().filter(account=account, since__isnull=True).first()
    if row is None or not _take(row, code):
        return None
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    digests = "\n".join(map(_digest, codes))
    _rows().filter(account=account).update(since=timezone.now(), recovery=digests)
    return codes


def remove(account: str) -> bool:
    return bool(_rows().filter(account=account).delete()[0])


def is_right(account: str, code: str) -> bool:
    """Whether this is a fresh code of the app, or a recovery code that was not used; it is used up by this."""
    row = _rows().filter(account=account, since__isnull=False).first()
    if row is None:
        return False
    return _take(row, code) or _take_recovery(row, code)


def recovery_codes_left(account: str) -> int:
    row = _rows().filter(account=account, since__isnull=False).first()
    return len(row.recovery.split()) if row else 0


def code_at(secret: str, moment_s: float) -> str:
    """What an app shows at this moment; `secret` in base 32."""
    return _code(base64.b32decode(secret), int(moment_s // STEP_S))


def _take(row: Any, code: str) -> bool:
    said = code.replace(" ", "")
    secret = _opened(row.secret)
    if secret is None or len(said) != DIGITS or not (said.isascii() and said.isdigit()):
        return False
    now = int(time.time() // STEP_S)
    for step in (now, now - 1, now + 1):
        if step > row.last_step and hmac.compare_digest(_code(secret, step), said):
            # of two who send the same code at once, one changes the row
            return bool(_rows().filter(account=row.account, last_step__lt=step).update(last_step=step))
    return False


def _take_recovery(row: Any, code: str) -> bool:
    digest = _digest(code.strip().lower())
    left = row.recovery.split()
    if digest not in left:  # digests of random codes: the time that this takes tells nothing of a code
        return False
    rest = "\n".join(each for each in left if each != digest)
    return bool(_rows().filter(account=row.account, recovery=row.recovery).update(recovery=rest))


def _code(secret: bytes, step: int) -> str:
    return HOTP(secret, DIGITS, SHA1()).generate(step).decode()  # noqa: S303 (what apps know; RFC 6238)


def _recovery_code() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2))


def _digest(code: str) -> str:
    """Recovery codes are random (50 bits), so a keyed digest is enough."""
    return hmac.new(settings.SECRET_KEY.encode(), f"recovery {code}".encode(), hashlib.sha256).hexdigest()


def _box() -> Fernet:
    key = hmac.new(settings.SECRET_KEY.encode(), b"holdshort 1: second factors", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _opened(sealed: str) -> bytes | None:
    try:
        return _box().decrypt(sealed.encode())
    except InvalidToken:
        return None


def _rows() -> Any:
    from holdshort.web.models import SecondFactor

    return SecondFactor.objects
