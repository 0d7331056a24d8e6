"""`holdshort erase`: a person goes, the log still verifies, the onboarding still works; the law can keep it."""

import pytest

from holdshort.core.onboarding.commands import Decide, RaiseHold, Request
from tests.houses import house, published_house  # noqa: F401 (fixtures)

EMAIL = "dana.kim@oldmill.example"
NAME = "Dana Kim"
PHONE = "+49 30 7654321"
PLANTED = 50


def dsr(house, number, *words, as_="petra"):
    return house.run(
        "erase", number, "--person", EMAIL, "--request", "DSR-2026-014", "--yes", "--json", *words, as_=as_
    )


def with_person(house, deal="1", name="missing-success-criteria", **changes):
    """A record that names the person as a stakeholder, in notes, tasks and payloads."""
    record = house.record(name, deal=deal)
    record["stakeholders"][0] |= {"email": EMAIL, "name": NAME, "phone": PHONE}
    record["notes"] = [
        {"id": "N1", "source": "crm_note", "text": f"{NAME} ({EMAIL}) asked; call {PHONE}. dana kim is keen."}
    ]
    record["tasks"] = [
        {"id": "T1", "title": f"Ask {NAME} for the file", "owner": "customer", "assignee_email": EMAIL}
    ]
    record["proposed_actions"] = [
        "create_kickoff_tasks",
        {"kind": "send_customer_message", "payload": {"to": [EMAIL], "body": f"Dear {NAME}, welcome"}},
        {"kind": "create_needs_info_task", "payload": {"about": f"what {NAME} expects"}},
    ]
    return {**record, **changes}


def disk(house):
    """Every byte that the store keeps: database, journals, keys."""
    return b"".join(each.read_bytes() for each in (house.folder / ".holdshort").rglob("*") if each.is_file())


def test_a_person_goes_and_log_and_onboarding_still_stand(house):
    number = house.take_in(with_person(house))
    with house.opened() as opened:
        review = next(each for each in opened.store.reviews(number=number) if each.case == "CO-EDGE-001")
        reason = f"{NAME} sends the criteria on Friday"
        opened.flow.act(number, Decide(review.no, "J4", "rae", exception=reason), "rae")
        opened.flow.act(number, RaiseHold("tomas", f"{EMAIL} sounds unhappy"), "tomas")
    done = dsr(house, number)
    assert done.code == 0, done.said
    assert (done.json["left"], done.json["refused"]) == ([], [])
    assert done.json["erased"][0]["places"] >= 10
    with house.opened() as opened:
        whole = str(opened.store.history(number))
        for each in (EMAIL, NAME, PHONE, "dana kim", "7654321"):
            assert each not in whole
        state = opened.flow.state(number)
        assert state.title.startswith("Old Mill Bakery")
        assert any(each.case == "CO-EDGE-001" for each in state.findings)
    assert house.run("audit", "verify").code == 0
    assert house.run("doctor").code == 0
    log = house.run("audit", "log", number).said
    assert "petra had a person erased from" in log
    assert "DSR-2026-014" in log
    assert "[erased] sends the criteria on Friday" in log


def test_of_fifty_identifiers_nothing_is_left_where_it_is_promised(house, tmp_path):
    """Promise S27: database, journals, exports, backups and the list of onboardings."""
    people = [
        (
            f"ana.perez{n}@oldmill.example",
            f"Ana Perez{chr(97 + n % 26)}{chr(97 + n // 26)}",
            f"+34 91 555 0{n:03}",
        )
        for n in range(PLANTED)
    ]
    record = house.record("missing-success-criteria")
    record["stakeholders"] = [
        {"role": "champion", "email": email, "name": name, "phone": phone, "active": True}
        for email, name, phone in people
    ]
    record["notes"] = [
        {"id": f"N{n}", "source": "crm_note", "text": f"{name} <{email}> said: call {phone.replace(' ', '')}"}
        for n, (email, name, phone) in enumerate(people)
    ]
    record["tasks"] = [
        {"id": f"T{n}", "title": f"Ask {name}", "owner": "customer"} for n, (_, name, _) in enumerate(people)
    ]
    record["proposed_actions"] = [
        {"kind": "send_customer_message", "payload": {"to": [email], "body": f"Dear {name}"}}
        for email, name, _ in people
    ]
    number = house.take_in(record)
    asked = [word for email, _, _ in people for word in ("--person", email)]
    done = house.run("erase", number, *asked, "--request", "DSR-1", "--yes", "--json", as_="petra")
    assert done.code == 0, done.said
    assert house.run("audit", "export", tmp_path / "export", "--with-private", as_="petra").code == 0
    assert house.run("backup", tmp_path / "copy.db").code == 0
    house.run("worker", "--once")
    places = {
        "store": disk(house),
        "export": b"".join(each.read_bytes() for each in (tmp_path / "export").iterdir()),
        "backup": (tmp_path / "copy.db").read_bytes() + (tmp_path / "copy.db.keys").read_bytes(),
        "outbox": b"".join(
            each.read_bytes() for each in (house.folder / "outbox").rglob("*") if each.is_file()
        ),
    }
    with house.opened() as opened:
        places["log"] = str(opened.store.history(number)).encode()
        places["list"] = str(opened.store.onboardings()).encode()
    left = [
        (place, each)
        for place, content in places.items()
        for person in people
        for each in person
        if each.encode() in content
    ]
    assert left == []
    assert house.run("audit", "verify").code == 0


