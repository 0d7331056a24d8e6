"""What a playbook settles for a running store: limits of reviews, life of approvals, caps, targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

TargetType = Literal["folder", "webhook", "smtp", "recorder"]
_SLA_HOURS = {"low": 40, "medium": 16, "high": 8, "hold": 4}


@dataclass(frozen=True)
class SlaSettings:
    """In how much business time a review must be decided: by tier, and for some roles otherwise."""

    by_tier: Mapping[str, timedelta] = field(
        default_factory=lambda: {tier: timedelta(hours=hours) for tier, hours in _SLA_HOURS.items()}
    )
    at_risk: float = 0.75
    """The share of that time after which a review counts as at risk."""
    owners: Mapping[str, Mapping[str, timedelta]] = field(default_factory=dict)
    """Role id to its own limits; a tier that is not among them has the usual one."""

    def limit(self, tier: str, owner: str) -> timedelta:
        """
        Return the business time that a review of this tier and owner may take.

        Raises:
            ValueError: There is no such tier.
        """
        if tier not in self.by_tier:
            raise ValueError(f"`{tier}` is no tier of a review")
        return self.owners.get(owner, {}).get(tier, self.by_tier[tier])


@dataclass(frozen=True)
class ApprovalSettings:
    """How long an approval is good. The clock counts, not business time."""

    valid: timedelta = timedelta(hours=72)
    by_tier: Mapping[str, timedelta] = field(default_factory=dict)

    def expires_at(self, approved_at: datetime, tier: str) -> datetime:
        """The first instant at which an approval for this tier is no longer good."""
        return approved_at + self.by_tier.get(tier, self.valid)


@dataclass(frozen=True)
class LimitSettings:
    """Caps that trip by themselves: how many runs may begin."""

    per_hour: int = 200
    per_recipient_per_day: int = 5
    per_minute: Mapping[str, int] = field(default_factory=dict)
    """Target name to its own cap; a target that is not here has none."""


@dataclass(frozen=True)
class TargetSettings:
    """
    Something that carries out actions.

    `options` has every option of its type, with the default where the file says nothing; lists are tuples. A secret is
    never among them, only the name of the environment variable that holds it.
    """

    name: str
    type: TargetType
    options: Mapping[str, Any] = field(default_factory=dict)


OUTBOX = TargetSettings("outbox", "folder", {"path": "outbox"})
"""The target of a playbook that names none: what would be sent is written to a folder and goes nowhere."""
