"""Attach contract papers and notes (.txt, .md, .eml) to a record as text."""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where

FILE_BYTES = 5_000_000
DOCUMENTS_AT_MOST = 200
_NAME_LENGTH = 120

_TYPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("order_form", r"\border ?form\b"),
        ("dpa", r"\b(data processing (agreement|addendum)|dpa)\b"),
        ("baa", r"\b(business associate (agreement|addendum)|baa)\b"),
        ("sow", r"\b(statement of work|sow)\b"),
        ("security_questionnaire", r"\b(security|vendor risk|vendor security) (questionnaire|assessment)\b"),
        ("professional_services_agreement", r"\bprofessional services (agreement|terms)\b"),
        ("nda", r"\b(non ?disclosure agreement|mutual nda|nda)\b"),
        ("cloud_service_agreement", r"\b(cloud service agreement|csa)\b"),
        ("msa", r"\b(master (services?|subscription) agreement|msa)\b"),
        ("sla", r"\b(service level agreement|sla)\b"),
        ("amendment", r"\bamendment\b"),
        ("handoff_note", r"\b(hand ?off|kick ?off) (notes?|summary)\b"),
        ("call_transcript", r"\btranscript\b"),
    )
)
_IS_TITLE_WITHIN = 6


@dataclass(frozen=True, slots=True)
class Document:
    """One paper as text."""

    source: str
    """File name, made harmless."""
    text: str
    sha256: str
    """Of the file's bytes."""
    type: str = ""
    type_from: str = ""
    """What the type was guessed from: file name, first lines, or nothing."""
    subject: str = ""

    def to_record(self, number: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"id": number}
        if self.type:
            entry |= {"type": self.type, "type_guessed_from": self.type_from}
        if self.subject:
            entry["subject"] = self.subject
        return entry | {"text": self.text, "source": self.source, "sha256": self.sha256}


def attach_documents(record: dict[str, Any], paths: Iterable[str | Path]) -> dict[str, Any]:
    """
    Return the record with the papers added to `documents[]`; the record given stays as it is.

    A paper whose bytes are there already is not added twice.

    Raises:
        HoldshortError: with one diagnostic for each paper that cannot be read; then nothing is attached.
    """
    faults: list[Diagnostic] = []
    found: list[Document] = []
    for path in paths:
        try:
            found.append(read_document(path))
        except HoldshortError as error:
            faults += error.diagnostics
    before = record.get("documents")
    documents = list(before) if isinstance(before, list) else []
    if len(documents) + len(found) > DOCUMENTS_AT_MOST:
        mend = "attach the papers of this deal only"
        faults.append(
            Diagnostic("DOC-003", f"a record holds at most {DOCUMENTS_AT_MOST} documents", Where(), mend)
        )
    if faults:
        raise HoldshortError(faults)
    there = {each.get("sha256") for each in documents if isinstance(each, dict)}
    taken = {str(each.get("id")) for each in documents if isinstance(each, dict)}
    number = 0
    for document in found:
        if document.sha256 in there:
            continue
        there.add(document.sha256)
        number = next(each for each in range(number + 1, number + len(taken) + 2) if f"D{each}" not in taken)
        documents.append(document.to_record(f"D{number}"))
    return {**record, "documents": documents}


def read_document(path: str | Path) -> Document:
    """
    Read one paper.

    Raises:
        HoldshortError: missing, a folder, empty, too large, of another kind, or not text.
    """
    path = Path(path)
    name = harmless_name(path.name)
    ending = path.suffix.lower()
    if ending not in (".txt", ".text", ".md", ".markdown", ".eml"):
        raise _refusal("DOC-001", f"`{name}` is not a text file", name, "save it as .txt, .md or .eml")
    data = _bytes(path, name)
    digest = hashlib.sha256(data).hexdigest()
    subject, text = _from_mail(data, name) if ending == ".eml" else ("", _decoded(data, name))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kind, origin = guess_type(name, f"{subject}\n{text}")
    return Document(name, text, digest, kind, origin, subject)


