"""Keys in files that nobody else may read: made once, refused when their rights are looser."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path


class KeyProblem(Exception):
    """A key cannot be used; `mend` says what to do. The message never holds any of the key."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.mend = mend


def load_key_file(path: Path, make: Callable[[], bytes] | None, what: str) -> bytes:
    """
    The bytes of a key file.

    Args:
        make: gives the content of a new file where there is none; without it a file that is missing is a fault. Of
            two programs that make it at once, one wins and both read the same.
        what: how the key is called, as in `master key`.

    Raises:
        KeyProblem: no file, rights that let others in, somebody else's file, or one that cannot be read.
    """
    try:
        if make is not None and not path.exists():
            _make(path, make())
        _check_rights(path, what)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise KeyProblem(
            f"there is no {what} at `{path}`", "name the right file, or bring back its backup"
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise KeyProblem(
            f"the {what} at `{path}` cannot be used: {reason}", "check the path and its rights"
        ) from error


def _make(path: Path, content: bytes) -> None:
    """Write beside, then link: the file appears whole, and never in place of another."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return
    finally:
        beside.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a new name in the folder survive a power cut."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_rights(path: Path, what: str) -> None:
    if os.name != "posix":
        return
    for each, wanted in ((path.parent, 0o700), (path, 0o600)):
        found = each.stat()
        rights = stat.S_IMODE(found.st_mode)
        if rights & 0o077:
            raise KeyProblem(
                f"others than its owner may reach the {what}: `{each}` has the rights {rights:04o}",
                f"chmod {wanted:04o} {each}",
            )
        if found.st_uid not in (os.geteuid(), 0):
            raise KeyProblem(
                f"`{each}` belongs to another user, who can change the {what}",
                "chown it to the user who runs this",
            )
