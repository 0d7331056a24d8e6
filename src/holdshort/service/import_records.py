"""Turn exports into a file of records: look first, then write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from holdshort.core.diagnostics import Diagnostic

if TYPE_CHECKING:
    from holdshort.importers.mapping_plan import ImportPlan


def dry_run(files: Sequence[Path], mapping: Path | None, preset: str | None) -> ImportPlan:
    """Say what an import of `files` would do, without writing anything."""
    from holdshort.importers.mapping import plan_import

    return plan_import(files, mapping, preset)


def write_records(
    files: Sequence[Path], mapping: Path | None, preset: str | None, documents: Sequence[Path], target: Path
) -> tuple[int, int, list[Diagnostic]]:
    """
    Write the records of `files` to `target`, one JSON object a line, whole or not at all.

    Args:
        files: Tables of one export; those that join form one record each.
        documents: Contract or note texts to attach to the record, where there is just one.

    Returns:
        How many records were written, how many rows were refused, and why.
    """
    from holdshort.importers.documents import attach_documents
    from holdshort.importers.mapping import import_records
    from holdshort.importers.register_files import replace_file

    lines: list[str] = []
    faults: list[Diagnostic] = []
    refused = 0
    for line in import_records(files, mapping, preset):
        if line.record is None:
            refused += 1
            faults.extend(line.faults)
            continue
        record = attach_documents(line.record, documents) if documents else line.record
        lines.append(json.dumps(record, ensure_ascii=False, default=str))
    if lines:
        replace_file(target, ("\n".join(lines) + "\n").encode())
    return len(lines), refused, faults
