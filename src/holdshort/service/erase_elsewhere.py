"""Where a person may still be found outside the log: files of the house, published playbooks, folders that were named."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from holdshort.core.settings_operations import TargetSettings
from holdshort.ports import PublishedRegister, Store
from holdshort.service.erase_words import Words

_MOST_BYTES = 64 << 20
_ZIPPED = (".xlsx", ".zip", ".docx")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place that still names the person, and what to do about it."""

    place: str
    mend: str


def elsewhere(
    folder: Path,
    store: Store,
    targets: Iterable[TargetSettings],
    facts_folder: str,
    words: Words,
    others: Iterable[Path],
) -> list[Elsewhere]:
    """
    Look where the house itself has put customers' data, and into `others`.

    Args:
        folder: The playbook folder.
        targets: All that the playbook names; folders are looked into, what other systems got is only named.
        facts_folder: Where other systems put the latest records, inside the playbook folder.
        others: Files and folders that somebody suspects, such as exports.
    """
    found: list[Elsewhere] = []
    for target in targets:
        if target.type in ("folder", "recorder"):
            found += _below(
                folder / str(target.options.get("path", "")), words,
                "delete it there; whoever picked it up may have a copy",
            )  # fmt: skip
        else:
            to = target.options.get("url") or target.options.get("host")
            found.append(
                Elsewhere(f"{target.name} ({to})", "what was sent there before is erased there, by its owner")
            )
    if facts_folder:
        found += _below(
            folder / facts_folder, words, "have the system that writes it erase them, or they come back"
        )
    for name in ("records", "messages"):
        found += _below(folder / name, words, "scrub it, and publish the playbook again")
    found += list(_published(store, words))
    for path in others:
        found += _below(path, words, "delete it, or export again")
    return found


def _below(path: Path, words: Words, mend: str) -> list[Elsewhere]:
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return [Elsewhere(str(each), mend) for each in files if each.is_file() and _names(each, words)]


def _names(path: Path, words: Words) -> bool:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return False
        if path.suffix.casefold() in _ZIPPED:
            return any(_is_in(each, words) for each in _unpacked(path))
        return _is_in(path.read_bytes(), words)
    except OSError:
        return False


def _unpacked(path: Path) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(path) as packed:
            for each in packed.infolist():
                if each.file_size <= _MOST_BYTES:
                    yield packed.read(each)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        yield path.read_bytes()


def _published(store: Store, words: Words) -> Iterator[Elsewhere]:
    latest = store.latest_register()
    for version in range(1, latest.version + 1 if latest else 1):
        published = store.register(version)
        if published is not None:
            yield from _in_version(published, words)


def _in_version(published: PublishedRegister, words: Words) -> Iterator[Elsewhere]:
    files: Mapping[str, bytes] = published.files
    found = [name for name, content in files.items() if _is_in(content, words)]
    if found:
        yield Elsewhere(
            f"published version {published.version}: {', '.join(found)}",
            "published versions never change: scrub records before you publish, and ask counsel about these",
        )


def _is_in(content: bytes, words: Words) -> bool:
    text = content.decode("utf-8", "ignore")
    return bool(words.found_in(text) or ("\\u" in text and words.found_in(_unescaped(text))))


def _unescaped(text: str) -> str:
    """JSON may write `ü` as `\\u00fc`."""
    try:
        return text.encode("ascii", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text
