"""File names that no text can lead elsewhere, on any common file system."""

from __future__ import annotations

import re
import unicodedata

_LONGEST_PART = 80


def file_stem(*parts: str) -> str:
    """
    Parts joined by hyphens, of ASCII letters, digits, `-` and `_` only; two texts may give the same stem.

    It never begins with a dot or a hyphen, is never empty and never the name of a Windows device.
    """
    return "-".join(_plain(each) or "x" for each in parts)


def _plain(text: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^A-Za-z0-9_]+", "-", ascii_only)[:_LONGEST_PART].strip("-")
