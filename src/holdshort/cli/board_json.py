"""One onboarding, review and action as JSON, with the log in the command line's words."""

from __future__ import annotations

from typing import Any

from holdshort.service import board_json
from holdshort.service.board import OnboardingView
from holdshort.service.board_json import action_json, decision_json, review_json

__all__ = ["action_json", "decision_json", "onboarding_json", "review_json"]


def onboarding_json(view: OnboardingView, log: bool = False) -> dict[str, Any]:
    from holdshort.cli.event_words import said

    return board_json.onboarding_json(view, log, said)
