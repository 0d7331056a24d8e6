"""How long a person waits: `--help`, `lint` of 200 rows, a large spreadsheet."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import holdshort
from bench.timing import Figure, at_most, command_time, processor_time, shown

PART = "3. start-up and spreadsheets"
ROWS, SHEET_ROWS, SHEET_COLUMNS = 200, 5_000, 30


def run(quick: bool) -> Iterator[Figure]:
    rounds = 3 if quick else 10
    holdshort_command = [sys.executable, "-m", "holdshort.cli.main"]
    script = Path(sys.executable).with_name("holdshort")
    if script.exists():
        holdshort_command = [str(script)]
    command_time([*holdshort_command, "--help"])  # the first start writes the byte code
    bare, helped = [], []
    for _ in range(rounds):
        bare.append(command_time([sys.executable, "-c", "pass"]))
        helped.append(command_time([*holdshort_command, "--help"]))
    ratios = [ours / theirs for ours, theirs in zip(helped, bare, strict=True)]
    yield at_most(PART, "`holdshort --help` against `python -c pass`", ratios, 7)
    with TemporaryDirectory() as folder:
        playbook = _starter_with(ROWS, Path(folder) / "playbook")
        command_time([*holdshort_command, "lint", str(playbook)])
        times = [command_time([*holdshort_command, "lint", str(playbook)]) for _ in range(min(rounds, 4))]
        yield at_most(PART, f"`holdshort lint` of {ROWS} rows, from process start", times, 1.2, "s")
        yield from _spreadsheet(Path(folder) / "large.xlsx", 2 if quick else 5)


def _starter_with(rows: int, folder: Path) -> Path:
    """The starter playbook with its rows repeated under new ids until there are `rows`."""
    from ruamel.yaml import YAML

    shutil.copytree(Path(holdshort.__file__).parent / "starter", folder)
    yaml = YAML(typ="safe")
    register = folder / "register.yaml"
    data = yaml.load(register.read_text("utf-8"))
    cases = data["cases"]
    more = [
        dict(each, id=f"{each['id']}-{turn}") for turn in range(1, 1 + rows // len(cases)) for each in cases
    ]
    data["cases"] = [*cases, *more][:rows]
    with register.open("w", encoding="utf-8") as file:
        YAML().dump(data, file)
    return folder


def _spreadsheet(path: Path, rounds: int) -> Iterator[Figure]:
    import python_calamine
    import xlsxwriter

    from holdshort.importers.tables import read_tables

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Deals")
        sheet.write_row(0, 0, [f"Column {number}" for number in range(SHEET_COLUMNS)])
        for row in range(1, SHEET_ROWS + 1):
            kinds = (row * 7, f"Customer {row} Ltd ", row / 3, "Net 30", row % 2 == 0, "2026-06-10")
            sheet.write_row(row, 0, [kinds[column % len(kinds)] for column in range(SHEET_COLUMNS)])
    theirs, ours = [], []
    for _ in range(rounds):
        theirs.append(
            processor_time(
                lambda: python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
            )
        )
        ours.append(processor_time(lambda: read_tables(path)))
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    what = f"{SHEET_ROWS:,} x {SHEET_COLUMNS} cells read, cleaned and typed, against python-calamine alone"
    yield at_most(PART, what, ratios, 3)
    yield shown(PART, "python-calamine alone", theirs, "s")
