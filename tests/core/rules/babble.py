"""Texts made of the language's own words: near enough to sentences to reach every corner of the parser."""

from .corpus import glossary

WORDS = (
    "and or not unless ( ) , ; % any every no none all some at least most more less fewer than exactly of whose where has have "
    "is are was does do not include includes mention mentions contradicts differs from by equals exceeds matches agree "
    "disagree differ missing present provided attached assigned known blank conflicting stale ambiguous one none between "
    "within before after on or today now days business day weeks hours overdue old ago recognised empty same as different "
    "inside outside in the past future a an its this 's yes no always never 1 2 3 5.5 1,000 50,000 USD $5 €7.50 2026-06-15 "
    '"custom" "" “curly” Enterprise signed open done customer admin champion active 2% two on at'
).split()


def phrases():
    known = glossary()
    found = [*known.names, *known.definition_texts, *known.systems, *known.word_lists, *known.thresholds]
    for name in known.names.values():
        found += [name.item] if name.item else []
        found += [*name.fields, *name.synonyms, *name.options]
    return [each for each in found if each]


TEMPLATES = (
    "{n} is {w}",
    "{n} is not {w}",
    "any {n} {w} {w} {w}",
    "any {n} whose {n} is {w} is {w}",
    "{n}, {n} and {n} disagree",
    "any of {n}, {n} or {n} is {w}",
    "at least 2 {n} are {w}",
    "{n} has at least 2",
    "{n} include {w} or {w}",
    "{n} is {w} {w} {n}",
    "{n} is more than 3 days after {n}",
    "{n} mentions {w}",
    "({n} is {w})",
    "not {n} is {w}",
    "any {n} has {n} {w} {w}",
    "any {n}'s {n} is {w}",
    "every {n} {w} {w} and {w} {w}",
)


def babble(rng):
    """A few templates filled with words and names, joined by words."""
    names = phrases()
    parts = []
    for _ in range(rng.randint(1, 3)):
        text = rng.choice(TEMPLATES)
        while "{n}" in text:
            text = text.replace("{n}", rng.choice(names), 1)
        while "{w}" in text:
            text = text.replace("{w}", rng.choice(WORDS) if rng.random() < 0.8 else rng.choice(names), 1)
        parts += [text, rng.choice(("and", "or", "unless", "and not", "", rng.choice(WORDS)))]
    if rng.random() < 0.3:
        rng.shuffle(parts)
    return " ".join(parts[:-1] if rng.random() < 0.8 else parts)


def nearly(rng, sentence):
    """A sentence with a word or two replaced, dropped, doubled or moved."""
    words = sentence.split(" ")
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(words))
        how = rng.choice(("replace", "replace", "drop", "double", "insert", "swap"))
        new = rng.choice(WORDS) if rng.random() < 0.7 else rng.choice(phrases())
        if how == "replace":
            words[at] = new
        elif how == "drop" and len(words) > 1:
            del words[at]
        elif how == "double":
            words.insert(at, words[at])
        elif how == "insert":
            words.insert(at, new)
        else:
            other = rng.randrange(len(words))
            words[at], words[other] = words[other], words[at]
    return " ".join(words)
