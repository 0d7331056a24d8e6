"""The pages of one review: look, see what a decision would do, decide, and what people do beside deciding."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from holdshort.core.attachments import LARGEST
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.commands import Refused
from holdshort.core.onboarding.events import DecisionRecorded
from holdshort.core.onboarding.powers import NAMES
from holdshort.ports import Acted
from holdshort.service.attaching import attach
from holdshort.service.board import packet_of
from holdshort.service.foresee import Effects, foresee
from holdshort.service.packet_html import packet_page
from holdshort.service.since import changed_since
from holdshort.web import stepping_up
from holdshort.web.current import actor, house_of
from holdshort.web.reviews.choices import on_screen
from holdshort.web.reviews.fields import Form, form_of
from holdshort.web.reviews.foreseen import foreseen
from holdshort.web.reviews.forms import Fault, Typed, again, operation_of, read_decision, typed_of
from holdshort.web.reviews.page import ReviewPage, review_page
from holdshort.web.signing_in.kept import SECRETS

if TYPE_CHECKING:
    from django.http import HttpRequest

_NOT_NAMED = ("csrfmiddlewaretoken", *SECRETS)
_GONE = ("FLOW-000", "FLOW-007")
_STEP_UP = ("STEP-001", "STEP-002", "STEP-003")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a decision was not taken, for the form it came from. `changed` says in words what is another now."""

    title: str
    why: str
    mend: str = ""
    code: str = ""
    changed: tuple[str, ...] = ()


# --- looking ---


def show(request: HttpRequest, number: int, no: int) -> HttpResponse:
    """The page of one review."""
    return _page(request, _read(request, number, no))


def packet(request: HttpRequest, number: int, no: int) -> HttpResponse:
    """All twelve parts for paper: the same page, laid out to be printed."""
    page = _read(request, number, no)
    return render(request, "reviews/packet.html", {"page": page, "zone": page.view.zone})


def packet_file(request: HttpRequest, number: int, no: int) -> HttpResponse:
    """The packet as one file that needs nothing else, for an e-mail or a folder."""
    found, _ = packet_of(house_of(request).flow, _read(request, number, no).number)
    return _download(packet_page(found), "text/html; charset=utf-8", f"packet-{number}.{no}.html")


def packet_json(request: HttpRequest, number: int, no: int) -> HttpResponse:
    """The packet for programs."""
    found, _ = packet_of(house_of(request).flow, _read(request, number, no).number)
    text = json.dumps(found.to_json(), ensure_ascii=False, indent=1, default=str)
    return _download(text, "application/json", f"packet-{number}.{no}.json")


