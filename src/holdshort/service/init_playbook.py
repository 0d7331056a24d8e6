"""Write the starter playbook into a new folder, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where, did_you_mean
from holdshort.core.text import fold
from holdshort.importers.register_files import replace_file, write_register
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook
from holdshort.service.registers import drop_downs, glossary_sheet

Format = Literal["xlsx", "yaml", "csv", "md"]
FORMATS: tuple[Format, ...] = ("xlsx", "yaml", "csv", "md")
_NOT_COPIED = ("coverage.yaml",)
"""Says which requirement lives in which row; that is for this project's tests, not for a playbook."""
_FOLDERS = ("records", "messages")
"""Are there even where the starter has nothing to put in."""
_LAST = "playbook.toml"
"""Comes into an existing folder after everything else, so that a folder with it is complete."""
_LANE = re.compile(r'^lane\s*=\s*"[^"\n]*"', re.MULTILINE)


@dataclass(frozen=True)
class InitReport:
    """What was written: names in the folder, with what each is for."""

    folder: Path
    register: str
    rows: int
    lane: str
    written: tuple[tuple[str, str], ...]


def init_playbook(folder: Path, register_format: Format = "xlsx", lane: str = "") -> InitReport:
    """
    Write the starter playbook.

    Args:
        folder: New, or there and empty. Folders above it are made.
        register_format: How the register is written.
        lane: The lane of the first release; empty keeps the starter's.

    Raises:
        HoldshortError: the folder holds something, the lane is not one of the starter's, or nothing can be written.
    """
    _refuse_unless_free(folder)
    try:
        with _workshop(folder) as workshop:
            _copy(files("holdshort") / "starter", workshop)
            for name in _FOLDERS:
                (workshop / name).mkdir(exist_ok=True)
            loaded = load_playbook(workshop)
            chosen = _choose_lane(workshop, loaded, lane)
            register = _write_register(workshop, loaded, register_format)
            written = tuple(_described(workshop, register, len(loaded.table.rows)))
            _move_in(workshop, folder)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise HoldshortError(
            [
                Diagnostic(
                    "INIT-003",
                    f"`{folder}` cannot be written: {reason}",
                    Where(str(folder)),
                    "choose a folder that you may write to",
                )
            ]
        ) from error
    return InitReport(folder, register, len(loaded.table.rows), chosen, written)


def _refuse_unless_free(folder: Path) -> None:
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise HoldshortError(
            [
                Diagnostic(
                    "INIT-002",
                    f"`{folder}` is not a folder",
                    Where(str(folder)),
                    "give the playbook another name",
                )
            ]
        )
    inside = sorted(each.name for each in folder.iterdir())
    if inside:
        shown = ", ".join(f"`{name}`" for name in inside[:3]) + (" and more" if len(inside) > 3 else "")
        raise HoldshortError(
            [
                Diagnostic(
                    "INIT-001",
                    f"the folder `{folder}` is not empty: it holds {shown}; nothing was written",
                    Where(str(folder)),
                    "name a new folder; `holdshort init` never writes over anything",
                )
            ]
        )


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder on the same disk in which the playbook is made; whatever is left of it goes, come what may."""
    exists = folder.is_dir()
    made = [] if exists else [each for each in folder.absolute().parents if not each.exists()]
    beside = folder if exists else folder.absolute().parent
    beside.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".holdshort-init-", dir=beside))
    try:
        yield workshop
    except BaseException:
        shutil.rmtree(workshop, ignore_errors=True)
        for each in made:
            with contextlib.suppress(OSError):
                each.rmdir()
        raise
    shutil.rmtree(workshop, ignore_errors=True)


def _copy(source: Traversable, target: Path) -> None:
    for each in source.iterdir():
        if each.is_dir():
            (target / each.name).mkdir()
            _copy(each, target / each.name)
        elif not each.name.startswith(".") and each.name not in _NOT_COPIED:
            (target / each.name).write_bytes(each.read_bytes())


def _choose_lane(workshop: Path, loaded: LoadedPlaybook, lane: str) -> str:
    if not lane:
        return loaded.playbook.settings.lane
    lanes = loaded.playbook.clean_path.lanes
    chosen = lanes.get(fold(lane))
    if chosen is None:
        near = did_you_mean(lane, lanes.values())
        choices = ", ".join(f"`{each}`" for each in dict.fromkeys(lanes.values()))
        raise HoldshortError(
            [
                Diagnostic(
                    "INIT-004",
                    f"`{lane}` is no lane of the starter playbook",
                    Where(column="--lane"),
                    f"did you mean `{near}`?" if near else f"choose one of {choices}",
                )
            ]
        )
    settings = workshop / "playbook.toml"
    text = settings.read_text("utf-8")
    replace_file(settings, _LANE.sub(f'lane = "{chosen}"', text, count=1).encode("utf-8"))
    return chosen


def _write_register(workshop: Path, loaded: LoadedPlaybook, register_format: Format) -> str:
    """The starter's own YAML is kept as it is, with its comments; every other format is written from it."""
    name = f"register.{register_format}"
    if name != loaded.register_file.name:
        write_register(workshop / name, loaded.table, drop_downs(loaded), glossary_sheet(loaded))
        loaded.register_file.unlink()
    return name


def _described(workshop: Path, register: str, rows: int) -> Iterator[tuple[str, str]]:
    opened = {
        "register.xlsx": "open it in any spreadsheet program; it has drop-down lists, a help and a glossary sheet",
        "register.csv": "open it in any spreadsheet program",
    }.get(register, "open it in any text editor")
    purposes = {
        "playbook.toml": "name, lane, mode, thresholds, calendar, who holds which role",
        "clean-path.yaml": "how an onboarding goes when nothing is wrong",
        "glossary.yaml": "every name that a cell may use, and where its value lives",
        "actions.yaml": "every action that may be asked for",
        register: f"{rows} edge cases; {opened}",
        "records": "made-up customers for the acceptance tests",
        "messages": "approved message templates",
    }
    for name, purpose in purposes.items():
        if (workshop / name).is_dir():
            count = sum(1 for each in (workshop / name).iterdir())
            yield f"{name}/", f"{count} {purpose}" if count else f"{purpose}; none yet"
        elif (workshop / name).exists():
            yield name, purpose


def _move_in(workshop: Path, folder: Path) -> None:
    if not folder.is_dir():
        # Files made by mkdtemp are for their maker alone; a playbook is shared.
        mask = os.umask(0)
        os.umask(mask)
        workshop.chmod(0o777 & ~mask)
        workshop.rename(folder)
        return
    moved: list[Path] = []
    try:
        for each in sorted(workshop.iterdir(), key=lambda path: path.name == _LAST):
            each.rename(folder / each.name)
            moved.append(folder / each.name)
    except BaseException:
        for path in moved:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise
