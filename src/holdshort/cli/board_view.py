"""How one onboarding, one review and one action read on a screen."""

from __future__ import annotations

from collections.abc import Iterable

from holdshort.cli import words
from holdshort.cli.decision_words import ALLOWS, usage
from holdshort.cli.screen import STYLES, Screen, badge
from holdshort.core.action_words import phrase, phrases, role
from holdshort.core.onboarding.events import Seen
from holdshort.core.onboarding.powers import COMMANDS, NAMES
from holdshort.core.onboarding.progress import STAGES
from holdshort.service.attaching import Attached, attached
from holdshort.service.board import ActionView, OnboardingView, ReviewView
from holdshort.service.story import Decided, Ran

_ENDED = {"withdrawn", "rejected", "done"}


# --- one onboarding ---


def show_onboarding(view: OnboardingView, log: bool = False, everything: bool = False) -> None:
    screen = Screen()
    state = view.state
    screen.head(
        (str(view.number), "bold"),
        (state.title or "(no title)", "bold"),
        (badge(state.tier), STYLES.get(state.tier, "")),
        (state.state, "bold"),
    )
    marks = (
        state.key, f"lane {state.lane or 'not known'}", f"segment {state.segment or 'not known'}",
        f"register {state.register}", f"opened {words.moment(state.opened_at, view.zone)}",
    )  # fmt: skip
    screen.line(" · ".join(marks), "dim")
    if state.closed_at:
        screen.line(f"closed {words.moment(state.closed_at, view.zone)}")
    if state.legal_hold:
        screen.line(f"a legal hold keeps its data: {state.legal_hold}")
    screen.line(_path(state.stage, state.register))
    screen.rows(
        [("now", f"{state.state}: {view.state_why}"), ("stage", f"{STAGES[state.stage]}: {view.stage_why}")]
    )
    _show_findings(screen, view)
    _show_reviews(screen, view, everything)
    _show_actions(screen, view, everything)
    _show_decisions(screen, view.story.decisions.values(), view)
    _show_runs(screen, view.story.runs, view)
    _show_files(screen, attached(view.story), view)
    facts = [each for each in view.facts if each.state != "not_provided"]
    if facts:
        screen.section("Facts that matter")
        screen.rows(_fact(each) for each in facts)
    if log:
        show_log(screen, view)
    _show_next(screen, view)


def _path(stage: str, register: int) -> str:
    """The seven stages of an onboarding in a line; the two of its register stand behind them."""
    said = []
    mark = "✓"
    for code, name in list(STAGES.items())[:7]:
        said.append(f"[{code} {name}]" if code == stage else f"{mark} {code} {name}")
        mark = "·" if code == stage else mark
    return f"{' → '.join(said)} (register {register}: ✓ P8 {STAGES['P8']})"


def _show_files(screen: Screen, files: Iterable[Attached], view: OnboardingView) -> None:
    found = list(files)
    if not found:
        return
    screen.section("Attached files")
    for each in found:
        beside = f"to {view.number}.{each.review} " if each.review else ""
        about = f"{each.kind}, {each.how_large}, {beside}by {each.by}, {words.moment(each.at, view.zone)}"
        screen.line(f"{each.no}  {each.name or '(erased)'}: {about}")


def _show_findings(screen: Screen, view: OnboardingView) -> None:
    answer = view.answer
    screen.section(f"Findings: {answer.verdict}")
    if not answer.findings:
        screen.line(
            "no row of the register matched" if answer.verdict == "clean" else "no valid trigger", "dim"
        )
    scenarios = {each.review.case: each.says for each in view.reviews}
    for finding in answer.findings:
        sure = "" if finding.result == "matched" else "cannot tell: "
        screen.head(("  " + badge(finding.tier), STYLES.get(finding.tier, "")), (finding.case, "bold"))
        screen.line(scenarios.get(finding.case, ""), "dim", indent=4)
        screen.lines((f"{sure}{why}" for why in finding.why), indent=4)
        if finding.holds:
            screen.line(f"holds {', '.join(phrases(finding.holds, view.catalogue))}", indent=4)
    raised = [each for each in view.state.holds.values() if not each.lifted]
    for hold in raised:
        what = (
            ", ".join(phrases(hold.kinds, view.catalogue))
            or "everything that reaches the customer or a system"
        )
        why = view.story.hold_reasons.get(hold.case, "")
        screen.head(("  " + badge(hold.tier), STYLES.get(hold.tier, "")), (hold.case, "bold"))
        screen.line(f"{hold.by} stopped {what}: {why or 'the reason was erased'}", indent=4)


