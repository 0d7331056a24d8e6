"""Every good sentence means its tree; every bad cell gets its message. The files are in tests/corpus."""

import os

import pytest

from holdshort.core.clause_parser import lanes
from holdshort.core.diagnostics import Where
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.parser import parse_condition
from holdshort.core.text import fold

from .corpus import CORPUS, clauses, printed, sentences, shown, vocabulary

ACCEPT = bool(os.environ.get("HOLDSHORT_ACCEPT"))
LANES = {
    fold(lane): lane for lane in ("mid-market guided", "enterprise implementation", "migration", "self-serve")
}
GOOD = sorted((CORPUS / "good").glob("*.rule"))
BAD = sorted((CORPUS / "bad").glob("*.rule"))


def read_cell(column, text):
    """What a cell's parts say, and the faults as a reader sees them."""
    parser = clauses()
    if column == "trigger":
        return _whole(text, lambda: parse_condition(text, vocabulary()))
    if column == "owner":
        return _whole(text, lambda: parser.role(text))
    if column == "lane":
        found = lanes(text, LANES)
        return ([], [str(found.at(Where(), text))]) if isinstance(found, RuleFault) else ([found], [])
    if column == "action":
        action, faults = parser.system_action(text)
        return [action], [str(fault.at(Where(), text, part.start)) for part, fault in faults]
    stand_for = {"owner": "revops", "escalation owner": "cs_leader"}
    read = {
        "checks": parser.conditions,
        "evidence": parser.evidence,
        "ai": parser.ai_uses,
        "review": lambda cell: parser.review(cell, "revops", ""),
        "test": lambda cell: parser.tests(cell, stand_for),
    }[column]
    parts = read(text)
    said = [each for _, each in parts if not isinstance(each, RuleFault)]
    return said, [
        str(each.at(Where(), text, part.start)) for part, each in parts if isinstance(each, RuleFault)
    ]


def _whole(text, read):
    try:
        return [read()], []
    except RuleFault as fault:
        return [], [str(fault.at(Where(), text))]


def _cells(path):
    column = path.stem.split("-")[0]
    for line in sentences(path):
        yield column, line.replace("\\n", "\n")


def _same(path, text):
    if ACCEPT:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_sentences_mean_their_trees(path):
    blocks = []
    for column, text in _cells(path):
        if column == "review":  # the escalation owner is named in the good rows
            said, faults = [each for _, each in clauses().review(text, "revops", "cs_leader")], []
        else:
            said, faults = read_cell(column, text)
        assert not faults, "\n".join(faults)
        lines = [text.replace("\n", "\\n")]
        if column == "trigger":
            lines.append(f"  = {printed(said[0])}")
        lines += [f"  {shown(each)}" for each in said] or ["  nothing"]
        blocks.append("\n".join(lines))
    _same(path.with_suffix(".tree"), "\n\n".join(blocks) + "\n")


@pytest.mark.parametrize(
    "path", [each for each in GOOD if each.stem.startswith("trigger")], ids=lambda path: path.stem
)
def test_canonical_sentences_mean_the_same(path):
    for _, text in _cells(path):
        tree = parse_condition(text, vocabulary())
        assert parse_condition(printed(tree), vocabulary()) == tree
        assert printed(parse_condition(printed(tree), vocabulary())) == printed(tree)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_cells_get_their_messages(path):
    blocks = []
    for column, text in _cells(path):
        _, faults = read_cell(column, text)
        assert faults, f"`{text}` was read without a fault"
        blocks.append("\n".join(faults))
    _same(path.with_suffix(".message"), "\n\n".join(blocks) + "\n")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_message_says_what_where_and_how_to_mend(path):
    for column, text in _cells(path):
        for fault in read_cell(column, text)[1]:
            what, *_, mend = fault.splitlines()
            message = what.partition("]: ")[2]
            assert not message.endswith(".")
            assert "^" in fault
            assert mend.startswith("   = ")
            for word in ("None", "NoneType", "str", "list_them", "tuple", "Decimal"):
                assert f" {word} " not in fault


def test_the_corpus_is_large_enough():
    assert sum(1 for path in GOOD for _ in _cells(path)) >= 150
    assert sum(1 for path in BAD for _ in _cells(path)) >= 100
