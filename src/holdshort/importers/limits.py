"""Gates that a file passes before anything parses it: present, not too large, not a bomb."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where

FILE_BYTES = 50_000_000
UNPACKED_BYTES = 256_000_000
RATIO = 200
RATIO_FROM_BYTES = 20_000_000
ZIP_ENTRIES = 2_000
_CHUNK = 1 << 16
_DECLARATIONS = tuple(
    text.encode(encoding)
    for text in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_OVERLAP = max(map(len, _DECLARATIONS)) - 1


def read_bytes(path: Path, limit: int = FILE_BYTES) -> bytes:
    """
    Read a whole file of at most `limit` bytes.

    Raises:
        HoldshortError: missing, a folder or device, empty, unreadable or too large.
    """
    file = path.name
    try:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise _refusal("FILE-002", f"`{path}` is a folder", file, "name the register file inside it")
        if not stat.S_ISREG(state.st_mode):
            raise _refusal("FILE-002", f"`{path}` is not a file", file, "name a register file")
        if state.st_size > limit:
            raise too_large(file, state.st_size, limit)
        with path.open("rb") as stream:
            data = stream.read(state.st_size + 1)
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
    if len(data) > state.st_size:
        raise _refusal(
            "FILE-003", f"`{path}` is being written at this moment", file, "try again when it is saved"
        )
    if not data.strip(b"\0 \t\r\n"):
        raise _refusal("FILE-004", "the file is empty", file, "save the register again")
    return data


def too_large(file: str, size: int, limit: int) -> HoldshortError:
    """The refusal of a file or a part that is larger than a register can be."""
    return _refusal(
        "FILE-005",
        f"the file holds {size / 1e6:,.1f} MB; at most {limit / 1e6:,.0f} MB are read",
        file,
        "keep only the register sheet; remove pictures and history",
    )


def refuse_declarations(data: bytes, file: str) -> None:
    """Refuse XML that declares a document type or entities, which is how it grows or reads other files."""
    if any(mark in data for mark in _DECLARATIONS):
        raise _declared(file, "")


def check_zip(data: bytes, file: str) -> None:
    """
    Look through a zip without keeping what it unpacks to.

    The central directory is believed only where it says "too much"; then every entry is unpacked
    through a small window, and the first one past a limit, or past its own stated size, ends it.

    Raises:
        HoldshortError: damaged, encrypted, too large, too many entries, a zip inside, XML declarations.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error, EOFError) as error:
        raise damaged(file) from error
    _check_directory(entries, len(data), file)
    totals = _Totals()
    for entry in entries:
        _check_entry(data, entry, totals, file)


def damaged(file: str, detail: str = "") -> HoldshortError:
    """The refusal of a file whose inside cannot be made out."""
    return _refusal(
        "FILE-008",
        "the file is damaged" + (f": {detail}" if detail else ""),
        file,
        "open it in the spreadsheet program and save it again as .xlsx",
    )


@dataclass(slots=True)
class _Totals:
    packed: int = 0
    unpacked: int = 0


def _check_directory(entries: list[zipfile.ZipInfo], size: int, file: str) -> None:
    if len(entries) > ZIP_ENTRIES:
        raise _refusal(
            "FILE-010",
            f"the file holds {len(entries):,} parts; at most {ZIP_ENTRIES:,} are read",
            file,
            "keep only the register sheet in it",
        )
    unpacked = sum(entry.file_size for entry in entries)
    packed = min(size, sum(entry.compress_size for entry in entries))
    _check_totals(unpacked, packed, file)
    names = {entry.filename.casefold() for entry in entries}
    if len(names) < len(entries):
        raise damaged(file, "two of its parts have the same name")
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise password(file)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged(file, f"part `{_shown(entry)}` is packed in a way that spreadsheets do not use")
        if entry.filename.casefold().endswith(
            (".zip", ".xlsx", ".xlsm", ".ods", ".docx", ".7z", ".gz", ".rar")
        ):
            raise _nested(entry, file)


