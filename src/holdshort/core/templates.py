"""Approved message texts of a playbook: which action each is for, and how its places are filled with values on record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.diagnostics import Diagnostic, Where, did_you_mean
from holdshort.core.glossary import Glossary
from holdshort.core.packet_values import as_text
from holdshort.core.presence import NotKnown
from holdshort.core.text import clean
from holdshort.core.unreadable import Unreadable

LONGEST_TEMPLATE = 20_000
_PLACE = re.compile(r"\{([^{}\n]{1,80})\}")
_HEAD = re.compile(r"---\r?\n(.*?)\r?\n---\r?\n(.*)", re.DOTALL)
_SETTING = re.compile(r"([a-z]{1,20}):\s*(.*?)\s*(?:\s#.*)?")
_LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Template:
    """
    An approved message text. `name` is its file's, `action` the kind that sends it.

    `automatic`: it may leave without somebody looking at it first, as its file says; the catalogue decides.
    """

    name: str
    action: str
    text: str
    subject: str = ""
    automatic: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """The glossary's names in subject and text, each once."""
        return tuple(dict.fromkeys(_PLACE.findall(f"{self.subject}\n{self.text}")))

    def filled(self, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """The text with values in its places, and the names that have none: with any of these it is no message."""
        lacking = tuple(name for name in dict.fromkeys(_PLACE.findall(self.text)) if not values.get(name))
        return _PLACE.sub(lambda found: values.get(found[1], ""), self.text), lacking


def read_templates(
    files: Iterable[tuple[str, str]], glossary: Glossary, kinds: Iterable[str]
) -> tuple[tuple[Template, ...], list[Diagnostic]]:
    """
    Return the templates that can be used, and what is wrong with the others.

    Args:
        files: Name and content of each file of the folder `messages`.
        kinds: Kinds of actions that the catalogue lists.

    A template with a fault is not used; nothing else of the playbook depends on it.
    """
    known = frozenset(kinds)
    made: list[Template] = []
    faults: list[Diagnostic] = []
    for name, content in files:
        found = _template(name, content)
        fault = found if isinstance(found, Diagnostic) else _fault_of(found, glossary, known)
        if fault is not None:
            faults.append(fault)
        elif isinstance(found, Template):
            made.append(found)
    return tuple(made), faults


def _template(name: str, content: str) -> Template | Diagnostic:
    head = _HEAD.fullmatch(content.removeprefix("\ufeff"))
    if head is None:
        return _warning(
            "PLAY-070", f"the message `{name}` does not begin with its settings", name,
            "begin it with a line `---`, then `action:` and `subject:`, and a line `---`",
        )  # fmt: skip
    if len(content) > LONGEST_TEMPLATE:
        return _warning("PLAY-070", f"the message `{name}` is too long to be checked", name, "shorten it")
    lines = (_SETTING.fullmatch(line) for line in head[1].splitlines())
    said = {line[1]: line[2].strip("\"'") for line in lines if line is not None}
    return Template(
        name, said.get("action", ""), head[2].strip(), said.get("subject", ""), said.get("automatic") == "yes"
    )


def _fault_of(template: Template, glossary: Glossary, kinds: frozenset[str]) -> Diagnostic | None:
    if template.action not in kinds:
        near = did_you_mean(template.action, kinds)
        return _warning(
            "PLAY-071", f"`{template.action}` of the message `{template.name}` is no action of the catalogue",
            template.name, f"did you mean `{near}`?" if near else "name a kind of actions.yaml",
        )  # fmt: skip
    for place in template.places:
        if place not in glossary.names:
            near = did_you_mean(place, glossary.names)
            return _warning(
                "PLAY-072", f"the message `{template.name}` asks for `{place}`, which the glossary does not have",
                template.name, f"did you mean `{near}`?" if near else "use a name of glossary.yaml",
            )  # fmt: skip
    return None


def _warning(code: str, message: str, file: str, mend: str) -> Diagnostic:
    return Diagnostic(code, message, Where(f"messages/{file}"), mend, severity="warning")


def values_for(
    templates: Iterable[Template],
    read: Callable[[str], Any],
    written: Callable[[str], Any] = lambda name: None,
) -> dict[str, str]:
    """
    What stands in the places of these templates, by name; what is not known for certain is left out.

    Args:
        read: The typed value of a glossary name in the record, or why there is none.
        written: What the record itself has there, for names and moments, which are said as they are written; else None.
    """
    names = dict.fromkeys(place for each in templates for place in each.places)
    pairs = ((name, _said(read(name), written(name))) for name in names)
    return {name: text for name, text in pairs if text}


_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")


def _said(value: Any, raw: Any) -> str:
    text = shown(value)
    if not text or not isinstance(raw, str):
        return text
    if isinstance(value, datetime):
        moment = _MOMENT.fullmatch(raw.strip())
        if moment is None:
            return text
        # Without an offset it is the customer's own clock, whose zone the template names.
        zone = {"Z": " UTC", None: ""}.get(moment[3], f" {moment[3]}")
        return f"{moment[1]} {moment[2]}{zone}"
    return " ".join(clean(raw).split())[:_LONGEST_VALUE]


def shown(value: Any) -> str:
    """A value as a message may say it; empty where there is none, or where it is too long to be one."""
    if value is None or isinstance(value, NotKnown | Unreadable):
        return ""
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}".strip()
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"  # the reader's own zone is not ours to guess
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        text = "; ".join(shown(each) for each in value)
    else:
        text = as_text(value)
    return text if len(text) <= _LONGEST_VALUE else ""