def test_a_backup_made_before_does_not_bring_the_person_back(house, tmp_path):
    from tests.houses import TestHouse

    number = house.take_in(with_person(house))
    house.run("backup", tmp_path / "copy.db")
    assert dsr(house, number).code == 0
    assert house.run("restore", tmp_path / "copy.db", "--into", tmp_path / "new").code == 0
    new = TestHouse(tmp_path / "new", house.password_file)
    with new.opened() as opened:
        assert EMAIL not in str(opened.store.history(number))
    assert EMAIL.encode() not in disk(new)


def test_the_keys_of_an_older_backup_can_be_pruned(house, tmp_path):
    number = house.take_in(with_person(house))
    house.run("backup", tmp_path / "copy.db")
    before = (tmp_path / "copy.db.keys").read_text()
    dsr(house, number)
    pruned = house.run("backup", tmp_path / "copy.db", "--prune", "--json")
    assert (pruned.code, pruned.json["pruned"]) == (0, 1)
    assert len((tmp_path / "copy.db.keys").read_text().splitlines()) == len(before.splitlines()) - 1
    assert house.run("backup", tmp_path / "none.db", "--prune").code == 1


# --- what had not run yet ---


def test_what_was_for_the_person_is_withdrawn_and_what_names_them_is_asked_for_again(house):
    number = house.take_in(with_person(house))
    dry = house.run("erase", number, "--person", EMAIL, "--dry-run", "--json", as_="petra").json[
        "onboardings"
    ][0]
    done = dsr(house, number)
    assert done.code == 0
    with house.opened() as opened:
        state = opened.flow.state(number)
        message = next(each for each in state.actions.values() if each.kind == "send_customer_message")
        task = next(
            each
            for each in state.actions.values()
            if each.kind == "create_needs_info_task" and each.source == "record"
        )
    assert (message.dropped, message.payload) == (
        "withdrawn",
        {"to": ["[erased]"], "body": "Dear [erased], welcome"},
    )
    assert task.payload == {"about": "what [erased] expects"}
    assert task.amended
    assert (dry["withdrawn"], dry["amended"]) == ([f"{number}/a{message.no}"], [f"{number}/a{task.no}"])
    house.run("worker", "--once")
    texts = "".join(each.read_text("utf-8") for each in (house.folder / "outbox").glob("*.json"))
    assert f"{number}-a{task.no}-create_needs_info_task.json" in house.outbox
    assert EMAIL not in texts
    assert NAME not in texts
    assert not any("send_customer_message" in each for each in house.outbox)


def test_an_approval_whose_facts_only_lost_the_person_still_counts(house):
    number = house.take_in(with_person(house))
    with house.opened() as opened:
        review = next(each for each in opened.store.reviews(number=number) if each.case == "CO-EDGE-001")
        opened.flow.act(number, Decide(review.no, "J4", "rae", exception="on Friday"), "rae")
    assert dsr(house, number).code == 0
    with house.opened() as opened:
        assert [each.ended for each in opened.flow.state(number).approvals.values()] == [""]
    house.run("worker", "--once")
    assert any("create_kickoff_tasks" in each for each in house.outbox)


def test_while_something_that_names_the_person_is_under_way_nothing_is_erased(house):
    from datetime import UTC, datetime

    from holdshort.core.onboarding.commands import StartRun

    number = house.take_in(with_person(house))
    with house.opened() as opened:
        due = next(
            each
            for each in opened.store.due_actions(datetime.now(UTC), 10)
            if each.kind == "create_needs_info_task" and each.number == number
        )
        opened.flow.act(number, StartRun(due.no, "worker", 120), "worker")
    refused = dsr(house, number)
    assert (refused.code, refused.json["refused"]["code"]) == (1, "ERASE-004")


# --- the law, and who may ---


def test_a_legal_hold_keeps_the_data_with_its_reason_until_it_is_lifted(house):
    number = house.take_in(with_person(house))
    assert house.run("legal-hold", "place", number, "--reason", "case 12/26", as_="tomas").code == 1
    assert house.run("legal-hold", "place", number, "--reason", "case 12/26", as_="anselm").code == 0
    refused = dsr(house, number)
    assert refused.code == 1
    assert "case 12/26" in refused.json["refused"]["why"]
    with house.opened() as opened:
        assert EMAIL in str(opened.store.history(number))
    assert house.run("legal-hold", "lift", number, as_="anselm").code == 0
    assert dsr(house, number).code == 0


