"""
Which files are taken as evidence: told by their content, never by their name or by what a browser says of them.

Nothing is opened or unpacked to tell. A file is only ever kept and handed out again as it came, under a name that says
no more than its content does.
"""

from __future__ import annotations

import unicodedata

LARGEST = 10 * 1024 * 1024
"""Bytes of one file."""
MOST = 20
"""Files of one onboarding."""
WORDS = "a PDF, a PNG or JPEG picture, a Word, Excel or PowerPoint file without macros, or plain text"

_OFFICE = {
    b"word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_STARTS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_TEXT = "text/plain"

MEDIA_TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "application/pdf": ("PDF", (".pdf",)),
    "image/png": ("picture", (".png",)),
    "image/jpeg": ("picture", (".jpg", ".jpeg")),
    _OFFICE[b"word/document.xml"]: ("Word document", (".docx",)),
    _OFFICE[b"xl/workbook.xml"]: ("spreadsheet", (".xlsx",)),
    _OFFICE[b"ppt/presentation.xml"]: ("slides", (".pptx",)),
    _TEXT: ("text", (".txt", ".md", ".csv", ".tsv", ".log", ".json", ".eml")),
}
"""Media type to what people call it, and the endings that its name may have."""

_LONGEST_NAME = 120
_CONTROLS = frozenset([*range(32), 127]) - {9, 10, 12, 13}
_NOT_IN_NAMES = frozenset('<>:"/\\|?*')


def media_type_of(content: bytes) -> str:
    """The media type that the content shows, of those that are taken; empty for anything else."""
    for start, kind in _STARTS.items():
        if content.startswith(start):
            return kind
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    return _TEXT if content and _is_text(content) else ""


def kind_in_words(media_type: str) -> str:
    return MEDIA_TYPES[media_type][0] if media_type in MEDIA_TYPES else "file"


def safe_name(name: str, media_type: str) -> str:
    """
    The last part of a file name without anything unseen, reordering or meaningful to a system, ending as its content says.

    `../a/contract\u202efdp.exe` of a PDF becomes `contractfdp.exe.pdf`.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(
        " " if each.isspace() else each
        for each in unicodedata.normalize("NFC", last)
        if each.isspace() or (unicodedata.category(each)[0] not in "CZ" and each not in _NOT_IN_NAMES)
    )
    plain = " ".join(seen.split()).strip(". ")
    endings = MEDIA_TYPES.get(media_type, ("", ("",)))[1]
    ending = next((each for each in endings if plain.lower().endswith(each)), endings[0])
    stem = plain[: -len(ending)] if ending and plain.lower().endswith(ending) else plain
    return f"{stem[:_LONGEST_NAME].strip('. ') or 'file'}{ending}"


def _office_type(content: bytes) -> str:
    """Names of members stand in an archive as they are; it is not opened."""
    if b"[Content_Types].xml" not in content or b"vbaProject.bin" in content:
        return ""
    return next((kind for name, kind in _OFFICE.items() if name in content), "")


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(each in _CONTROLS for each in set(content))
