"""Proof and go-live on screen: what is proven, of which playbook, and whose word stands for what cannot be computed."""

import json
import time

import pytest

from holdshort.service.proof_runs import ProofRuns
from holdshort.service.sign_offs import read_sign_offs
from holdshort.web.proof.runs import runs_of


def page(answer):
    return answer.content.decode()


def keep(web_house, what, report, digest=None):
    """A result as a run leaves it; running the whole takes minutes."""
    from holdshort.service.programs import digest_of_files, files_of

    folder = web_house.house.keys.parent / "proof"
    folder.mkdir(exist_ok=True)
    digest = digest or digest_of_files(files_of(web_house.house.folder))
    kept = {"digest": digest, "at": "2026-07-01T09:00:00+00:00", "lane": "", "report": report, "why": ""}
    (folder / f"{what}.json").write_text(json.dumps(kept), "utf-8")


def test_proofs_that_never_ran_say_so_and_offer_to_run(client_as):
    shown = page(client_as("revops").get("/proof"))
    assert shown.count("Not run yet.") == 3
    assert "Break the register on purpose" in shown


@pytest.mark.shows("P8")
def test_a_run_goes_on_beside_the_pages_and_its_result_says_of_which_playbook_it_speaks(web_house, client_as):
    client, folder = client_as("revops"), web_house.house.folder
    table = next(folder.glob("register.*"))
    text = table.read_text("utf-8")
    few = text.split("\n- ")[:4]  # three rows are proven faster than all
    table.write_text("\n- ".join(few) + "\n", "utf-8")
    assert client.post("/proof/test/run").status_code == 302
    runs = runs_of(web_house.house)
    for _ in range(900):
        if runs.state("test").state != "running":
            break
        time.sleep(0.1)
    proof = runs.state("test")
    assert (proof.state, proof.is_stale) == ("done", False)
    assert "all pass" in page(client.get("/proof/test"))
    table.write_text(text, "utf-8")
    assert "has changed since" in page(client.get("/proof/test"))


def test_a_slip_that_no_test_notices_is_shown_with_the_test_that_would(web_house, client_as):
    fate = {
        "case": "CO-EDGE-002", "tier": "high", "family": "trigger", "safety": True, "result": "survived",
        "what": "`contract is attached` were deleted from CO-EDGE-002", "noticed_by": None, "why": "",
        "proposal": {"sentence": "given no-contract, provision access is released", "record": None},
    }  # fmt: skip
    keep(web_house, "mutate", {"passed": False, "fates": [fate]})
    shown = page(client_as("csm").get("/proof"))
    assert "if `contract is attached` were deleted from CO-EDGE-002, no test would notice" in shown
    assert "given no-contract, provision access is released" in shown


def test_a_broken_result_breaks_no_page(web_house, client_as):
    keep(web_house, "test", None)
    folder = web_house.house.keys.parent / "proof"
    (folder / "mutate.json").write_text("{not json", "utf-8")
    assert page(client_as("csm").get("/proof")).count("It could not be run") == 2


def test_a_playbook_that_cannot_be_read_ends_with_its_reason(tmp_path):
    from datetime import UTC, datetime

    runs = ProofRuns(tmp_path / "none", tmp_path / "kept")
    (tmp_path / "none").mkdir()
    runs.start("test", datetime.now(UTC))
    for _ in range(900):
        if runs.state("test").state != "running":
            break
        time.sleep(0.1)
    proof = runs.state("test")
    assert proof.state == "broken"
    assert "holds no register" in proof.why or "lacks" in proof.why


@pytest.mark.shows("O1", "N1")
def test_golive_shows_eighteen_items_and_the_next_step(client_as):
    shown = page(client_as("csm").get("/go-live"))
    assert all(f'id="O{number}"' in shown for number in range(1, 19))
    assert "Map one lane with real records" in shown
    assert "Where AI is used" in shown


@pytest.mark.shows("O10")
def test_whoever_is_signed_in_gives_their_own_word_for_an_item(web_house, client_as):
    client = client_as("revops")
    client.post("/go-live/sign", {"item": "O10", "note": "asked each owner on 1 July"})
    signed, _ = read_sign_offs(web_house.house.folder)
    assert [(each.item, each.note) for each in signed if each.note == "asked each owner on 1 July"] == [
        ("O10", "asked each owner on 1 July")
    ]
    assert any("Rae" in each.by for each in signed)
    answer = client.post("/go-live/sign", {"item": "O10", "note": ""}, follow=True)
    assert "the sign-off has no note" in page(answer)
