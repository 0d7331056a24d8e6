"""A model as the rest of Holdshort sees it: a question goes to a process apart, an answer comes back, or none in time."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import IO, Any

from holdshort.connectors.models.child import KEY
from holdshort.core.settings_models import ModelSettings
from holdshort.ports import ModelDown

_PASSED_ON = (
    "PATH",
    "SYSTEMROOT",
    "LANG",
    "LC_ALL",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "PYTHONDONTWRITEBYTECODE",
)
"""Nothing else of our environment: no key of the store, no database, no target's secret."""
_START_SECONDS = 60.0
_LONGEST_LINE = 2_000_000


class RemoteModel:
    """
    One model in a process of its own, started with the first question and again after it hung or died.

    Args:
        settings: Which model, and how it is reached.
        key: The provider's key.
    """

    def __init__(self, settings: ModelSettings, key: str) -> None:
        self._settings = settings
        self._key = key
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._settings.name

    def ask(self, request: Mapping[str, str], timeout_s: float) -> dict[str, Any]:
        """
        Ask once: `task`, `sources` and `schema` go out; `text` and `tokens` come back.

        Raises:
            ModelDown: There is no answer, or not in time. The process is ended then.
        """
        with self._lock:
            process = self._started()
            try:
                assert process.stdin is not None
                process.stdin.write(json.dumps(dict(request)) + "\n")
                process.stdin.flush()
            except OSError as error:
                self._end()
                raise ModelDown(f"its process ended: {error}") from error
            answer = self._heard(timeout_s)
        if "away" in answer:
            raise ModelDown(str(answer["away"]))
        return answer

    def close(self) -> None:
        with self._lock:
            self._end()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "holdshort.connectors.models.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
            env={**environment, KEY: self._key}, close_fds=True, cwd="/" if os.name == "posix" else None,
        )  # fmt: skip
        self._process, self._lines = process, queue.Queue()
        assert process.stdin is not None
        assert process.stdout is not None
        threading.Thread(target=_listen, args=(process.stdout, self._lines), daemon=True).start()
        process.stdin.write(json.dumps(asdict(self._settings)) + "\n")
        process.stdin.flush()
        hello = self._heard(_START_SECONDS)
        if not hello.get("ready"):
            self._end()
            raise ModelDown(str(hello.get("away", "its process did not start")))
        return process

    def _heard(self, timeout_s: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            self._end()
            raise ModelDown(f"no answer within {timeout_s:g} seconds") from None
        if line is None:
            self._end()
            raise ModelDown("its process ended")
        try:
            answer = json.loads(line)
        except ValueError as error:
            self._end()
            raise ModelDown("its process said something that cannot be read") from error
        return (
            answer if isinstance(answer, dict) else {"away": "its process said something else than an answer"}
        )

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue


def _listen(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    try:
        while line := stream.readline(_LONGEST_LINE):
            lines.put(line)
    except (OSError, ValueError):
        pass
    lines.put(None)
