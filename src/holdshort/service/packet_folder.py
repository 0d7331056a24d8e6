"""Write review packets into a folder of their own: whole files only, and never into somebody else's folder."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from pathlib import Path

from holdshort.core.action_words import role
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.packet import Packet
from holdshort.service.packet_html import IndexEntry, index_page, packet_page

MARKER = "holdshort-packets.json"
_OURS = re.compile(r"[a-z0-9-]{1,80}-[0-9a-f]{10}(-\d+)?\.html")
_LEFT_OVER = re.compile(r"\..{1,120}\.tmp")


class PacketFolder:
    """
    Collects the packets of one run in a folder.

    The folder is made, or is one that an earlier run made: then its packets are replaced and those that the new run
    no longer has are taken away. Any other folder that holds something is refused.
    """

    def __init__(self, folder: Path, *, dry_run: bool = False) -> None:
        self.folder = folder
        self.dry_run = dry_run
        self._names: Counter[str] = Counter()
        self._entries: list[IndexEntry] = []
        self._refuse_strangers()
        if not dry_run:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise self._unwritable(error) from error
            self._write(MARKER, '{"made by": "holdshort run --out", "holds": "review packets"}\n')

    def add(self, packet: Packet) -> str:
        """Write one packet and return its file name."""
        name = self._name_for(packet.onboarding)
        self._entries.append(IndexEntry.of(packet, name))
        if not self.dry_run:
            self._write(name, packet_page(packet))
        return name

    def close(self) -> list[str]:
        """Write the index, take away packets of earlier runs, and say what was done."""
        files = {each.file for each in self._entries}
        stale = [each for each in self._own_files() if each not in files]
        count = len(files)
        noun = "packet" if count == 1 else "packets"
        if self.dry_run:
            lines = [f"Dry run: {count} {noun} would be written to {self.folder}, and nothing was."]
            lines += [f"  {each.file}  ({each.tier}, {role(each.reviewer)})" for each in self._entries]
            return lines + [f"  would be taken away: {each}" for each in stale]
        self._write("index.html", index_page(self._entries))
        for each in stale:
            (self.folder / each).unlink(missing_ok=True)
        gone = f"; {len(stale)} of an earlier run taken away" if stale else ""
        return [f"{count} {noun} in {self.folder}{gone}. Open {self.folder / 'index.html'}"]

    # --- names ---

    def _name_for(self, onboarding: str) -> str:
        """A file name that no text in the key can lead elsewhere, and that no two packets share."""
        plain = unicodedata.normalize("NFKD", onboarding).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "onboarding"
        digest = hashlib.sha256(onboarding.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        name = f"{slug}-{digest}"
        self._names[name] += 1
        again = self._names[name]
        return f"{name}.html" if again == 1 else f"{name}-{again}.html"

    def _own_files(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        return sorted(each.name for each in self.folder.iterdir() if _OURS.fullmatch(each.name))

    # --- writing ---

    def _write(self, name: str, text: str) -> None:
        beside = self.folder / f".{name}.{os.getpid()}.tmp"
        try:
            beside.unlink(missing_ok=True)
            with beside.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            beside.replace(self.folder / name)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            beside.unlink(missing_ok=True)

    def _refuse_strangers(self) -> None:
        folder = self.folder
        try:
            if not folder.exists():
                return
            if folder.is_dir():
                inside = [each.name for each in folder.iterdir() if not _LEFT_OVER.fullmatch(each.name)]
                if not inside or MARKER in inside:
                    return
        except OSError as error:
            raise self._unwritable(error) from error
        what = "holds other files" if folder.is_dir() else "is a file"
        raise HoldshortError(
            [
                Diagnostic(
                    "PACKET-001",
                    f"`{folder}` {what}, so no packets are written there",
                    Where(str(folder)),
                    "name a new folder, an empty one, or one that an earlier run wrote",
                )
            ]
        )

    def _unwritable(self, error: OSError) -> HoldshortError:
        return HoldshortError(
            [
                Diagnostic(
                    "PACKET-002",
                    f"packets cannot be written to `{self.folder}`: {(error.strerror or str(error)).lower()}",
                    Where(str(self.folder)),
                    "check the folder's rights and the space left",
                )
            ]
        )
