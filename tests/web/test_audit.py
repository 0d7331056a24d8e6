"""The audit page: what happened last, whether anybody changed it, and a copy for outsiders."""

import io
import json
import re
import subprocess
import sys
import zipfile

import pytest
from django.db import connections


def test_the_newest_events_come_first_and_pages_have_no_gap(web_house, client_as):
    client, seen, address = client_as("revops"), [], "/audit?onboarding=6"
    total = len(web_house.house.store.history(6))
    while address:
        page = client.get(address).content.decode()
        seen += [int(each) for each in re.findall(r"6, event (\d+)", page)]
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == list(range(total, 0, -1))


def test_it_is_narrowed_to_the_house_and_to_one_person(client_as):
    client = client_as("support")
    client.post("/settings/pauses/set", {"scope": "everything", "reason": "looking"})
    page = client.get("/audit?group=house&who=will").content.decode()
    assert "paused everything" in page
    assert "Larkfield" not in page


@pytest.mark.keeps("S12")
def test_verifying_finds_nothing_in_a_sound_log_and_a_change_in_a_forged_one(web_house, client_as):
    client, before = client_as("support"), web_house.events()
    assert "No problem found" in client.post("/audit/verifications").content.decode()
    with connections[web_house.house.sql_store.database.alias].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'store_event'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute("UPDATE store_event SET actor = 'eve' WHERE number = 6 AND seq = 2")
    page = client.post("/audit/verifications").content.decode()
    assert "problem" in page
    assert "No problem found" not in page
    assert web_house.events() == before


@pytest.mark.keeps("S12")
def test_the_export_verifies_without_holdshort_and_holds_no_customers_data(client_as, tmp_path):
    assert client_as("support").post("/audit/exports").status_code == 403
    answer = client_as("legal").post("/audit/exports")
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    packed.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", tmp_path / "audit" / "verify_audit.py", "--json"],
        cwd=tmp_path / "audit", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["problems"] == []
    assert b"Larkfield" not in b"".join(packed.read(name) for name in packed.namelist())
