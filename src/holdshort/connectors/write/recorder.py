"""
A target that only writes down what it was told: for tests and for the demo.

Each effect is one JSON line in a file, appended whole and on the disk before anything is answered, so that several
processes may share it and a killed one leaves no half line.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

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

Mode = Literal["works", "hangs", "lies", "times out after acting", "answers garbage", "refuses"]
MODES: tuple[Mode, ...] = ("works", "hangs", "lies", "times out after acting", "answers garbage", "refuses")
ANY_KIND = "*"


@dataclass(frozen=True, slots=True)
class Script:
    """How an action of one kind goes. `delay_ms` passes first; `lies` says done and stores something else."""

    mode: Mode = "works"
    delay_ms: int = 0


class Recorder:
    """
    Args:
        name: What the playbook calls this target.
        path: The file of effects; its folder has to be there.
        scripts: By action kind, `*` for all others. May be changed while it runs.
        honours_keys: A key that has its effect gets no second one.
        answers_look_up: `look_up` and `read_back` read the file, and so are authoritative.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        scripts: Mapping[str, Script] | None = None,
        *,
        honours_keys: bool = True,
        answers_look_up: bool = True,
    ) -> None:
        self.name = name
        self.scripts = dict(scripts or {})
        self._path = path
        self._honours_keys = honours_keys
        self._answers_look_up = answers_look_up

    def perform(self, order: Order, timeout_s: float) -> Outcome:
        if fault := key_fault(order.key):
            return failed(fault)
        try:
            document = document_of(order)
        except ValueError:
            return failed(NOT_JSON)
        script = self.scripts.get(order.kind) or self.scripts.get(ANY_KIND) or Script()
        if not timeout_s > 0:
            return failed(NO_TIME)
        if script.mode == "refuses":
            return failed(f"{self.name} refused it.")
        if script.mode == "hangs" or script.delay_ms / 1000 >= timeout_s:
            time.sleep(timeout_s)
            return uncertain(f"{self.name} did not answer within {timeout_s:g} s.")
        time.sleep(script.delay_ms / 1000)
        try:
            return self._act(order, document, script, timeout_s - script.delay_ms / 1000)
        except OSError as error:
            return failed(f"{self.name} could not write it down: {error.strerror}.")

    def look_up(self, key: str, timeout_s: float) -> Outcome | None:
        if not self._answers_look_up:
            return None
        try:
            found = [each for each in self.effects() if each["key"] == key]
        except OSError:
            return None
        if not found:
            return failed(f"{self.name} has nothing under this key.")
        return done(f"{self.name} wrote it down.", key, found[-1]["payload"])

    def read_back(self, order: Order, outcome: Outcome, timeout_s: float) -> Mapping[str, Any] | None:
        found = self.look_up(order.key, timeout_s)
        if found is None:
            return None
        return {} if found.stored is None else found.stored

    def effects(self) -> list[dict[str, Any]]:
        """Every effect so far, oldest first: `key`, `kind`, `onboarding`, `release`, `payload`, `asked` (if it lied)."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(each) for each in lines]

    def _act(self, order: Order, document: bytes, script: Script, left_s: float) -> Outcome:
        effect = json.loads(document)
        asked = effect["payload"]
        if script.mode == "lies":
            effect |= {"payload": _something_else(asked), "asked": asked}
        with _alone(self._path) as opened:
            before = self._under_key(order.key) if self._honours_keys else None
            if before is not None:
                if before.get("asked", before["payload"]) != asked:
                    return failed(f"{self.name} has had another payload under this key.")
            else:
                _append(opened, json.dumps(effect, sort_keys=True).encode("ascii") + b"\n")
        if script.mode == "times out after acting":
            time.sleep(left_s)
            return uncertain(f"{self.name} did not answer in time.")
        if script.mode == "answers garbage":
            return uncertain(f"{self.name} answered something that cannot be understood.")
        return done(f"{self.name} wrote it down.", order.key, asked)

    def _under_key(self, key: str) -> dict[str, Any] | None:
        return next((each for each in self.effects() if each["key"] == key), None)


_threads = threading.Lock()


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[int]:
    """The file, open to append, with nobody else between reading and appending; a killed process lets go."""
    with _threads:
        opened = os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o666)
        try:
            _lock(opened)
            yield opened
        finally:
            os.close(opened)


def _lock(opened: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: threads of one process are kept apart, processes are not
        return
    fcntl.flock(opened, fcntl.LOCK_EX)


def _append(opened: int, line: bytes) -> None:
    size = os.fstat(opened).st_size
    try:
        if os.write(opened, line) != len(line):
            raise OSError(28, "the disk is full")
        os.fsync(opened)
    except OSError:
        os.ftruncate(opened, size)
        raise


def _something_else(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload with one value changed."""
    changed = dict(payload)
    for key, value in changed.items():
        if isinstance(value, str):
            return changed | {key: f"{value} (changed)"}
        if isinstance(value, int | float):
            return changed | {key: value + 1}
    return changed | {"something": "else"}
