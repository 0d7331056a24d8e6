"""A spreadsheet goes out and comes back: merged with what changed meanwhile, conflict by conflict."""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.merging import Conflict, Settle, Side
from holdshort.service.drafting import plan_upload, take_upload
from holdshort.service.registers import export_register
from holdshort.web.current import actor, house_of, now

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from holdshort.bootstrap import House

KINDS = (".xlsx", ".csv", ".yaml", ".md")
_NAME = re.compile(r"[0-9a-f]{64}\.(xlsx|csv|yaml|md)")
_LARGEST = 10_000_000
_KEPT_SECONDS = 86_400
"""An upload that nobody took in is gone after a day."""


def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; sent, it is kept aside and shown as what it would change."""
    wrong = ""
    if request.method == "POST":
        sent = request.FILES.get("file")
        suffix = Path(str(sent.name)).suffix.casefold() if sent is not None else ""
        if sent is None:
            wrong = "Choose the spreadsheet that came back."
        elif suffix not in KINDS:
            wrong = f"Choose a file that ends in {', '.join(KINDS)}."
        elif (sent.size or 0) > _LARGEST:
            wrong = "The file is larger than 10 MB; a register of a thousand rows takes less than one."
        else:
            return redirect("register_upload_look", name=_keep(house_of(request), sent.read(), suffix))
    return render(
        request, "register/upload.html", {"wrong": wrong, "kinds": KINDS}, status=422 if wrong else 200
    )


def look(request: HttpRequest, name: str) -> HttpResponse:
    """What the spreadsheet changes in the draft, and where both sides changed one cell."""
    return _shown(request, name, {})


def take(request: HttpRequest, name: str) -> HttpResponse:
    """Write it into the draft with the conflicts settled as the form says."""
    house = house_of(request)
    choices = {key: value for key, value in request.POST.items() if value in ("ours", "theirs")}
    report = plan_upload(house.folder, house.store.latest_register(), _file(house, name), _settled(choices))
    if not report.clean:
        return _shown(request, name, choices, tried=True)
    done = take_upload(house.store, report, actor(request), now(request))
    if done.change.written:
        messages.success(
            request, "Taken into the draft. Look at the changes, then have somebody else publish them."
        )
    else:
        messages.info(request, "The draft says all of this already; nothing was written.")
    _file(house, name).unlink(missing_ok=True)
    return redirect("register_changes")


def download(request: HttpRequest) -> HttpResponseBase:
    """The draft as a spreadsheet with drop-down lists, to send round."""
    house = house_of(request)
    with tempfile.TemporaryDirectory(prefix="holdshort-") as place:
        file = Path(place) / "register.xlsx"
        export_register(house.folder, file)
        return FileResponse(file.open("rb"), as_attachment=True, filename="register.xlsx")


def key_of(conflict: Conflict) -> str:
    """The name of a conflict's field in the form."""
    print_ = hashlib.sha256(f"{conflict.case}\0{conflict.column_title}".encode()).hexdigest()
    return f"settle-{print_[:20]}"


def _shown(request: HttpRequest, name: str, choices: Mapping[str, str], tried: bool = False) -> HttpResponse:
    house = house_of(request)
    file = _file(house, name)
    try:
        report = plan_upload(house.folder, house.store.latest_register(), file)
        settled = plan_upload(house.folder, house.store.latest_register(), file, _settled(choices))
    except HoldshortError as error:
        return render(
            request, "register/upload.html", {"faults": error.diagnostics, "kinds": KINDS}, status=422
        )
    context = {
        "name": name,
        "conflicts": [(each, key_of(each), choices.get(key_of(each), "")) for each in report.conflicts],
        "open": len(settled.conflicts),
        "tried": tried,
        "changes": report.change.difference.changes,
        "inactive": report.change.inactive,
        "errors": [each for each in settled.change.diagnostics if each.severity == "error"],
        "doubts": [each for each in settled.change.diagnostics if each.severity != "error"],
    }
    return render(request, "register/upload_look.html", context, status=409 if tried else 200)


def _settled(choices: Mapping[str, str]) -> Settle:
    def settle(conflict: Conflict) -> Side | None:
        said = choices.get(key_of(conflict))
        return "ours" if said == "ours" else "theirs" if said == "theirs" else None

    return settle


def _folder(house: House) -> Path:
    folder = house.keys.parent / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _keep(house: House, data: bytes, suffix: str) -> str:
    folder = _folder(house)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
            old.unlink(missing_ok=True)
    name = hashlib.sha256(data).hexdigest() + suffix
    (folder / name).write_bytes(data)
    return name


def _file(house: House, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise Http404
    file = _folder(house) / name
    if not file.is_file():
        raise HoldshortError(
            [
                Diagnostic(
                    "DRAFT-005",
                    "this upload is not kept any more",
                    Where(),
                    "choose the file once more under Register, Upload",
                )
            ]
        )
    return file
