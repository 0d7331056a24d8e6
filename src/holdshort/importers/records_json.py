"""
Read records from .jsonl (one a line, in flat memory), .json (one record or a list) or standard input.

A record that cannot be read is reported with its line and does not hide the next one.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers.json_bytes import Source, line_ends, open_source, split_list

LINE_BYTES = 16_000_000
JSON_BYTES = 512_000_000
DEPTH = 64

OBJECTS = frozenset(
    "trigger crm contract order_form billing provisioning handoff existing_contract cs_platform project_tool "
    "product_analytics support warehouse ai_output invite people policy vocabulary".split()
)
LISTS = frozenset(
    "stakeholders projects tasks notes messages documents reviews approvals proposed_actions inbox milestones "
    "related_opportunities related_accounts import_log processed_event_ids vendor_domains subprocessors".split()
)
_COLON_ESCAPE = re.compile(rb"\\u003[aA]")
_NO_NUMBER = re.compile(rb"(?<![\w\"])-?(?:NaN|Infinity|nan|inf)\b")
_AT_BYTE = re.compile(r"\(byte (\d+)\)")
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record as read, or why it could not be."""

    line: int
    """Line of a .jsonl file; in a .json file, the how-manieth record; in a table, the row."""
    record: dict[str, Any] | None
    """None where a fault of level error refuses it."""
    faults: tuple[Diagnostic, ...] = ()


class _Refused(Exception):
    def __init__(self, code: str, message: str, mend: str) -> None:
        super().__init__(message)
        self.code, self.message, self.mend = code, message, mend


def read_records(path: str | Path, stdin: IO[bytes] | None = None) -> Iterator[RecordLine]:
    """
    Yield the records of a file in order; `-` reads bytes from standard input.

    A .jsonl or .ndjson file is read line by line. Anything else is looked at: a list, one record, or lines.

    Args:
        path: The file, or `-`.
        stdin: What `-` means; standard input where it is left out.

    Raises:
        HoldshortError: missing, a folder, empty, or in an encoding that JSON does not use. A record's own
            faults are never raised; they come with its line.
    """
    if str(path) == "-":
        stream = stdin if stdin is not None else sys.stdin.buffer
        source = open_source(stream, "standard input")
    else:
        source = open_source(Path(path), _printable(Path(path).name))
    by_line = str(path).lower().endswith((".jsonl", ".ndjson")) or source.looks_like_lines
    return _from_lines(source) if by_line else _from_whole(source)


def read_bytes_of_records(data: bytes, file: str = "request body") -> Iterator[RecordLine]:
    """
    As `read_records` for one record, a list of records, or lines.

    Raises:
        HoldshortError: it is empty, or in an encoding that JSON does not use.
    """
    source = open_source(io.BytesIO(data), file)
    return _from_lines(source) if source.looks_like_lines else _from_whole(source)


def strict_json(data: bytes, file: str = "request body") -> Any:
    """
    Any JSON value, read as strictly as a record is: no key twice, at most 64 deep, no NaN.

    Raises:
        HoldshortError: it is not that.
    """
    line = check_record(b'{"value":' + data + b"}", file, 1)
    if line.record is None or set(line.record) != {"value"}:
        raise HoldshortError(line.faults or [_not_one_value(file)])
    return line.record["value"]


def _not_one_value(file: str) -> Diagnostic:
    return Diagnostic("RECORD-001", "it is not one JSON value", Where(file=file), "send one JSON value")


def check_record(data: bytes, file: str, line: int, record_name: str = "") -> RecordLine:
    """Read the bytes of one record: strict JSON, no key twice, at most 64 deep, systems of the right kind."""
    where = Where(file=file, line=line)
    try:
        record = _decode(data)
    except _Refused as refused:
        lead = f"{record_name}: " if record_name else ""
        return RecordLine(
            line, None, (Diagnostic(refused.code, lead + refused.message, where, refused.mend),)
        )
    faults = tuple(_wrong_kinds(record, where))
    return RecordLine(line, None if faults else record, faults)


def _decode(data: bytes) -> dict[str, Any]:
    import msgspec

    try:
        record = msgspec.json.decode(data)
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _malformed(data, error) from error
    if not isinstance(record, dict):
        raise _Refused(
            "RECORD-004",
            f"the record is {_kind(record)}, not an object",
            "write one record as `{ … }`"
            + (
                "; a file that holds one JSON list is read when its name ends in .json"
                if isinstance(record, list)
                else ""
            ),
        )
    if data.count(b"{") + data.count(b"[") > DEPTH and _depth(record) > DEPTH:
        raise _too_deep()
    _refuse_repeated_keys(data, record)
    return record


