"""Files as evidence: what is taken is told by its content, under a name that says no more, and no verdict moves."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from holdshort.core.attachments import LARGEST, MEDIA_TYPES, MOST, media_type_of, safe_name
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from tests.core.onboarding.life import Life, once, only

CASE = "CO-EDGE-001"
PDF = b"%PDF-1.7 signed"
SOUND = c.Attach("support", "a.pdf", "application/pdf", 15, "d" * 64, "s" * 64, "key")


@pytest.fixture
def life() -> Life:
    life = Life(only(CASE))
    life.receive("missing-success-criteria")
    return life


def test_a_file_says_who_put_it_beside_what_and_what_it_is(life: Life) -> None:
    review = life.review(CASE).no
    event = once(life.do(replace(SOUND, review=review)))
    assert event == e.EvidenceAttached(
        1, review, "support", "application/pdf", 15, "s" * 64, "a.pdf", "d" * 64, "key"
    )
    assert once(life.do(SOUND)).attachment == 2


def test_a_file_moves_no_verdict_no_review_and_no_action(life: Life) -> None:
    life.request("create_kickoff_tasks")
    before = life.state
    life.do(replace(SOUND, review=life.review(CASE).no))
    assert life.state.changed(seq=before.seq, attachments=0) == before


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"size": 0}, "FLOW-100"),
        ({"size": LARGEST + 1}, "FLOW-101"),
        ({"media_type": ""}, "FLOW-102"),
        ({"media_type": "text/html"}, "FLOW-102"),
        ({"review": 99}, "FLOW-007"),
        ({"by": "stranger"}, "FLOW-009"),
    ],
)
def test_what_is_no_evidence_is_refused(life: Life, changed: dict, code: str) -> None:
    with pytest.raises(c.Refused) as refused:
        life.do(replace(SOUND, **changed))
    assert refused.value.code == code


def test_an_onboarding_has_so_many_files_and_no_more(life: Life) -> None:
    for _ in range(MOST):
        life.do(SOUND)
    with pytest.raises(c.Refused) as refused:
        life.do(SOUND)
    assert (refused.value.code, life.state.attachments) == ("FLOW-103", MOST)


OFFICE = b"PK\x03\x04....[Content_Types].xml....%s....PK\x01\x02"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (OFFICE % b"word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (OFFICE % b"xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("Grüße\r\n\tAnn".encode(), "text/plain"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (OFFICE % b"xl/workbook.xml xl/vbaProject.bin", ""),
        (b"PK\x03\x04 something else in an archive", ""),
        (b"MZ\x90\x00\x03 a program", ""),
        (b"\x7fELF", ""),
        (b"Gr\xfc\xdfe", ""),
        (b"GIF89a\x00", ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_the_content_says_what_a_file_is(content: bytes, kind: str) -> None:
    assert media_type_of(content) == kind
    assert kind == "" or kind in MEDIA_TYPES


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("Amendment 2.PDF", "application/pdf", "Amendment 2.pdf"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        (r"C:\Users\ann\contract.docx.exe", "application/pdf", "contract.docx.exe.pdf"),
        ("contract\u202efdp.exe", "application/pdf", "contractfdp.exe.pdf"),
        ("page.html", "text/plain", "page.html.txt"),
        ('a"b\r\nX: y.csv', "text/plain", "ab X y.csv"),
        ("...", "image/png", "file.png"),
        ("", "image/jpeg", "file.jpg"),
        ("x" * 500 + ".md", "text/plain", "x" * 120 + ".md"),
    ],
)
def test_a_name_is_kept_without_what_could_mislead_and_ends_as_its_content_says(
    name: str, kind: str, kept: str
) -> None:
    assert safe_name(name, kind) == kept


def test_the_open_part_of_the_event_tells_neither_name_nor_content_nor_key() -> None:
    from holdshort.service.event_json import to_store
    from tests.core.onboarding.life import NOW

    digest = hashlib.sha256(PDF).hexdigest()
    event = e.EvidenceAttached(1, 2, "rae", "application/pdf", 15, "s" * 64, "Ann Lee.pdf", digest, "secret")
    kept = to_store(event, "rae", NOW)
    assert set(kept.private or {}) == {"name", "digest", "key"}
    for each in ("Ann Lee", digest, "secret"):
        assert each not in str(kept.body)
