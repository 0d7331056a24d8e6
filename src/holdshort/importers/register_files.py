"""Read, write and edit register files of every kind, chosen by what is inside and by the name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from holdshort.core.columns import BY_KEY
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where, in_order
from holdshort.core.table import Form, RegisterTable, TableRow, columns_of
from holdshort.importers import limits
from holdshort.importers.register_csv import read_csv, split_csv, write_csv
from holdshort.importers.register_edit import Edits, plan_edits, refuse_unstorable, same_text
from holdshort.importers.register_grid import Reading
from holdshort.importers.register_markdown import join_row, read_markdown, split_row, write_markdown
from holdshort.importers.register_text import decode_text, one_line_end
from holdshort.importers.register_xlsx import read_other_workbook, read_xlsx
from holdshort.importers.register_xlsx_write import GlossaryRow, write_xlsx
from holdshort.importers.register_yaml import edited_yaml, read_yaml, scalar, write_yaml

_BY_EXTENSION = {
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xltx": "xlsx", ".xls": "old", ".xlsb": "old", ".ods": "old",
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".yaml": "yaml", ".yml": "yaml", ".json": "yaml",
    ".md": "markdown", ".markdown": "markdown",
}  # fmt: skip
_WRITABLE = {
    ".xlsx": "xlsx",
    ".csv": "csv",
    ".tsv": "csv",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".md": "markdown",
}
_SHOWN = {"xlsx": "an .xlsx workbook", "old": "a workbook of another kind", "csv": "comma-separated text"}
_READERS: dict[str, Callable[[bytes, str], Reading]] = {
    "xlsx": read_xlsx,
    "old": read_other_workbook,
    "csv": read_csv,
    "yaml": read_yaml,
    "markdown": read_markdown,
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_register(path: str | Path) -> tuple[RegisterTable, list[Diagnostic]]:
    """
    Read a register file.

    Args:
        path: .xlsx, .xlsm, .xls, .xlsb, .ods, .csv, .tsv, .yaml, .yml or .md. What is inside counts
            more than the name: an .xlsx that is really comma-separated text is read as that.

    Returns:
        The table and the remarks on it, in order. Remarks with severity `error` concern one cell or row
        (an ID twice, an error value, a cell that is too long): the register must not be used, but the
        other rows can be looked at in the same report.

    Raises:
        HoldshortError: with all problems, where no table could be made out.
    """
    _, _, reading = _read(Path(path))
    return reading.table, in_order(reading.diagnostics)


def write_register(
    path: str | Path,
    table: RegisterTable,
    lists: Mapping[str, Sequence[str]] | None = None,
    glossary_rows: Iterable[GlossaryRow] = (),
    form: Form = "long",
) -> list[Diagnostic]:
    """
    Write a register as a new file, replacing one of that name only when the new one is complete.

    Args:
        path: Ends in .xlsx, .csv, .tsv, .yaml, .yml or .md.
        table: Texts; CR is written as LF.
        lists: Drop-down choices by column key (.xlsx only).
        glossary_rows: Name, type, where, expected, synonyms (.xlsx only).
        form: `short` writes the nine columns; extra columns are written in both forms.

    Returns:
        A warning for each column that the short form leaves out although rows say something there.

    Raises:
        HoldshortError: an unknown extension, a text that cannot be stored, or a folder that cannot be written.
    """
    path = Path(path)
    kind = _writable(path)
    refuse_unstorable(table, path.name)
    titles, records = _records(table, form)
    if kind == "yaml":
        data = write_yaml(records)
    else:
        rows = [list(titles.values()), *([record[key] for key in titles] for record in records)]
        if kind == "xlsx":
            data = write_xlsx(rows, lists, glossary_rows)
        elif kind == "csv":
            data = write_csv(rows, "\t" if path.suffix.casefold() == ".tsv" else ",")
        else:
            data = write_markdown(rows)
    _check_written(data, kind, path.name, table, set(titles))
    replace_file(path, data)
    return _left_out(table, set(titles), path.name)


def update_register(path: str | Path, table: RegisterTable) -> list[Diagnostic]:
    """
    Make an existing register file say what `table` says, and change nothing else in it.

    Rows are found by edge-case ID. Extra columns, other sheets, comments, order, widths and formats
    stay; new rows come last; rows that the table lacks are deleted. A column that the file lacks is
    added only where a row says more than its default. Where nothing differs the file is not touched.

    Returns:
        Warnings on what a workbook held that could not be carried over.

    Raises:
        HoldshortError: the file cannot be read, has problems of its own, or is of a kind that is not edited.
    """
    path = Path(path)
    data, kind, reading = _read(path)
    refuse_unstorable(table, path.name)
    edits = plan_edits(reading.table, reading.headers, table, path.name)
    if not edits:
        return []
    remarks: list[Diagnostic] = []
    if kind == "xlsx":
        from holdshort.importers.register_xlsx_edit import edited_xlsx  # late: only to edit

        data, remarks = edited_xlsx(data, path.name, reading, edits)
    elif kind == "csv":
        data = _edited_csv(data, path.name, reading, edits)
    elif kind == "markdown":
        data = _edited_markdown(data, path.name, reading, edits)
    elif kind == "yaml":
        data = edited_yaml(data, path.name, reading, lambda cases: _edit_cases(cases, reading, edits))
    else:
        raise _unknown_kind(path.name, "files of this old kind are read but not edited")
    _check_written(data, kind, path.name, table, None)
    replace_file(path, data)
    return remarks


def replace_file(path: Path, data: bytes) -> None:
    """
    Put bytes in a file at once: nobody ever sees half of them.

    Raises:
        HoldshortError: the folder or the file cannot be written; the old file is then still whole.
    """
    import tempfile  # late: only to write

    target = Path(os.path.realpath(path))
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".tmp")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError):
            if temporary:
                os.unlink(temporary)
        reason = (getattr(error, "strerror", None) or "the name cannot be a file name").lower()
        mend = "close it in other programs, and check the folder and who may write there"
        raise HoldshortError(
            [Diagnostic("FILE-022", f"`{path}` cannot be written: {reason}", Where(file=path.name), mend)]
        ) from error


def _mode(target: Path) -> int:
    with contextlib.suppress(OSError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _read(path: Path) -> tuple[bytes, str, Reading]:
    data = limits.read_bytes(path)
    file = path.name
    named = _BY_EXTENSION.get(path.suffix.casefold())
    kind = _kind(data, named, file)
    reading = _READERS[kind](data, file)
    if named is not None and kind != named:
        reading.diagnostics.append(
            Diagnostic(
                "FILE-015",
                f"the name ends in `{path.suffix}`, but the file is {_SHOWN[kind]}; it was read as that",
                Where(file=file),
                "rename it, or save it again under this name",
                "note",
            )
        )
    return data, kind, reading


def _kind(data: bytes, named: str | None, file: str) -> str:
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        limits.check_zip(data, file)
        if b"xl/workbook.xml" in data:
            return "xlsx"
        if b"xl/workbook.bin" in data or b"opendocument.spreadsheet" in data:
            return "old"
        raise _unknown_kind(file, "the file is packed, but it is no workbook")
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data or b"EncryptedPackage" in data:
            raise limits.password(file)
        return "old"
    if data.startswith((b"%PDF", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x89PNG", b"\xff\xd8\xff")):
        raise _unknown_kind(file, "the file is not a register")
    if named in ("xlsx", "old"):
        head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if head.startswith((b"<?xml", b"<!doctype", b"<html", b"<table", b"<")):
            limits.refuse_declarations(data, file)
            raise _unknown_kind(file, "the file is a web page or XML, not a workbook")
        if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise limits.damaged(file)
        return "csv"
    if named is None:
        raise _unknown_kind(file, "the name does not say what kind of file it is")
    return named


def _unknown_kind(file: str, message: str) -> HoldshortError:
    mend = "save the register as .xlsx, .csv, .yaml or .md"
    return HoldshortError([Diagnostic("FILE-006", message, Where(file=file), mend)])


def _writable(path: Path) -> str:
    kind = _WRITABLE.get(path.suffix.casefold())
    if kind is None:
        raise _unknown_kind(path.name, f"a register is not written as `{path.suffix or path.name}`")
    return kind


def _records(table: RegisterTable, form: Form) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Titles by column key or extra header, and the rows under the same names."""
    titles = {column.key: column.title for column in columns_of(form)}
    extras = dict.fromkeys([*table.extra_headers, *(title for row in table.rows for title in row.extra)])
    titles.update({title: title for title in extras if title not in titles})
    return titles, [{key: _text(row, key) for key in titles} for row in table.rows]


