"""The corpus's own glossary and catalogue, read once, and a rendering of trees for people to check."""

from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from holdshort.core.actions import Catalogue, read_catalogue
from holdshort.core.clause_parser import ClauseParser
from holdshort.core.dates import Calendar
from holdshort.core.glossary import Glossary
from holdshort.core.glossary_reading import GlossaryReader
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast
from holdshort.core.rules.printer import print_condition, print_term
from holdshort.core.rules.reference import Situation
from holdshort.core.rules.vocabulary import Vocabulary

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
NOW = datetime(2026, 6, 8, 15, 30, tzinfo=UTC)
CALENDAR = Calendar(
    "Head office", "America/New_York", holidays=frozenset({date(2026, 5, 25), date(2026, 7, 3)})
)
THRESHOLDS = {"ai_confidence": 0.8, "high_arr": 100000}


@cache
def glossary() -> Glossary:
    reader = GlossaryReader("glossary.yaml")
    text = (CORPUS / "glossary.yaml").read_text(encoding="utf-8")
    found = reader.read(yaml.safe_load(text), THRESHOLDS)
    assert not reader.faults, "\n".join(str(each) for each in reader.faults)
    return found


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(glossary())


@cache
def catalogue() -> Catalogue:
    found, faults = read_catalogue(
        yaml.safe_load((CORPUS / "actions.yaml").read_text(encoding="utf-8")), "actions.yaml"
    )
    assert not faults
    return found


@cache
def clauses() -> ClauseParser:
    return ClauseParser(vocabulary(), catalogue())


@cache
def reader() -> RecordReader:
    return RecordReader(glossary(), CALENDAR.zone)


def situation(record, now=NOW) -> Situation:
    return Situation(record, reader(), CALENDAR, now)


def printed(condition) -> str:
    return print_condition(condition, glossary())


def shown(value) -> str:
    """
    A tree in brackets: `(equals [contract plan] =Enterprise)`.

    `[name]` is a value of the record, `[.field]` one of the list's element, `*` the element itself, `_` the name at
    hand in `any of A, B …`, `=word` a choice; a predicate that is denied ends in `not`.
    """
    match value:
        case ast.NameRef(name):
            return f"[{name}]"
        case ast.FieldRef(field):
            return f"[.{field}]"
        case ast.ItemRef():
            return "*"
        case ast.ItRef():
            return "_"
        case ast.Choice(choice):
            return f"={choice}"
        case ast.Threshold(name):
            return f"<{name}>"
        case (
            ast.Number() | ast.MoneyLiteral() | ast.Text() | ast.YesNo() | ast.Day() | ast.Today() | ast.Now()
        ):
            return print_term(value)
        case tuple():
            return " ".join(shown(each) for each in value)
        case bool():
            return "yes" if value else ""
        case Decimal():
            return f"{value:f}"
        case None:
            return "-"
        case str() | int():
            return f"“{value}”" if isinstance(value, str) and " " in value else str(value)
    parts = [_kind(value)]
    for field in fields(value):
        inner = getattr(value, field.name)
        if field.name == "negated":
            parts.append("not" if inner else "")
        elif field.name == "percent":
            parts.append("%" if inner else "")
        elif field.name == "count" and getattr(value, "quantifier", "") in ("any", "every", "no"):
            continue
        elif field.name == "where" and inner is not None:
            parts.append(f"whose {shown(inner)}")
        else:
            parts.append(shown(inner))
    return f"({' '.join(part for part in parts if part)})"


def _kind(value) -> str:
    name = type(value).__name__
    return "".join(
        f"-{each.lower()}" if each.isupper() and at else each.lower() for at, each in enumerate(name)
    )


def sentences(path: Path):
    """The sentences of a corpus file, one a line; lines that begin with `#` are headings."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line
