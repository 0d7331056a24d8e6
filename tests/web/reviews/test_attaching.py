"""Evidence as files: attached on the page of a review, listed with who and when, handed out as a download and no other way."""

import json
import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from holdshort.core.attachments import LARGEST
from holdshort.service.erasing import erase, plan, words_for
from holdshort.web.current import HOUSE
from tests.web.reviews.pages import address, open_page, review_of
from tests.web.screens import ROLE_OF

PLANS = "CO-EDGE-002"
PDF = b"%PDF-1.7 the amendment" + os.urandom(3000)


@pytest.fixture
def review(web_house):
    return review_of(web_house, PLANS)


def attached(client, review, content=PDF, name="Amendment <b>2.pdf", kind="text/html"):
    page = open_page(client, address(*review))
    return page.send(page.form_to("/files"), file=SimpleUploadedFile(name, content, kind))


def test_a_file_is_listed_where_people_decide_and_comes_back_as_it_was_but_only_as_a_download(
    web_house, client_as, review
):
    said = attached(client_as("support"), review)
    number, no = review
    for page in (said, open_page(client_as("finance_ops"), f"/onboardings/{number}")):
        assert page.status == 200
        assert "Amendment b2.pdf PDF, 3.0 kB" in page.text
        assert f"review {number}.{no} · will" in page.text
        assert "<b>2" not in page.html
    answer = client_as("finance_ops").get(f"/onboardings/{number}/files/1")
    assert answer.content == PDF
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="Amendment b2.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_file_changes_no_verdict_and_is_in_the_log_that_still_verifies(web_house, client_as, review):
    from holdshort.service.audit_check import check_log
    from holdshort.service.story import read_story

    house = web_house.house
    store = house.store
    before = store.onboarding(review[0]), store.reviews(number=review[0])
    attached(client_as("support"), review)
    assert (store.onboarding(review[0]), store.reviews(number=review[0])) == before
    assert type(read_story(store, review[0]).entries[-1].event).__name__ == "EvidenceAttached"
    report = check_log(house.audit_store, house.signer.public_key_hex)
    assert report.problems == []
    assert report.events > 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"MZ\x90\x00 a program", "This kind of file is not taken as evidence"),
        (b"x" * (LARGEST + 1), "The file is larger than 10 MB"),
        (b"", "The file is empty"),
    ],
)
def test_what_is_not_taken_is_refused_in_words_and_nothing_is_kept(
    web_house, client_as, review, content, said
):
    before = web_house.events()
    page = attached(client_as("support"), review, content)
    assert (page.status, said in page.text, web_house.events()) == (409, True, before)


def test_a_form_without_a_file_is_refused_and_one_sent_twice_attaches_once(web_house, client_as, review):
    page = open_page(client_as("support"), address(*review))
    assert (page.send(page.form_to("/files")).status) == 409
    for _ in range(2):
        page.send(page.form_to("/files"), file=SimpleUploadedFile("a.pdf", PDF))
    assert web_house.house.store.attachment(review[0], 1) is not None
    assert web_house.house.store.attachment(review[0], 2) is None


def test_nobody_who_is_not_signed_in_reads_or_attaches_and_a_form_from_elsewhere_does_nothing(
    web_house, client_as, review
):
    attached(client_as("support"), review)
    where = f"/onboardings/{review[0]}/files/1"
    assert web_house.browser().get(where).status_code == 302
    before = web_house.events()
    sent = {"file": SimpleUploadedFile("a.pdf", PDF)}
    assert web_house.browser().post(f"{address(*review)}/files", sent).status_code == 401
    checking = Client(enforce_csrf_checks=True, **{HOUSE: web_house.house})
    checking.cookies = client_as("support").cookies
    sent = {"file": SimpleUploadedFile("a.pdf", PDF)}
    assert checking.post(f"{address(*review)}/files", sent).status_code == 403
    assert web_house.events() == before
    for missing in (where.replace("files/1", "files/2"), "/onboardings/9999/files/1"):
        assert client_as("support").get(missing).status_code == 404


@pytest.mark.keeps("S27")
def test_erasing_a_person_takes_the_files_of_that_onboarding_with_them(web_house, client_as, review):
    house, (number, _) = web_house.house, review
    page = attached(client_as("support"), review, name="Ann Lee.pdf")
    page.send(page.form_to("/comments"), text="ann@acme.example sent it")
    words = words_for(house.store.history(number), ["ann@acme.example"])
    assert plan(house.flow, number, words).files == (1,)
    erase(house.flow, number, words, ROLE_OF["privacy"], "DSR-1")
    assert house.store.attachment(number, 1) is None
    shown = open_page(client_as("support"), f"/onboardings/{number}")
    assert "erased PDF, 3.0 kB" in shown.text
    assert "Ann Lee" not in shown.html
    assert client_as("support").get(f"/onboardings/{number}/files/1").status_code == 404
    assert "Ann Lee" not in json.dumps([str(each.private) for each in house.store.history(number)])


@pytest.mark.keeps("S9")
def test_a_store_that_cannot_be_written_says_so_and_keeps_nothing(web_house, client_as, review):
    client = client_as("support")
    page = open_page(client, address(*review))
    raw = web_house.house.sql_store.database.ready().connection
    before = web_house.events()
    raw.execute("PRAGMA query_only=ON")
    try:
        answer = client.post(
            page.form_to("/files").action,
            {**page.form_to("/files").fields, "file": SimpleUploadedFile("a.pdf", PDF)},
        )
    finally:
        web_house.house.store.close()
    assert (answer.status_code, "The store cannot be used now" in answer.content.decode()) == (503, True)
    assert web_house.events() == before
    assert web_house.house.store.attachment(review[0], 1) is None
