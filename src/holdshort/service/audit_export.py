"""
Export the audit log into a folder that an outsider can verify and a spreadsheet can open.

`events.jsonl` and `checkpoints.jsonl` are the proof, in canonical JSON; `verify_audit.py` checks them. `decisions.csv`
and `events.csv` say the same for reading.
"""

from __future__ import annotations

import csv
import json
import os
import secrets
import shutil
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

from holdshort.core.audit import Checkpoint, Envelope, Opened, checkpoint_json, key_id
from holdshort.core.canonical import canonical_bytes, utc_text
from holdshort.core.onboarding.powers import NAMES
from holdshort.core.visible import one_line
from holdshort.importers.register_csv import guarded
from holdshort.service.audit_log import AuditStore, PrivateParts

VERIFIER = "verify_audit.py"
_CELL = 32_000  # Excel keeps 32,767 characters
_DECISION_FIRST = (
    "decision", "review", "case", "code", "decided", "by", "role", "on_behalf_of", "tier", "result", "covers", "waives",
    "expires_at", "owner",
)  # fmt: skip
_DECIDED = {str(code): name for code, name in NAMES.items()}


class CannotExport(Exception):
    """The folder cannot be written; nothing is left of it. `mend` says what to do."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    folder: Path
    events: int
    decisions: int
    checkpoints: int
    private_parts: int


def export_audit(
    store: AuditStore,
    folder: Path,
    public_keys: Sequence[str],
    now: datetime,
    *,
    anchor: Path | None = None,
    private: PrivateParts | None = None,
) -> Exported:
    """
    Write everything that the log holds into a new folder: all of it, or nothing.

    Args:
        folder: one that does not exist, or is empty.
        public_keys: those that checkpoints are signed with, in hex.
        now: goes into the README.
        anchor: a file to copy in. Whoever verifies does better with one of their own.
        private: with it the private parts (customers' records, reasons, notes) are exported too, and the folder is
            readable for its owner only.

    Raises:
        CannotExport: the folder holds something, or cannot be written.
    """
    _refuse_full(folder)
    workshop = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}.tmp")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        workshop.mkdir(mode=0o700 if private is not None else 0o777)
        # From the outside in: the anchor may know no checkpoint, and a checkpoint no event, that is read later.
        if anchor is not None:
            shutil.copyfile(anchor, workshop / "anchor.jsonl")
        checkpoints = store.checkpoints()
        _write_lines(workshop / "checkpoints.jsonl", map(checkpoint_json, checkpoints))
        (workshop / "public-key.txt").write_bytes(
            "".join(f"{each}\n" for each in public_keys).encode("ascii")
        )
        (workshop / VERIFIER).write_bytes((files("holdshort.verifier") / VERIFIER).read_bytes())
        writer = _Events(workshop, checkpoints, private)
        done = writer.write(store.envelopes())
        made = Exported(folder, done.events, done.decisions, len(checkpoints), done.private_parts)
        (workshop / "README.txt").write_bytes(
            _readme(made, public_keys, now, private is not None).encode("utf-8")
        )
        for each in workshop.iterdir():
            _sync(each)
        if folder.exists():
            folder.rmdir()
        workshop.rename(folder)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotExport(
            f"the audit log cannot be exported to `{folder}`: {reason}",
            "check the folder's rights and the space left",
        ) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return made


# --- events -----------------------------------------------------------------------------------------------


class _Events:
    """Writes events.jsonl, events.csv, private.jsonl and decisions.csv while the log is read once."""

    def __init__(self, folder: Path, checkpoints: Iterable[Checkpoint], private: PrivateParts | None) -> None:
        self.folder = folder
        self.private = private
        self.ends: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for checkpoint in checkpoints:
            for number, seq, _ in checkpoint.heads:
                self.ends[number].append((seq, checkpoint.no))
        self.decided: list[dict[str, Any]] = []
        self.private_parts = 0

    def write(self, envelopes: Iterable[Envelope]) -> Exported:
        count = 0
        with (
            (self.folder / "events.jsonl").open("wb") as lines,
            _table(self.folder / "events.csv") as table,
            self._private_file() as private_lines,
        ):
            rows = csv.writer(table, lineterminator="\r\n")
            rows.writerow(
                [
                    "onboarding",
                    "event",
                    "when (UTC)",
                    "what",
                    "who",
                    "details",
                    "checkpoint",
                    "hash",
                    "commitment",
                ]
            )
            for envelope, opened in self._with_private(envelopes):
                count += 1
                lines.write(canonical_bytes(_envelope_json(envelope)) + b"\n")
                rows.writerow(_cells(self._event_row(envelope)))
                if opened is not None and private_lines is not None:
                    self.private_parts += 1
                    private_lines.write(canonical_bytes(_private_json(envelope, opened)) + b"\n")
                if envelope.kind == "DecisionRecorded":
                    self.decided.append(_decision(envelope, opened))
        self._write_decisions()
        return Exported(self.folder, count, len(self.decided), 0, self.private_parts)

    def _private_file(self) -> AbstractContextManager[IO[bytes] | None]:
        return nullcontext() if self.private is None else (self.folder / "private.jsonl").open("wb")

    def _with_private(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Opened | None]]:
        number, parts = 0, dict[int, Opened]()
        for envelope in envelopes:
            if self.private is not None and envelope.number != number:
                number = envelope.number
                parts = {each.seq: each for each in self.private.opened(number)}
            yield envelope, parts.get(envelope.seq)

    def _event_row(self, envelope: Envelope) -> list[Any]:
        ends = self.ends.get(envelope.number, [])
        place = bisect_left(ends, (envelope.seq, 0))
        details = "; ".join(f"{name}: {_text(value)}" for name, value in envelope.body.items())
        return [
            envelope.number,
            envelope.seq,
            _instant(envelope.at),
            envelope.kind,
            envelope.actor,
            details,
            ends[place][1] if place < len(ends) else "not yet",
            envelope.hash,
            envelope.commitment,
        ]

    def _write_decisions(self) -> None:
        names = {name for each in self.decided for name in each}
        fixed = ["onboarding", "event", "when (UTC)", "who"]
        first = [name for name in _DECISION_FIRST if name in names]
        rest = sorted(names.difference(fixed, first))
        with _table(self.folder / "decisions.csv") as table:
            rows = csv.writer(table, lineterminator="\r\n")
            columns = [*fixed, *first, *rest]
            rows.writerow(_cells(columns))
            for each in self.decided:
                rows.writerow(_cells([each.get(name, "") for name in columns]))


def _decision(envelope: Envelope, opened: Opened | None) -> dict[str, Any]:
    row: dict[str, Any] = dict(envelope.body)
    if isinstance(row.get("code"), str):
        row["decided"] = _DECIDED.get(row["code"], "")
    if opened is not None:
        row |= json.loads(opened.text)
    return row | {
        "onboarding": envelope.number,
        "event": envelope.seq,
        "when (UTC)": _instant(envelope.at),
        "who": envelope.actor,
    }


def _envelope_json(envelope: Envelope) -> dict[str, Any]:
    return {
        "number": envelope.number,
        "seq": envelope.seq,
        "kind": envelope.kind,
        "at": utc_text(envelope.at),
        "actor": envelope.actor,
        "body": envelope.body,
        "commitment": envelope.commitment,
        "hash": envelope.hash,
    }


def _private_json(envelope: Envelope, opened: Opened) -> dict[str, Any]:
    """The text exactly as its commitment covers it; `erased` where an erasure put another in its place."""
    return {
        "number": envelope.number,
        "seq": envelope.seq,
        "salt": opened.salt.hex(),
        "text": opened.text.decode("utf-8"),
        "erased": sha256(opened.salt + opened.text).hexdigest() != envelope.commitment,
    }


# --- tables for reading -----------------------------------------------------------------------------------


def _table(path: Path) -> IO[str]:
    """UTF-8 with a byte-order mark and CR LF, which is what Excel opens rightly."""
    return path.open("w", encoding="utf-8-sig", newline="")


def _cells(values: Iterable[Any]) -> list[str]:
    """One line each, nothing hidden in it, and nothing that a spreadsheet would run."""
    return [guarded(_text(value)) for value in values]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        value = canonical_bytes(value).decode("utf-8")
    text = one_line(str(value))
    return text if len(text) <= _CELL else text[:_CELL] + " … (whole in events.jsonl)"


def _instant(at: datetime) -> str:
    return utc_text(at)[:19].replace("T", " ")


def _readme(made: Exported, public_keys: Sequence[str], now: datetime, private: bool) -> str:
    names = ", ".join(key_id(bytes.fromhex(each)) for each in public_keys)
    parts = [
        f"Audit log of Holdshort, exported {_instant(now)} UTC",
        "",
        f"{made.events} events, {made.decisions} decisions, {made.checkpoints} signed checkpoints.",
        "",
        "VERIFY IT. You need Python 3.9 or later and nothing else:",
        "",
        "    python3 verify_audit.py",
        "",
        "That trusts the key and the anchor that came with this folder. If you were given the public key, or keep an",
        "anchor (a file of checkpoints) of your own, trust those instead:",
        "",
        "    python3 verify_audit.py --public-key YOUR-KEY.txt --anchor YOUR-ANCHOR.jsonl",
        "",
        f"Key id: {names}. Compare it with the one that you were told by another way.",
        "",
        "decisions.csv      every decision of a person, for a spreadsheet",
        "events.csv         everything that happened, for a spreadsheet; column checkpoint: the first one to cover it",
        "events.jsonl       the same as proof: what is hashed and chained",
        "checkpoints.jsonl  signed statements of where the chains ended, each covering the one before",
        "public-key.txt     what the signatures are checked with",
        "anchor.jsonl       if it is here: checkpoints as they were written elsewhere",
        "private.jsonl      if it is here: what came from customers' records, with proof that it was not changed",
        "",
        "The two .csv files are for reading. What is proven is in the .jsonl files.",
    ]
    if private:
        parts += ["", "THIS EXPORT HOLDS PERSONAL DATA. Whoever erases a person has to erase it here, too."]
    return "\n".join(parts) + "\n"


# --- files ------------------------------------------------------------------------------------------------


def _refuse_full(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise CannotExport(f"`{folder}` is there already and is no empty folder", "name a new folder")


def _write_lines(path: Path, values: Iterable[dict[str, Any]]) -> None:
    with path.open("wb") as file:
        for each in values:
            file.write(canonical_bytes(each) + b"\n")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
