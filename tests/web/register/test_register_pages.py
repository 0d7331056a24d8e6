"""The register on screen: read by everybody, changed by some, published by somebody else."""

import io
import re

import openpyxl
import pytest

from holdshort.importers.register_files import read_register
from holdshort.service.drafting import authors
from tests.web.screens import PASSWORD

CASE = "CO-EDGE-001"


@pytest.fixture
def register_file(web_house):
    return next(web_house.house.folder.glob("register.*"))


def text_of(register_file, case, key="scenario"):
    return read_register(register_file)[0].row(case).text(key)


def page(answer):
    return answer.content.decode()


@pytest.mark.shows("B2", "E1")
def test_rows_are_browsed_by_work_area_lane_tier_and_words(client_as):
    client = client_as("csm")
    whole = page(client.get("/register"))
    assert "Closed-won handoff" in whole
    assert CASE in whole
    some = page(client.get("/register?q=nobody wrote down&tier=medium"))
    assert CASE in some
    assert "CO-EDGE-002" not in some
    assert "No row fits" in page(client.get("/register?q=zebra"))


def test_a_row_shows_each_cell_as_written_and_as_read_and_records_that_fire_it(client_as):
    client = client_as("csm")
    shown = page(client.get(f"/register/rows/{CASE}"))
    assert "deal is won and success criteria is missing" in shown
    assert "Edit" not in re.sub(r"CO-EDGE", "", shown)
    found = page(client.get(f"/register/rows/{CASE}/examples"))
    assert "Fires on" in found
    assert "does not fire on" in found
    assert client.get("/register/rows/CO-NONE").status_code == 404


def test_what_is_typed_is_read_at_once_and_nothing_is_written(web_house, client_as, register_file):
    client, before, bytes_before = client_as("revops"), web_house.events(), register_file.read_bytes()
    good = client.post(
        f"/register/rows/{CASE}/trigger/check", {"text": "deal is won and success criteria is missing"}
    )
    assert "It runs." in page(good)
    bad = page(
        client.post(
            f"/register/rows/{CASE}/trigger/check", {"text": "deal is won and sucess criteria is missing"}
        )
    )
    assert "<mark>sucess criteria</mark>" in bad
    assert "did you mean `success criteria`?" in bad.lower()
    assert (web_house.events(), register_file.read_bytes()) == (before, bytes_before)


def test_a_cell_is_edited_and_the_row_shows_what_runs_now(client_as, register_file, web_house):
    client, was = client_as("revops"), text_of(register_file, CASE)
    answer = client.post(
        f"/register/rows/{CASE}/scenario", {"text": "Nobody knows what success is", "seen": was}
    )
    assert answer.status_code == 302
    assert text_of(register_file, CASE) == "Nobody knows what success is"
    shown = page(client.get(f"/register/rows/{CASE}"))
    assert "changed in the draft" in shown
    assert authors(web_house.house.store) == ("rae",)


def test_a_text_that_does_not_run_stays_in_the_form_with_its_fault(client_as, register_file):
    client, was = client_as("revops"), text_of(register_file, CASE, "trigger")
    answer = client.post(f"/register/rows/{CASE}/trigger", {"text": "deal is wonky", "seen": was})
    assert answer.status_code == 409
    assert "deal is wonky</textarea>" in page(answer)
    assert text_of(register_file, CASE, "trigger") == was


def test_somebody_elses_change_is_shown_and_not_overwritten(client_as, register_file):
    was = text_of(register_file, CASE)
    client_as("product_ops").post(f"/register/rows/{CASE}/scenario", {"text": "Theirs", "seen": was})
    answer = client_as("revops").post(f"/register/rows/{CASE}/scenario", {"text": "Mine", "seen": was})
    assert answer.status_code == 409
    assert "Mine</textarea>" in page(answer)
    assert "somebody changed this cell" in page(answer).lower()
    assert text_of(register_file, CASE) == "Theirs"


