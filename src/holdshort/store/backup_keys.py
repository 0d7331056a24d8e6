"""
The keys file beside a backup, `NAME.keys`: without it nobody reads what came from customers' records.

It holds the onboardings' keys, wrapped under the master key, a line each. Keep it apart from the backup, and let
`prune` drop the keys of what was erased since.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from holdshort.ports import Unavailable
from holdshort.store.erasure import Destroyed, destroyed_keys, fingerprint
from holdshort.store.key_files import sync_folder

_FORMAT = "holdshort keys 1"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """An onboarding's key under the master key. `key_no` 0: it was made for this backup alone."""

    number: int
    key_no: int
    wrapped: bytes

    @property
    def destroyed(self) -> Destroyed:
        """How the ledger would know it."""
        return Destroyed(self.number, fingerprint(self.wrapped))


@dataclass(frozen=True, slots=True)
class BackupKeys:
    made_at: datetime
    keys: tuple[WrappedKey, ...]


def keys_path(backup: Path) -> Path:
    """Where the keys of a backup lie."""
    return backup.with_name(f"{backup.name}.keys")


def write_keys(path: Path, content: BackupKeys, *, replace: bool = False) -> None:
    """Write the file whole, for its owner only, durably. Raises FileExistsError where it exists, unless `replace`."""
    lines = [json.dumps({"format": _FORMAT, "made_at": content.made_at.isoformat()})]
    lines += [
        json.dumps(
            {"number": key.number, "key_no": key.key_no, "key": base64.b64encode(key.wrapped).decode()}
        )
        for key in content.keys
    ]
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(beside, path)
        else:
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_keys(path: Path) -> BackupKeys:
    """
    Raises:
        Unavailable: the file is missing, or is no keys file.
    """
    try:
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        known = json.loads(head)
        if known["format"] != _FORMAT:
            raise ValueError(known["format"])
        return BackupKeys(datetime.fromisoformat(known["made_at"]), tuple(_key(line) for line in lines))
    except FileNotFoundError as error:
        raise Unavailable(
            f"there is no keys file `{path}`", "bring the keys file of this backup to its side"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            f"`{path}` cannot be read as a keys file", "bring the right one, of the same name"
        ) from error


def prune(path: Path, key_folder: Path) -> int:
    """
    Drop from the keys file of a backup what the ledger says was destroyed since.

    Args:
        key_folder: the master key's folder.

    Returns:
        How many keys went.
    """
    content = read_keys(path)
    kept = without_destroyed(content.keys, destroyed_keys(key_folder))
    gone = len(content.keys) - len(kept)
    if gone:
        write_keys(path, BackupKeys(content.made_at, kept), replace=True)
    return gone


def without_destroyed(keys: Iterable[WrappedKey], destroyed: set[Destroyed]) -> tuple[WrappedKey, ...]:
    """Those that may still be used. What was made for a backup alone goes with any key of the same onboarding."""
    erased = {one.number for one in destroyed}
    return tuple(
        key for key in keys if (key.destroyed not in destroyed if key.key_no else key.number not in erased)
    )


def _key(line: str) -> WrappedKey:
    found = json.loads(line)
    return WrappedKey(
        int(found["number"]), int(found["key_no"]), base64.b64decode(found["key"], validate=True)
    )
