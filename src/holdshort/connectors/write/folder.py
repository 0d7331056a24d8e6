"""
Write each action as a file into an outbox folder, from which a person or another tool picks it up.

One folder `.holdshort` beside the files remembers every key by its digest, so that a key never makes two files,
whatever the picker-up does with the first. How a key comes out, each step whole or not at all:

    1. `.holdshort/new-…/` gets `claim.json` and `staged.json`, both on the disk before anything else happens
    2. it is renamed to `.holdshort/<digest of the key>/`: one winner, since a folder is not renamed over another
    3. `staged.json` is renamed into the outbox: one winner again, and what is out is no longer staged

So a claim with a staged file has not come out, and a claim without one has, once.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdshort.connectors.write.deadline import Deadline
from holdshort.connectors.write.file_names import file_stem
from holdshort.connectors.write.json_answers import read_object
from holdshort.connectors.write.outcomes import (
    NO_TIME,
    NOT_JSON,
    Order,
    Outcome,
    document_of,
    done,
    failed,
    key_fault,
    uncertain,
)

MEMORY = ".holdshort"
PICKED_UP = "done"
_CLAIM = "claim.json"
_STAGED = "staged.json"
_FILE_LIMIT_BYTES = 16 << 20
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR)


@dataclass(frozen=True, slots=True)
class _Claim:
    """What the folder remembers of a key: no payload, since the file itself may have to be erased."""

    file: str
    sha256: str
    is_out: bool


class FolderTarget:
    """
    Writes `<release>-<kind>.json` into `folder`, which has to be there already.

    A folder that is missing is not made: it may be a share that is not mounted just now.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._memory = folder / MEMORY
        self._shown = (folder, folder / PICKED_UP)

    def perform(self, order: Order, timeout_s: float) -> Outcome:
        if fault := key_fault(order.key):
            return failed(fault)
        try:
            document = document_of(order)
        except ValueError:
            return failed(NOT_JSON)
        if Deadline(timeout_s).passed:
            return failed(NO_TIME)
        try:
            before = self._came_out_without_claim(order)
            if before is not None:
                file, content = before
                return self._done_before(file) if content == document else self._other_content(file)
            claim = self._claim(order, document)
        except OSError as error:
            return failed(f"Nothing was written into {self.name}: {_words(error)}.")
        except ValueError:
            return uncertain(
                f"{self.name} cannot tell whether it had this before: its memory of it is damaged."
            )
        if claim.sha256 != _digest(document):
            return self._other_content(claim.file)
        return self._bring_out(order.key, claim)

    def look_up(self, key: str, timeout_s: float) -> Outcome | None:
        if key_fault(key):
            return None
        try:
            claim = self._claim_of(key)
            if claim is not None and claim.is_out:
                return done(f"{claim.file} was put into {self.name}.", claim.file)
            if claim is not None:
                return failed(f"{claim.file} was prepared and never put into {self.name}.")
            for path, found in self._documents():
                if found.get("key") == key:
                    return done(f"{path.name} was put into {self.name}.", path.name)
        except (OSError, ValueError):
            return None
        return failed(f"{self.name} has had no file under this key.")

    def read_back(self, order: Order, outcome: Outcome, timeout_s: float) -> Mapping[str, Any] | None:
        try:
            claim = self._claim_of(order.key)
            if claim is None:
                return None
            for folder in self._shown:
                found = read_object(_read(folder / claim.file) or b"")
                if found and found.get("key") == order.key and isinstance(found.get("payload"), dict):
                    return dict(found["payload"])
        except (OSError, ValueError):
            pass
        return None

    def _done_before(self, file: str) -> Outcome:
        return done(f"{file} was put into {self.name} before.", file)

    def _other_content(self, file: str) -> Outcome:
        return failed(f"{self.name} has had another content under this key, in {file}.")

    # --- the three steps ---

    def _claim(self, order: Order, document: bytes) -> _Claim:
        """Steps 1 and 2; where the key was claimed before, that claim."""
        self._memory.mkdir(exist_ok=True)
        if (before := self._claim_of(order.key)) is not None:
            return before
        file = self._take_name(order)
        made = self._memory / f"new-{secrets.token_hex(8)}"
        try:
            made.mkdir()
            claim = {"file": file, "key": order.key, "sha256": _digest(document)}
            _write(made / _CLAIM, json.dumps(claim).encode("ascii"))
            _write(made / _STAGED, document)
            _sync_folder(made)
            self._settle(made, self._place_of(order.key))
        except OSError:
            if not self._place_of(order.key).exists():
                self._marker_of(file).unlink(missing_ok=True)
            raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
        _sync_folder(self._memory)
        settled = self._claim_of(order.key)
        if settled is None:
            raise ValueError("a claim that is gone again")
        return settled

    @staticmethod
    def _settle(made: Path, place: Path) -> None:
        try:
            os.rename(made, place)
        except OSError as error:
            # Somebody else claimed the key a moment ago; theirs counts.
            if error.errno not in _TAKEN or not place.is_dir():
                raise

    def _bring_out(self, key: str, claim: _Claim) -> Outcome:
        """Step 3."""
        place = self._place_of(key)
        came_now = True
        try:
            os.rename(place / _STAGED, self._folder / claim.file)
        except FileNotFoundError:
            came_now = False
        except OSError as error:
            return failed(f"{claim.file} was not put into {self.name}: {_words(error)}.")
        try:
            _sync_folder(self._folder)
            _sync_folder(place)
        except OSError as error:
            return uncertain(
                f"{claim.file} stands in {self.name}, but the disk does not confirm it: {_words(error)}.",
                claim.file,
            )
        if came_now:
            return done(f"{claim.file} stands in {self.name}.", claim.file)
        return self._done_before(claim.file)

    # --- names ---

    def _place_of(self, key: str) -> Path:
        return self._memory / _digest(key.encode("ascii"))

    def _names_of(self, order: Order) -> tuple[str, str]:
        """`<release>-<kind>.json`, and with a piece of the key's digest for when another key has that name."""
        stem = file_stem(order.release, order.kind)
        return f"{stem}.json", f"{stem}-{_digest(order.key.encode('ascii'))[:16]}.json"

    def _marker_of(self, file: str) -> Path:
        return self._memory / f"{file}.name"

    def _take_name(self, order: Order) -> str:
        plain, own = self._names_of(order)
        if any((each / plain).exists() for each in self._shown):
            return own
        try:
            # Whoever makes this marker has the name for ever; a rename would silently replace a file.
            os.close(os.open(self._marker_of(plain), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            return own
        return plain

    def _came_out_without_claim(self, order: Order) -> tuple[str, bytes] | None:
        """This key's file, name and content, where it came out and the memory of it was lost."""
        if self._claim_of(order.key) is not None:
            return None
        # The outbox before what was picked up, as the files go: none is missed on its way.
        for path in (folder / file for folder in self._shown for file in self._names_of(order)):
            raw = _read(path) or b""
            if (read_object(raw) or {}).get("key") == order.key:
                return path.name, raw
        return None

    # --- reading ---

    def _claim_of(self, key: str) -> _Claim | None:
        """
        Raises:
            OSError, ValueError: The memory or the folder cannot be read, so nothing can be told.
        """
        if not self._folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such folder")
        place = self._place_of(key)
        raw = _read(place / _CLAIM)
        if raw is None:
            if not place.exists():
                return None
            raw = _read(place / _CLAIM)  # it came between the two looks, or it is damaged
        found = read_object(raw or b"") or {}
        file, sha256 = found.get("file"), found.get("sha256")
        if not isinstance(file, str) or not isinstance(sha256, str) or Path(file).name != file:
            raise ValueError("a claim that cannot be read")
        # Looked at last: a claim appears together with its staged file, so once one is seen, no staged file means out.
        return _Claim(file, sha256, is_out=not (place / _STAGED).exists())

    def _documents(self) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """Files in the outbox and among those picked up: for a folder whose memory was lost."""
        for folder in self._shown:
            for path in sorted(folder.glob("*.json")):
                if found := read_object(_read(path) or b""):
                    yield path, found


def _write(path: Path, content: bytes) -> None:
    """A new file, on the disk when this returns."""
    with open(path, "xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(path: Path) -> None:
    """Make renames in a folder outlast a power cut; Windows offers no way to ask for it."""
    if os.name == "nt":
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _read(path: Path) -> bytes | None:
    """None where there is no such file, or no longer: whoever picks files up may be at work. Raises OSError."""
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= _FILE_LIMIT_BYTES else None
    except FileNotFoundError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _words(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    if error.errno == errno.EROFS:
        return "the folder is read-only"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "writing there is not allowed"
    if error.errno == errno.ENOENT:
        return "the folder is not there"
    return (error.strerror or "the disk reports an error").lower()
