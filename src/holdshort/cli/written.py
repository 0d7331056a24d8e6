"""Write a report to a file that the user named, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where


def write_file(path: Path, text: str) -> None:
    """
    Write `text` as UTF-8, beside its place first and then in its place.

    Raises:
        HoldshortError: where that cannot be done.
    """
    made = ""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="replace", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as beside:
            made = beside.name
            beside.write(text)
        os.chmod(made, 0o644)
        os.replace(made, path)
    except OSError as error:
        if made and os.path.exists(made):
            os.unlink(made)
        why = error.strerror or type(error).__name__
        found = Diagnostic(
            "OUT-001", f"{path} cannot be written: {why}", Where(str(path)), "name a file you may write"
        )
        raise HoldshortError([found]) from error
