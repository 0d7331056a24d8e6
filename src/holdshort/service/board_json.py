"""One onboarding, review and action as JSON, for the command line and the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from holdshort.core.onboarding.events import Event, Seen
from holdshort.core.onboarding.powers import COMMANDS, NAMES
from holdshort.core.onboarding.progress import STAGES
from holdshort.ports import OnboardingRow
from holdshort.service.attaching import Attached, attached
from holdshort.service.board import ActionView, OnboardingView, ReviewView
from holdshort.service.event_words import words_of
from holdshort.service.programs import target_name
from holdshort.service.story import Decided, Entry, Ran, Story

Say = Callable[[Event, Story], str]
"""An event as a sentence."""


def plainly(event: Event, story: Story) -> str:
    return words_of(event)


def onboarding_json(view: OnboardingView, log: bool = False, say: Say = plainly) -> dict[str, Any]:
    state = view.state
    data = {
        "number": view.number,
        "onboarding": state.key,
        "title": state.title,
        "state": state.state,
        "state_why": view.state_why,
        "stage": state.stage,
        "stage_name": STAGES.get(state.stage, ""),
        "stage_why": view.stage_why,
        "lane": state.lane,
        "segment": state.segment,
        "register": state.register,
        "opened_at": _at(state.opened_at),
        "closed_at": _at(state.closed_at),
        "legal_hold": state.legal_hold,
        "verdict": view.answer.verdict,
        "tier": view.answer.tier,
        "findings": [each.to_json() for each in view.answer.findings],
        "gaps": [each.to_json() for each in view.answer.gaps],
        "holds": [
            {"case": each.case, "by": each.by, "owner": each.owner, "tier": each.tier, "kinds": list(each.kinds),
             "why": view.story.hold_reasons.get(each.case, ""), "lifted": each.lifted}
            for each in state.holds.values()
        ],
        "reviews": [review_json(view, each) for each in view.reviews],
        "actions": [action_json(view, each) for each in view.actions],
        "decisions": [decision_json(view, each) for each in view.story.decisions.values()],
        "runs": [_run_json(view, each) for each in view.story.runs],
        "files": [file_json(each) for each in attached(view.story)],
        "facts": [_fact_json(each) for each in view.facts],
    }  # fmt: skip
    if log:
        data["log"] = [event_json(entry, view.story, say) for entry in view.story.entries]
    return data


def review_json(view: OnboardingView, each: ReviewView) -> dict[str, Any]:
    review = each.review
    commands = {NAMES[code]: name for name, code in COMMANDS.items()}
    return {
        "id": f"{view.number}.{review.no}",
        "onboarding": view.state.key,
        "title": view.state.title,
        "status": review.status,
        "case": review.case,
        "about": review.about,
        "scenario": each.says,
        "row": {key: each.row.texts.get(key, "") for key in ("trigger", "review", "action", "evidence", "checks")}
        if each.row is not None
        else None,
        "result": each.result,
        "why": list(each.why),
        "tier": review.tier,
        "owner": review.owner,
        "steps": [{"roles": list(step.roles), "needed": step.needed} for step in review.steps],
        "escalated_to": list(review.escalated_to),
        "decides": list(each.turn.roles),
        "step": each.turn.step + 1,
        "may_decide": list(each.may_decide),
        "claimed_by": review.claimed_by,
        "asked": review.asked_role,
        "opened_at": _at(review.opened_at),
        "at_risk_at": _at(review.at_risk_at),
        "breaches_at": _at(review.breaches_at),
        "pace": each.pace,
        "evidence": [_fact_json(fact) for fact in each.evidence],
        "lacks": list(each.lacks),
        "waiting": [
            action_json(view, found) for action in each.waiting if (found := view.action(action.no)) is not None
        ],
        "decisions": {
            commands[name]: [f"{view.number}/a{no}" for no in numbers] for name, numbers in each.decisions.items()
        },
        "decided": [decision_json(view, one) for one in each.decided],
        "seen": each.seen,
    }  # fmt: skip


def action_json(view: OnboardingView, each: ActionView) -> dict[str, Any]:
    action = each.action
    return {
        "id": f"{view.number}/a{action.no}",
        "kind": action.kind,
        "status": each.status,
        "verdict": each.clearance.state,
        "why": each.why,
        "waits_for": [
            {"review": f"{view.number}.{review.no}", "case": review.case, "decides": list(turn.roles)}
            for review, turn in each.awaited
        ]
        if action.is_open
        else [],
        "target": target_name(each.target),
        "recipients": list(each.recipients),
        "payload": dict(action.payload),
        "unfounded": [one.words for one in each.unfounded],
        "digest": action.digest,
        "source": action.source,
        "by": action.by,
        "about": action.about,
        "due_at": _at(action.due_at),
        "rests_on": [f"{view.number}.d{no}" for no in action.decisions],
        "attempts": action.attempt,
        "key": action.key,
    }


def decision_json(view: OnboardingView, each: Decided) -> dict[str, Any]:
    record = each.record
    return {
        "id": f"{view.number}.d{record.decision}",
        "review": f"{view.number}.{record.review}",
        "case": record.case,
        "code": record.code,
        "name": NAMES[record.code],
        "by": record.by,
        "role": record.role,
        "on_behalf_of": record.on_behalf_of,
        "at": _at(each.at),
        "covers": [f"{view.number}/a{cover.action}" for cover in record.covers],
        "route_accepted": record.waives,
        "standing": each.standing,
        "why_ended": list(each.words),
        "reason": record.reason,
        "exception": record.exception,
        "owner": record.owner,
        "asked": record.asked_role,
        "expires_at": _at(record.expires_at),
        "conditions": [
            {
                "id": f"{view.number}.d{record.decision}.{number + 1}",
                "text": condition.text,
                "owner": condition.owner,
                "deadline": _at(condition.deadline),
                "state": "met" if number in each.met else "missed" if number in each.missed else "open",
            }
            for number, condition in enumerate(record.conditions)
        ],
    }


def _run_json(view: OnboardingView, each: Ran) -> dict[str, Any]:
    return {
        "action": f"{view.number}/a{each.action}",
        "attempt": each.attempt,
        "at": _at(each.at),
        "target": target_name(each.target),
        "key": each.key,
        "outcome": each.outcome or "under way",
        "words": list(each.words),
        "changed": list(each.changed),
    }


def _fact_json(each: Seen) -> dict[str, Any]:
    return {
        "name": each.name,
        "system": each.system,
        "field": each.field,
        "value": each.value,
        "state": each.state,
        "as_of": each.as_of or None,
    }


def file_json(each: Attached) -> dict[str, Any]:
    """A file that somebody attached, without its bytes."""
    return {
        "no": each.no, "review": each.review, "by": each.by, "at": _at(each.at), "name": each.name,
        "media_type": each.media_type, "size": each.size, "sha256": each.digest, "erased": each.is_erased,
    }  # fmt: skip


def event_json(entry: Entry, story: Story, say: Say = plainly) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": _at(entry.at),
        "by": entry.actor,
        "kind": type(entry.event).__name__,
        "words": say(entry.event, story),
        "hash": entry.hash,
    }


def onboarding_row_json(row: OnboardingRow) -> dict[str, Any]:
    """An onboarding as lists show it."""
    return {
        "number": row.number,
        "onboarding": row.key,
        "title": row.title,
        "lane": row.lane,
        "segment": row.segment,
        "stage": row.stage,
        "state": row.state,
        "verdict": row.verdict,
        "tier": row.tier,
        "register": row.register,
        "opened_at": row.opened_at.isoformat(),
        "closed_at": _at(row.closed_at),
        "legal_hold": row.legal_hold,
    }


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
