"""The draft of the register as the pages read it: once for as long as no file of the playbook changes."""

from __future__ import annotations

import threading
from pathlib import Path

from holdshort.core.table import CellChange, RegisterTable
from holdshort.ports import PublishedRegister
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook
from holdshort.service.programs import FILES, load_files
from holdshort.service.registers import difference_of

Signature = tuple[tuple[str, int, int], ...]
_lock = threading.Lock()
_drafts: dict[Path, tuple[Signature, LoadedPlaybook]] = {}
_published: dict[str, LoadedPlaybook] = {}
_MOST_KEPT = 4


def draft_of(folder: Path) -> LoadedPlaybook:
    """
    The playbook in `folder` as it stands now.

    Raises:
        HoldshortError: It cannot be read.
    """
    signature = _signature(folder)
    with _lock:
        known = _drafts.get(folder)
    if known is not None and known[0] == signature:
        return known[1]
    loaded = load_playbook(folder)
    with _lock:
        _drafts[folder] = (signature, loaded)
    return loaded


def published_of(published: PublishedRegister) -> LoadedPlaybook:
    """A published version as it was read then; it never changes."""
    with _lock:
        known = _published.get(published.digest)
    if known is None:
        known = load_files(published.files)
        with _lock:
            if len(_published) >= _MOST_KEPT:
                _published.clear()
            _published[published.digest] = known
    return known


def changes_between(old: RegisterTable | None, new: RegisterTable) -> tuple[CellChange, ...]:
    return difference_of(old, new).changes if old is not None else ()


def _signature(folder: Path) -> Signature:
    found = []
    for name in FILES:
        try:
            stat = (folder / name).stat()
        except FileNotFoundError:
            continue
        found.append((name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
