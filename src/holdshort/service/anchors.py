"""
Anchors: checkpoints written down where whoever can change the log cannot.

An anchor file holds one checkpoint a line and only ever grows. It belongs on another machine, a write-once share or a
mounted bucket; what it holds is no secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from holdshort.core.audit import Checkpoint, checkpoint_from_json, checkpoint_hash, checkpoint_json
from holdshort.core.canonical import canonical_bytes

_CHUNK = 1 << 16


class AnchorRefused(Exception):
    """The checkpoint does not go on from what the anchor holds; nothing was written. `mend` says what to do."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


def append_anchor(path: Path, checkpoint: Checkpoint) -> bool:
    """
    Write one checkpoint at the end of an anchor, durably.

    Returns:
        True; False where the anchor held it already.

    Raises:
        AnchorRefused: the anchor holds another checkpoint of that number, or this one does not follow its last.
        OSError: the anchor cannot be read or written.
    """
    return catch_up_anchor(path, [checkpoint]) == 1


def catch_up_anchor(path: Path, checkpoints: Iterable[Checkpoint]) -> int:
    """
    Write those of these checkpoints that the anchor lacks, in order, and say how many they were.

    Raises:
        AnchorRefused: as `append_anchor`; what came before the one refused is written.
    """
    written = 0
    with _opened(path) as file:
        last = _heal_and_read_last(path, file)
        for each in checkpoints:
            if last is not None and each.no <= last.no:
                _refuse_another(path, each)
                continue
            _refuse_stranger(path, last, each)
            _write(file, canonical_bytes(checkpoint_json(each)) + b"\n")
            last = each
            written += 1
    return written


def read_anchor(path: Path) -> list[Checkpoint]:
    """
    All checkpoints of an anchor, in order.

    Raises:
        AnchorRefused: a line is no checkpoint.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return [_must_parse(path, line) for line in file]


def _refuse_another(path: Path, checkpoint: Checkpoint) -> None:
    for each in read_anchor(path):
        if each.no == checkpoint.no and each != checkpoint:
            raise AnchorRefused(
                f"the anchor `{path}` already holds another checkpoint {checkpoint.no}: the log was set back or replaced",
                "release nothing; compare this log with the anchor (`holdshort audit verify --anchor`) and find out "
                "whether a backup was restored",
            )


def _refuse_stranger(path: Path, last: Checkpoint | None, checkpoint: Checkpoint) -> None:
    if last is None:
        return
    if checkpoint.no > last.no + 1:
        raise AnchorRefused(
            f"the anchor `{path}` ends with checkpoint {last.no}, so {checkpoint.no} cannot come next",
            f"hand in the checkpoints from {last.no + 1} on",
        )
    if checkpoint.previous != checkpoint_hash(last):
        raise AnchorRefused(
            f"checkpoint {checkpoint.no} does not go on from checkpoint {last.no} in the anchor `{path}`: the log was "
            "set back or replaced",
            "release nothing; compare this log with the anchor (`holdshort audit verify --anchor`)",
        )


# --- the file ---------------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[FileIO]:
    """The file for reading and appending, this process alone with it."""
    new = not path.exists()
    with FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644), "r+") as file:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        if new:
            _sync_folder(path.parent)
        yield file


def _heal_and_read_last(path: Path, file: FileIO) -> Checkpoint | None:
    """The last checkpoint. A line that a crash cut off is taken away: nobody was told that it stood there."""
    size = file.seek(0, os.SEEK_END)
    start, tail = size, b""
    while start and tail.rstrip(b"\n").count(b"\n") < 2:
        start = max(0, start - _CHUNK)
        file.seek(start)
        tail = file.read(size - start)
    whole, _, cut = tail.rpartition(b"\n")
    if cut and _parsed(cut) is not None:
        _write(file, b"\n")
        whole = cut
    elif cut:
        file.truncate(size - len(cut))
        os.fsync(file.fileno())
    last = whole.rpartition(b"\n")[2]
    return _must_parse(path, last) if last else None


def _must_parse(path: Path, line: bytes) -> Checkpoint:
    found = _parsed(line)
    if found is None:
        raise AnchorRefused(
            f"a line of the anchor `{path}` is no checkpoint",
            "bring back the file as it was, or begin another",
        )
    return found


def _parsed(line: bytes) -> Checkpoint | None:
    try:
        return checkpoint_from_json(json.loads(line))
    except (ValueError, TypeError):
        return None


def _write(file: FileIO, data: bytes) -> None:
    while data:
        data = data[file.write(data) :]
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
