"""The log of a running store, verified and exported: the stand-alone verifier's own check, and the rows' audit fields."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from holdshort.core.audit import checkpoint_json
from holdshort.core.canonical import utc_text
from holdshort.service.anchors import AnchorRefused, read_anchor
from holdshort.service.audit_export import CannotExport, Exported, export_audit
from holdshort.service.audit_fields import FILE, write_audit_fields
from holdshort.service.audit_log import AuditStore, Envelope, PrivateParts
from holdshort.service.flow import Flow
from holdshort.verifier.verify_audit import Report, examine

_README = """
{file}   what each row of the register wants written down about a decision: trigger, AI suggestion, reviewer
                   decision, edits, timestamp, and the names that the row lists
"""


def check_log(store: AuditStore, public_key: str, anchor: Path | None = None) -> Report:
    """
    The verifier's report on this very store.

    Raises:
        OSError, ValueError: The anchor cannot be read.
    """
    try:
        # From the outside in: an anchor may know no checkpoint, and a checkpoint no event, that is read later.
        pinned = [checkpoint_json(each) for each in read_anchor(anchor)] if anchor is not None else None
    except AnchorRefused as refused:
        raise ValueError(str(refused)) from refused
    checkpoints = [checkpoint_json(each) for each in store.checkpoints()]
    return examine((_json(each) for each in store.envelopes()), checkpoints, pinned, public_key)


def _json(each: Envelope) -> dict[str, object]:
    return {
        "number": each.number, "seq": each.seq, "kind": each.kind, "at": utc_text(each.at), "actor": each.actor,
        "body": each.body, "commitment": each.commitment, "hash": each.hash,
    }  # fmt: skip


def export_with_fields(
    flow: Flow,
    store: AuditStore,
    folder: Path,
    public_keys: Sequence[str],
    now: datetime,
    *,
    anchor: Path | None = None,
    private: PrivateParts | None = None,
) -> tuple[Exported, int]:
    """
    `export_audit` with the table of audit fields beside the others: all of it, or nothing.

    Returns:
        What was exported, and for how many decisions the table has a line.

    Raises:
        CannotExport: see there.
    """
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise CannotExport(f"`{folder}` is there already and is no empty folder", "name a new folder")
    workshop = folder.absolute().with_name(f".{folder.name}.{secrets.token_hex(6)}.export")
    try:
        made = export_audit(store, workshop, public_keys, now, anchor=anchor, private=private)
        count = write_audit_fields(flow, workshop, private is not None)
        with (workshop / "README.txt").open("a", encoding="utf-8") as readme:
            readme.write(_README.format(file=FILE))
        for name in (FILE, "README.txt"):
            with (workshop / name).open("rb") as file:
                os.fsync(file.fileno())
        if folder.exists():
            folder.rmdir()
        workshop.rename(folder.absolute())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotExport(
            f"the audit log cannot be exported to `{folder}`: {reason}",
            "check the folder's rights and the space left",
        ) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return replace(made, folder=folder), count