def test_everywhere_erases_what_it_may_and_names_what_the_law_keeps(house):
    kept = house.take_in(with_person(house, deal="1"))
    gone = house.take_in(with_person(house, deal="2"))
    house.take_in(house.record(deal="3"))
    house.run("legal-hold", "place", kept, "--reason", "case 12/26", as_="anselm")
    done = house.run(
        "erase", "--everywhere", "--person", EMAIL, "--request", "DSR-2", "--yes", "--json", as_="petra"
    )
    assert done.code == 1
    assert [each["number"] for each in done.json["erased"]] == [gone]
    assert [(each["number"], "case 12/26" in each["why"]) for each in done.json["refused"]] == [(kept, True)]


@pytest.mark.parametrize("user", ["rae", "ravi", "tomas"])
def test_erasing_and_even_looking_is_for_privacy_or_legal(house, user):
    number = house.take_in(with_person(house))
    assert dsr(house, number, as_=user).code == 1
    looked = house.run("erase", number, "--person", EMAIL, "--dry-run", as_=user)
    assert (looked.code, NAME in looked.said) == (1, False)


def test_a_dry_run_changes_nothing_and_hints_at_parts_of_the_name(house):
    number = house.take_in(
        with_person(house, notes=[{"id": "N1", "source": "crm_note", "text": f"Dana called. {NAME} again."}])
    )
    with house.opened() as opened:
        before = opened.store.history(number)
    dry = house.run("erase", number, "--person", EMAIL, "--dry-run", as_="petra")
    assert dry.code == 0
    assert "“Dana” alone" in dry.said
    with house.opened() as opened:
        assert opened.store.history(number) == before
    done = dsr(house, number, "--text", "Dana")
    assert done.code == 0
    with house.opened() as opened:
        assert "Dana" not in str(opened.store.history(number))


@pytest.mark.parametrize(
    "words",
    [
        ["--person", EMAIL],
        ["1", "--everywhere", "--person", EMAIL, "--dry-run"],
        ["1", "--dry-run"],
        ["1", "--person", "Dana", "--dry-run"],
        ["1", "--text", "ab", "--dry-run"],
        ["1", "--person", EMAIL],
    ],
)
def test_it_has_to_be_said_whose_data_from_where_and_why(house, words):
    assert house.run("erase", *words, as_="petra").code == 2


def test_the_reference_must_not_name_the_person(house):
    number = house.take_in(with_person(house))
    refused = house.run(
        "erase", number, "--person", EMAIL, "--request", f"mail of {NAME}", "--yes", as_="petra"
    )
    assert (refused.code, "ERASE-002" in refused.err) == (1, True)


def test_a_text_without_which_the_log_could_not_be_read_is_refused_and_nothing_happens(house):
    number = house.take_in(with_person(house))
    with house.opened() as opened:
        review = next(each for each in opened.store.reviews(number=number) if each.case == "CO-EDGE-001")
        from datetime import UTC, datetime

        from holdshort.core.onboarding.events import Condition

        conditions = (Condition("send it", "csm", datetime(2099, 1, 2, tzinfo=UTC)),)
        waiting = next(
            each for each in opened.flow.state(number).actions.values() if each.kind == "create_kickoff_tasks"
        )
        opened.flow.act(
            number,
            Decide(review.no, "J5", "rae", scope=(waiting.no,), conditions=conditions, exception="x"),
            "rae",
        )
        before = opened.store.history(number)
    refused = house.run("erase", number, "--text", "2099", "--request", "DSR-3", "--yes", as_="petra")
    assert (refused.code, "ERASE-003" in refused.err) == (1, True)
    with house.opened() as opened:
        assert opened.store.history(number) == before


# --- where else ---


def test_files_that_still_hold_the_person_are_named(house, tmp_path):
    number = house.take_in(with_person(house))
    house.run("worker", "--once")
    (house.folder / "records" / "forgotten.json").write_text(f'{{"note": "{EMAIL}"}}', "utf-8")
    house.run("audit", "export", tmp_path / "export", "--with-private", as_="petra")
    done = dsr(house, number, "--look-in", tmp_path / "export")
    places = [each["place"] for each in done.json["elsewhere"]]
    assert any(each.startswith(str(house.folder / "outbox")) for each in places)
    assert str(house.folder / "records" / "forgotten.json") in places
    assert str(tmp_path / "export" / "private.jsonl") in places
    assert all(each["mend"] for each in done.json["elsewhere"])


def test_what_stands_in_the_open_part_of_the_log_is_said_to_stay(house):
    number = house.take_in(with_person(house))
    with house.opened() as opened:
        opened.flow.act(number, Request("log_audit", {"x": 1}, "rae", about=f"for {EMAIL}"), "rae")
    done = dsr(house, number)
    assert done.code == 1
    assert done.json["left"]
    assert "ActionRequested" in done.json["left"][0]


def test_a_person_who_is_nowhere_is_said_to_be_nowhere(house):
    house.take_in(house.record())
    done = house.run(
        "erase",
        "--everywhere",
        "--person",
        "nobody@nowhere.example",
        "--request",
        "DSR-4",
        "--yes",
        as_="petra",
    )
    assert (done.code, "Nothing of this person" in done.out) == (0, True)
