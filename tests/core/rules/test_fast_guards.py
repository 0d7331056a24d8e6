"""A text that a guard takes for surely there is no blank, whatever comes after its beginning."""

import random

from holdshort.core.rules.fast_guards import sure_text

from .corpus import glossary, reader

PIECES = (
    "TBD", "n/a", "none", "pending", "see notes", "-", "--", "?", "x", "Goal", "50% less", " ", "  ", "\t", "\n", "<b>", "</b>", "<!--",
    "-->", "<br>", "&nbsp;", "&amp", "\u200b", "\u00a0", "\u0301", "\u00ad", "\u3164", "é", "\x00", ".", "T" * 9, "ſ", "<script>",
)  # fmt: skip


def test_what_is_surely_there_is_no_blank():
    entry = next(each for each in glossary().names.values() if each.type == "text" and not each.spellings)
    longest = reader().longest_placeholder
    sure = eval(f"lambda raw: {sure_text('raw', longest, 'known')}", {"known": glossary().placeholders})
    rng, told = random.Random(7), 0
    for _ in range(20_000):
        raw = "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 7)))
        if sure(raw):
            told += 1
            assert not reader().is_blank(entry, raw), repr(raw)
    assert told > 1_000
    assert not sure(None)
    assert not sure("")
