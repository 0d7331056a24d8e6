"""
Read, write and edit a register as YAML: `cases:`, then one mapping per row with column keys.

Every value is taken as it is written: `no`, `1.10` and `2024-05-01` stay those texts. A list of texts
reads as one text with `; ` between them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdshort.core.columns import BY_KEY, Column, find_column
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where, did_you_mean, in_order
from holdshort.core.table import RegisterTable, TableRow, form_of
from holdshort.importers.limits import too_large
from holdshort.importers.register_grid import (
    Header,
    Reading,
    build_row,
    header_remarks,
    refuse_too_many,
    row_remarks,
)
from holdshort.importers.register_text import decode_text, one_line_end, text_problems

FILE_BYTES = 5_000_000
DEPTH = 20
_NULLS = ("", "~", "null", "Null", "NULL")
_WIDE = 1 << 30
_EVENTS_AT_MOST = 400_000
_PROBLEMS_AT_MOST = 100


@dataclass(slots=True)
class _Node:
    line: int
    text: str = ""
    is_text: bool = False
    is_list: bool = False
    items: list[_Node] = field(default_factory=list)
    """Of a list its items; of a mapping its keys and values in turn."""

    def pairs(self) -> Iterator[tuple[_Node, _Node]]:
        return zip(self.items[::2], self.items[1::2], strict=False)


def read_yaml(data: bytes, file: str) -> Reading:
    """
    Read a register from the bytes of a YAML file.

    Raises:
        HoldshortError: larger than 5 MB, not YAML, an alias, anchor or tag, a key given twice, nested
            deeper than 20, or no list of cases.
    """
    if len(data) > FILE_BYTES:
        raise too_large(file, len(data), FILE_BYTES)
    text, remarks = decode_text(data, file)
    problems: list[Diagnostic] = []
    root = _tree(text, file, problems)
    broken = any(each.code in ("FILE-017", "FILE-021", "FILE-025") for each in problems)
    cases = _cases(root, file, problems) if root and not broken else None
    if problems:
        raise HoldshortError(in_order(problems))
    assert cases is not None
    return _table(cases, file, remarks)


def write_yaml(records: Sequence[Mapping[str, str]]) -> bytes:
    """Write rows, by column key or extra header, as block YAML with an empty line between cases."""
    if not records:
        return b"cases: []\n"
    blocks = [_block(record) for record in records]
    return ("cases:\n" + "\n".join(blocks)).encode("utf-8")


def update_yaml_file(path: str | Path, table: RegisterTable) -> list[Diagnostic]:
    """
    Edit a YAML register in place, keeping comments, order and the spelling of everything untouched.

    Raises:
        HoldshortError: as `register_files.update_register`.
    """
    from holdshort.importers.register_files import update_register  # late: that module imports this one

    return update_register(path, table)


def edited_yaml(data: bytes, file: str, reading: Reading, edit: Callable[[Any], None]) -> bytes:
    """Let `edit` change the loaded list of cases and write the file around it as it was."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    text, _ = decode_text(data, file)
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    dash, inner = _indents(text)
    yaml.indent(mapping=2, sequence=dash + inner, offset=dash)
    out = io.StringIO(newline="")
    try:
        root = yaml.load(text)
        if isinstance(root, dict):
            key = next(key for key in root if _is_cases(str(key)))
            if not root[key]:
                root[key] = []
            edit(root[key])
        else:
            edit(root)
        yaml.dump(root, out)
    except (YAMLError, ValueError, StopIteration) as error:
        raise HoldshortError([_syntax(file, None, "")]) from error
    written = out.getvalue()
    return written.replace("\n", "\r\n").encode() if "\r\n" in text else written.encode("utf-8")


def scalar(text: str) -> Any:
    """The value that ruamel writes as this very text, readably."""
    from ruamel.yaml.scalarstring import (
        DoubleQuotedScalarString,
        LiteralScalarString,
        SingleQuotedScalarString,
    )

    if text == "" or (text in _NULLS):
        return SingleQuotedScalarString(text)
    if _is_literal(text):
        return LiteralScalarString(text)
    if _PLAIN.fullmatch(text):
        return text
    return DoubleQuotedScalarString(text)


# Texts whose plain spelling no YAML reader takes for anything else.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 .,;()_/'%$-]*[A-Za-z0-9.;)]")


def _is_literal(text: str) -> bool:
    """A text of several lines that a `|` block holds without escapes or trouble at its ends."""
    body = text.removesuffix("\n")
    return (
        "\n" in text
        and bool(body)
        and not body.endswith("\n")
        and not body[0].isspace()
        and all(line == line.rstrip() for line in body.split("\n"))
        and all(letter == "\n" or (letter.isprintable() and letter != "\ufeff") for letter in body)
    )


