"""The one place that builds the parts and joins them."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.onboarding.state import Onboarding
from holdshort.core.settings_models import ModelSettings
from holdshort.core.settings_operations import TargetSettings
from holdshort.core.settings_sign_in import SignInSettings
from holdshort.ports import Clock, FileSeal, IdentityProvider, Store, Target, Transaction
from holdshort.service.flow import Flow
from holdshort.service.programs import Programs, fingerprinted, target_name

if TYPE_CHECKING:
    from holdshort.core.onboarding.events import Event
    from holdshort.execution.queue_engine import QueueWorker
    from holdshort.execution.rehearsing import RehearsalStage
    from holdshort.execution.runner import Runner, RunReport
    from holdshort.execution.sweeper import Sweeper
    from holdshort.service.assisting import Assistant
    from holdshort.service.audit_log import AuditStore, PrivateParts
    from holdshort.service.incoming import Incoming
    from holdshort.service.model_rounds import Models
    from holdshort.service.model_use import Call, ModelDesk
    from holdshort.service.notices import Notices
    from holdshort.service.rehearsal import SetStage
    from holdshort.store.api.tables import ApiTables
    from holdshort.store.signing import Signer
    from holdshort.store.sql_store import SqlStore

STORE_FOLDER = ".holdshort"
"""Below the playbook folder: the embedded database and its keys."""
MASTER_KEY = "master.key"
SIGNING_KEY = "signing.pem"
"""In the folder of keys: what seals customers' data, and what signs checkpoints of the audit log."""
PRIVATE_HOSTS = "HOLDSHORT_WEBHOOK_PRIVATE_HOSTS"
"""The environment variable with hosts of the own network to which webhooks may go, with commas between."""
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
        return Flow(
            self.store, Programs(self.store), self.clock, self._recipient_hash, self.stopped, self._told
        )

    @cached_property
    def file_seal(self) -> FileSeal:
        """Seals files that people attach."""
        from holdshort.store.file_sealing import FileSealer

        return FileSealer()

    @cached_property
    def worker(self) -> str:
        """Identifies this process among all that ever worked on the store."""
        return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"

    @cached_property
    def assistant(self) -> Assistant:
        """Who is asked for suggestions: the built-in one, which needs no model and no network."""
        from holdshort.assist.capabilities import BuiltIn

        return BuiltIn()

    @cached_property
    def models(self) -> Models:
        """The model that the playbook's `[assist]` names beside it; its process starts with the first question."""
        from holdshort.service.model_rounds import Models

        return Models(self.flow.programs, self.store, self._model_desk)

    def _model_desk(self, settings: ModelSettings, tell: Callable[[Call], None]) -> ModelDesk | str:
        import importlib.util

        from holdshort.connectors.models.remote import RemoteModel
        from holdshort.service.model_use import ModelDesk

        if importlib.util.find_spec("pydantic_ai") is None:
            return "the extra `models` is not installed: pip install 'holdshort[models]'"
        key = os.environ.get(settings.key_env, "") if settings.key_env else ""
        if settings.key_env and not key:
            return f"the environment variable {settings.key_env}, which holds the model's key, is not set"
        return ModelDesk(RemoteModel(settings, key), settings, self.clock.now, tell)

    @cached_property
    def runner(self) -> Runner:
        from holdshort.execution.runner import Runner

        return Runner(self.flow, self.worker, self.find_target, self.read_facts)

    @cached_property
    def sweeper(self) -> Sweeper:
        from holdshort.execution.sweeper import Sweeper
        from holdshort.service.api_answers import forget_old_answers
        from holdshort.service.tidying import Tidying

        def forget_answers() -> int:
            return forget_old_answers(self.store, self.api_tables, self.clock.now())

        tidying = Tidying((forget_answers, self.incoming.tidy, self.notices.tidy))
        errands = (self.incoming.take_in, self.notices.deliver, tidying)
        return Sweeper(self.store, self.flow, self.runner, self.clock, errands)

    # --- other programs ---

    @cached_property
    def api_tables(self) -> ApiTables:
        """Keys, answers to repeat, what came in and what goes out."""
        from holdshort.store.api.sealed import BodySeal
        from holdshort.store.api.tables import ApiTables

        return ApiTables(self.sql_store, BodySeal(self._master))

    @cached_property
    def incoming(self) -> Incoming:
        from holdshort.service.incoming import Incoming

        def secret_of(name: str) -> str:
            return os.environ.get(name, "") if name else ""

        return Incoming(self.flow, self.store, self.api_tables, self.folder, secret_of)

    @cached_property
    def notices(self) -> Notices:
        from holdshort.connectors.write.notice import NoticeSender
        from holdshort.service.notices import Notices

        hosts = [each for each in os.environ.get(PRIVATE_HOSTS, "").split(",") if each.strip()]
        sender = NoticeSender(hosts, now=self.clock.now)
        return Notices(self.store, self.api_tables, sender, self.clock, self.stopped)

    def _told(self, tx: Transaction, number: int, after: int, events: Sequence[Event], at: datetime) -> None:
        from holdshort.service.notices import note_happened

        note_happened(self.api_tables, tx, number, after, events, at)

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

    def identity_provider(self, settings: SignInSettings) -> IdentityProvider:
        """The provider with these settings; what it said of itself is remembered for a while."""
        from holdshort.connectors.identity.openid import OpenIdProvider

        if settings not in self._providers:
            name = settings.client_secret_env
            self._providers[settings] = OpenIdProvider(
                settings, lambda: os.environ.get(name, "") if name else ""
            )
        return self._providers[settings]

    @cached_property
    def _providers(self) -> dict[SignInSettings, IdentityProvider]:
        return {}

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


