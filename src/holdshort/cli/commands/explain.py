"""`holdshort explain PLAYBOOK CASE`: how a row is understood, and records that do and do not fire it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from holdshort.core.examples import Example
    from holdshort.core.explain import CellReading, Explanation

_NARROW = 100


@click.command("explain")
@click.argument("playbook", type=click.Path(path_type=Path))
@click.argument("case")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with the whole records.")
def command(playbook: Path, case: str, as_json: bool) -> None:
    """Show how the row CASE of PLAYBOOK (a folder) is understood, with records that fire it and near misses.

    Exit code 0: explained; 2: there is no such row, or it could not be read.
    """
    explanation = _explained(playbook, case)
    if as_json:
        click.echo(json.dumps(explanation.to_json(), ensure_ascii=False, indent=2))
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not console.is_terminal and "COLUMNS" not in (console._environ or {}):
        console = Console(highlight=False, markup=False, emoji=False, width=_NARROW)
    _show(explanation, console)


def _explained(playbook: Path, case: str) -> Explanation:
    from holdshort.core.diagnostics import HoldshortError
    from holdshort.core.explain import explain
    from holdshort.service.acceptance import FOLDER, load_records, unknown_case
    from holdshort.service.load_playbook import load_playbook

    loaded = load_playbook(playbook)
    row = loaded.playbook.register.case(case)
    if row is None:
        wanted = case.strip().casefold()
        faults = [each for each in loaded.errors if each.where.case.casefold() == wanted]
        raise HoldshortError(faults or [unknown_case(case, loaded)])
    records, _ = load_records(playbook / FOLDER)
    return explain(row, loaded.playbook, records, datetime.now(UTC))


# --- on screen --------------------------------------------------------------------------------------------


def _show(explanation: Explanation, console: Console) -> None:
    state = "" if explanation.is_active else "  (not active: it has no acceptance test)"
    console.print(f"{explanation.case}{state}", style="bold")
    console.print(f"{explanation.scenario}\n")
    console.print(_cells(explanation.cells))
    if explanation.definitions:
        console.print("\nWords it uses", style="bold")
        console.print(_pairs(explanation.definitions))
    console.print("\nValues it looks at", style="bold")
    console.print(_values(explanation))
    examples = explanation.examples
    _list("Fires on", examples.fires, console)
    if explanation.found_nothing:
        console.print(f"\n{explanation.found_nothing[0].upper()}{explanation.found_nothing[1:]}.")
    _list("Nearly, but does not fire on", examples.misses, console)
    _list("Cannot tell on", examples.unsure, console)


def _table(*titles: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, show_header=any(titles), pad_edge=False, padding=(0, 1))
    for place, title in enumerate(titles):
        table.add_column(title, overflow="fold", min_width=14 if place == 0 else None)
    return table


def _cells(cells: tuple[CellReading, ...]) -> Table:
    table = _table("Column", "As written, and how it is read")
    for cell in cells:
        lines = [" ".join(line.split()) for line in cell.text.splitlines() if line.strip()]
        text = " ".join(lines)
        # Where every part is read just as it stands, once is enough.
        if _bare("".join(cell.read)) != _bare(text):
            lines += [f"→ {read}" for read in cell.read]
        lines += [f"  ({note})" for note in cell.notes]
        table.add_row(cell.column, "\n".join(lines))
    return table


def _bare(text: str) -> str:
    """Letters and digits only: what stays the same however a list is punctuated."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _pairs(pairs: tuple[tuple[str, str], ...]) -> Table:
    table = _table("", "")
    for name, means in pairs:
        table.add_row(name, means)
    return table


def _values(explanation: Explanation) -> Table:
    table = _table("Name", "Lives in", "Type", "Expected", "")
    for name in explanation.names:
        expected = "yes" if name.expected else "no"
        table.add_row(name.name, "\n".join(name.where), name.type, expected, "; ".join(name.notes))
    return table


def _list(title: str, examples: tuple[Example, ...], console: Console) -> None:
    from rich.padding import Padding

    if not examples:
        return
    console.print(f"\n{title}", style="bold")
    for place, example in enumerate(examples, 1):
        console.print(Padding(f"{place}. {_told(example)}", (0, 0, 0, 2)))
        if example.why:
            console.print(Padding(f"because {'; '.join(example.why)}", (0, 0, 0, 5)), style="dim")


def _told(example: Example) -> str:
    if not example.changes:
        return f"{example.base} as it is"
    return f"{', '.join(example.changes)}; all else as in {example.base}"
