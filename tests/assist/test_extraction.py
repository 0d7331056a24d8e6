"""How much the built-in assistant finds, measured against labels that a person made."""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from holdshort.assist.capabilities import cluster_cases
from holdshort.assist.clustering import Decided
from holdshort.assist.extracting import extract
from holdshort.core.citing import is_genuine
from holdshort.core.documents import Document, Snapshot, readable, take_snapshot

LABELS = Path(__file__).with_name("labels.yaml")
PLANS = ("Pro", "Enterprise", "Starter")


def texts(folder):
    """Every distinct text of the open situations, and one contract form."""
    found = {}
    for line in (folder / "situations.open.jsonl").read_text("utf-8").splitlines():
        for document in take_snapshot(json.loads(line)["record"]).documents:
            found.setdefault(document.sha256[:12], document)
    form = Document("contract.text", readable((folder / "contracts" / "order-form.txt").read_text("utf-8")))
    return found | {form.sha256[:12]: form}


def measure(folder):
    """By field: found and right, found and wrong, missed; and each error in words."""
    held, counts, errors = texts(folder), {}, []
    for key, labels in yaml.safe_load(LABELS.read_text("utf-8"))["texts"].items():
        document = held[str(key)]
        snapshot = Snapshot("A", documents=(document,), plans=PLANS)
        said = Counter(
            (each.field, each.value)
            for each in extract(snapshot)
            if each.note != "denied" or each.field in ("date", "duration")
        )
        wanted = Counter((field, document.text[start:end]) for field, start, end in labels)
        for which, items in (("right", said & wanted), ("wrong", said - wanted), ("missed", wanted - said)):
            for (field, value), count in items.items():
                counts.setdefault(field, Counter())[which] += count
                if which != "right":
                    errors.append(f"{which}: {field} `{value}` in {document.id} ({key})")
    return counts, errors


@pytest.mark.shows("H2", "L1.4", "L1.5")
def test_what_is_extracted_holds_against_labels_made_by_hand(shared_data):
    """The figures of docs/reference/assist.md; they may get better, not worse."""
    counts, errors = measure(shared_data)
    for field, each in sorted(counts.items()):
        print(f"{field:18} right {each['right']:3} wrong {each['wrong']:3} missed {each['missed']:3}")
    print("\n".join(errors))
    total = sum((each for each in counts.values()), Counter())
    assert total["right"] / (total["right"] + total["wrong"]) >= 0.95
    assert total["right"] / (total["right"] + total["missed"]) >= 0.8


@pytest.mark.keeps("S18")
def test_everything_that_is_extracted_is_a_genuine_quote(shared_data):
    for line in (shared_data / "situations.open.jsonl").read_text("utf-8").splitlines()[::5]:
        snapshot = take_snapshot(json.loads(line)["record"], plans=PLANS)
        for each in extract(snapshot):
            assert (
                is_genuine(each.citation, snapshot)
                and each.value in each.citation.quote.replace("\n", " ")
                or each.field == "stakeholder"
            )


@pytest.mark.shows("H2")
@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("Maria Lopez (CFO) signs.", "stakeholder", "Maria Lopez, CFO"),
        ("Our champion is Jan de Vries.", "stakeholder", "Jan de Vries, champion"),
        (
            "Success means 90% of tickets are answered within an hour.",
            "success criterion",
            "Success means 90% of tickets are answered within an hour.",
        ),
        ("They want to reduce manual entry.", "outcome", "They want to reduce manual entry."),
        (
            "We will send the security questionnaire on May 5.",
            "next step",
            "We will send the security questionnaire on May 5.",
        ),
        (
            "Their IT team is worried about the budget freeze.",
            "risk",
            "Their IT team is worried about the budget freeze.",
        ),
        ("The fee is $12,400.00.", "amount", "$12,400.00"),
    ],
)
def test_each_field_is_found_in_a_plain_sentence(text, field, value):
    found = extract(Snapshot("A", documents=(Document("notes.N1", text),), plans=PLANS))
    assert (field, value) in {(each.field, each.value) for each in found}


@pytest.mark.shows("L1.5")
def test_no_risk_is_no_risk_and_a_wish_is_no_promise():
    found = extract(
        Snapshot("A", documents=(Document("notes.N1", "No risks known. They would like SSO by March."),))
    )
    assert not [each for each in found if each.field in ("risk", "promise") and not each.note]


@pytest.mark.shows("H8", "M14")
def test_decided_cases_that_are_alike_are_found_and_others_are_left_alone():
    said = [
        Decided("1.1", "CO-1", "contract seats differ from the seats in billing after the amendment"),
        Decided("2.1", "CO-2", "billing seats differ from contract seats, amendment not entered"),
        Decided("3.1", "CO-3", "the kickoff invite went to a person who has left"),
    ]
    found = cluster_cases(said)
    assert len(found) == 1
    assert "1.1, 2.1" in found[0].content[0]
    assert found[0].cases == ("CO-1", "CO-2")