def _check_totals(unpacked: int, packed: int, file: str) -> None:
    large = unpacked > UNPACKED_BYTES
    if large or (unpacked > RATIO_FROM_BYTES and unpacked > RATIO * max(packed, 1)):
        raise _refusal(
            "FILE-009",
            f"the file unpacks to more than {(UNPACKED_BYTES if large else RATIO_FROM_BYTES) / 1e6:,.0f} MB "
            f"from {packed / 1e6:,.2f} MB; it was not unpacked",
            file,
            "if it is really a register, copy its rows into a new file",
        )


def _check_entry(data: bytes, entry: zipfile.ZipInfo, totals: _Totals, file: str) -> None:
    packed = memoryview(data)[_data_start(data, entry, file) :][: entry.compress_size]
    if len(packed) < entry.compress_size:
        raise damaged(file, "it ends too early")
    is_xml = entry.filename.casefold().endswith((".xml", ".rels", ".vml"))
    seen, tail, crc = 0, b"", 0
    for chunk, used in _unpacked(packed, entry, file):
        if seen == 0 and chunk.startswith(b"PK\x03\x04"):
            raise _nested(entry, file)
        seen += len(chunk)
        crc = zlib.crc32(chunk, crc)
        if seen > entry.file_size:
            raise damaged(file, f"part `{_shown(entry)}` is larger than it says")
        _check_totals(totals.unpacked + seen, totals.packed + used, file)
        if is_xml:
            window = tail + chunk
            if any(mark in window for mark in _DECLARATIONS):
                raise _declared(file, _shown(entry))
            tail = window[-_OVERLAP:]
    if seen != entry.file_size or crc != entry.CRC:
        raise damaged(file, f"part `{_shown(entry)}` is not what was stored")
    totals.unpacked += seen
    totals.packed += len(packed)


def _data_start(data: bytes, entry: zipfile.ZipInfo, file: str) -> int:
    head = data[entry.header_offset : entry.header_offset + 30] if entry.header_offset >= 0 else b""
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise damaged(file, f"part `{_shown(entry)}` is not where it should be")
    name, extra = struct.unpack("<HH", head[26:30])
    return entry.header_offset + 30 + int(name) + int(extra)


def _unpacked(packed: memoryview, entry: zipfile.ZipInfo, file: str) -> Iterator[tuple[bytes, int]]:
    """Yield pieces of at most 64 kB, each with how many packed bytes have been used so far."""
    if entry.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), _CHUNK):
            piece = bytes(packed[at : at + _CHUNK])
            yield piece, at + len(piece)
        return
    inflate = zlib.decompressobj(-15)
    try:
        for at in range(0, len(packed), _CHUNK):
            rest: bytes = bytes(packed[at : at + _CHUNK])
            while rest and not inflate.eof:
                piece = inflate.decompress(rest, _CHUNK)
                rest = inflate.unconsumed_tail
                if piece:
                    yield piece, min(at + _CHUNK, len(packed)) - len(rest)
        while not inflate.eof:
            piece = inflate.decompress(b"", _CHUNK)
            if not piece:
                raise damaged(file, f"part `{_shown(entry)}` ends too early")
            yield piece, len(packed)
    except zlib.error as error:
        raise damaged(file, f"part `{_shown(entry)}` cannot be unpacked") from error


def password(file: str) -> HoldshortError:
    """The refusal of a file that needs a password."""
    return _refusal(
        "FILE-007",
        "the file is protected by a password",
        file,
        "open it with the password and save a copy without one (File, Info, Protect workbook, Encrypt: leave empty)",
    )


def _nested(entry: zipfile.ZipInfo, file: str) -> HoldshortError:
    return _refusal(
        "FILE-011",
        f"the file holds another packed file, `{_shown(entry)}`",
        file,
        "remove the embedded file, or copy the register rows into a new file",
    )


def _declared(file: str, part: str) -> HoldshortError:
    return _refusal(
        "FILE-012",
        "the file declares XML entities" + (f" in part `{part}`" if part else ""),
        file,
        "no spreadsheet program writes these; copy the register rows into a new file",
    )


def _shown(entry: zipfile.ZipInfo) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in entry.filename[:80])


def _refusal(code: str, message: str, file: str, mend: str) -> HoldshortError:
    return HoldshortError([Diagnostic(code, message, Where(file=file), mend)])