def _show_reviews(screen: Screen, view: OnboardingView, everything: bool) -> None:
    shown = [each for each in view.reviews if everything or each.review.status == "open"]
    closed = len(view.reviews) - len(shown)
    if not view.reviews:
        return
    screen.section("Reviews")
    for each in shown:
        review = each.review
        if review.status == "open":
            time = words.pace(each.pace, each.left, each.day)
        else:
            time = f"{review.status} {words.moment(review.decided_at, view.zone)}"
        waiting = ", ".join(f"a{action.no} {phrase(action.kind)}" for action in each.waiting)
        screen.head(
            (f"  {view.number}.{review.no}", "bold"),
            (badge(review.tier), STYLES.get(review.tier, "")),
            (review.case if review.about == "finding" else review.about, ""),
            (f"for {_deciders(each)}", ""),
            (
                f"step {each.turn.step + 1} is next"
                if len(review.steps) > 1 and review.status == "open"
                else "",
                "dim",
            ),
            (time, "bold red" if each.pace == "breached" and review.status == "open" else ""),
            (f"taken by {review.claimed_by}" if review.claimed_by else "", "dim"),
        )
        if review.status == "open":
            if review.about != "finding":
                screen.line(each.says, "dim", indent=9)
            screen.line(f"waits for it: {waiting or 'nothing was asked for yet'}", indent=9)
            if review.asked_role:
                screen.line(f"{role(review.asked_role)} was asked for information", indent=9)
    if closed:
        screen.line(f"{words.plural(closed, 'review is', 'reviews are')} over: `--all` shows them", "dim")


def _show_actions(screen: Screen, view: OnboardingView, everything: bool) -> None:
    if not view.actions:
        return
    screen.section("Actions")
    for each in view.actions:
        show_action_line(screen, view.number, each, with_payload=everything or each.status not in _ENDED)


def show_action_line(screen: Screen, number: int, each: ActionView, with_payload: bool = True) -> None:
    action = each.action
    screen.head(
        (f"  a{action.no:<3}", "bold"),
        (phrase(action.kind), ""),
        (each.status, _STATUS_STYLES.get(each.status, "")),
        (f"→ {words.target(each.target)}", "dim"),
    )
    said = [each.why] if each.why and each.why != each.status else []
    if action.due_at is not None and each.status == "not due":
        said = [f"due {words.moment(action.due_at)}"]
    said.append(f"asked for by {_asker(number, each)}")
    screen.line("; ".join(said), "dim", indent=8)
    if each.awaited and action.is_open:
        screen.line(f"next: {words.awaited(number, each.awaited)}", indent=8)
    if with_payload:
        show_payload(screen, each, indent=8)


_STATUS_STYLES = {
    "held": "bold yellow",
    "needs review": "bold yellow",
    "uncertain": "bold red",
    "failed": "bold red",
    "released": "green",
    "done": "green",
}


def _asker(number: int, each: ActionView) -> str:
    action = each.action
    if action.source in ("record", "request"):
        return words.who(action.by)
    if action.source == "decision":
        return f"decision {number}.d{action.about.removeprefix('decision ')}"
    return f"row {action.source}"


def show_payload(screen: Screen, each: ActionView, indent: int) -> None:
    """Exactly what would be carried out, and before it which of its words nothing on record bears out."""
    payload = each.action.payload
    for one in each.unfounded:
        screen.line(f"{one.field} says {one.words}", "yellow", indent)
    if not payload:
        screen.line("no content: whoever carries it out decides how", "dim", indent)
        return
    screen.rows(words.payload_rows(payload), indent=indent)
    for name, text in words.long_texts(payload):
        screen.line(f"{name}:", "dim", indent)
        screen.quoted(text, indent + 2)


def _show_decisions(screen: Screen, decided: Iterable[Decided], view: OnboardingView) -> None:
    found = list(decided)
    if not found:
        return
    screen.section("Decisions")
    for each in found:
        show_decision(screen, each, view)


