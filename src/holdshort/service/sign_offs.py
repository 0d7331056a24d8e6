"""Sign-offs of the go-live gate: `sign-offs.yaml` in the playbook folder, beside what they are about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from holdshort.core.canonical import utc_text
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.golive.items import BY_CODE
from holdshort.core.golive.report import SignOff
from holdshort.importers.plain_yaml import read_plain_yaml
from holdshort.importers.register_files import replace_file

FILE = "sign-offs.yaml"
LONGEST_NOTE = 2_000
_KEYS = ("item", "lane", "by", "at", "note", "digest")
_HEAD = (
    "# Who answers for what the go-live gate cannot compute. `holdshort gate PLAYBOOK --sign ITEM --as NAME --note TEXT` adds one.\n"
    "# `digest` is of what was signed: when that changes, the sign-off is void and has to be given again.\n\n"
    "sign-offs:\n"
)


def read_sign_offs(folder: Path) -> tuple[tuple[SignOff, ...], list[Diagnostic]]:
    """Every sign-off of a playbook, oldest first, with everything that is wrong in the file; a faulty one counts for nothing."""
    path = folder / FILE
    try:
        data = read_plain_yaml(path)
    except FileNotFoundError:
        return (), []
    except OSError as error:
        return (), [
            _fault("GATE-001", f"{FILE} cannot be opened: {error.strerror}", "", "check that you may read it")
        ]
    except HoldshortError as error:
        return (), list(error.diagnostics)
    listed = data.get("sign-offs") if isinstance(data, Mapping) else None
    if listed is None:
        return (), []
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return (), [
            _fault("GATE-002", "`sign-offs` is no list", "sign-offs", "let `holdshort gate --sign` write it")
        ]
    found: list[SignOff] = []
    faults: list[Diagnostic] = []
    for place, entry in enumerate(listed, 1):
        read = _read(entry)
        if isinstance(read, str):
            faults.append(
                _fault(
                    "GATE-002",
                    read,
                    f"sign-offs > {place}",
                    "sign again: `holdshort gate PLAYBOOK --sign ITEM`",
                )
            )
        else:
            found.append(read)
    return tuple(sorted(found, key=lambda each: each.at)), faults


def write_sign_offs(folder: Path, signed: Sequence[SignOff]) -> None:
    """
    Write the file anew, whole or not at all.

    Raises:
        HoldshortError: It cannot be written.
    """
    lines = [_HEAD]
    for each in signed:
        values = {
            "item": each.item,
            "lane": each.lane,
            "by": each.by,
            "at": utc_text(each.at),
            "note": each.note,
            "digest": each.digest,
        }
        # A JSON text is a YAML text, whatever stands in it.
        rows = [f"{key}: {json.dumps(value, ensure_ascii=True)}\n" for key, value in values.items()]
        lines += ["  - " + rows[0], *("    " + row for row in rows[1:])]
    replace_file(folder / FILE, "".join(lines).encode("ascii"))


def _read(entry: Any) -> SignOff | str:
    if not isinstance(entry, Mapping):
        return "the entry is no sign-off"
    said = {key: entry.get(key, "") for key in _KEYS}
    at = said.pop("at")
    wrong = next((key for key, value in said.items() if not isinstance(value, str)), "")
    if wrong or set(entry) - set(_KEYS):
        return f"`{wrong or next(iter(set(entry) - set(_KEYS)))}` is no part of a sign-off as it is written"
    if said["item"] not in BY_CODE:
        return f"`{said['item']}` is no item of the checklist"
    moment = _moment(at)
    if moment is None:
        return f"`{at}` is no moment"
    return SignOff(said["item"], said["lane"], said["by"], moment, said["note"], said["digest"])


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _fault(code: str, message: str, place: str, mend: str) -> Diagnostic:
    return Diagnostic(code, message, Where(FILE, column=place), mend)
