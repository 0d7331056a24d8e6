"""What a playbook assumes of reviews when it is replayed over history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from holdshort.core.columns import TIERS
from holdshort.core.settings_targets import Fault

_MINUTES = {"low": 5.0, "medium": 10.0, "high": 20.0, "hold": 30.0}
_MOST_MINUTES = 10_000.0


@dataclass(frozen=True)
class ShadowSettings:
    """Minutes that a reviewer spends on one case, by tier. Nobody measured them: they are stated, and may be changed."""

    minutes: Mapping[str, float] = field(default_factory=lambda: dict(_MINUTES))
    stated: bool = False
    """The playbook itself says them."""


def read_shadow(data: Mapping[str, Any], fault: Fault) -> ShadowSettings:
    """Read `[shadow]` of a parsed playbook.toml; what is wrong goes to `fault`, and the default counts."""
    said = data.get("shadow", {})
    minutes = said.get("minutes", {}) if isinstance(said, Mapping) else None
    if not isinstance(minutes, Mapping) or (isinstance(said, Mapping) and set(said) - {"minutes"}):
        fault(
            "PLAY-060", "`shadow` holds something else than `minutes`", "shadow",
            "write `[shadow]` and `minutes = {low = 5, medium = 10, high = 20, hold = 30}`",
        )  # fmt: skip
        return ShadowSettings()
    found = dict(_MINUTES)
    for tier, value in minutes.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if tier not in TIERS or not is_number or not 0 <= value <= _MOST_MINUTES:
            fault(
                "PLAY-060", f"`{tier} = {value}` is no reviewing time", "shadow > minutes",
                "write minutes from 0 to 10000 for `low`, `medium`, `high` or `hold`",
            )  # fmt: skip
        else:
            found[tier] = float(value)
    return ShadowSettings(found, bool(minutes))
