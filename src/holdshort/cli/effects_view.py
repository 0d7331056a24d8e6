"""What a decision or another command would do, or has done, in full: kind, target, recipients, content."""

from __future__ import annotations

from collections.abc import Sequence

from holdshort.cli import words
from holdshort.cli.screen import Screen
from holdshort.core.action_words import phrase, role
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.powers import NAMES
from holdshort.service.foresee import Effect, Effects


def show_effects(found: Effects, done: bool) -> None:
    """`done`: it has happened; else it would."""
    screen = Screen()
    decision = found.decision
    if decision is not None:
        _show_decision(screen, found, decision, done)
    title = "Runs now, as it stands here" if done else "Runs at once, as it stands here"
    _section(screen, found.number, title, found.released)
    _section(screen, found.number, "Approved, and still waits for somebody else", found.allowed)
    _section(screen, found.number, "Asked for", [each for each in found.asked if each not in found.released])
    _section(screen, found.number, "May not run any more", found.withheld)
    _section(screen, found.number, "Stops for good", found.stopped)
    _show_reviews(screen, found)
    _show_rest(screen, found, done)


def _show_decision(screen: Screen, found: Effects, decision: e.DecisionRecorded, done: bool) -> None:
    number = found.number
    recorded = f"recorded as {number}.d{decision.decision}" if done else "not recorded yet"
    behalf = f" for {decision.on_behalf_of}" if decision.on_behalf_of else ""
    screen.head(
        (NAMES[decision.code].capitalize(), "bold"),
        (f"{number}.{decision.review} ({decision.case})", "bold"),
        (f"by {decision.by}{behalf} as {role(decision.role)}", ""),
        (recorded, "green" if done else "dim"),
    )
    screen.line(found.after.title or found.after.key, "dim")
    if decision.waives:
        screen.line(
            "The route is accepted. No action goes by this alone: each one that waits still asks for itself."
        )
    elif decision.approves:
        screen.line("It allows what follows and nothing else.")
    else:
        screen.line(
            "It allows nothing: everything that waits still waits."
            if decision.code != "J7"
            else "It allows nothing."
        )
    rows = [("reason", decision.reason), ("exception", decision.exception)]
    rows += [
        ("condition", f"{each.text} ({role(each.owner)}, by {words.moment(each.deadline)})")
        for each in decision.conditions
    ]
    if decision.owner:
        rows.append(("answers for it" if decision.code == "J9" else "owner", role(decision.owner)))
    if decision.expires_at:
        rows.append(("good until", words.moment(decision.expires_at)))
    screen.rows((label, text) for label, text in rows if text)


def _section(screen: Screen, number: int, title: str, effects: Sequence[Effect]) -> None:
    if not effects:
        return
    screen.section(title)
    for each in effects:
        screen.head(
            (f"  a{each.action.no:<3}", "bold"),
            (phrase(each.action.kind), "bold"),
            (f"→ {words.target(each.target)}", ""),
            (f"to {', '.join(each.recipients)}" if each.recipients else "", "bold"),
        )
        if each.why:
            screen.line(each.why, "dim", indent=8)
        if each.awaited:
            screen.line(f"next: {words.awaited(number, each.awaited)}", indent=8)
        payload = each.action.payload
        screen.rows(words.payload_rows(payload), indent=8)
        for name, text in words.long_texts(payload):
            screen.line(f"{name}:", "dim", 8)
            screen.quoted(text, 10)
        if not payload:
            screen.line("no content: whoever carries it out decides how", "dim", 8)


def _show_reviews(screen: Screen, found: Effects) -> None:
    lines = []
    for each in found.of(e.ReviewClosed):
        lines.append(f"{found.number}.{each.review} is over: {each.why}")
    for each in found.of(e.ReviewOpened):
        about = (
            f" about a{each.action} {phrase(found.after.actions[each.action].kind)}" if each.action else ""
        )
        lines.append(f"{found.number}.{each.review} opens for {words.steps(each.steps)} ({each.case}){about}")
    for each in found.of(e.ReviewEscalated):
        lines.append(f"{found.number}.{each.review} goes to {role(each.role)}: {each.why}")
    for each in found.of(e.ApprovalEnded):
        lines.append(
            f"approval d{each.decision} is {each.how}{': ' + '; '.join(each.words) if each.words else ''}"
        )
    if lines:
        screen.section("Reviews")
        screen.lines(lines)


def _show_rest(screen: Screen, found: Effects, done: bool) -> None:
    screen.blank()
    for each in found.of(e.RouteCorrected):
        new = [("lane", each.lane), ("owner", role(each.owner) if each.owner else ""), ("tier", each.tier),
               ("milestones", each.milestones)]  # fmt: skip
        screen.rows((label, text) for label, text in new if text)
    if found.after.state != found.before.state:
        was = f" (was {found.before.state})" if found.before.state else ""
        screen.line(f"The onboarding is {found.after.state}{was}.", indent=0)
    if done and found.released:
        screen.line("A worker carries out what runs: `holdshort worker`, where none is running.", indent=0)
    if not (found.released or found.allowed):
        screen.line("Nothing leaves by it." if not found.asked else "Nothing else leaves by it.", indent=0)