def show_decision(screen: Screen, each: Decided, view: OnboardingView) -> None:
    record = each.record
    behalf = f" for {record.on_behalf_of}" if record.on_behalf_of else ""
    style = "green" if each.standing == "counts" else "bold red" if each.standing else ""
    screen.head(
        (f"  {view.number}.d{record.decision}", "bold"),
        (NAMES[record.code], "bold"),
        (f"by {record.by}{behalf} as {role(record.role)}", ""),
        (words.moment(each.at, view.zone), "dim"),
        (each.standing, style),
    )
    rows = [("review", f"{view.number}.{record.review} {record.case}")]
    actions = view.state.actions
    if record.covers:
        rows.append(
            ("allows", ", ".join(f"a{c.action} {phrase(actions[c.action].kind)}" for c in record.covers))
        )
    elif record.waives:
        rows.append(("allows", "the route; each action still asks for itself"))
    if record.asked_role:
        rows.append(("asked", role(record.asked_role)))
    if record.owner:
        rows.append(("answers for it", role(record.owner)))
    rows += [
        (name, text) for name, text in (("reason", record.reason), ("exception", record.exception)) if text
    ]
    if record.expires_at and each.standing == "counts":
        rows.append(("good until", words.moment(record.expires_at, view.zone)))
    if each.words:
        rows += [(each.ended, text) for text in each.words]
    for number, condition in enumerate(record.conditions):
        done = "met" if number in each.met else "MISSED" if number in each.missed else "open"
        said = f"{condition.text} ({role(condition.owner)}, by {words.moment(condition.deadline, view.zone)}): {done}"
        rows.append((f"condition {view.number}.d{record.decision}.{number + 1}", said))
    screen.rows(rows, indent=8)


def _show_runs(screen: Screen, runs: Iterable[Ran], view: OnboardingView) -> None:
    found = list(runs)
    if not found:
        return
    screen.section("Runs")
    for each in found:
        action = view.state.actions[each.action]
        screen.head(
            (f"  a{each.action:<3}", "bold"),
            (phrase(action.kind), ""),
            (
                each.outcome or "under way",
                _STATUS_STYLES.get(each.outcome, "bold red" if each.outcome else ""),
            ),
            (f"→ {words.target(each.target)}", "dim"),
            (words.moment(each.at, view.zone), "dim"),
            (f"attempt {each.attempt}" if each.attempt > 1 else "", "dim"),
        )
        screen.lines(each.words, indent=8, style="dim")
        if each.changed:
            screen.line(
                f"moved since it was approved, and mattered to nobody: {', '.join(each.changed)}", "dim", 8
            )


def _fact(each: Seen) -> tuple[str, str]:
    value = words.in_words(each.value) if each.value is not None and each.state not in _NO_VALUE else "–"
    note = "" if each.state == "known" else f" [{each.state.replace('_', ' ')}]"
    place = " ".join((each.system, each.field.replace("_", " "))).strip()
    return each.name, f"{value}{note}" + (f"  ({place})" if place else "")


_NO_VALUE = ("missing", "not_provided")


def _show_next(screen: Screen, view: OnboardingView) -> None:
    waiting = [each.review.no for each in view.reviews if each.review.status == "open"]
    screen.blank()
    if waiting:
        screen.line(
            f"Look at a review, and at what may be decided: `holdshort show {view.number}.{waiting[0]}`",
            indent=0,
        )
    else:
        screen.line("Nothing of it waits for a person.", indent=0)


# --- the log ---


def show_log(screen: Screen, view: OnboardingView) -> None:
    from holdshort.cli.event_words import said

    screen.section("What happened")
    last = ""
    for entry in view.story.entries:
        at = words.moment(entry.at, view.zone)
        screen.rows(
            [
                (
                    f"{entry.seq:>4}",
                    f"{said(entry.event, view.story)} ({words.who(entry.actor)}{'' if at == last else ', ' + at})",
                )
            ]
        )
        last = at


# --- one review ---


def show_review(view: OnboardingView, each: ReviewView) -> None:
    screen = Screen()
    review, row = each.review, each.row
    status = words.pace(each.pace, each.left, each.day) if review.status == "open" else review.status
    screen.head(
        (f"{view.number}.{review.no}", "bold"),
        (badge(review.tier), STYLES.get(review.tier, "")),
        (view.state.title or "(no title)", "bold"),
        (status, "bold red" if each.pace == "breached" and review.status == "open" else ""),
    )
    rows = [
        ("onboarding", f"{view.number} · {view.state.key} · {view.state.state}"),
        ("decides", _deciders(each)),
    ]
    if review.status == "open":
        people = (
            ", ".join(each.may_decide) or "NOBODY holds this role: `holdshort user add` gives it to somebody"
        )
        rows += [
            ("next", f"{words.roles(each.turn.roles)}: {people}"),
            ("by", words.moment(review.breaches_at, view.zone)),
        ]
    if review.claimed_by:
        rows.append(("taken by", review.claimed_by))
    if review.asked_role:
        rows.append(("asked", f"{role(review.asked_role)}; it stays paused until the answer comes in"))
    screen.rows(rows)
    screen.section("Why it is here")
    screen.line(each.says)
    sure = "cannot tell: " if each.result == "unknown" else ""
    screen.lines(f"{sure}{why}" for why in each.why)
    if row is not None:
        cells = (("row", row.case), ("trigger", row.texts.get("trigger", "")), ("person", row.texts.get("review", "")),
                 ("system", row.texts.get("action", "")))  # fmt: skip
        screen.rows(cells)
    if each.evidence:
        screen.section("Evidence")
        screen.rows(_fact(fact) for fact in each.evidence if fact.state != "not_provided")
        unknown = [fact.name for fact in each.evidence if fact.state == "not_provided"]
        if unknown:
            screen.line(f"no source gives: {', '.join(unknown)}", "dim")
    screen.section("Missing or in conflict")
    if each.lacks:
        screen.lines(each.lacks)
        screen.line(
            "An approval needs this supplied, or `--exception` with the reason why it may go on without.",
            "dim",
        )
    else:
        screen.line("nothing that the row asks for", "dim")
    _show_waiting(screen, view, each)
    _show_files(screen, attached(view.story, review.no), view)
    if each.decided:
        _show_decisions(screen, each.decided, view)
    if review.status != "open":
        screen.blank()
        screen.line(
            f"This review is {review.status}. `holdshort show {view.number}` says where the onboarding stands.",
            indent=0,
        )
        return
    _show_choices(screen, view, each)


