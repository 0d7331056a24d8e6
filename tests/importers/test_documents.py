"""Papers become text of a record; their names can do no harm."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdshort.core.diagnostics import HoldshortError
from holdshort.importers import documents
from holdshort.importers.documents import attach_documents, guess_type, harmless_name, read_document

MAIL = b"""From: a@b.example\r\nSubject: =?utf-8?q?Signed_order_form?=\r\nMIME-Version: 1.0
Content-Type: multipart/alternative; boundary=X\r\n\r\n--X\r\nContent-Type: text/plain; charset=utf-8\r\n
Hello, we need SSO.\r\n--X\r\nContent-Type: text/html\r\n\r\n<b>no</b>\r\n--X--\r\n"""


def paper(tmp_path, name, data=b"Some text"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_paper_is_added_with_its_type_text_source_and_digest(tmp_path):
    record = {"crm": {"opportunity_id": "1"}, "documents": [{"id": "D1", "type": "security_questionnaire"}]}
    path = paper(tmp_path, "Order Form.txt", "Fees: €9\r\n".encode())
    after = attach_documents(record, [path])
    assert after["documents"][1] == {
        "id": "D2", "type": "order_form", "type_guessed_from": "file name", "text": "Fees: €9\n", "source": "Order Form.txt",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip
    assert len(record["documents"]) == 1


def test_the_same_paper_is_not_added_twice(tmp_path):
    paths = [paper(tmp_path, "a.txt"), paper(tmp_path, "b.txt")]
    once = attach_documents({}, paths)
    assert len(once["documents"]) == 1
    assert attach_documents(once, paths) == once


@pytest.mark.parametrize(
    ("name", "first", "kind"),
    [
        ("dpa-signed.txt", "", "dpa"),
        ("x.md", "# Business Associate Agreement", "baa"),
        ("csa-with-sla.txt", "", "cloud_service_agreement"),
        ("x.txt", "\n\nSTATEMENT OF WORK\nbetween …", "sow"),
        ("x.txt", "Security Questionnaire (v2)", "security_questionnaire"),
        (
            "x.txt",
            "We talked at length about the DPA, and then about the order form and the rest of it all, as usual.",
            "",
        ),
        ("dpain.txt", "hello", ""),
    ],
)
def test_the_type_is_guessed_from_name_or_title_only(name, first, kind):
    assert guess_type(name, first)[0] == kind


def test_a_mail_gives_its_plain_part_and_subject(tmp_path):
    document = read_document(paper(tmp_path, "m.eml", MAIL.replace(b"\r\n", b"\n")))
    assert (document.subject, document.text.strip(), document.type) == (
        "Signed order form",
        "Hello, we need SSO.",
        "order_form",
    )


def test_a_mail_with_html_only_loses_its_tags_and_scripts(tmp_path):
    mail = b"Content-Type: text/html\n\n<style>p{}</style><p>Go &amp; live</p><script>alert(1)</script>"
    assert read_document(paper(tmp_path, "m.eml", mail)).text == "Go & live"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(tmp_path, encoding):
    assert read_document(paper(tmp_path, "n.txt", "Zürich “A”".encode(encoding))).text == "Zürich “A”"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"%PDF-1.7"),
        ("a.txt", b"%PDF-1.7"),
        ("a.txt", b"PK\x03\x04"),
        ("a.txt", b"a\0b"),
        ("a.txt", b" \n"),
        ("a.exe", b"MZ"),
        ("a.eml", b"Subject: x\n\n"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(tmp_path, name, data):
    with pytest.raises(HoldshortError) as refused:
        read_document(paper(tmp_path, name, data))
    assert refused.value.diagnostics[0].mend


def test_every_paper_that_cannot_be_read_is_named_at_once_and_nothing_is_attached(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "FILE_BYTES", 100)
    record = {}
    with pytest.raises(HoldshortError) as refused:
        attach_documents(
            record,
            [
                paper(tmp_path, "ok.txt"),
                tmp_path / "none.txt",
                paper(tmp_path, "big.txt", b"x" * 101),
                tmp_path,
            ],
        )
    assert [each.code for each in refused.value.diagnostics] == ["FILE-001", "FILE-005", "DOC-001"]
    assert record == {}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("C:\\x\\a.txt", "a.txt"),
        ("a\u202etxt.exe", "a_txt.exe"),
        ("a\nb\x00\x1b[31m.txt", "a_b__[31m.txt"),
        (".htaccess", "htaccess"),
        ("...", "document"),
        ("", "document"),
        ("a\u200bb.txt", "a_b.txt"),
        ("ａ／ｂ.txt", "b.txt"),
    ],
)
def test_tricks_in_a_file_name_are_taken_out(name, shown):
    assert harmless_name(name) == shown


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_name_keeps_a_folder_a_control_mark_or_great_length(name):
    shown = harmless_name(name)
    assert 0 < len(shown) <= 131
    assert not set(shown) & set('/\\:*?"<>|\0\n\r\t\u202e')
    assert shown.strip(".") == shown


def test_the_real_papers_are_told_apart(shared_data):
    paths = sorted((shared_data / "contracts").glob("*.txt"))
    found = {each["source"]: each["type"] for each in attach_documents({}, paths)["documents"]}
    assert found == {
        "bonterms-professional-services-agreement.txt": "professional_services_agreement",
        "business-associate-agreement.txt": "baa",
        "cloud-service-agreement.txt": "cloud_service_agreement",
        "csa-with-sla.txt": "cloud_service_agreement",
        "data-processing-agreement.txt": "dpa",
        "order-form-with-sla.txt": "order_form",
        "order-form.txt": "order_form",
        "professional-services-agreement.txt": "professional_services_agreement",
        "statement-of-work.txt": "sow",
    }


def test_the_real_papers_are_told_apart_by_their_text_alone(shared_data):
    found = {
        path.name: guess_type("x.txt", path.read_text(encoding="utf-8"))[0]
        for path in (shared_data / "contracts").glob("*.txt")
    }
    wrong = {name: kind for name, kind in found.items() if kind and kind != guess_type(name, "")[0]}
    assert not wrong
