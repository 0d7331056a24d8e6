"""The one place that builds the parts and joins them."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.onboarding.state import Onboarding
from holdshort.core.settings_operations import TargetSettings
from holdshort.ports import Clock, Store, Target
from holdshort.service.flow import Flow
from holdshort.service.programs import Programs, fingerprinted, target_name

if TYPE_CHECKING:
    from holdshort.execution.queue_engine import QueueWorker
    from holdshort.execution.runner import Runner, RunReport
    from holdshort.execution.sweeper import Sweeper
    from holdshort.service.audit_log import AuditStore, PrivateParts
    from holdshort.store.signing import Signer
    from holdshort.store.sql_store import SqlStore

STORE_FOLDER = ".holdshort"
"""Below the playbook folder: the embedded database and its keys."""
MASTER_KEY = "master.key"
SIGNING_KEY = "signing.pem"
"""In the folder of keys: what seals customers' data, and what signs checkpoints of the audit log."""
PAUSE_FILE = "PAUSE"
"""Where this file lies in the playbook folder, nothing leaves."""


class SystemClock:
    """The machine's clock; `HOLDSHORT_NOW` sets another present for trials."""

    def now(self) -> datetime:
        stated = os.environ.get("HOLDSHORT_NOW")
        return datetime.fromisoformat(stated).astimezone(UTC) if stated else datetime.now(UTC)


@dataclass(frozen=True)
class House:
    """A running Holdshort: one playbook folder, one store, and what works on them."""

    folder: Path
    url: str
    store: Store
    clock: Clock
    keys: Path

    @cached_property
    def flow(self) -> Flow:
        return Flow(self.store, Programs(self.store), self.clock, self._recipient_hash, self.stopped)

    @cached_property
    def worker(self) -> str:
        """Identifies this process among all that ever worked on the store."""
        return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"

    @cached_property
    def runner(self) -> Runner:
        from holdshort.execution.runner import Runner

        return Runner(self.flow, self.worker, self.find_target, self.read_facts)

    @cached_property
    def sweeper(self) -> Sweeper:
        from holdshort.execution.sweeper import Sweeper

        return Sweeper(self.store, self.flow, self.runner, self.clock)

    # --- the audit log ---

    @property
    def audit_store(self) -> AuditStore:
        return cast("AuditStore", self.store)

    @property
    def private_parts(self) -> PrivateParts:
        return cast("PrivateParts", self.store)

    @cached_property
    def signer(self) -> Signer:
        """
        Signs checkpoints; its key is made with the first one.

        Raises:
            Unavailable: The key cannot be used.
        """
        from holdshort.ports import Unavailable
        from holdshort.store.key_files import KeyProblem
        from holdshort.store.signing import Signer

        try:
            return Signer.load(self.keys / SIGNING_KEY)
        except KeyProblem as problem:
            raise Unavailable(str(problem), problem.mend) from problem

    @property
    def sql_store(self) -> SqlStore:
        """The store as backups and the doctor know it."""
        return cast("SqlStore", self.store)

    def queue_worker(self, tell: Callable[[RunReport], None], concurrency: int = 8) -> QueueWorker:
        """A worker of the queue, where the store has one (see `execution.queue_engine.may_queue`)."""
        from holdshort.execution.queue_engine import QueueWorker

        return QueueWorker(
            self.url, self.store, self.sweeper, self.clock, self.worker, concurrency=concurrency, tell=tell
        )

    # --- the outside ---

    def find_target(self, state: Onboarding, target: str) -> Target | str:
        """The target of this name with exactly the settings under which the action was released, or why there is none."""
        program = self.flow.programs.version(state.register)
        settings = program.playbook.settings.targets.get(target_name(target))
        if settings is None:
            return f"the playbook names no target `{target_name(target)}`"
        if (
            fingerprinted(settings) != target
        ):  # asking another address what became of a run would be a wrong answer
            return f"the settings of target `{target_name(target)}` have changed since"
        if target not in self._targets:
            built = _build(settings, self.folder)
            if isinstance(built, str):
                return built
            self._targets[target] = built
        return self._targets[target]

    @cached_property
    def _targets(self) -> dict[str, Target]:
        return {}

    def read_facts(self, state: Onboarding) -> Mapping[str, Any] | None:
        """The latest record of an onboarding, where the playbook names a folder that other systems write it to."""
        folder = self.flow.programs.version(state.register).playbook.settings.facts_folder
        if not folder:
            return None
        path = self.folder / folder / f"{file_name(state.key)}.json"
        try:
            found = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        return found if isinstance(found, dict) else None

    @cached_property
    def _master(self) -> bytes:
        from holdshort.store.sealing import load_master

        return load_master(self.keys / MASTER_KEY, create=True)

    def _recipient_hash(self, address: str) -> str:
        from holdshort.store.sealing import recipient_hash

        return recipient_hash(self._master, address)

    def stopped(self) -> str:
        return (
            f"the file {PAUSE_FILE} lies in the playbook folder"
            if (self.folder / PAUSE_FILE).exists()
            else ""
        )


