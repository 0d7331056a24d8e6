"""From the draft to the version that runs: what changes, what it means for cases that wait, and a second person's word."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render

from holdshort.core.diagnostics import HoldshortError
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import PublishedRegister
from holdshort.service import publish as service
from holdshort.service.bringing_over import note_published
from holdshort.service.drafting import authors
from holdshort.service.drafting import go_back as take_back
from holdshort.service.looking_back import DAYS, look_back
from holdshort.service.programs import digest_of_files, files_of
from holdshort.service.publish import Candidate, Choice
from holdshort.web.current import actor, house_of, now
from holdshort.web.register.drafts import changes_between, draft_of, published_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from holdshort.bootstrap import House

CHOICES: tuple[Choice, ...] = ("recheck", "grandfather", "drain")
_MOST_SHOWN = 200
_lock = threading.Lock()
_candidates: dict[Path, tuple[str, int, Candidate]] = {}


def changes(request: HttpRequest) -> HttpResponse:
    """Which cells differ from the version that runs; the effects follow as a part of the page."""
    house = house_of(request)
    published = house.store.latest_register()
    loaded = draft_of(house.folder)
    before = published_of(published).table if published else None
    wrote = authors(house.store)
    context = {
        "published": published,
        "changes": changes_between(before, loaded.table),
        "errors": loaded.errors,
        "authors": wrote,
        "is_author": actor(request) in wrote,
        "version": (published.version if published else 0) + 1,
    }
    return render(request, "register/changes.html", context)


def effects(request: HttpRequest) -> HttpResponse:
    """Proof, paused onboardings and the last ninety days: a part of the page, for it takes a while."""
    house = house_of(request)
    found = _candidate(house)
    chosen = _choices(request.GET.items(), found.changed)
    plan = [] if found.faults else list(service.effects(house.flow, found, chosen))
    context = {
        "found": found,
        "faults": found.faults,
        "plan": plan[:_MOST_SHOWN],
        "plan_size": len(plan),
        "affected": [each for each in plan if each.outcome != "same outcome"],
        "rows": [(case, chosen.get(case, "recheck")) for case in found.changed],
        "choices": CHOICES,
        "back": look_back(house.flow, found.program) if not found.faults else None,
        "days": DAYS,
        "is_author": actor(request) in authors(house.store),
        "digest": found.digest,
    }
    return render(request, "register/effects.html", context)


def publish(request: HttpRequest) -> HttpResponse:
    """
    Make the draft the version that runs.

    Raises:
        Refused: The password is wrong, the draft changed since it was looked at, or the decider of it may not.
    """
    house = house_of(request)
    if not house.store.password_is(actor(request), request.POST.get("password", "")):
        raise Refused("USER-001", "the password does not fit", "type your own once more")
    found = _candidate(house)
    if request.POST.get("digest") != found.digest:
        raise Refused("DRAFT-006", "the draft changed since you looked at it", "look at the changes again")
    if found.faults:
        raise HoldshortError(found.faults)
    chosen = _choices(request.POST.items(), found.changed)
    plan = list(service.effects(house.flow, found, chosen))
    done = service.publish(house.flow, found, actor(request), also=note_published(chosen))
    count = sum(1 for _ in service.bring_over(house.flow, done.version, plan, actor(request)))
    messages.success(request, f"Version {done.version} runs now. {count} open onboardings were brought over.")
    return redirect("register_versions")


def versions(request: HttpRequest) -> HttpResponse:
    house = house_of(request)
    latest = house.store.latest_version()
    shown = [each for each in (house.store.register(no) for no in range(latest, 0, -1)[:50]) if each]
    open_ = {each.version: sum(1 for _ in house.store.pinned(each.version)) for each in shown}
    context = {"versions": [(each, open_[each.version]) for each in shown], "latest": latest}
    return render(request, "register/versions.html", context)


def version(request: HttpRequest, version: int) -> HttpResponse:
    """One published version: what it changed, and the way back to it."""
    house = house_of(request)
    published = _published(house, version)
    before = house.store.register(version - 1) if version > 1 else None
    table = published_of(published).table
    context = {
        "each": published,
        "rows": len(table.rows),
        "changes": changes_between(published_of(before).table if before else None, table),
        "since": changes_between(table, draft_of(house.folder).table),
        "is_latest": version == house.store.latest_version(),
    }
    return render(request, "register/version.html", context)


def go_back(request: HttpRequest, version: int) -> HttpResponse:
    house = house_of(request)
    _published(house, version)
    if take_back(house.store, house.folder, version, actor(request), now(request)):
        messages.success(
            request,
            f"The draft says again what version {version} said. It runs once somebody else publishes it.",
        )
    else:
        messages.info(request, f"The draft says what version {version} said already.")
    return redirect("register_changes")


def _candidate(house: House) -> Candidate:
    """The draft, read and proven; once for as long as neither it nor the version that runs changes."""
    digest, version = digest_of_files(files_of(house.folder)), house.store.latest_version()
    with _lock:
        known = _candidates.get(house.folder)
    if known is not None and known[:2] == (digest, version):
        return known[2]
    found = service.candidate(house.flow, house.folder)
    with _lock:
        _candidates[house.folder] = (digest, version, found)
    return found


def _published(house: House, version: int) -> PublishedRegister:
    found = house.store.register(version)
    if found is None:
        raise Http404
    return found


def _choices(said: Iterable[tuple[str, Any]], changed: tuple[str, ...]) -> dict[str, Choice]:
    """`row-CASE` fields of a form or an address: what happens to onboardings that wait on that row."""
    return {
        case: cast("Choice", value)
        for name, value in said
        if (case := name.removeprefix("row-")) in changed and value in CHOICES
    }
