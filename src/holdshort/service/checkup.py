"""Is this house in order? Playbook, people, targets, work that waits, audit log: each check in words, with a mend."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from holdshort.core.action_words import role
from holdshort.core.diagnostics import HoldshortError
from holdshort.core.onboarding.people import Directory
from holdshort.core.playbook import Playbook
from holdshort.core.settings_operations import TargetSettings
from holdshort.service.audit_log import AuditStore
from holdshort.service.bringing_over import left_behind
from holdshort.service.flow import Flow, directory
from holdshort.service.programs import NOWHERE, digest_of_files, files_of

Level = Literal["ok", "warn", "bad"]
_WORKER_IS_LATE = timedelta(minutes=5)
_CHECKPOINT_IS_OLD = timedelta(hours=1)
_CLOCK_MAY_BE_OFF = timedelta(minutes=2)
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `mend` is empty where nothing is to be done."""

    name: str
    level: Level
    words: str
    mend: str = ""


def keys_check(folder: Path, names: tuple[str, ...]) -> Check:
    """Whether others than their owner may reach the keys."""
    if not folder.is_dir():
        return Check("keys", "warn", f"there is no folder of keys `{folder}`", "it is made with the store")
    loose = [folder] if _is_loose(folder) else []
    loose += [path for name in names if (path := folder / name).exists() and _is_loose(path)]
    if loose:
        shown = ", ".join(f"`{each}`" for each in loose)
        fix = "; ".join(f"chmod {'0700' if each.is_dir() else '0600'} {each}" for each in loose)
        return Check("keys", "bad", f"others may reach {shown}", fix)
    return Check("keys", "ok", f"only their owner may reach the keys in `{folder}`; keep a copy elsewhere")


def _is_loose(path: Path) -> bool:
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def checkup(
    flow: Flow, audit: AuditStore, folder: Path, stopped: str, environment: Mapping[str, str]
) -> Iterator[Check]:
    """
    Look at everything above the database, and change nothing.

    Args:
        folder: The playbook folder.
        stopped: Why nothing may leave by other means than switches; empty: it may.
        environment: For the secrets of targets.
    """
    yield _clock(flow, audit, environment)
    if stopped:
        yield Check(
            "pause file", "warn", f"nothing leaves: {stopped}", "remove the file once it has done its work"
        )
    published = yield from _published(flow, folder)
    if published is not None:
        yield from _guarded("targets", lambda: _targets(flow, published, folder, environment))
    with flow.store.transaction() as tx:
        people, users = directory(tx), tx.users()
    yield from _people(
        [each.name for each in users if each.active and not each.roles], len(users), people, published
    )
    yield from _work(flow)
    if published is not None:
        yield from _guarded("versions", lambda: _versions(flow))
    yield _audit(flow, audit)


