"""
What an HTTP status says about a POST that was sent once: done, known not to have happened, or unknown.

Source: RFC 9110, RFC 8470, the IANA registry of status codes and the Idempotency-Key draft, each read with one
question: may the action have happened? A code that is in no list here is unknown.

| status | state | because |
|---|---|---|
| 200 201 202 204 | done | taken (the body has still to make sense) |
| 307 308 | failed | "ask elsewhere"; redirects are not followed, and these say that nothing was done |
| 300 to 306 | uncertain | many systems act first and then point to the result |
| 400 to 431, 451 | failed | refused |
| 408 | uncertain | a proxy may say it while the system behind it works on |
| 409 | uncertain | the same key is under way, or was done before |
| 425 | uncertain | only early data deserves it, and none is sent: somebody uses it for "still under way" |
| 429 | failed | turned away before it was looked at |
| 5xx | uncertain | it broke, before, during or after |
| others | uncertain | nobody has said what they mean |
"""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime

from holdshort.connectors.write.outcomes import Outcome, done, failed, uncertain

TAKEN = frozenset({200, 201, 202, 204})
_UNKNOWN_4XX = frozenset({408, 409, 419, 420, 425, 427, 430})
REFUSED = frozenset({307, 308, *range(400, 432), 451}) - _UNKNOWN_4XX
_LONGEST_WAIT_S = 366 * 86400


def outcome_of(status: int, who: str, retry_after_s: int | None = None) -> Outcome:
    """The outcome that a status alone speaks for. `who` is the host's name."""
    if status in TAKEN:
        return done(f"{who} took it ({status}).")
    if status == 429:
        hint = "" if retry_after_s is None else f"; retry after {retry_after_s} s"
        return failed(f"{who} has too much to do and turned it away (429){hint}.")
    if status in (307, 308):
        return failed(f"{who} points to another address ({status}), and redirects are not followed.")
    if status in REFUSED:
        return failed(f"{who} refused it ({status}).")
    if status == 409:
        return uncertain(f"{who} says that it conflicts with something (409): perhaps it was done before.")
    return uncertain(f"{who} answered {status}, which leaves open whether it was done.")


def read_retry_after(text: str, now: datetime) -> int | None:
    """Seconds to wait by a Retry-After header (a number or a date); None where it says neither. `now` is in UTC."""
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return min(int(text), _LONGEST_WAIT_S)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0, min(round((at - now).total_seconds()), _LONGEST_WAIT_S))