@pytest.mark.keeps("S13")
@pytest.mark.parametrize("role", ["csm", "finance_ops", "sales_owner"])
def test_whoever_does_not_own_the_register_changes_nothing(client_as, register_file, role, web_house):
    client, before = client_as(role), register_file.read_bytes()
    events = web_house.events()
    for address, data in (
        (f"/register/rows/{CASE}/scenario", {"text": "x", "seen": ""}),
        ("/register/upload", {}),
        ("/register/publish", {"password": PASSWORD}),
        ("/register/versions/1/go-back", {}),
        ("/proof/test/run", {}),
    ):
        assert client.post(address, data).status_code == 403
    assert (register_file.read_bytes(), web_house.events()) == (before, events)


def test_a_spreadsheet_goes_out_and_comes_back_with_conflicts_settled_one_by_one(client_as, register_file):
    client = client_as("revops")
    sent = b"".join(client.get("/register/download").streaming_content)
    client.post(
        f"/register/rows/{CASE}/scenario", {"text": "In the draft", "seen": text_of(register_file, CASE)}
    )
    book = openpyxl.load_workbook(io.BytesIO(sent))
    sheet = book.worksheets[0]
    sheet.cell(2, 2).value, sheet.cell(3, 2).value = "In the spreadsheet", "Only in the spreadsheet"
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "register.xlsx"
    look = client.post("/register/upload", {"file": file})
    shown = page(client.get(look["Location"]))
    assert "Both sides changed: 1" in shown
    take = look["Location"] + "/take"
    refused = client.post(take, {})
    assert refused.status_code == 409
    assert "1 cell still needs a choice" in page(refused)
    assert text_of(register_file, "CO-EDGE-002") != "Only in the spreadsheet"
    (name,) = set(re.findall(r'name="(settle-[0-9a-f]+)"', shown))
    assert client.post(take, {name: "theirs"}).status_code == 302
    assert text_of(register_file, CASE) == "In the spreadsheet"
    assert text_of(register_file, "CO-EDGE-002") == "Only in the spreadsheet"


@pytest.mark.keeps("S23")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("register.xlsx", b"no workbook"),
        ("register.exe", b"MZ"),
        ("register.csv", b"\x00\xff" * 50),
        ("register.yaml", b"&a [*a, *a]"),
    ],
)
def test_a_file_that_is_no_register_is_refused_in_words(client_as, register_file, name, content):
    client, before = client_as("revops"), register_file.read_bytes()
    file = io.BytesIO(content)
    file.name = name
    answer = client.post("/register/upload", {"file": file}, follow=True)
    assert answer.status_code == 422
    assert register_file.read_bytes() == before


@pytest.mark.parametrize("name", ["../keys/master.key", "a" * 64 + ".exe", "%2e%2e%2fx.xlsx"])
def test_an_upload_is_found_by_its_own_name_only(client_as, name):
    assert client_as("revops").get(f"/register/uploads/{name}").status_code == 404


@pytest.mark.shows("P8")
@pytest.mark.keeps("S14")
def test_author_and_publisher_are_two_people_and_old_versions_come_back(web_house, client_as, register_file):
    author, publisher, was = client_as("revops"), client_as("systems_admin"), text_of(register_file, CASE)
    author.post(f"/register/rows/{CASE}/scenario", {"text": "Nobody knows what success is", "seen": was})
    assert "Nobody knows what success is" in page(author.get("/register/changes"))
    effects = page(publisher.get("/register/changes/effects"))
    assert "all acceptance tests pass" in effects
    assert "The last 90 days under the draft" in effects
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', effects)[1]
    assert author.post("/register/publish", {"password": PASSWORD, "digest": digest}).status_code == 409
    assert publisher.post("/register/publish", {"password": "wrong", "digest": digest}).status_code == 409
    assert publisher.post("/register/publish", {"password": PASSWORD, "digest": "0" * 64}).status_code == 409
    assert web_house.house.store.latest_version() == 1
    assert publisher.post("/register/publish", {"password": PASSWORD, "digest": digest}).status_code == 302
    published = web_house.house.store.latest_register()
    assert (published.version, published.author, published.publisher) == (2, "rae", "ravi")
    assert "Version 2" in page(author.get("/register/versions"))
    assert "Nobody knows what success is" in page(author.get("/register/versions/2"))
    assert author.post("/register/versions/1/go-back").status_code == 302
    assert text_of(register_file, CASE) == was
    assert author.get("/register/versions/9").status_code == 404
