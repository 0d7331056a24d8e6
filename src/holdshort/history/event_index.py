"""
Where the events of each onboarding stand in files of lines, so that they are read onboarding by onboarding.

Only places are kept, never events: a file of any length is read in flat memory, whatever the order of its lines.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

LINE_BYTES = 16_000_000
Learn = Callable[[bytes, int], str | None]
"""Takes a line and its number; returns the key of its onboarding, or None where it is at fault."""


class EventIndex:
    """Keys in the order in which they first appear, with the places of their lines."""

    def __init__(self) -> None:
        self._files: list[Path] = []
        self._places: dict[str, array[int]] = {}

    def add(self, file: Path, learn: Learn) -> None:
        """
        Read a file once and note where each onboarding's lines begin.

        Raises:
            OSError: The file cannot be opened.
        """
        number = len(self._files)
        self._files.append(file)
        with file.open("rb") as stream:
            offset, line = 0, 0
            while data := stream.readline(LINE_BYTES + 1):
                line += 1
                key = learn(data, line) if data.strip() else None
                if key is not None:
                    places = self._places.get(key)
                    if places is None:
                        places = self._places[key] = array("q")
                    places.extend((number, offset, line))
                offset += len(data)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def lines(self, key: str) -> Iterator[tuple[Path, int, bytes]]:
        """The lines of one onboarding: file, number of the line, bytes."""
        places = self._places.get(key)
        if places is None:
            return
        opened = -1
        stream = None
        try:
            for at in range(0, len(places), 3):
                number, offset, line = places[at : at + 3]
                if number != opened or stream is None:
                    if stream is not None:
                        stream.close()
                    stream, opened = self._files[number].open("rb"), number
                stream.seek(offset)
                yield self._files[number], line, stream.readline(LINE_BYTES)
        finally:
            if stream is not None:
                stream.close()
