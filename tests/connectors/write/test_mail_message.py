"""An approved payload as an e-mail: exactly that, or nothing."""

import email
import email.header
import email.policy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdshort.connectors.write.mail_message import Unsendable, is_address, read_sender, write_mail

from .worlds import PAYLOAD

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SENDER = read_sender("Lumenboard onboarding <cs@vendor.example>")
HEADERS = {
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
}


def written(payload, key="d1gest-1", may_receive=lambda address: True):
    return write_mail(payload, key, SENDER, may_receive, AT)


def parsed(mail):
    return email.message_from_bytes(mail.content, policy=email.policy.default)


def is_only_what_was_asked(mail, payload):
    """The message has our headers and no others, each once, and reads back as the payload."""
    message = parsed(mail)
    names = [name.lower() for name in message.keys()]  # noqa: SIM118
    assert set(names) <= HEADERS
    assert len(set(names)) == len(names)
    assert [each.addr_spec for each in message["to"].addresses] == payload["to"]
    assert message["subject"] == payload["subject"]
    assert message.get_content().splitlines() == payload["body"].splitlines()
    assert not message.is_multipart()
    assert set(mail.recipients) == {*payload["to"], *payload.get("cc", [])}
    assert mail.content.isascii()
    assert b"\r" not in mail.content.replace(b"\r\n", b"")
    assert b"\n" not in mail.content.replace(b"\r\n", b"")
    assert max(map(len, mail.content.split(b"\r\n"))) <= 998


def test_a_message_is_written_as_approved():
    payload = {
        **PAYLOAD,
        "cc": ["bo@customer.example"],
        "subject": "Größe — Kickoff",
        "body": "Grüße,\n.\nFrom here on\n" + "x" * 2000,
    }
    mail = written(payload)
    is_only_what_was_asked(mail, payload)
    message = parsed(mail)
    assert message["from"] == "Lumenboard onboarding <cs@vendor.example>"
    assert message["cc"] == "bo@customer.example"
    assert mail.sender == "cs@vendor.example"


def test_the_message_id_comes_from_the_key_alone():
    first, again = written(PAYLOAD), written({**PAYLOAD, "body": "Another."})
    assert first.message_id == again.message_id == parsed(first)["message-id"]
    assert written(PAYLOAD, "d1gest-2").message_id != first.message_id
    assert first.message_id.endswith("@vendor.example>")


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"to": [], "subject": "a", "body": "b"},
        {"to": "ana@customer.example", "subject": "a", "body": "b"},
        {"to": [None], "subject": "a", "body": "b"},
        {"to": ["ana@customer.example"], "body": "b"},
        {"to": ["ana@customer.example"], "subject": " ", "body": "b"},
        {"to": ["ana@customer.example"], "subject": "a"},
        {"to": ["ana@customer.example"], "subject": "a", "body": "  \n"},
        {"to": ["ana@customer.example"], "subject": 1, "body": "b"},
        {"to": ["ana@customer.example"], "subject": "a", "body": ["b"]},
        {**PAYLOAD, "cc": "bo@customer.example"},
        {**PAYLOAD, "bcc": ["x@evil.example"]},
        {**PAYLOAD, "attachments": ["contract.pdf"]},
        {**PAYLOAD, "Subject": "twice"},
        {**PAYLOAD, "headers": {"Bcc": "x@evil.example"}},
        {**PAYLOAD, "body": "a\0b"},
        {**PAYLOAD, "body": "a\ud800b"},
        {**PAYLOAD, "subject": "x" * 901},
    ],
    ids=ascii,
)
def test_a_payload_with_a_field_missing_unknown_or_odd_is_not_sent(payload):
    with pytest.raises(Unsendable):
        written(payload)


@pytest.mark.parametrize(
    "end", ["\r\n", "\n", "\r", "\0", "\v", "\f", "\x85", "\u2028", "\u2029", "\x1b", "\ud800"]
)
def test_a_subject_with_a_line_end_is_refused_and_never_folded_away(end):
    for subject in (f"Welcome{end}Bcc: all@customer.example", f"{end}Welcome", f"Welcome{end}"):
        with pytest.raises(Unsendable):
            written({**PAYLOAD, "subject": subject})


