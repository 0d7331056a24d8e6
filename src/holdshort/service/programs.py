"""Published registers as programs that run: read once, kept for as long as they are used."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from holdshort.core.actions import Mode
from holdshort.core.canonical import digest, plain
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.onboarding.program import Program
from holdshort.core.playbook import Playbook
from holdshort.core.screening import Screener
from holdshort.core.settings_operations import TargetSettings
from holdshort.ports import PublishedRegister, Store
from holdshort.service.load_playbook import REGISTER_FILES, LoadedPlaybook, load_playbook

FILES = (
    "playbook.toml",
    "glossary.yaml",
    "clean-path.yaml",
    "actions.yaml",
    "sign-offs.yaml",
    *REGISTER_FILES,
)
FOLDERS = ("records", "messages")
GATE = "gate.json"
"""The result of the go-live gate, written beside a live version as it is published; no file of the folder."""
_MOST_BYTES = 50_000_000
_MOST_KEPT = 20
NOWHERE = "nowhere"
"""Where the playbook leads to no target that works; such an action does not run."""


class Programs:
    """Reads published versions, each once: they never change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[int, Program] = {}

    def version(self, version: int) -> Program:
        """
        Raises:
            HoldshortError: There is no such version, or it cannot be read any more.
        """
        found = self._known.get(version)
        if found is None:
            published = self._store.register(version)
            if published is None:
                raise HoldshortError([_nothing_published(version)])
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            found = self._known[version] = program_of(published)
        return found

    def latest(self) -> Program:
        version = self._store.latest_version()
        if not version:
            raise HoldshortError([_nothing_published(0)])
        return self.version(version)


def _nothing_published(version: int) -> Diagnostic:
    said = f"register version {version} is not in this store" if version else "no register has been published"
    return Diagnostic("PUB-001", said, Where(), "publish one: `holdshort publish PLAYBOOK --as USER`")


def program_of(published: PublishedRegister) -> Program:
    playbook = in_effect(load_files(published.files).playbook, published.files)
    return Program(published.version, published.digest, Screener(playbook), TargetNames(playbook))


def in_effect(playbook: Playbook, files: Mapping[str, bytes]) -> Playbook:
    """The playbook in the mode in which it runs: live only with the gate's own word for it, stored as it was published."""
    if playbook.settings.mode != "live":
        return playbook
    until = live_until(files, playbook.register.digest)
    mode: Mode = "live" if until is not None else "draft-first"
    return replace(playbook, settings=replace(playbook.settings, mode=mode, live_until=until))


def live_until(files: Mapping[str, bytes], register: str) -> datetime | None:
    """Up to when the stored result of the gate lets this register be live; None where there is no such result."""
    try:
        said = json.loads(files[GATE])
        passed = said["passed"] is True and said["register"] == register
        return datetime.fromisoformat(said["live_until"]).astimezone(UTC) if passed else None
    except (KeyError, ValueError, TypeError):
        return None


class TargetNames:
    """Names for each kind of action where it is carried out, with a fingerprint of that place's settings."""

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._known: dict[str, str] = {}

    def __call__(self, kind: str) -> str:
        found = self._known.get(kind)
        if found is None:
            found = self._known[kind] = self._named(kind)
        return found

    def _named(self, kind: str) -> str:
        settings = self._playbook.settings
        known = self._playbook.catalogue.find(kind)
        target = settings.target_for(kind, known.action_class.name if known else "")
        if target is None:
            return NOWHERE
        return fingerprinted(target)


def fingerprinted(target: TargetSettings) -> str:
    """A target's name with a fingerprint of its settings, as approvals and releases name it."""
    marks = digest(plain({"type": target.type, **target.options}))
    return f"{target.name}#{marks[:12]}"


def target_name(target: str) -> str:
    """The name without its fingerprint."""
    return target.partition("#")[0]


# --- files ------------------------------------------------------------------------------------------------


def files_of(folder: Path) -> dict[str, bytes]:
    """
    Everything of a playbook folder that decides what happens, by relative name.

    Raises:
        HoldshortError: The files are too large together.
    """
    found = {name: folder / name for name in FILES if (folder / name).is_file()}
    for below in FOLDERS:
        for path in sorted((folder / below).rglob("*")):
            if path.is_file() and not path.is_symlink():
                found[path.relative_to(folder).as_posix()] = path
    size = sum(path.stat().st_size for path in found.values())
    if size > _MOST_BYTES:
        fault = Diagnostic(
            "PUB-002", f"the playbook holds {size:,} bytes", Where(str(folder)), "keep it under 50 MB"
        )
        raise HoldshortError([fault])
    return {name: path.read_bytes() for name, path in found.items()}


def load_files(files: Mapping[str, bytes]) -> LoadedPlaybook:
    """Read a playbook from its files' bytes, as `load_playbook` reads a folder."""
    with tempfile.TemporaryDirectory(prefix="holdshort-") as folder:
        root = Path(folder)
        for name, content in files.items():
            path = (root / name).resolve()
            if not path.is_relative_to(root.resolve()):
                raise HoldshortError([Diagnostic("PUB-003", f"`{name}` lies outside the playbook", Where())])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return load_playbook(root)


def digest_of_files(files: Mapping[str, bytes]) -> str:
    """SHA-256 over all files by name: what a published version is known by."""
    sha = hashlib.sha256()
    for name in sorted(files):
        sha.update(name.encode("utf-8", "surrogatepass") + b"\0")
        sha.update(hashlib.sha256(files[name]).digest())
    return sha.hexdigest()