def _deciders(each: ReviewView) -> str:
    review = each.review
    late = [one for one in review.escalated_to if all(one not in step.roles for step in review.steps)]
    return words.steps(review.steps) + (
        f"; since nobody did in time also {words.roles(late)}" if late else ""
    )


def _show_waiting(screen: Screen, view: OnboardingView, each: ReviewView) -> None:
    screen.section("What waits for it")
    if not each.waiting and each.review.about == "run":
        found = view.action(each.review.action)
        if found is not None:
            show_action_line(screen, view.number, found)
        screen.line(
            f"Find out, then: `holdshort actions resolve {view.number}/a{each.review.action} --happened` or `--did-not-happen`"
        )
    elif not each.waiting:
        screen.line("nothing was asked for yet; what the row holds would wait", "dim")
    for action in each.waiting:
        found = view.action(action.no)
        if found is not None:
            show_action_line(screen, view.number, found)


def _show_choices(screen: Screen, view: OnboardingView, each: ReviewView) -> None:
    screen.section("Decisions that fit")
    review_id = f"{view.number}.{each.review.no}"
    by_name = {name: command for command, code in COMMANDS.items() for name in (NAMES[code],)}
    for name, numbers in each.decisions.items():
        command = by_name[name]
        allowed = ", ".join(f"a{no} {phrase(view.state.actions[no].kind)}" for no in numbers)
        screen.rows([(command, ALLOWS[command](each.review, allowed))], min_width=23, label_style="bold")
        screen.line(
            f"holdshort {command} {review_id} --as USER{usage(command, each.review)}", "dim", indent=27
        )
    screen.blank()
    screen.line(
        f"`--seen {each.seen[:16]}` refuses the decision if anything here has changed meanwhile; `--dry-run` says exactly "
        "what a decision would do. `holdshort packet " + str(view.number) + "` has all twelve parts.",
        indent=0,
    )


# --- one action ---


def show_action(view: OnboardingView, each: ActionView) -> None:
    screen = Screen()
    action = each.action
    screen.head(
        (f"{view.number}/a{action.no}", "bold"),
        (phrase(action.kind), "bold"),
        (each.status, _STATUS_STYLES.get(each.status, "")),
    )
    rows = [
        ("onboarding", f"{view.number} · {view.state.title} · {view.state.key}"),
        ("why", each.why),
        ("goes to", words.target(each.target)),
        ("recipients", ", ".join(each.recipients)),
        ("asked for by", _asker(view.number, each)),
        ("due", words.moment(action.due_at, view.zone) if action.due_at else ""),
        ("tried again", words.moment(action.retry_at, view.zone) if action.retry_at else ""),
        ("rests on", ", ".join(f"{view.number}.d{no}" for no in action.decisions)),
        ("digest", action.digest),
        ("key", action.key),
    ]
    screen.rows((label, text) for label, text in rows if text)
    screen.section("Content, exactly as it would be carried out")
    show_payload(screen, each, indent=2)
    stops = [each.review for each in view.reviews if action.no in [one.no for one in each.waiting]]
    if stops:
        screen.section("Waits for")
        screen.lines(
            f"{view.number}.{review.no}: {words.steps(review.steps)} ({review.case})" for review in stops
        )
    _show_runs(screen, (run for run in view.story.runs if run.action == action.no), view)