@pytest.mark.parametrize(
    "text",
    [
        "ana@customer.example\r\nBcc: x@evil.example", "ana@customer.example\n", "ana@customer.example,x@evil.example",
        "ana@customer.example x@evil.example", "Ana <ana@customer.example>", "<ana@customer.example>",
        '"ana x"@customer.example', "ana(comment)@customer.example", "ana@[127.0.0.1]", "ana@customer", "ana@", "@customer.example",
        "ana@@customer.example", "ana@customer..example", "ana..b@customer.example", ".ana@customer.example",
        "ana%evil.example@customer.example", "evil.example!ana@customer.example", "ana@customer.example> SIZE=1",
        "añа@customer.example", "ana@cüstomer.example", "a" * 65 + "@customer.example", "ana@-customer.example",
        "ana@customer.example:x@evil.example", "group:ana@customer.example;", "", " ", "ana@customer.example\0", 7, None,
    ],
)  # fmt: skip
def test_only_a_bare_address_is_an_address(text):
    assert not is_address(text)
    for field in ("to", "cc"):
        with pytest.raises(Unsendable):
            written({**PAYLOAD, field: [text]})


@pytest.mark.parametrize(
    "text", ["ana@customer.example", "Ana.B+c@sub.customer.example", "o'neil_x-1@a.co", "a@1.example"]
)
def test_a_usual_address_is_an_address(text):
    assert is_address(text)


@pytest.mark.keeps("S29")
def test_a_recipient_outside_the_list_stops_the_message_for_everybody():
    asked = []

    def may_receive(address):
        asked.append(address)
        return address.endswith("@customer.example")

    with pytest.raises(Unsendable, match=r"x@evil\.example is not on the list"):
        written({**PAYLOAD, "cc": ["x@evil.example"]}, may_receive=may_receive)
    assert asked == ["ana@customer.example", "x@evil.example"]


@pytest.mark.parametrize("answer", [None, 1, "yes", 0, False])
def test_only_a_plain_yes_lets_a_recipient_through(answer):
    with pytest.raises(Unsendable):
        written(PAYLOAD, may_receive=lambda address: answer)


def test_a_list_that_cannot_be_read_lets_nobody_through():
    with pytest.raises(Unsendable):
        written(PAYLOAD, may_receive=lambda address: 1 / 0)


@given(
    subject=st.text(max_size=200), body=st.text(max_size=300), to=st.lists(st.text(max_size=40), max_size=2)
)
def test_whatever_the_texts_no_header_and_no_recipient_is_added(subject, body, to):
    payload = {"to": ["ana@customer.example", *to], "subject": subject, "body": body}
    try:
        mail = written(payload)
    except Unsendable:
        return
    is_only_what_was_asked(mail, payload)


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), min_size=1, max_size=200
    ).filter(str.strip)
)
def test_a_subject_arrives_with_every_character_that_it_had(subject):
    mail = written({**PAYLOAD, "subject": subject})
    assert parsed(mail)["subject"] == subject
    pieces = email.header.decode_header(email.message_from_bytes(mail.content)["subject"])
    joined = "".join(
        part.decode(charset or "ascii") if isinstance(part, bytes) else part for part, charset in pieces
    )
    assert joined == subject


def test_many_recipients_arrive_as_they_were_named():
    to = [f"somebody.with.a.long.name.{number}@customer-with-a-long-name.example" for number in range(60)]
    is_only_what_was_asked(written({**PAYLOAD, "to": to, "cc": to[:2]}), {**PAYLOAD, "to": to, "cc": to[:2]})


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=400).filter(str.strip)
)
def test_a_body_arrives_with_every_character_that_it_had(body):
    message = parsed(written({**PAYLOAD, "body": body}))
    lines = body.encode().splitlines()
    assert message.get_content().encode().splitlines()[: len(lines)] == lines


def test_no_string_of_the_attack_corpus_adds_a_header(shared_data):
    sent = refused = 0
    for path in sorted((shared_data / "adversarial").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            text = json.loads(line).get("text") or "-"
            with pytest.raises(Unsendable):
                written({**PAYLOAD, "to": [text]})
            payload = {**PAYLOAD, "subject": text, "body": text}
            try:
                mail = written(payload)
            except Unsendable:
                refused += 1
                payload = {**PAYLOAD, "body": text.replace("\0", "").strip() or "-"}
                mail = written(payload)
            is_only_what_was_asked(mail, payload)
            sent += 1
    assert sent > 400
    assert refused > 20


@pytest.mark.parametrize(
    "text",
    [
        "cs@vendor.example",
        "  cs@vendor.example ",
        "Onboarding <cs@vendor.example>",
        '"On, boarding" <cs@vendor.example>',
    ],
)
def test_a_sender_is_an_address_with_or_without_a_name(text):
    assert read_sender(text).addr_spec == "cs@vendor.example"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cs",
        "a\r\nBcc: x@y.example <cs@vendor.example>",
        "<a@b.example> <c@d.example>",
        "a@b.example, c@d.example",
    ],
)
def test_anything_else_is_no_sender(text):
    with pytest.raises(ValueError, match="sender"):
        read_sender(text)
