"""Records from files, standard input and exported tables, one after another in their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where

if TYPE_CHECKING:
    from holdshort.importers.records_json import RecordLine

TABLES = (".csv", ".tsv", ".xlsx", ".parquet")


def read_sources(
    sources: Sequence[str | Path],
    *,
    mapping: Path | None = None,
    preset: str | None = None,
    stdin: IO[bytes] | None = None,
) -> Iterator[RecordLine]:
    """
    Read every record of `sources`: .json, .jsonl and `-`, or exports, which are read together because their tables join.

    A file that cannot be read comes as a line without a record and does not hide the next one.

    Raises:
        HoldshortError: An export has neither mapping nor preset, or there is one and no export. Nothing was read.
    """
    tables = [each for each in sources if str(each).lower().endswith(TABLES)]
    if tables and mapping is None and not preset:
        raise _refusal(
            "RUN-002",
            f"`{tables[0]}` is an export, and nothing says which column is which",
            "add `--preset NAME` (salesforce, hubspot, stripe) or `--mapping FILE`",
        )
    if not tables and (mapping is not None or preset):
        raise _refusal(
            "RUN-003",
            "a mapping is for exported tables, and there is none",
            "leave it out, or name the tables",
        )
    return _lines(sources, tables, mapping, preset, stdin)


def _lines(
    sources: Sequence[str | Path],
    tables: Sequence[str | Path],
    mapping: Path | None,
    preset: str | None,
    stdin: IO[bytes] | None,
) -> Iterator[RecordLine]:
    from holdshort.importers.records_json import RecordLine, read_records

    for source in sources:
        try:
            if source not in tables:
                yield from read_records(source, stdin)
            elif source == tables[0]:
                from holdshort.importers.mapping import import_records

                yield from import_records(tables, mapping, preset)
        except HoldshortError as error:
            yield RecordLine(0, None, error.diagnostics)


def _refusal(code: str, message: str, mend: str) -> HoldshortError:
    return HoldshortError([Diagnostic(code, message, Where(), mend)])