def _guarded(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    try:
        yield from look()
    except HoldshortError as error:
        yield Check(name, "bad", str(error.diagnostics[0].message), error.diagnostics[0].mend)


# --- the clock ----------------------------------------------------------------------------------------------


def _clock(flow: Flow, audit: AuditStore, environment: Mapping[str, str]) -> Check:
    now = flow.clock.now()
    if environment.get("HOLDSHORT_NOW"):
        return Check(
            "clock",
            "warn",
            f"HOLDSHORT_NOW sets it to {now:%Y-%m-%d %H:%M} UTC",
            "unset it outside of trials",
        )
    newest = max(_recorded(flow, audit), default=now)
    if newest > now + _CLOCK_MAY_BE_OFF:
        return Check(
            "clock", "bad",
            f"it says {now:%Y-%m-%d %H:%M} UTC, and something was recorded at {newest:%Y-%m-%d %H:%M} UTC",
            "set the clock of this machine right, or of the one that wrote it",
        )  # fmt: skip
    return Check("clock", "ok", f"it says {now:%Y-%m-%d %H:%M} UTC, after everything that was recorded")


def _recorded(flow: Flow, audit: AuditStore) -> Iterator[datetime]:
    latest, checkpoint = flow.store.latest_register(), audit.last_checkpoint()
    if latest is not None:
        yield latest.published_at
    if checkpoint is not None:
        yield checkpoint.at
    yield from (each.opened_at for each in flow.store.reviews(limit=20))


# --- the playbook -------------------------------------------------------------------------------------------


def _published(flow: Flow, folder: Path) -> Generator[Check, None, Playbook | None]:
    published = flow.store.latest_register()
    if published is None:
        yield Check(
            "playbook", "bad", "nothing is published, so nothing can be taken in",
            "publish it: holdshort publish PLAYBOOK --as USER",
        )  # fmt: skip
        return None
    try:
        playbook = flow.programs.latest().playbook
    except HoldshortError as error:
        words = f"version {published.version} cannot be read: {error.diagnostics[0].message}"
        yield Check("playbook", "bad", words, "publish a version that this Holdshort reads")
        return None
    if not (folder / "playbook.toml").exists():
        yield Check("playbook", "ok", f"version {published.version} runs; this folder holds no playbook")
    elif _digest(folder) != published.digest:
        yield Check(
            "playbook", "warn", f"version {published.version} runs, and the folder has changed since",
            "holdshort publish PLAYBOOK --dry-run shows what that would mean",
        )  # fmt: skip
    else:
        yield Check(
            "playbook", "ok", f"version {published.version} runs, and the folder is as it was published"
        )
    return playbook


def _digest(folder: Path) -> str:
    try:
        return digest_of_files(files_of(folder))
    except (OSError, HoldshortError):
        return ""


def _targets(flow: Flow, playbook: Playbook, folder: Path, environment: Mapping[str, str]) -> Iterator[Check]:
    for target in playbook.settings.targets.values():
        yield _target(target, folder, environment)
    program = flow.programs.latest()
    nowhere = [kind for kind in playbook.catalogue.kinds if program.target_of(kind) == NOWHERE]
    if nowhere:
        yield Check(
            "routes", "bad", f"{_named(nowhere)} lead to no target, so they never run",
            "name a target for them under [route] in playbook.toml, and publish",
        )  # fmt: skip


def _target(target: TargetSettings, folder: Path, environment: Mapping[str, str]) -> Check:
    name = f"target {target.name}"
    for option in ("secret_env", "password_env"):
        variable = target.options.get(option)
        if variable and not environment.get(str(variable)):
            return Check(
                name,
                "bad",
                f"its secret is not set: the variable {variable} is empty",
                f"export {variable}=…",
            )
    if target.type not in ("folder", "recorder"):
        to = target.options.get("url") or f"{target.options.get('host')}:{target.options.get('port')}"
        return Check(name, "ok", f"sends to {to}; its secret is set")
    path = folder / str(target.options["path"])
    place = path if path.exists() else path.parent
    if place.exists() and not os.access(place, os.W_OK):
        return Check(
            name, "bad", f"`{path}` cannot be written", "let the user who runs the worker write there"
        )
    return Check(name, "ok", f"writes into `{path}`")


# --- people -------------------------------------------------------------------------------------------------


def _people(without: list[str], count: int, people: Directory, playbook: Playbook | None) -> Iterator[Check]:
    if not count:
        yield Check(
            "people", "bad", "nobody can decide: there is no account", "holdshort user add NAME --role revops"
        )
        return
    if without:
        yield Check(
            "people", "warn", f"without a role, so they decide nothing: {_named(without)}", "holdshort user roles NAME ROLE"
        )  # fmt: skip
    if playbook is None:
        return
    needed = _needed(playbook)
    empty = sorted(each for each in needed if not people.holders(each))
    owner = playbook.settings.pause_owner
    if owner and not people.holders(owner):
        yield Check(
            "pause owner",
            "bad",
            f"nobody is {role(owner)}, the pause owner",
            "holdshort user roles NAME ROLE",
        )
    if empty:
        said = _named([f"{role(each)} ({needed[each]} rows)" for each in empty])
        yield Check(
            "roles",
            "bad",
            f"rows are decided by roles that nobody holds: {said}",
            "holdshort user roles NAME ROLE",
        )
    elif not without:
        yield Check("people", "ok", f"{count} accounts, and somebody for every role that a row names")


def _needed(playbook: Playbook) -> dict[str, int]:
    """Roles that decide a row or have it escalated to them, with how many rows."""
    found: dict[str, int] = {}
    for row in playbook.register.active:
        roles = {
            row.owner,
            row.escalation,
            *(each for rule in row.review for step in rule.steps for each in step.roles),
        }
        for each in roles - {"none", "", "requester"}:
            found[each] = found.get(each, 0) + 1
    return found


# --- what waits ---------------------------------------------------------------------------------------------


def _work(flow: Flow) -> Iterator[Check]:
    counts, now = flow.store.counts(), flow.clock.now()
    late, waiting = counts.get("reviews.breached", 0), counts.get("reviews.open", 0)
    if late:
        yield Check(
            "reviews", "warn", f"{late} of {waiting} open reviews are late", "holdshort inbox --breached"
        )
    else:
        yield Check("reviews", "ok", f"{waiting} open {'review' if waiting == 1 else 'reviews'}, none late")
    uncertain = counts.get("actions.uncertain", 0)
    if uncertain:
        yield Check(
            "runs", "bad", f"of {uncertain} runs nobody knows whether they happened",
            "holdshort inbox --uncertain lists them; look at the other side and say what you found",
        )  # fmt: skip
    else:
        yield Check("runs", "ok", "no run whose outcome is not known")
    lost = flow.store.lost_runs(now, 100)
    waits = flow.store.due_actions(now - _WORKER_IS_LATE, 100)
    if lost or waits:
        words = (
            f"{len(waits)} released actions have waited for more than 5 minutes"
            if waits
            else f"{len(lost)} runs were begun and never ended"
        )
        yield Check("worker", "warn", words, "see that `holdshort worker` runs, and `holdshort pause --list`")
    else:
        yield Check("worker", "ok", "nothing that is due waits")


def _versions(flow: Flow) -> Iterator[Check]:
    left = sum(1 for _ in left_behind(flow))
    if left:
        yield Check(
            "versions", "warn", f"{left} onboardings were not brought to the newest version",
            "holdshort publish --resume --as USER, or let the worker do it",
        )  # fmt: skip


def _audit(flow: Flow, audit: AuditStore) -> Check:
    heads, last, now = audit.changed_heads(), audit.last_checkpoint(), flow.clock.now()
    if not heads:
        return Check("audit log", "ok", "a signed checkpoint covers every event")
    since = f"since {last.at:%Y-%m-%d %H:%M} UTC" if last else "yet"
    words = f"events of {len(heads)} {'log' if len(heads) == 1 else 'logs'} are covered by no signed checkpoint {since}"
    if last is None or now - last.at > _CHECKPOINT_IS_OLD:
        return Check(
            "audit log", "warn", words, "holdshort audit checkpoint --anchor FILE, or let the worker do it"
        )
    return Check("audit log", "ok", f"{words}; the worker signs the next one")


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