def _download(text: str, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# --- deciding ---


def preview(request: HttpRequest, number: int, no: int) -> HttpResponse:
    """Exactly what a decision would do. Nothing is done; no password is asked."""
    page = _read(request, number, no)
    slug, typed = _sent(request)
    try:
        read = read_decision(slug, typed, page)
        if read is None:
            raise Http404
        if read.command is None:
            return _preview(request, page, slug, typed, read.faults, None)
        effects = foresee(house_of(request).flow, number, replace(read.command, stepped_up=True))
    except Refused as refused:
        return _preview(request, page, slug, typed, (), None, _trouble(request, page, typed, refused))
    return _preview(request, page, slug, typed, (), effects)


def _preview(
    request: HttpRequest,
    page: ReviewPage,
    slug: str,
    typed: Typed,
    faults: Sequence[Fault],
    effects: Effects | None,
    trouble: Trouble | None = None,
) -> HttpResponse:
    if getattr(request, "htmx", False):
        choice = next(each for each in page.choices if each.slug == slug)
        form = form_of(choice, page, typed, faults)
        seen = foreseen(effects) if effects is not None else None
        context = {"page": page, "form": form, "effects": seen, "trouble": trouble, "zone": page.view.zone}
        return render(request, "reviews/_preview.html", context)
    return _page(request, page, slug, typed, faults, trouble, effects, status=200 if effects else 422)


def decide(request: HttpRequest, number: int, no: int) -> HttpResponse:
    """Take one of the nine decisions, on exactly what the form says was on the screen."""
    page = _read(request, number, no)
    slug, typed = _sent(request)
    return _decide(request, page, slug, typed)


def confirm_again(request: HttpRequest, number: int, no: int, decision: int) -> HttpResponse:
    """Approve once more, in one step, what was approved before something moved: the same act on what is there now."""
    page = _read(request, number, no)
    before = next((each for each in page.each.decided if each.record.decision == decision), None)
    if before is None:
        raise Http404
    slug = NAMES[before.record.code].replace(" ", "-")
    _, sent = _sent(request)
    typed = Typed({**again(page, slug, decision).values, **{name: sent.all(name) for name in ("seen", "seq", "at", "operation")}})  # fmt: skip
    return _decide(request, page, slug, typed)


def _decide(request: HttpRequest, page: ReviewPage, slug: str, typed: Typed) -> HttpResponse:
    house = house_of(request)
    operation = operation_of(typed, page.number, page.user)
    if operation and _was_done(request, operation):
        messages.info(request, "This was sent twice and done once: nothing more was changed.")
        return _back(page)
    try:
        read = read_decision(slug, typed, page)
        if read is None:
            raise Http404
        if read.command is None:
            return _page(request, page, slug, typed, read.faults, status=422)
        command = replace(read.command, stepped_up=True)
        # What would be refused anyway is refused before a code of the second factor is used up for it.
        foresee(house.flow, page.number, command)
        if page.steps_up:
            stepping_up.confirm(request)
        acted = house.flow.act(page.number, command, page.user, operation)
    except Refused as refused:
        if refused.code in _STEP_UP:
            faults = (Fault("password", _sentence(f"{refused.why}: {refused.mend}")),)
            return _page(request, page, slug, typed, faults, status=422)
        fresh = _read(request, page.number, page.no)
        trouble = _trouble(request, fresh, typed, refused)
        return _page(request, fresh, slug, typed, (), trouble, status=409)
    _say(request, page, acted)
    return _back(page)


def _trouble(request: HttpRequest, page: ReviewPage, typed: Typed, refused: Refused) -> Trouble:
    """The refusal, with what is another now where that is the matter."""
    if refused.code not in ("FLOW-011", "FLOW-008"):
        return Trouble("Not done", _sentence(refused.why), on_screen(refused.mend), refused.code)
    changed = _changed(request, page, typed)
    if refused.code == "FLOW-008":
        why = "Somebody decided before you" if page.each.decided else _sentence(refused.why)
        return Trouble(why, "Nothing was done by your form.", "", refused.code, changed)
    mend = "Look at what changed. What you typed is still here: send it again if it still holds."
    return Trouble("This changed while you looked at it", "Nothing was done.", mend, refused.code, changed)


def _changed(request: HttpRequest, page: ReviewPage, typed: Typed) -> tuple[str, ...]:
    seq, at = typed.one("seq"), typed.one("at")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not seq.isdecimal() or len(seq) > 9:
            return ()
        return changed_since(house_of(request).flow, page.number, page.no, int(seq), moment)
    except (ValueError, OverflowError):
        return ()


def _was_done(request: HttpRequest, operation: str) -> bool:
    with house_of(request).store.transaction() as tx:
        return tx.marked(f"op:{operation}")


def _say(request: HttpRequest, page: ReviewPage, acted: Acted) -> None:
    made = next((each for each in acted.events if isinstance(each, DecisionRecorded)), None)
    if made is None:
        messages.info(request, "This was sent twice and done once: nothing more was changed.")
        return
    running = [
        each
        for each in acted.state.actions.values()
        if each.run == "released" and made.decision in each.decisions
    ]
    more = (
        f" {len(running)} action{'' if len(running) == 1 else 's'} may run now."
        if running
        else " Nothing runs by it now."
    )
    messages.success(request, f"Recorded as {page.number}.d{made.decision}: {NAMES[made.code]}.{more}")


# --- beside deciding ---


def claim(request: HttpRequest, number: int, no: int) -> HttpResponse:
    return act(request, number, no, lambda user, typed: c.Claim(no, user), "It is yours.")


def reassign(request: HttpRequest, number: int, no: int) -> HttpResponse:
    return act(request, number, no, lambda user, typed: c.Reassign(no, typed.one("to"), user), "Handed over.")


def comment(request: HttpRequest, number: int, no: int) -> HttpResponse:
    return act(
        request, number, no, lambda user, typed: c.Comment(user, typed.one("text"), no), "Added.", "comments"
    )


def report_gap(request: HttpRequest, number: int, no: int) -> HttpResponse:
    said = "Thank you. It counts as a gap of the row."
    return act(request, number, no, lambda user, typed: c.ReportGap(no, user, typed.one("text")), said, "gap")


def attach_file(request: HttpRequest, number: int, no: int) -> HttpResponse:
    """Put a file beside the review: kept as it came, shown to nobody but as a download."""
    page = _read(request, number, no)
    _, typed = _sent(request)
    house, sent = house_of(request), request.FILES.get("file")
    try:
        if sent is None:
            raise Refused(
                "FLOW-107", "no file came with the form", "choose one; it is not kept while you sign in"
            )
        if (sent.size or 0) > LARGEST:
            raise Refused(
                "FLOW-101", f"the file is larger than {LARGEST // 1024**2} MB", "attach the pages that matter"
            )
        operation = operation_of(typed, number, page.user)
        attach(house.flow, house.file_seal, number, no, str(sent.name), sent.read(), page.user, operation)
    except Refused as refused:
        trouble = Trouble(
            "Not attached", _sentence(refused.why), on_screen(_sentence(refused.mend)), refused.code
        )
        return _page(request, _read(request, number, no), status=409, beside={"files": trouble})
    messages.success(request, "Attached. It changes no verdict; whoever reads the review finds it there.")
    return _back(page)


def act(
    request: HttpRequest,
    number: int,
    no: int,
    make: Callable[[str, Typed], c.Command],
    said: str,
    form: str = "other",
) -> HttpResponse:
    """Do something beside the nine decisions; a refusal comes back to the form with what was typed."""
    page = _read(request, number, no)
    _, typed = _sent(request)
    operation = operation_of(typed, number, page.user)
    try:
        acted = house_of(request).flow.act(number, make(page.user, typed), page.user, operation)
    except Refused as refused:
        fresh = _read(request, number, no)
        trouble = Trouble("Not done", _sentence(refused.why), on_screen(refused.mend), refused.code)
        return _page(request, fresh, status=409, beside={form: trouble, "text": typed.one("text")})
    messages.success(request, said if acted.events else "Nothing had to be changed.")
    return _back(page)


# --- the page ---


def _read(request: HttpRequest, number: int, no: int) -> ReviewPage:
    try:
        return review_page(house_of(request).flow, number, no, actor(request))
    except Refused as refused:
        if refused.code in _GONE:
            raise Http404(refused.why) from refused
        raise


def _sent(request: HttpRequest) -> tuple[str, Typed]:
    typed = typed_of(dict(request.POST.lists()), _NOT_NAMED)
    return typed.one("decision"), typed


def _page(
    request: HttpRequest,
    page: ReviewPage,
    slug: str = "",
    typed: Typed | None = None,
    faults: Sequence[Fault] = (),
    trouble: Trouble | None = None,
    effects: Effects | None = None,
    status: int = 200,
    beside: dict[str, Any] | None = None,
) -> HttpResponse:
    forms: dict[str, Form] = {
        each.slug: form_of(
            each, page, typed if each.slug == slug else None, faults if each.slug == slug else ()
        )
        for each in page.choices
    }
    context = {
        "page": page,
        "zone": page.view.zone,
        "groups": [(title, [forms[each.slug] for each in found]) for title, found in page.groups],
        "open_form": forms.get(slug),
        "trouble": trouble,
        "effects": foreseen(effects) if effects is not None else None,
        "seen": page.each.seen,
        "seq": page.view.state.seq,
        "at": page.view.now.isoformat(),
        "operation": str(uuid.uuid4()),
        "asks_for": stepping_up.asks_for(request) if page.steps_up else "",
        "beside": beside or {},
    }
    return render(request, "reviews/review.html", context, status=status)


def _back(page: ReviewPage) -> HttpResponse:
    return redirect(reverse("review", args=[page.number, page.no]))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
