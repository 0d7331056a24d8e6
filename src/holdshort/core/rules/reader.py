"""A place in the token list, with what every part of the parser needs: peek, take, count, fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from holdshort.core.diagnostics import did_you_mean
from holdshort.core.glossary import Glossary, Name
from holdshort.core.rules import ast
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.tokens import Token
from holdshort.core.rules.vocabulary import Found, Phrases, Vocabulary, plural

# The words with which something is said of a subject; what follows `and` belongs to the subject where one follows.
PREDICATE_WORDS = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "mentions",
        "mention",
        "does",
        "do",
        "includes",
        "include",
        "contradicts",
        "contradict",
        "differs",
        "equals",
        "exceeds",
        "matches",
    ]
)
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
COUNT_WORDS: tuple[tuple[tuple[str, ...], ast.Quantifier], ...] = (
    (("at", "least"), "at least"),
    (("at", "most"), "at most"),
    (("no", "more", "than"), "at most"),
    (("more", "than"), "more than"),
    (("fewer", "than"), "fewer than"),
    (("less", "than"), "fewer than"),
    (("exactly",), "exactly"),
)
_COMPARISONS: tuple[tuple[tuple[str, ...], ast.Comparison], ...] = (
    (("at", "least"), "at least"),
    (("at", "most"), "at most"),
    (("no", "more", "than"), "at most"),
    (("no", "less", "than"), "at least"),
    (("more", "than"), "more than"),
    (("greater", "than"), "more than"),
    (("above",), "more than"),
    (("over",), "more than"),
    (("fewer", "than"), "less than"),
    (("less", "than"), "less than"),
    (("below",), "less than"),
    (("under",), "less than"),
    (("exactly",), "exactly"),
)
_UNITS: tuple[tuple[tuple[str, ...], ast.Unit], ...] = (
    (("business", "days"), "business days"),
    (("business", "day"), "business days"),
    (("working", "days"), "business days"),
    (("working", "day"), "business days"),
    (("days",), "days"),
    (("day",), "days"),
    (("weeks",), "weeks"),
    (("week",), "weeks"),
    (("hours",), "hours"),
    (("hour",), "hours"),
    (("minutes",), "minutes"),
    (("minute",), "minutes"),
)

COUNT_FIRST = frozenset(words[0] for words, _ in COUNT_WORDS)
_COMPARISON_FIRST = frozenset(words[0] for words, _ in _COMPARISONS)
_UNIT_FIRST = frozenset(words[0] for words, _ in _UNITS)


@dataclass
class Reader:
    tokens: tuple[Token, ...]
    vocabulary: Vocabulary
    at: int = 0
    scope: str = ""
    """The list whose element the sentence speaks about at this place."""

    @property
    def glossary(self) -> Glossary:
        return self.vocabulary.glossary

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, *words: str) -> bool:
        tokens, at = self.tokens, self.at
        for word in words:
            if at >= len(tokens):
                return False
            token = tokens[at]
            if token.word != word or token.kind not in ("word", "mark"):
                return False
            at += 1
        return True

    def take(self, *words: str) -> bool:
        """Pass over these words if they stand here."""
        if self.peek(*words):
            self.at += len(words)
            return True
        return False

    def advance(self, by: int = 1) -> None:
        self.at = min(self.at + by, len(self.tokens) - 1)

    def all_phrases(self, phrases: Phrases) -> list[Found]:
        return phrases.all_at(self.tokens, self.at)

    def longest(self, phrases: Phrases) -> Found | None:
        found = self.all_phrases(phrases)
        return found[0] if found else None

    def vocabulary_of(self, owner: Name) -> Phrases:
        """The fields of a list, inner lists included."""
        if owner.name in self.glossary.names:
            return self.vocabulary.fields(owner.name)
        return self.vocabulary.inner_fields(owner)

    def longest_choice(self, name: Name, in_plural: bool) -> tuple[str, int] | None:
        """The choice of `name` that stands here and the token after it; `in_plural` also reads `sponsors`."""
        if not in_plural:
            found = self.longest(self.vocabulary.choices(name))
            return (found.entry.name, found.end) if found else None
        for option in sorted((*name.options, *name.spellings), key=len, reverse=True):
            words = plural(option).casefold().split()
            if self.peek(*words):
                return name.spellings.get(option, option), self.at + len(words)
        return None

    def count(self) -> int | None:
        """A whole number, in figures or words; None where none stands here."""
        token = self.token
        if token.kind == "number" and token.value == int(token.value):  # type: ignore[arg-type]
            self.at += 1
            return int(token.value)  # type: ignore[arg-type]
        if token.kind == "word" and token.word in _NUMBER_WORDS:
            self.at += 1
            return _NUMBER_WORDS[token.word]
        return None

    def need_count(self, example: str = "at least 2") -> int:
        count = self.count()
        if count is None:
            self.fail(
                "RULE-018",
                f"a whole number is needed here, not {self.here()}"
                if self.token.kind != "end"
                else "the sentence ends where a whole number is needed",
                f"write how many, for instance `{example}`",
            )
        return count

    def comparison(self) -> ast.Comparison | None:
        if self.token.word not in _COMPARISON_FIRST:
            return None
        for words, comparison in _COMPARISONS:
            if self.take(*words):
                return comparison
        return None

    def unit(self) -> ast.Unit | None:
        if self.token.word not in _UNIT_FIRST:
            return None
        for words, unit in _UNITS:
            if self.take(*words):
                return unit
        return None

    def expect_end(self, mend: str = "") -> None:
        if self.token.kind == "end":
            return
        self.fail(
            "RULE-010",
            f"the sentence was complete before {self.here()}",
            mend or self._mend_of_rest(),
            to_end=True,
        )

    def _mend_of_rest(self) -> str:
        before = self.tokens[self.at - 1] if self.at else self.token
        if self.token.word == ")" and self.token.kind == "mark":
            return "take `)` away, or open the bracket with `(`"
        if self.token.word == "%":
            return "take `%` away; percent stands only in `differs from NAME by more than 2%`"
        if self.token.word == ";":
            return "a trigger is one condition: join its parts with `and` or `or` instead of `;`"
        if before.kind in ("number", "money") and self.token.word == ",":
            return "write thousands as `1,000` and decimals as `0.5`; join two conditions with `and` or `or`"
        if before.kind == "number" and self.token.kind == "word":
            return (
                "write money as `50,000 USD`, with the code of its currency; otherwise take these words away"
            )
        return "join two conditions with `and` or `or`, or take these words away"

    def here(self) -> str:
        return "its end" if self.token.kind == "end" else f"`{self._phrase_here()}`"

    def fail(self, code: str, message: str, mend: str, *, back: int = 0, to_end: bool = False) -> NoReturn:
        token = self.tokens[max(0, self.at - back)]
        end = self.tokens[-1].start if to_end else token.end
        start = token.start if token.kind != "end" else max(0, token.start - 1)
        raise RuleFault(code, message, (start, max(end, start + 1)), mend)

    def fail_unknown(
        self,
        wanted: str,
        choices: Iterable[str],
        mend: str = "",
        message: str = "",
        stop: Sequence[str] = (),
    ) -> NoReturn:
        """
        Nothing of this name is known: offer the near one, otherwise say what can stand here.

        `mend` says so where the choices are too many to list; `message` replaces `no WANTED is called …`, with
        `{}` for the words at fault, which end before a word of `stop`.
        """
        choices = list(choices)
        token = self.token
        otherwise = mend or list_them(choices)
        if token.kind == "end":
            self.fail("RULE-011", f"the sentence ends where {wanted} is needed", otherwise)
        if token.kind != "word" or token.word in stop:
            self.fail("RULE-013", f"{wanted} is needed here, not `{token.shown}`", otherwise)
        words = self._phrase_here().split()
        words = words[: next((at for at, word in enumerate(words) if word.casefold() in stop), len(words))]
        phrase, end = " ".join(words), self.tokens[self.at + len(words) - 1].end
        near = did_you_mean(phrase, choices) if len(phrase) <= _LONGEST_NAME else None
        if near is None and len(phrase) <= _LONGEST_NAME:
            # The sentence may go on after the name without a word that ends it.
            for length in range(len(words) - 1, 0, -1):
                near = did_you_mean(" ".join(words[:length]), choices, 0.8)
                if near:
                    end = self.tokens[self.at + length - 1].end
                    phrase = " ".join(words[:length])
                    break
        mend = f"did you mean `{near}`?" if near else otherwise
        phrase = phrase if len(phrase) <= _LONGEST_NAME else f"{phrase[:_LONGEST_NAME]}…"
        said = message.format(f"`{phrase}`") if message else f"no {_bare(wanted)} is called `{phrase}`"
        raise RuleFault("RULE-012", said, (token.start, end), mend)

    def fail_no_subject(self, fields: Iterable[str] = ()) -> NoReturn:
        """No condition begins here: say why, where a common slip explains it."""
        word, before = self.token.word, self.tokens[self.at - 1] if self.at else None
        example = next((each.name for each in self.glossary.names.values() if not each.is_list), "close date")
        begin = f"begin a condition with a name of the glossary, for instance `{example} is missing`"
        if self.token.kind == "word" and word in ("and", "or", "unless"):
            self.fail(
                "RULE-007", f"`{word}` has no condition before it", f"write one there, or take `{word}` away"
            )
        if self.token.kind == "word" and word in ("if", "when", "where", "then"):
            self.fail(
                "RULE-007",
                f"`{self.token.shown}` is not needed: the sentence itself is the condition",
                f"take it away and join conditions with `and`, `or` and `unless`; {begin}",
            )
        if self.token.kind == "end" and before is not None and before.word in _JOINERS:
            example = next(iter(fields), example)
            self.fail(
                "RULE-007",
                f"the sentence ends after `{before.shown}`, where a condition has to follow",
                f"write it, for instance `{example} is missing`, or take `{before.shown}` away",
                back=1,
            )
        for words, quantifier in COUNT_WORDS:
            if self.peek(*words):
                self.advance(len(words))
                self.fail(
                    "RULE-018",
                    f"`{quantifier}` does not say how many",
                    f"write a number after it, for instance `{quantifier} 2`",
                    back=1,
                )
        if self.token.kind == "word" and word in PREDICATE_WORDS:
            self.fail("RULE-007", f"nothing stands before `{word}` that it could be said of", begin)
        wanted = "a field or name" if fields else "a name"
        if fields:
            listed = ", ".join(f"`{each}`" for each in fields)
            begin = f"go on with a field of the element ({listed}) or a name of the glossary"
        else:
            begin += "; `glossary.yaml` lists them all, and a new one is added there"
        self.fail_unknown(wanted, [*fields, *self.vocabulary.nameable()], begin)

    def _phrase_here(self) -> str:
        """The words up to the next one that has a meaning of its own."""
        words = [self.token.shown]
        for token in self.tokens[self.at + 1 : self.at + 6]:
            if token.kind != "word" or token.word in _ENDERS:
                break
            words.append(token.shown)
        return " ".join(words)


_ENDERS = PREDICATE_WORDS | {
    "and",
    "or",
    "unless",
    "not",
    "of",
    "whose",
    "disagree",
    "agree",
    "than",
    "before",
    "after",
}
# Nobody means a longer name; guessing at one would take long.
_LONGEST_NAME = 80
_JOINERS = ("and", "or", "unless", "not", "whose", "where")


def _bare(wanted: str) -> str:
    for article in ("a ", "an "):
        if wanted.startswith(article):
            return wanted[len(article) :]
    return wanted


def list_them(choices: Sequence[str], most: int = 20) -> str:
    if not choices:
        return "see docs/reference/language.md for what can stand here"
    shown = ", ".join(f"`{each}`" for each in choices[:most])
    more = f" and {len(choices) - most} more" if len(choices) > most else ""
    return f"choose one of {shown}{more}"
