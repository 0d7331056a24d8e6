"""
Proofs that take a while, run beside the pages: each is the command of the same name in a process of its own.

A result is kept in the store's folder with the digest of the playbook that it was made from, so that a page can say whether
it still speaks of the draft that lies there now.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from holdshort.service.programs import digest_of_files, files_of

What = Literal["test", "mutate", "escapes", "gate"]
WHAT: tuple[What, ...] = ("test", "mutate", "escapes", "gate")
State = Literal["never run", "running", "done", "broken"]
_LONGEST_SECONDS = 900
_PROGRAM = "import os; getattr(os, 'nice', int)(10); from holdshort.cli.main import main; main()"
"""People's pages come first."""
_OWN = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "HOME", "PYTHONDONTWRITEBYTECODE", "HOLDSHORT_NOW")
"""What such a process needs of our environment: no key, no database, no target's secret."""


@dataclass(frozen=True)
class Proof:
    """How one kind of proof stands. `is_stale`: the playbook has changed since; `report` is the command's own JSON."""

    what: What
    state: State
    at: datetime | None = None
    is_stale: bool = False
    report: Mapping[str, Any] | None = None
    why: str = ""


class ProofRuns:
    """
    The proofs of one playbook folder.

    Args:
        folder: The playbook.
        kept: Where results lie; it is made when the first one comes.
    """

    def __init__(self, folder: Path, kept: Path) -> None:
        self._folder = folder
        self._kept = kept
        self._running: set[What] = set()
        self._lock = threading.Lock()

    def start(self, what: What, now: datetime, lane: str = "") -> bool:
        """Begin; False where it runs already. `now` is written on the result."""
        with self._lock:
            if what in self._running:
                return False
            self._kept.mkdir(mode=0o700, exist_ok=True)
            mark = {"digest": digest_of_files(files_of(self._folder)), "at": now.isoformat(), "lane": lane}
            words = [
                what,
                str(self._folder),
                "--json",
                *(["--lane", lane] if lane and what == "gate" else []),
            ]
            out = (self._kept / f"{what}.part").open("wb")
            process = subprocess.Popen(  # noqa: S603  our own command; the folder and lane are words of it
                [sys.executable, "-c", _PROGRAM, *words],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _OWN if name in os.environ},
            )  # fmt: skip
            out.close()
            self._running.add(what)
        threading.Thread(target=self._finish, args=(what, process, mark), daemon=True).start()
        return True

    def state(self, what: What) -> Proof:
        """How this proof stands now."""
        running = what in self._running
        try:
            said = json.loads((self._kept / f"{what}.json").read_text("utf-8"))
        except FileNotFoundError:
            return Proof(what, "running" if running else "never run")
        except ValueError:
            return Proof(what, "running" if running else "broken", why="its result cannot be read")
        at = datetime.fromisoformat(said["at"])
        stale = said["digest"] != digest_of_files(files_of(self._folder))
        state: State = "running" if running else "done" if said["report"] is not None else "broken"
        return Proof(what, state, at, stale, said["report"], said.get("why", ""))

    def _finish(self, what: What, process: subprocess.Popen[bytes], mark: dict[str, str]) -> None:
        why = ""
        try:
            process.wait(_LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            why = f"it took longer than {_LONGEST_SECONDS // 60} minutes"
        part = self._kept / f"{what}.part"
        report, unread = _read(part)
        kept = {**mark, "report": report, "why": why or unread}
        whole = self._kept / f"{what}.whole"
        whole.write_text(json.dumps(kept), "utf-8")
        whole.replace(self._kept / f"{what}.json")
        part.unlink(missing_ok=True)
        self._running.discard(what)


def _read(part: Path) -> tuple[dict[str, Any] | None, str]:
    try:
        report = json.loads(part.read_text("utf-8"))
    except (OSError, ValueError):
        return None, "it ended without a result"
    if "errors" in report:
        return None, "; ".join(str(each.get("message", "")) for each in report["errors"][:5])
    return report, ""