def open_house(
    folder: Path, url: str = "", clock: Clock | None = None, *, web: Mapping[str, Any] | None = None
) -> House:
    """
    Open the store of a playbook: `url`, or the playbook's own SQLite file.

    Args:
        web: `web.settings.web_settings`, for a process that shows pages; see `store.settings.configure`.

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
        store = open_store(place, keys / MASTER_KEY, more=web)
    except KeyProblem as problem:
        raise Unavailable(str(problem), problem.mend) from problem
    return House(folder, place, _announcing(store, place), clock or SystemClock(), keys)


def _announcing(store: SqlStore, url: str) -> SqlStore:
    """The store itself, or one that also puts what is released into the queue, where it can have one."""
    from holdshort.execution.queue_engine import AnnouncingStore, announcer, may_queue

    if not may_queue(url):
        return store
    return cast("SqlStore", AnnouncingStore(store, announcer(store.database.alias)))


@contextmanager
def memory_stage(programs: Programs, clock: Clock) -> Iterator[RehearsalStage]:
    """A store in memory with an outside world that only remembers: what acceptance tests are lived on."""
    from holdshort.execution.rehearsing import RehearsalStage
    from holdshort.service.rehearsal import set_the_scene
    from holdshort.store.memory import MemoryStore

    store = MemoryStore()
    set_the_scene(store)
    yield RehearsalStage(store, Flow(store, programs, clock, _plainly), clock)


@contextmanager
def stages(store: str = "") -> Iterator[SetStage]:
    """
    Where acceptance tests are lived: in memory, or on throw-away copies of a real store (`sqlite`, a PostgreSQL URL).

    Raises:
        HoldshortError: `store` names neither.
        Unavailable: The server cannot be used, or does not let this user make databases.
    """
    if not store:
        yield memory_stage
        return
    from holdshort.service.rehearsal import set_the_scene
    from holdshort.store.throw_away import throw_away_stores

    with throw_away_stores(store, set_the_scene) as fresh:

        @contextmanager
        def durable_stage(programs: Programs, clock: Clock) -> Iterator[RehearsalStage]:
            from holdshort.execution.rehearsing import RehearsalStage

            with fresh() as kept:
                yield RehearsalStage(kept, Flow(kept, programs, clock, _plainly), clock)

        yield durable_stage


def _plainly(address: str) -> str:
    return address


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