def guess_type(file: str, text: str) -> tuple[str, str]:
    """
    The kind of a paper and what it was guessed from.

    Empty where the name does not say it and the first lines say nothing, or two different things: the order
    form of a cloud service agreement bears both titles.
    """
    words = " ".join(re.split(r"[^a-z0-9]+", Path(file).stem.casefold()))
    for name, pattern in _TYPES:
        if pattern.search(words):
            return name, "file name"
    lines = [line.strip(" \t#*_=-") for line in text[:4000].splitlines() if line.strip(" \t#*_=-")]
    kinds: list[str] = []
    for line in lines[:_IS_TITLE_WITHIN]:
        title = " ".join(re.split(r"[^a-z0-9]+", line[:200].casefold())).strip()
        search = "search" if len(line) <= 80 else "match"  # a long line is no title, but may begin with one
        kinds += [name for name, pattern in _TYPES if getattr(pattern, search)(title)][:1]
    return (kinds[0], "first lines") if len(set(kinds)) == 1 else ("", "")


def harmless_name(name: str) -> str:
    """A file name without folders, control and direction marks, or a leading dot."""
    plain = unicodedata.normalize("NFKC", name).replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(
        "_" if unicodedata.category(letter)[0] == "C" or letter in '<>:"|?*`' else letter for letter in plain
    )
    shown = re.sub(r"\.{2,}", ".", shown).strip(" .") or "document"
    if len(shown) > _NAME_LENGTH:
        stem, dot, ending = shown.rpartition(".")
        shown = (stem or ending)[: _NAME_LENGTH - len(ending) - 1] + dot + ending[:10]
    return shown


def _bytes(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            raise _refusal("FILE-002", f"`{name}` is a folder", name, "name the papers inside it")
        if not path.is_file():
            raise _refusal("FILE-001", f"there is no file `{name}`", name, "check the name and the folder")
        with path.open("rb") as stream:
            data = stream.read(FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _refusal(
            "FILE-003", f"`{name}` cannot be read", name, "check who may read it, and the name"
        ) from error
    if len(data) > FILE_BYTES:
        raise _refusal(
            "FILE-005",
            f"the file holds more than {FILE_BYTES / 1e6:,.0f} MB",
            name,
            "attach the pages that matter",
        )
    if not data.strip(b"\0 \t\r\n"):
        raise _refusal("FILE-004", "the file is empty", name, "save it again")
    return data


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if b"\0" in data or data.startswith((b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _refusal(
            "DOC-002", "the file is not text, whatever its name says", name, "save its text as .txt"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _from_mail(data: bytes, name: str) -> tuple[str, str]:
    """Subject and plain text of a mail; attachments and pictures are left out."""
    from email import message_from_bytes, policy

    try:
        message = message_from_bytes(data, policy=policy.default)
        body = message.get_body(preferencelist=("plain", "html"))
        text = str(body.get_content()) if body is not None else ""
        subject = " ".join(str(message.get("Subject", "")).split())
        is_html = body is not None and body.get_content_type() == "text/html"
    except Exception as error:  # a malformed mail makes the parser raise many kinds
        raise _refusal("DOC-002", "the mail cannot be read", name, "save its text as .txt") from error
    if is_html:
        text = _without_tags(text)
    if not text.strip():
        raise _refusal("DOC-002", "the mail has no text", name, "attach its text as .txt")
    return subject, text


def _without_tags(text: str) -> str:
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.parts: list[str] = []
            self.hidden = 0

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.hidden += tag in ("script", "style")
            if tag in ("br", "p", "div", "tr", "li"):
                self.parts.append("\n")

        def handle_endtag(self, tag: str) -> None:
            self.hidden -= tag in ("script", "style") and self.hidden > 0

        def handle_data(self, data: str) -> None:
            if not self.hidden:
                self.parts.append(data)

    reader = Reader()
    reader.feed(text)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()


def _refusal(code: str, message: str, file: str, mend: str) -> HoldshortError:
    return HoldshortError([Diagnostic(code, message, Where(file=file), mend)])
