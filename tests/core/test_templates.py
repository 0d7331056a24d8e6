"""Approved message texts: read with their faults, filled with what is on record and with nothing else."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import holdshort
from holdshort.core.amounts import Money
from holdshort.core.glossary import Glossary, Name
from holdshort.core.presence import MISSING
from holdshort.core.templates import Template, read_templates, shown, values_for
from holdshort.service.load_playbook import load_playbook

GLOSSARY = Glossary(names={each: Name(each, "text") for each in ("account name", "contract plan")})
KINDS = ("send_reminder", "send_customer_message")
HEAD = "---\naction: send_reminder\nsubject: Your file\nautomatic: yes   # low risk\n---\n"


def read(text):
    return read_templates([("one.md", text)], GLOSSARY, KINDS)


def test_a_file_is_read_with_its_settings_and_its_places():
    (made,), faults = read(HEAD + "Hello {account name}, on {contract plan}.\n")
    assert made == Template(
        "one.md", "send_reminder", "Hello {account name}, on {contract plan}.", "Your file", True
    )
    assert (made.places, faults) == (("account name", "contract plan"), [])


@pytest.mark.parametrize(
    ("text", "code", "mend"),
    [
        ("Hello", "PLAY-070", "begin it"),
        (HEAD + "x" * 30_000, "PLAY-070", "shorten"),
        (HEAD.replace("send_reminder", "send_remindr") + "Hello", "PLAY-071", "`send_reminder`"),
        (HEAD + "Hello {acount name}", "PLAY-072", "`account name`"),
    ],
)
def test_a_file_with_a_fault_is_left_out_and_says_how_to_mend_it(text, code, mend):
    made, (fault,) = read(text)
    assert (made, fault.code, fault.severity, fault.where.file) == ((), code, "warning", "messages/one.md")
    assert mend in fault.mend


def test_what_is_not_known_leaves_a_place_open_and_an_open_place_is_told():
    template = Template("one", "send_reminder", "Hello {account name}, on {contract plan}.")
    held = {"account name": "Old Mill", "contract plan": MISSING}
    values = values_for([template], held.__getitem__)
    assert values == {"account name": "Old Mill"}
    assert template.filled(values)[1] == ("contract plan",)
    assert template.filled({**values, "contract plan": "Pro"}) == ("Hello Old Mill, on Pro.", ())


@pytest.mark.parametrize(
    ("value", "raw", "text"),
    [
        (datetime(2026, 3, 14, 16, tzinfo=UTC), "2026-03-14T10:00:00", "2026-03-14 10:00"),
        (datetime(2026, 3, 14, 16, tzinfo=UTC), "2026-03-14T16:00:00Z", "2026-03-14 16:00 UTC"),
        (datetime(2026, 3, 14, 16, tzinfo=UTC), "2026-03-14T18:00+02:00", "2026-03-14 18:00 +02:00"),
        (datetime(2026, 3, 14, 16, tzinfo=UTC), 1773504000, "2026-03-14 16:00 UTC"),
        ("old mill bakery", "Old  Mill Bakery", "Old Mill Bakery"),
        ("old mill bakery", "Old Mill Bakery Ltd.", "Old Mill Bakery Ltd."),
        ("pro", None, "pro"),
    ],
)
def test_names_and_moments_are_said_as_they_are_written(value, raw, text):
    template = Template("one", "send_reminder", "{it}")
    assert values_for([template], lambda name: value, lambda name: raw) == {"it": text}


def test_a_value_that_holds_braces_is_not_filled_again():
    template = Template("one", "send_reminder", "Hello {account name}.")
    assert (
        template.filled({"account name": "{contract plan}", "contract plan": "Pro"})[0]
        == "Hello {contract plan}."
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 3, 4), "2026-03-04"),
        (datetime(2026, 3, 4, 15, tzinfo=UTC), "2026-03-04 15:00 UTC"),
        (Money(Decimal(1200), "EUR"), "1200 EUR"),
        (True, "yes"),
        (["a", "b"], "a; b"),
        (MISSING, ""),
        ("x" * 301, ""),
    ],
)
def test_values_are_said_as_a_reader_can_take_them(value, text):
    assert shown(value) == text


@pytest.mark.shows("H6")
def test_every_text_that_comes_along_can_be_used():
    loaded = load_playbook(Path(holdshort.__file__).parent / "starter")
    assert len(loaded.playbook.templates) == 5
    assert not [each for each in loaded.diagnostics if each.code.startswith("PLAY-07")]
