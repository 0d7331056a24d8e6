"""Edit one cell: how it is understood is shown while it is typed, and what does not run is not written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render

from holdshort.core.columns import BY_KEY
from holdshort.core.diagnostics import HoldshortError
from holdshort.core.onboarding.commands import Refused
from holdshort.service.drafting import CellCheck, check_cell, edit_cell
from holdshort.web.current import actor, house_of, now
from holdshort.web.register.drafts import draft_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LONGEST = 20_000
"""Characters of a cell that this form takes; a spreadsheet cell holds 32,767."""


def cell(request: HttpRequest, case: str, column: str) -> HttpResponse:
    """The form of one cell; sent, it writes the cell into the draft."""
    house = house_of(request)
    loaded = draft_of(house.folder)
    found = loaded.table.row(case)
    if found is None or column not in BY_KEY or column == "id":
        raise Http404
    standing = found.text(column)
    text, seen, wrong = standing, standing, ""
    if request.method == "POST":
        text, seen = _text(request, "text"), _text(request, "seen")
        try:
            changed = edit_cell(
                house.store, house.folder, case, column, text, seen, actor(request), now(request)
            )
        except Refused as refused:
            wrong, seen = f"{refused.why}: {refused.mend}", standing
        except HoldshortError:
            wrong = "This does not run yet; see below what to mend."
        else:
            said = "Saved in the draft." if changed else "Nothing changed."
            messages.success(request, said)
            return redirect("register_row", case=case)
    check = check_cell(loaded, case, column, text)
    context = {
        "row": found, "column": BY_KEY[column], "text": text, "seen": seen, "standing": standing, "wrong": wrong,
        "check": check, "longest": LONGEST,
    }  # fmt: skip
    return render(request, "register/cell.html", context, status=409 if wrong else 200)


def check(request: HttpRequest, case: str, column: str) -> HttpResponse:
    """How the text being typed is understood: a part of the form's page. Changes nothing."""
    loaded = draft_of(house_of(request).folder)
    try:
        found: CellCheck = check_cell(loaded, case, column, _text(request, "text"))
    except Refused as refused:
        raise Http404 from refused
    return render(request, "register/check.html", {"check": found})


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n")[:LONGEST]
