"""A count on standard error for input that takes a while; nothing where nobody is watching."""

from __future__ import annotations

import sys
import time
from typing import Any

_EVERY = 20


class Progress:
    """Appears after a second, and only where standard error is a terminal and standard output does not move anyway."""

    def __init__(self, visible: bool, noun: str = "records") -> None:
        self._on = visible and sys.stderr.isatty()
        self._noun = noun
        self._bar: Any = None
        self._task: Any = None
        self._begun = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def step(self, count: int) -> None:
        if not self._on or (self._bar is None and count % _EVERY):
            return
        if self._bar is None:
            if time.monotonic() - self._begun < 1:
                return
            from rich.console import Console
            from rich.progress import Progress as Bar
            from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (
                SpinnerColumn(),
                TextColumn(f"{{task.completed:,.0f}} {self._noun}"),
                TimeElapsedColumn(),
            )
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._noun, total=None)
            self._bar.start()
        self._bar.update(self._task, completed=count)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
