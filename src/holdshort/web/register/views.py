"""Browse the register: all rows by work area and lane, and one row as a page that its owner can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render

from holdshort.core.columns import COLUMNS
from holdshort.core.explain import CellReading, read_cells
from holdshort.core.register import EdgeCase
from holdshort.core.table import ROW, CellChange, RegisterTable, TableRow
from holdshort.service.acceptance import FOLDER, load_records
from holdshort.service.drafting import MAY_EDIT, authors
from holdshort.service.flow import directory
from holdshort.web.current import actor, house_of, now
from holdshort.web.register.drafts import changes_between, draft_of, published_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from holdshort.bootstrap import House
    from holdshort.ports import PublishedRegister
    from holdshort.service.load_playbook import LoadedPlaybook

_NO_AREA = "no work area"


@dataclass(frozen=True)
class RowLine:
    """One row as the list shows it."""

    case: str
    scenario: str
    area: str
    tier: str
    owner: str
    lanes: str
    stops: str
    status: str
    """`runs`, `changed`, `new`, `gone`, or why it does not run."""


def rows(request: HttpRequest) -> HttpResponse:
    house = house_of(request)
    published = house.store.latest_register()
    loaded = draft_of(house.folder)
    before = published_of(published).table if published else None
    changes = changes_between(before, loaded.table)
    lines = [*_lines(loaded, changes, before)]
    wanted = {key: request.GET.get(key, "").strip() for key in ("area", "lane", "tier", "owner", "q")}
    shown = [line for line in lines if _fits(line, wanted)]
    areas = list(dict.fromkeys(line.area for line in lines))
    context = {
        "areas": [(area, [line for line in shown if line.area == area]) for area in areas],
        "choices": {
            "area": areas,
            "lane": list(dict.fromkeys(loaded.playbook.clean_path.lanes.values())),
            "tier": ["low", "medium", "high", "hold"],
            "owner": sorted({line.owner for line in lines if line.owner}),
        },
        "wanted": wanted,
        "shown": len(shown),
        "there_are": len(lines),
        "changes": changes,
        "changed_rows": len({each.case for each in changes}),
        "may_edit": may_edit(house, actor(request)),
        **standing(house, published),
    }
    return render(request, "register/rows.html", context)


def row(request: HttpRequest, case: str) -> HttpResponse:
    house = house_of(request)
    loaded = draft_of(house.folder)
    found = loaded.table.row(case)
    if found is None:
        raise Http404
    published = house.store.latest_register()
    before = published_of(published).table if published else None
    read = loaded.playbook.register.case(case)
    changes = [each for each in changes_between(before, loaded.table) if each.case == found.case]
    context = {
        "row": found,
        "read": read,
        "cells": _cells(found, read, loaded, changes),
        "faults": [each for each in loaded.diagnostics if each.where.case == found.case],
        "changes": changes,
        "is_new": any(each.column_title == ROW for each in changes),
        "may_edit": may_edit(house, actor(request)),
        **standing(house, published),
    }
    return render(request, "register/row.html", context)


def examples(request: HttpRequest, case: str) -> HttpResponse:
    """Records that fire the row and near misses; a part of the row's page, for it takes a moment to find them."""
    from holdshort.core.explain import explain

    house = house_of(request)
    loaded = draft_of(house.folder)
    found = loaded.playbook.register.case(case)
    if found is None:
        raise Http404
    records, _ = load_records(house.folder / FOLDER)
    return render(
        request, "register/examples.html", {"found": explain(found, loaded.playbook, records, now(request))}
    )


@dataclass(frozen=True)
class CellLine:
    """One cell of a row's page: as written, as read, and what it says in the version that runs where that differs."""

    key: str
    title: str
    text: str
    read: tuple[str, ...]
    notes: tuple[str, ...]
    was: str | None


def _cells(
    found: TableRow, read: EdgeCase | None, loaded: LoadedPlaybook, changes: Sequence[CellChange]
) -> list[CellLine]:
    readings = {each.column: each for each in (read_cells(read, loaded.playbook) if read else ())}
    was = {each.column_title: each.before for each in changes}
    lines = []
    for column in COLUMNS:
        if column.key in ("id", "scenario"):
            continue
        text = found.text(column.key).strip()
        reading = readings.get(column.title, CellReading(column.title, text, ()))
        said = () if _plain(" ".join(reading.read)) == _plain(text) else reading.read
        lines.append(CellLine(column.key, column.title, text, said, reading.notes, was.get(column.title)))
    return lines


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _lines(
    loaded: LoadedPlaybook, changes: Iterable[CellChange], before: RegisterTable | None
) -> Iterable[RowLine]:
    changed = {each.case for each in changes if each.column_title != ROW}
    new = {each.case for each in changes if each.column_title == ROW and each.after}
    for table_row in loaded.table.rows:
        case = loaded.playbook.register.case(table_row.case)
        status = "runs"
        if case is None:
            status = "does not run: its cells have errors"
        elif not case.is_active:
            status = "does not run: it has no acceptance test"
        elif table_row.case in new:
            status = "new"
        elif table_row.case in changed:
            status = "changed"
        yield _line(table_row, status)
    for gone in (each for each in changes if each.column_title == ROW and each.before):
        old = before.row(gone.case) if before else None
        if old is not None:
            yield _line(old, "gone")


def _line(table_row: TableRow, status: str) -> RowLine:
    return RowLine(
        table_row.case,
        table_row.text("scenario").strip(),
        table_row.text("work_area").strip() or _NO_AREA,
        table_row.text("tier").strip().casefold(),
        table_row.text("owner").strip(),
        table_row.text("lane").strip(),
        table_row.text("action").strip(),
        status,
    )


def _fits(line: RowLine, wanted: dict[str, str]) -> bool:
    lane = wanted["lane"].casefold()
    text = wanted["q"].casefold()
    return (
        wanted["area"] in ("", line.area)
        and wanted["tier"] in ("", line.tier)
        and wanted["owner"] in ("", line.owner)
        and (not lane or line.lanes.casefold() in ("", "any") or lane in line.lanes.casefold())
        and all(word in f"{line.case} {line.scenario} {line.stops}".casefold() for word in text.split())
    )


def standing(house: House, published: PublishedRegister | None) -> dict[str, object]:
    """What runs now, and who wrote the draft."""
    return {"published": published, "authors": authors(house.store)}


def may_edit(house: House, who: str) -> bool:
    with house.store.transaction() as tx:
        people = directory(tx)
    person = people.people.get(who)
    return person is not None and bool(person.roles & set(MAY_EDIT))