def _block(record: Mapping[str, str]) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
            return super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def represent(dumper: Any, text: str) -> Any:
        style = "|" if _is_literal(text) else None
        if style is None and ("\n" in text or not text.isprintable()):
            style = '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent)
    texts = {key: text for key, text in record.items() if text or key not in BY_KEY or BY_KEY[key].default}
    dumped: str = yaml.dump(
        [texts], Dumper=Dumper, allow_unicode=True, sort_keys=False, width=_WIDE, default_flow_style=False
    )
    return re.sub(r"^(?=.)", "  ", dumped, flags=re.MULTILINE)


def _tree(text: str, file: str, problems: list[Diagnostic]) -> _Node | None:
    """Build plain nodes from parser events, so that nothing is ever constructed, shared or resolved."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    root: _Node | None = None
    count = 0
    open_nodes: list[_Node] = []
    try:
        for event in yaml.parse(text, Loader=loader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            _refuse_reference(event, line, file, problems)
            if isinstance(event, yaml.CollectionStartEvent | yaml.ScalarEvent | yaml.AliasEvent):
                node = _node(event, line, yaml)
                if open_nodes:
                    open_nodes[-1].items.append(node)
                elif root is not None:
                    problems.append(_two_documents(file, line))
                    return root
                else:
                    root = node
                if isinstance(event, yaml.CollectionStartEvent):
                    open_nodes.append(node)
            elif isinstance(event, yaml.CollectionEndEvent):
                open_nodes.pop()
            count += 1
            if len(open_nodes) > DEPTH:
                problems.append(_too_deep(file, line))
                return root
            if count > _EVENTS_AT_MOST:
                problems.append(_too_many(file, line))
                return root
            if len(problems) > _PROBLEMS_AT_MOST:
                return root
    except yaml.YAMLError as error:
        problems.append(_syntax(file, *_fault(error, text)))
    except (RecursionError, ValueError, UnicodeError):
        problems.append(_syntax(file, None, ""))
    if root is None and not problems:
        problems.append(_no_cases(file, 1, ""))
    return root


def _node(event: Any, line: int, yaml: Any) -> _Node:
    if isinstance(event, yaml.ScalarEvent):
        plain_null = event.implicit[0] and event.style in (None, "") and event.value in _NULLS
        return _Node(line, "" if plain_null else event.value, is_text=True)
    if isinstance(event, yaml.AliasEvent):
        return _Node(line, is_text=True)
    return _Node(line, is_list=isinstance(event, yaml.SequenceStartEvent))


def _refuse_reference(event: Any, line: int, file: str, problems: list[Diagnostic]) -> None:
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if anchor is not None:
        problems.append(
            Diagnostic(
                "FILE-018",
                f"`{anchor[:40]}` is an alias or anchor, which a register does not use",
                Where(file=file, line=line),
                "write the text out in full; put a text that begins with `&` or `*` in quotation marks",
            )
        )
    if tag is not None:
        problems.append(
            Diagnostic(
                "FILE-019",
                f"`{tag[:60]}` is a tag, which a register does not use",
                Where(file=file, line=line),
                "delete it; put a text that begins with `!` in quotation marks",
            )
        )


def _cases(root: _Node, file: str, problems: list[Diagnostic]) -> list[_Node] | None:
    listed: _Node | None = root if root.is_list else None
    if not root.is_list and not root.is_text:
        _refuse_double_keys(root, file, problems)
        for key, value in root.pairs():
            if _is_cases(key.text):
                empty = value.is_text and not value.text
                listed = _Node(value.line, is_list=True) if empty else value
    if listed is None or not listed.is_list:
        keys = [key.text for key, _ in root.pairs()] if not root.is_text and not root.is_list else []
        near = did_you_mean("cases", keys) if listed is None else None
        problems.append(_no_cases(file, root.line, near or ""))
        return None
    for item in listed.items:
        if item.is_text or item.is_list:
            problems.append(
                Diagnostic(
                    "TABLE-019",
                    "an item of `cases` is not a row of columns",
                    Where(file=file, line=item.line),
                    "write `- id: …` and the other columns below it",
                )
            )
        else:
            _refuse_double_keys(item, file, problems)
    return listed.items


def _is_cases(key: str) -> bool:
    return key.strip().casefold().replace("_", " ").replace("-", " ") in ("cases", "edge cases", "rows")


def _refuse_double_keys(mapping: _Node, file: str, problems: list[Diagnostic]) -> None:
    first: dict[str, _Node] = {}
    for key, _ in mapping.pairs():
        column = find_column(key.text) if key.is_text else None
        name = column.key if column else f"\0{key.text.strip().casefold()}"
        if not key.is_text or not key.text.strip():
            problems.append(_nested(file, key.line, "", "a column name"))
        elif name in first:
            problems.append(
                Diagnostic(
                    "FILE-020",
                    f"`{key.text[:60]}` stands twice in one row; the first is `{first[name].text[:60]}` on line {first[name].line}",
                    Where(file=file, line=key.line),
                    "delete one of the two",
                )
            )
        else:
            first[name] = key


def _table(cases: Sequence[_Node], file: str, remarks: list[Diagnostic]) -> Reading:
    refuse_too_many(len(cases), 0, Where(file=file, line=cases[0].line if cases else None))
    headers: dict[str, tuple[str, int]] = {}
    rows: list[TableRow] = []
    for case in cases:
        row, problems = _row(case, file, headers)
        rows.append(row)
        remarks = remarks + problems
    indexed = [
        Header(index, title, column.key if (column := find_column(title)) else None)
        for index, (title, _) in enumerate(headers.values())
    ]
    lines = [line for _, line in headers.values()]

    def header_place(index: int) -> Where:
        return Where(file=file, line=lines[index] if index >= 0 else None)

    if rows:
        about = header_remarks(indexed, header_place)
        remarks = remarks + [each for each in about if each.code != "TABLE-011" or "gets" in each.message]
    remarks = remarks + row_remarks(rows, lambda place, _: Where(file=file, line=place))
    keys = [header.key for header in indexed if header.key]
    table = RegisterTable(tuple(rows), tuple(header.title for header in indexed), form_of(keys), file)
    return Reading(table, remarks, tuple(indexed))


def _row(case: _Node, file: str, headers: dict[str, tuple[str, int]]) -> tuple[TableRow, list[Diagnostic]]:
    texts: dict[str, tuple[str, Where]] = {}
    extra: dict[str, str] = {}
    problems: list[Diagnostic] = []
    for key, value in case.pairs():
        title = key.text.strip()
        column: Column | None = find_column(title)
        name = column.key if column else title
        headers.setdefault(name, (title, key.line))
        where = Where(file=file, line=value.line, column=column.title if column else title)
        text = _text(value)
        if text is None:
            problems.append(_nested(file, value.line, where.column, "one text or a list of texts"))
            text = ""
        if column:
            texts[name] = (text, where)
        else:
            extra[title] = text
        problems += text_problems(text, where)
    return build_row(texts, extra, case.line, Where(file=file, line=case.line)), problems


def _text(value: _Node) -> str | None:
    if value.is_text:
        return one_line_end(value.text)
    if value.is_list and all(item.is_text for item in value.items):
        return "; ".join(one_line_end(item.text) for item in value.items)
    return None


def _indents(text: str) -> tuple[int, int]:
    """How far the dash of a case stands in, and how far its text stands behind the dash."""
    match = re.search(r"^([ ]*)-([ ]+)[^\s#-]", text, re.MULTILINE)
    return (len(match[1]), 1 + len(match[2])) if match else (2, 2)


def _fault(error: Any, text: str) -> tuple[int | None, str]:
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", None)
    if mark is not None:
        return mark.line + 1, str(getattr(error, "problem", "") or "")
    if isinstance(position, int):
        return text.count("\n", 0, position) + 1, "a character that YAML does not allow"
    return None, ""


def _syntax(file: str, line: int | None, why: str) -> Diagnostic:
    return Diagnostic(
        "FILE-017",
        "the file is not YAML" + (f": {why[:100]}" if why else ""),
        Where(file=file, line=line),
        "look at this line and the one above: a missing space after `:`, a tab, or a text that needs quotation marks",
    )


def _too_deep(file: str, line: int) -> Diagnostic:
    return Diagnostic(
        "FILE-021",
        f"the file is nested deeper than {DEPTH} levels",
        Where(file=file, line=line),
        "a register is a list of rows, each with its columns",
    )


def _too_many(file: str, line: int) -> Diagnostic:
    return Diagnostic(
        "FILE-025",
        "the file holds more values than a register can have",
        Where(file=file, line=line),
        "keep only edge cases in it; history and records belong in files of their own",
    )


def _two_documents(file: str, line: int) -> Diagnostic:
    return Diagnostic(
        "FILE-017",
        "the file holds two YAML documents",
        Where(file=file, line=line),
        "keep one; delete the `---`",
    )


def _no_cases(file: str, line: int, near: str) -> Diagnostic:
    mend = (
        f"did you mean `cases` where it says `{near[:60]}`?"
        if near
        else "write `cases:` and the rows below it, each beginning with `- id:`"
    )
    return Diagnostic("TABLE-001", "the file has no list of cases", Where(file=file, line=line), mend)


def _nested(file: str, line: int, column: str, wanted: str) -> Diagnostic:
    return Diagnostic(
        "TABLE-019",
        f"this is not {wanted}",
        Where(file=file, line=line, column=column),
        "write it as text; put it in quotation marks where it holds `:`, `{` or `[`",
    )
