"""The audit log: what happened last, whether anybody changed it, and a copy that others can verify."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlencode

from django.http import FileResponse
from django.shortcuts import render

from holdshort.core.audit import Envelope
from holdshort.core.onboarding import events as e
from holdshort.ports import HOUSE_NUMBER
from holdshort.service.audit_check import check_log, export_with_fields
from holdshort.service.chores import checkpoint
from holdshort.service.house_log import Entry
from holdshort.service.words import who
from holdshort.web.current import actor, house_of, look, now

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from holdshort.bootstrap import House

_PAGE = 50
_PLACE = re.compile(r"(\d{1,12})\.(\d{1,9})", re.ASCII)
_PROBLEMS_SHOWN = 50
GROUPS = {
    "decisions": (e.DecisionRecorded, e.ApprovalEnded, e.HoldRaised, e.HoldLifted, e.ConditionMet, e.ConditionMissed),
    "runs": (e.ReleaseGranted, e.ReleaseWithdrawn, e.RunStarted, e.RunSucceeded, e.RunFailed, e.RunUncertain, e.RunResolved),
    "house": (),
}  # fmt: skip
_LABELS = {"decisions": "Decisions", "runs": "Runs", "house": "The house: people, pauses, registers"}


def show(request: HttpRequest) -> HttpResponse:
    return _page(request)


def verify(request: HttpRequest) -> HttpResponse:
    """Every hash, signature and run, as the stand-alone verifier would; it reads all and changes nothing."""
    house = house_of(request)
    report = check_log(house.audit_store, house.signer.public_key_hex)
    return _page(request, report=report, problems=report.problems[:_PROBLEMS_SHOWN])


def export(request: HttpRequest) -> FileResponse:
    """The whole log without customers' data, as a zip with the program that verifies it."""
    house = house_of(request)
    checkpoint(house.audit_store, house.signer, now(request))
    workshop = Path(tempfile.mkdtemp(prefix="holdshort-export-"))
    try:
        folder = workshop / "audit"
        export_with_fields(house.flow, house.audit_store, folder, [house.signer.public_key_hex], now(request))
        file = _zipped(folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return FileResponse(file, as_attachment=True, filename=f"audit-{now(request):%Y-%m-%d}.zip")


def _zipped(folder: Path) -> IO[bytes]:
    """Into a file without a name, which is gone when it was sent."""
    made = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                packed.write(file, Path("audit") / file.relative_to(folder))
    made.seek(0)
    return made


def _page(request: HttpRequest, **more: object) -> HttpResponse:
    house = house_of(request)
    asked = {name: request.GET.get(name, "")[:100].strip() for name in ("onboarding", "who", "group")}
    group = asked["group"] if asked["group"] in GROUPS else ""
    number = int(asked["onboarding"]) if re.fullmatch(r"\d{1,12}", asked["onboarding"], re.ASCII) else None
    place = _PLACE.fullmatch(request.GET.get("before", ""))
    found = house.sql_store.newest_events(
        number=HOUSE_NUMBER if group == "house" and number is None else number,
        actor=asked["who"],
        kinds=[each.__name__ for each in GROUPS.get(group, ())],
        before=(int(place[1]), int(place[2])) if place else None,
        limit=_PAGE + 1,
    )
    shown, last = found[:_PAGE], found[_PAGE - 1] if len(found) > _PAGE else None
    older = urlencode({**asked, "before": f"{last.number}.{last.seq}"}) if last else ""
    context = {
        "events": list(_lines(house, shown)),
        "older": older,
        "asked": asked,
        "groups": _LABELS.items(),
        "people": sorted(each.name for each in look(request, lambda tx: tx.users())),
        "tail": len(house.audit_store.changed_heads()),
        "last": house.audit_store.last_checkpoint(),
        "may_export": _may_export(request),
        **more,
    }
    return render(request, "audit/audit.html", context)


def _may_export(request: HttpRequest) -> bool:
    from holdshort.service.flow import directory
    from holdshort.web.policy import POLICY

    return POLICY["audit_export"].admits(actor(request), look(request, directory))


def _lines(house: House, found: list[Envelope]) -> Iterator[dict[str, object]]:
    titles: dict[int, str] = {}
    for each in found:
        if each.number not in titles:
            row = house.store.onboarding(each.number) if each.number != HOUSE_NUMBER else None
            titles[each.number] = row.title or row.key if row else ""
        yield {"event": each, "words": _words(each), "who": who(each.actor), "title": titles[each.number]}


def _words(each: Envelope) -> str:
    if each.number == HOUSE_NUMBER:
        return Entry(each.seq, each.kind, each.actor, each.at, each.body).words
    said = " ".join(re.findall(r"[A-Z][a-z]*", each.kind)).lower()
    about = [str(each.body[name]) for name in ("code", "case", "kind", "verdict") if each.body.get(name)]
    return f"{said}: {', '.join(about)}" if about else said