def _text(row: TableRow, key: str) -> str:
    text = row.cells[key].text if key in row.cells else row.extra.get(key, "")
    return one_line_end(text)


def _left_out(table: RegisterTable, written: set[str], file: str) -> list[Diagnostic]:
    return [
        Diagnostic(
            "TABLE-020",
            f"the nine-column form leaves out `{column.title}`, where `{_first(table, key)}` and perhaps others say something",
            Where(file=file, column=column.title),
            "write the long form to keep it",
            "warning",
        )
        for key, column in BY_KEY.items()
        if key not in written and _first(table, key) is not None
    ]


def _first(table: RegisterTable, key: str) -> str | None:
    return next((row.case for row in table.rows if row.text(key) not in ("", BY_KEY[key].default)), None)


def _check_written(data: bytes, kind: str, file: str, table: RegisterTable, columns: set[str] | None) -> None:
    """Read what is about to be saved, so that a loss shows before the old file is gone, not after."""
    if not table.rows:
        return
    reread: dict[str, list[TableRow]] = {}
    for row in reversed(_READERS[kind](data, file).table.rows):
        reread.setdefault(row.case, []).append(row)
    problems: list[Diagnostic] = []
    for row in table.rows:
        same = reread.get(row.case)
        other = same.pop() if same else None
        texts = {key: cell.text for key, cell in row.cells.items() if columns is None or key in columns}
        for key, text in (*texts.items(), *row.extra.items()):
            if other is None or not same_text(text, _text(other, key)):
                problems.append(_not_kept(row.case, key, file))
    if problems:
        raise HoldshortError(problems)