def open_house(folder: Path, url: str = "", clock: Clock | None = None) -> House:
    """
    Open the store of a playbook: `url`, or the playbook's own SQLite file.

    Raises:
        HoldshortError: There is no such folder.
        Unavailable: The store cannot be used now.
    """
    from holdshort.ports import Unavailable
    from holdshort.store.key_files import KeyProblem
    from holdshort.store.open import open_store

    folder, place, keys = house_places(folder, url)
    if not url:
        (folder / STORE_FOLDER).mkdir(mode=0o700, exist_ok=True)
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        store = open_store(place, keys / MASTER_KEY)
    except KeyProblem as problem:
        raise Unavailable(str(problem), problem.mend) from problem
    return House(folder, place, store, clock or SystemClock(), keys)


def house_places(folder: Path, url: str = "") -> tuple[Path, str, Path]:
    """
    The playbook folder, the URL of its store and its folder of keys; nothing is made.

    Raises:
        HoldshortError: There is no such folder.
    """
    if not folder.is_dir():
        fault = Diagnostic(
            "PLAY-010",
            f"there is no playbook folder `{folder}`",
            Where(str(folder)),
            "make one with `holdshort init DIR`",
        )
        raise HoldshortError([fault])
    folder = folder.resolve()
    place = url or f"sqlite:///{folder / STORE_FOLDER / 'holdshort.sqlite'}"
    return folder, place, _keys_folder(folder, place)


def _keys_folder(folder: Path, url: str) -> Path:
    """The folder of keys: `HOLDSHORT_KEYS`, else beside a database file, else below the playbook."""
    stated = os.environ.get("HOLDSHORT_KEYS")
    if stated:
        return Path(stated)
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///")).resolve().parent / "keys"
    return folder / STORE_FOLDER / "keys"


def file_name(key: str) -> str:
    """A natural key as the name of a file: `ACC-1/OPP-2/closed_won` is `ACC-1_OPP-2_closed_won`."""
    return "".join(each if each.isalnum() or each in "-." else "_" for each in key).lstrip(".") or "_"


def _build(settings: TargetSettings, folder: Path) -> Target | str:
    options = settings.options
    match settings.type:
        case "folder":
            from holdshort.connectors.write.folder import FolderTarget

            path = folder / options["path"]
            path.mkdir(parents=True, exist_ok=True)
            return FolderTarget(settings.name, path)
        case "recorder":
            from holdshort.connectors.write.recorder import Recorder

            path = folder / options["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            return Recorder(settings.name, path)
        case "webhook":
            from holdshort.connectors.write.webhook import WebhookTarget

            secret = os.environ.get(options["secret_env"], "")
            if not secret:
                return f"the environment variable {options['secret_env']}, which holds the signing secret, is not set"
            return WebhookTarget(
                settings.name,
                options["url"],
                secret,
                allowed_private_hosts=options["allowed_private_hosts"],
                look_up_url=options["look_up_url"],
            )
        case "smtp":
            return _mail(settings)


def _mail(settings: TargetSettings) -> Target | str:
    from email.utils import parseaddr

    from holdshort.connectors.write.smtp import SmtpTarget

    options = settings.options
    password = os.environ.get(options["password_env"], "") if options["password_env"] else ""
    if options["password_env"] and not password:
        return f"the environment variable {options['password_env']}, which holds the password, is not set"
    domains = options["allowed_recipient_domains"]

    def may_receive(address: str) -> bool:
        return "*" in domains or address.rpartition("@")[2].casefold() in domains

    return SmtpTarget(
        settings.name,
        options["host"],
        options["port"],
        parseaddr(options["from"])[1],
        may_receive,
        security="starttls" if options["starttls"] else "none",
        user=options["user"],
        password=password,
    )
