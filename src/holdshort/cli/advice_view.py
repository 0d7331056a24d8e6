"""What the assistant says, on a screen: each thing with its words and where they stand, doubts first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from holdshort.core.pausing import REASONS
from holdshort.core.promises import Promise
from holdshort.core.suggestions import CAPABILITIES, Suggestion
from holdshort.core.visible import one_line

_LONGEST = 300


def lines_of(suggestion: Suggestion, number: int = 0) -> Iterator[str]:
    """One suggestion. Everything in it is somebody else's text."""
    name = CAPABILITIES[suggestion.capability]
    rows = f"  ({', '.join(suggestion.cases)})" if suggestion.cases else ""
    yield f"{f's{number} ' if number else ''}{name}{rows}"
    for why in suggestion.paused:
        yield f"   ! paused: {_short(why)}"
    for line in suggestion.content:
        yield f"   {_short(line)}"
    quoted = dict.fromkeys((each.source, each.quote) for each in suggestion.every_citation)
    for source, quote in quoted:
        yield f"     {_short(source)}: “{_short(quote)}”"
    for doubt in suggestion.uncertainty:
        yield f"   ? {_short(doubt)}"
    for each in suggestion.withheld:
        yield f"   - withheld: {_short(each.words)}"


def promise_lines(promises: Sequence[Promise]) -> Iterator[str]:
    """The ledger: what somebody promised, and whether the paper has it."""
    if promises:
        yield "promises found in notes (by rules, whoever the assistant is)"
    for each in promises:
        due = f", due {each.due}" if each.due else ""
        yield f"   {each.kind} `{_short(each.said)}`{due}: {each.match} ({each.strength}); {each.owner.replace('_', ' ')} answers"
        yield f"     {_short(each.citation.source)}: “{_short(each.citation.quote)}”"


def legend() -> str:
    return "; ".join(f"{code} {why}" for code, why in REASONS.items())


def _short(text: str) -> str:
    plain = one_line(text)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
