"""The bytes of a JSON file: opened once, its encoding known, in lines or as pieces of one list."""

from __future__ import annotations

import bisect
import codecs
import io
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where

_CHUNK = 1 << 20
_PEEK = 1 << 16
_MARKS = re.compile(rb'["\[\]{},]')
_STRING_END = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Source:
    """An open JSON file as UTF-8 bytes, whatever it was written in."""

    def __init__(self, stream: IO[bytes], file: str, owned: bool) -> None:
        self.file = file
        self._owned = stream if owned else None
        head = _read_head(stream)
        encoding, skip = _encoding_of(head)
        self._stream: _Readable = _Joined(head[skip:], stream)
        if encoding != "utf-8":
            self._stream = _Recoded(self._stream, encoding, file)
            head = self._stream.read(_PEEK)
            self._stream = _Joined(head, self._stream)
            skip = 0
        self.is_empty = not head[skip:].strip() and len(head) < _PEEK
        self.looks_like_lines = _looks_like_lines(head[skip:])

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._owned is not None:
            self._owned.close()

    def lines(self, limit: int) -> Iterator[bytes | None]:
        """Yield each line; None stands for one longer than `limit`, which is never kept whole."""
        buffer = io.BufferedReader(_Raw(self._stream), _CHUNK)
        while line := buffer.readline(limit + 1):
            if len(line) > limit and not line.endswith(b"\n"):
                while (rest := buffer.readline(_CHUNK)) and not rest.endswith(b"\n"):
                    pass
                yield None
            else:
                yield line

    def everything(self, limit: int) -> bytes:
        data = io.BytesIO()
        while chunk := self._stream.read(_CHUNK):
            data.write(chunk)
            if data.tell() > limit:
                raise _refusal(
                    "FILE-005",
                    f"the file holds more than {limit / 1e6:,.0f} MB",
                    self.file,
                    "write one record a line and name the file .jsonl; that has no limit",
                )
        return data.getvalue()


def open_source(where: Path | IO[bytes], file: str) -> Source:
    """
    Open a JSON file or take an open stream.

    Raises:
        HoldshortError: missing, a folder or device, unreadable, or empty.
    """
    if not isinstance(where, Path):
        source = Source(where, file, owned=False)
    else:
        source = Source(_open(where, file), file, owned=True)
    if source.is_empty:
        source.__exit__(None, None, None)
        raise _refusal("FILE-004", "the file holds no record", file, "export the records again")
    return source


def split_list(data: bytes, start: int) -> Iterator[tuple[bytes | None, int]]:
    """
    Yield the elements of the list that begins at `start`, each with its offset; None where the list breaks off.

    Only quotation marks and brackets are looked at, so an element that is no valid JSON hides no other. What
    follows the end of the list is one more element, and not valid.
    """
    depth, begin, at = 0, start + 1, start
    while match := _MARKS.search(data, at):
        mark, at = match.group(), match.end()
        if mark == b'"':
            end = _STRING_END.match(data, at)
            if end is None:
                break
            at = end.end()
        elif mark in b"[{":
            depth += 1
        elif mark == b"," and depth == 1:
            yield from _element(data, begin, match.start())
            begin = at
        elif mark in b"]}":
            depth -= 1
            if depth == 0:
                if data[begin : match.start()].strip() or begin > start + 1:
                    yield from _element(data, begin, match.start())
                if data[at:].strip():
                    yield None, at
                return
    if data[begin:].strip():
        yield from _element(data, begin, len(data))
    yield None, len(data)


def line_ends(data: bytes) -> Callable[[int], int]:
    """A function from an offset in `data` to its line, from 1."""
    ends = [match.start() for match in re.finditer(b"\n", data)]
    return lambda offset: bisect.bisect_left(ends, offset) + 1


def _element(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes | None, int]]:
    piece = data[begin:end]
    stripped = piece.lstrip()
    yield stripped.rstrip(), begin + len(piece) - len(stripped)


def _open(path: Path, file: str) -> IO[bytes]:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _refusal("FILE-002", f"`{path}` is a folder", file, "name the file inside it")
        return path.open("rb")
    except FileNotFoundError as error:
        raise _refusal(
            "FILE-001", f"there is no file `{path}`", file, "check the name and the folder"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name cannot be a file name"
        raise _refusal(
            "FILE-003",
            f"`{path}` cannot be read: {reason.lower()}",
            file,
            "check who may read it, and the name",
        ) from error


def _read_head(stream: IO[bytes]) -> bytes:
    head = b""
    while len(head) < _PEEK and (chunk := stream.read(_PEEK - len(head))):
        head += chunk
    return head


def _encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding by its mark, or by where NUL bytes stand beside the first characters."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return encoding, len(mark)
    zeros = tuple(byte == 0 for byte in head[:4])
    if zeros[:4] == (True, True, True, False):
        return "utf-32-be", 0
    if zeros[:4] == (False, True, True, True):
        return "utf-32-le", 0
    if zeros[:2] == (True, False):
        return "utf-16-be", 0
    if zeros[:2] == (False, True):
        return "utf-16-le", 0
    return "utf-8", 0


def _looks_like_lines(head: bytes) -> bool:
    """Whether the first line alone is an object that ends and more follows, or is longer than what was looked at."""
    first, end, rest = head.lstrip().partition(b"\n")
    first = first.strip()
    if not end and len(head) >= _PEEK:
        return first.startswith(b"{")
    return first.startswith(b"{") and first.endswith(b"}") and bool(rest.strip())


class _Joined(io.RawIOBase):
    """What was read ahead, then the rest of the stream."""

    def __init__(self, head: bytes, rest: _Readable) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def read(self, size: int = -1) -> bytes:
        if self._head:
            cut = len(self._head) if size < 0 else size
            piece, self._head = self._head[:cut], self._head[cut:]
            return piece
        return self._rest.read(size) or b""


class _Recoded(io.RawIOBase):
    """A UTF-16 or UTF-32 stream as UTF-8."""

    def __init__(self, stream: _Readable, encoding: str, file: str) -> None:
        super().__init__()
        self._stream, self._file = stream, file
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._ready = b""
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        while not self._ready and not self._ended:
            chunk = self._stream.read(_CHUNK)
            self._ended = not chunk
            try:
                self._ready = self._decoder.decode(chunk, final=self._ended).encode("utf-8")
            except UnicodeError as error:
                raise _refusal(
                    "RECORD-006", "the file is cut, or is not in the encoding that it begins in", self._file,
                    "save the file as UTF-8",
                ) from error  # fmt: skip
        cut = len(self._ready) if size < 0 else size
        piece, self._ready = self._ready[:cut], self._ready[cut:]
        return piece


class _Raw(io.RawIOBase):
    """What `io.BufferedReader` wants in order to look for line ends."""

    def __init__(self, stream: _Readable) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self._stream.read(len(target))
        target[: len(piece)] = piece
        return len(piece)


def _refusal(code: str, message: str, file: str, mend: str) -> HoldshortError:
    return HoldshortError([Diagnostic(code, message, Where(file=file), mend)])