def _refuse_repeated_keys(data: bytes, record: dict[str, Any]) -> None:
    """
    Refuse an object that names one key twice, of which the decoder keeps the last without a word.

    Written out again, the record has as many colons as `data` unless a key was dropped: each key brings one,
    each text keeps its own, and no writer escapes them. A text that escapes a colon (`\\u003a`) would blur the
    count, so such a record takes the slow way.
    """
    import msgspec

    if not _COLON_ESCAPE.search(data) and data.count(b":") == msgspec.json.encode(record).count(b":"):
        return
    json.loads(data, object_pairs_hook=_no_key_twice)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Refused(
                    "RECORD-003",
                    f"the key `{_short(key)}` stands twice in one object",
                    "keep one of the two; which one is meant is not guessed",
                )
            seen.add(key)
    return found


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        each, depth = waiting.pop()
        deepest = max(deepest, depth)
        inner: Iterable[Any] = each.values() if isinstance(each, dict) else each
        waiting.extend((child, depth + 1) for child in inner if isinstance(child, dict | list))
    return deepest


def _too_deep() -> _Refused:
    return _Refused(
        "RECORD-005",
        f"the record is nested more than {DEPTH} deep",
        "flatten it; no system's fact lies that deep",
    )


def _malformed(data: bytes, error: Exception) -> _Refused:
    if isinstance(error, UnicodeDecodeError):
        return _Refused("RECORD-006", "a text in the record is not UTF-8", "save the file as UTF-8")
    if _NO_NUMBER.search(_STRINGS.sub(b'""', data)):
        return _Refused(
            "RECORD-002",
            "`NaN` or `Infinity` stands where a number belongs; JSON has neither",
            "write null where the value is not there",
        )
    reason = str(error)
    at = _AT_BYTE.search(reason)
    text = reason.removeprefix("JSON is malformed: ").split(" (byte")[0].split(" - at")[0].lower()
    if "truncated" in text:
        text = (
            "it ends too early, or a text in it is cut"
            if b"\\ud" not in data.lower()
            else "half of a character pair"
        )
    place = f" at character {int(at.group(1)) + 1}" if at else ""
    return _Refused(
        "RECORD-001", f"the record is not valid JSON: {text}{place}", "write the record out again as JSON"
    )


def _wrong_kinds(record: Mapping[str, Any], where: Where) -> Iterator[Diagnostic]:
    for key, value in record.items():
        if value is None:
            continue
        if key in OBJECTS and not isinstance(value, dict):
            wanted, mend = "an object", f'write `"{key}": {{ … }}`, or null where it is known to be absent'
        elif key in LISTS and not isinstance(value, list):
            wanted, mend = "a list", f'write `"{key}": [ … ]`'
        elif key in ("as_of", "record_id") and isinstance(value, dict | list):
            wanted, mend = "one value", f"write `{key}` as a text"
        else:
            continue
        place = Where(file=where.file, line=where.line, column=key)
        yield Diagnostic("RECORD-007", f"`{key}` is {_kind(value)}, not {wanted}", place, mend)


def _from_lines(source: Source) -> Iterator[RecordLine]:
    number, found = 0, False
    with source:
        for data in source.lines(LINE_BYTES):
            number += 1
            if data is None:
                found = True
                yield RecordLine(number, None, (_line_too_long(source.file, number),))
            elif data.strip():
                found = True
                yield check_record(data, source.file, number)
    if not found:
        raise _empty(source.file)


def _from_whole(source: Source) -> Iterator[RecordLine]:
    with source:
        data = source.everything(JSON_BYTES)
    start = len(data) - len(data.lstrip())
    if start == len(data):
        raise _empty(source.file)
    if data[start : start + 1] != b"[":
        text_line = data.count(b"\n", 0, start) + 1
        if len(data) > LINE_BYTES:
            yield RecordLine(1, None, (_line_too_long(source.file, text_line),))
            return
        line = check_record(data, source.file, text_line)
        yield RecordLine(1, line.record, line.faults)
        return
    ends, count = line_ends(data), 0
    for piece, offset in split_list(data, start):
        count += 1
        text_line = ends(offset)
        if piece is None:
            yield RecordLine(count, None, (_broken_list(source.file, text_line, offset == len(data)),))
            continue
        if len(piece) > LINE_BYTES:
            yield RecordLine(count, None, (_line_too_long(source.file, text_line),))
            continue
        line = check_record(piece, source.file, text_line, f"record {count}")
        yield RecordLine(count, line.record, line.faults)
    if not count:
        raise _empty(source.file)


def _broken_list(file: str, line: int, is_cut: bool) -> Diagnostic:
    where = Where(file=file, line=line)
    if is_cut:
        return Diagnostic(
            "RECORD-009",
            "the list is not closed; the file may have been cut",
            where,
            "export the records again",
        )
    return Diagnostic("RECORD-009", "text follows the end of the list", where, "keep one list in the file")


def _line_too_long(file: str, line: int) -> Diagnostic:
    return Diagnostic(
        "RECORD-008",
        f"the record holds more than {LINE_BYTES / 1e6:,.0f} MB",
        Where(file=file, line=line),
        "keep long texts in documents of their own, and attach those",
    )


def _empty(file: str) -> HoldshortError:
    mend = "export the records again; one JSON object a line, or one list"
    return HoldshortError([Diagnostic("FILE-004", "the file holds no record", Where(file=file), mend)])


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"the text `{_short(value)}`" if isinstance(value, str) else f"the number `{value}`"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _short(text: str) -> str:
    shown = _printable(text[:41])
    return shown if len(text) <= 40 else shown[:39] + "…"