def _not_kept(case: str, key: str, file: str) -> Diagnostic:
    return Diagnostic(
        "FILE-023",
        "this text would not come back from the file as it is; nothing was written",
        Where(file=file, case=case, column=BY_KEY[key].title if key in BY_KEY else key),
        "shorten or simplify the cell, or write the register as .yaml",
    )


def _edit_cases(cases: Any, reading: Reading, edits: Edits) -> None:
    headers = {header.index: header for header in (*reading.headers, *edits.new_headers)}
    spelled = {place: cases[at] for at, place in enumerate(row.place for row in reading.table.rows)}
    for place, texts in edits.changed.items():
        for index, text in texts.items():
            header = headers[index]
            spelled[place][_own_key(spelled[place], header.title, header.key)] = scalar(text)
    for at in reversed(range(len(reading.table.rows))):
        if reading.table.rows[at].place in edits.deleted:
            del cases[at]
    for texts in edits.added:
        case: dict[str, Any] = {}
        for index, text in texts.items():
            key = headers[index].key
            if text or (key and BY_KEY[key].default):
                case[_yaml_key(headers[index].title, key, reading)] = scalar(text)
        cases.append(case)


def _own_key(case: Any, title: str, key: str | None) -> str:
    """How this very row spells the column, else as the first row that has it does."""
    from holdshort.core.columns import find_column

    for name in case:
        column = find_column(str(name))
        if (column.key if column else str(name).strip()) == (key or title):
            return str(name)
    return key if key and title == BY_KEY[key].title else title


def _yaml_key(title: str, key: str | None, reading: Reading) -> str:
    known = any(header.title == title for header in reading.headers)
    return title if known or not key else key


def _edited_csv(data: bytes, file: str, reading: Reading, edits: Edits) -> bytes:
    grid = split_csv(data, file)
    last = max((row.place for row in reading.table.rows), default=reading.header_place)
    records: list[list[str]] = []
    for line in grid.lines:
        if line.place not in edits.deleted:
            records.append(_changed(list(line.texts), line.place, reading, edits))
        if line.place == last:
            records += [_laid_out(texts) for texts in edits.added]
    return write_csv(records, grid.delimiter)


def _edited_markdown(data: bytes, file: str, reading: Reading, edits: Edits) -> bytes:
    text, _ = decode_text(data, file)
    lines = one_line_end(text).split("\n")
    last = max((row.place for row in reading.table.rows), default=reading.header_place + 1)
    out: list[str] = []
    for place, line in enumerate(lines, start=1):
        if place in edits.changed or (edits.new_headers and place == reading.header_place):
            out.append(join_row(_changed(split_row(line), place, reading, edits)))
        elif edits.new_headers and place == reading.header_place + 1:
            out.append(line.rstrip().rstrip("|") + "|" + " --- |" * len(edits.new_headers))
        elif place not in edits.deleted:
            out.append(line)
        if place == last:
            out += [join_row(_laid_out(texts)) for texts in edits.added]
    return ("\r\n" if "\r\n" in text else "\n").join(out).encode("utf-8")


def _changed(record: list[str], place: int, reading: Reading, edits: Edits) -> list[str]:
    texts = dict(edits.changed.get(place, {}))
    if place == reading.header_place:
        texts.update({header.index: header.title for header in edits.new_headers})
    record += [""] * (max(texts, default=-1) + 1 - len(record))
    for index, text in texts.items():
        record[index] = text
    return record


def _laid_out(texts: Mapping[int, str]) -> list[str]:
    return [texts.get(index, "") for index in range(max(texts, default=-1) + 1)]
