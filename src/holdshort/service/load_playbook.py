"""Read a playbook folder into values, with everything that is wrong in any of its files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdshort.core.actions import read_catalogue
from holdshort.core.clause_parser import ClauseParser
from holdshort.core.clean_path import read_clean_path
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where, in_order
from holdshort.core.glossary_reading import GlossaryReader
from holdshort.core.playbook import Playbook, read_settings
from holdshort.core.register import RegisterReader
from holdshort.core.rules.vocabulary import Vocabulary
from holdshort.core.settings_reading import check_route
from holdshort.core.table import RegisterTable
from holdshort.core.templates import LONGEST_TEMPLATE, read_templates
from holdshort.importers.plain_yaml import read_plain_yaml
from holdshort.importers.register_files import read_register

REGISTER_FILES = ("register.xlsx", "register.yaml", "register.csv", "register.md")


@dataclass(frozen=True)
class LoadedPlaybook:
    """A playbook with the table its register came from and what was wrong; rows with errors are not in it."""

    folder: Path
    playbook: Playbook
    table: RegisterTable
    register_file: Path
    diagnostics: tuple[Diagnostic, ...]
    clauses: ClauseParser

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(each for each in self.diagnostics if each.severity == "error")


def load_playbook(folder: Path, register: Path | None = None) -> LoadedPlaybook:
    """
    Return the playbook in `folder`, read as far as it can be.

    Args:
        folder: Holds playbook.toml, clean-path.yaml, glossary.yaml, actions.yaml and the register.
        register: Another register file to read with this playbook's words.

    Raises:
        HoldshortError: A file is missing or cannot be read at all.
    """
    if not folder.is_dir():
        raise HoldshortError(
            [
                Diagnostic(
                    "PLAY-010",
                    f"there is no playbook folder `{folder}`",
                    Where(str(folder)),
                    "make one with `holdshort init DIR`",
                )
            ]
        )
    unread: list[Diagnostic] = []
    data = {
        name: _read(folder / name, unread)
        for name in ("playbook.toml", "glossary.yaml", "clean-path.yaml", "actions.yaml")
    }
    try:
        register_file = register or _register_file(folder)
        table, found = read_register(register_file)
    except HoldshortError as error:
        raise HoldshortError([*unread, *error.diagnostics]) from None
    if unread:
        raise HoldshortError(unread)
    try:
        return _assembled(folder, data, table, register_file, found)
    except (TypeError, AttributeError, IndexError, KeyError, ValueError) as error:
        # The readers say what is wrong with nearly everything; this is for a kind of value that nobody thought of.
        raise HoldshortError(
            [
                Diagnostic(
                    "PLAY-015",
                    f"one of the playbook's files holds a value of the wrong kind: {error}",
                    Where(str(folder)),
                    "compare playbook.toml, glossary.yaml, clean-path.yaml and actions.yaml with docs/reference/playbook.md",
                )
            ]
        ) from error


def _assembled(
    folder: Path, data: dict[str, Any], table: RegisterTable, register_file: Path, found: list[Diagnostic]
) -> LoadedPlaybook:
    settings, settings_faults = read_settings(data["playbook.toml"], "playbook.toml")
    words = GlossaryReader("glossary.yaml")
    glossary = words.read(data["glossary.yaml"], settings.thresholds, settings.locale, settings.currency)
    clean_path, path_faults = read_clean_path(data["clean-path.yaml"], "clean-path.yaml", glossary)
    catalogue, catalogue_faults = read_catalogue(data["actions.yaml"], "actions.yaml")
    if not catalogue.kinds:
        raise HoldshortError(catalogue_faults)
    clauses = ClauseParser(Vocabulary(glossary), catalogue)
    reader = RegisterReader(clauses, clean_path.lanes, clean_path.segments)
    rows = reader.read(table)
    routes = check_route(settings.route, catalogue, "playbook.toml")
    templates, template_faults = read_templates(_messages(folder), glossary, catalogue.kinds)
    faults = [
        *template_faults,
        *settings_faults,
        *words.faults,
        *path_faults,
        *catalogue_faults,
        *routes,
        *found,
        *reader.faults,
    ]
    playbook = Playbook(settings, glossary, clean_path, catalogue, rows, templates)
    return LoadedPlaybook(folder, playbook, table, register_file, tuple(in_order(faults)), clauses)


_MOST_MESSAGES = 500


def _messages(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every message template; a file that is none is read as far as its fault shows."""
    for path in sorted((folder / "messages").glob("*.md"))[:_MOST_MESSAGES]:
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                yield path.name, file.read(4 * LONGEST_TEMPLATE + 1).decode("utf-8", "replace")


def _register_file(folder: Path) -> Path:
    found = [folder / name for name in REGISTER_FILES if (folder / name).exists()]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(each.name for each in found)
        raise HoldshortError(
            [
                Diagnostic(
                    "PLAY-011",
                    f"the folder holds more than one register: {names}",
                    Where(str(folder)),
                    "keep the one that counts and move the others away",
                )
            ]
        )
    raise HoldshortError(
        [
            Diagnostic(
                "PLAY-012",
                "the folder holds no register",
                Where(str(folder)),
                "add register.xlsx, or register.yaml, .csv or .md; `holdshort init DIR` writes one",
            )
        ]
    )


def _read(path: Path, faults: list[Diagnostic]) -> Any:
    try:
        if path.suffix == ".toml":
            return tomllib.loads(path.read_text("utf-8"))
        return read_plain_yaml(path)
    except FileNotFoundError:
        faults.append(
            Diagnostic(
                "PLAY-013",
                f"the playbook lacks {path.name}",
                Where(str(path)),
                "copy it from a fresh `holdshort init DIR`",
            )
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(
            Diagnostic(
                "PLAY-014", f"{path.name} cannot be read: {error}", Where(str(path)), "mend the line it names"
            )
        )
    except OSError as error:
        faults.append(
            Diagnostic(
                "PLAY-014",
                f"{path.name} cannot be opened: {error.strerror}",
                Where(str(path)),
                "check that it is a file you may read",
            )
        )
    except HoldshortError as error:
        faults.extend(error.diagnostics)
    return {}
