"""`holdshort publish`: proven first, shown before it is done, and onboardings that wait come over as chosen."""

import pytest

from holdshort.service import publish as service
from holdshort.service.bringing_over import note_published
from tests.houses import empty_house, house, published_house  # noqa: F401 (fixtures)

CASE = "CO-EDGE-001"


def change(house, old, new):
    register = house.folder / "register.yaml"
    text = register.read_text("utf-8")
    assert old in text
    register.write_text(text.replace(old, new, 1), "utf-8")


def reword(house):
    """CO-EDGE-001 reads differently and still asks the same person."""
    change(house, "The deal is won and nobody wrote down", "The deal is won, and nobody has written down")


def version_of(house, number):
    with house.opened() as opened:
        return opened.flow.state(number).register


def approved(house):
    """An onboarding that waits on CO-EDGE-001, with an approval that has not run."""
    from holdshort.core.onboarding.commands import Decide

    number = house.take_in(house.record("missing-success-criteria"))
    with house.opened() as opened:
        review = next(each for each in opened.store.reviews(number=number) if each.case == CASE)
        command = Decide(review.no, "J4", "rae", exception="they send them on Friday")
        opened.flow.act(number, command, "rae")
    return number


# --- what stops it ---


@pytest.mark.shows("P8")
def test_a_playbook_with_a_fault_or_a_failing_test_is_not_published(house):
    change(house, "deal is won and success criteria is missing", "deal is won and sucess criteria is missing")
    refused = house.run("publish", "--yes", as_="rae")
    assert refused.code == 1
    assert "RULE-012" in refused.err
    change(house, "sucess criteria", "success criteria")
    change(
        house,
        "given missing-success-criteria, create kickoff tasks is held",
        "given missing-success-criteria, create kickoff tasks is released",
    )
    failing = house.run("publish", "--dry-run", "--json")
    assert failing.code == 1
    assert {each["code"] for each in failing.json["faults"]} == {"PUB-004"}
    with house.opened() as opened:
        assert opened.store.latest_register().version == 1


def test_only_revops_or_a_systems_admin_publishes_and_not_their_own_work(house):
    reword(house)
    assert "PUB-007" in house.run("publish", "--yes", as_="tomas").err
    assert "PUB-008" in house.run("publish", "--yes", "--author", "rae", as_="rae").err
    assert house.run("publish", "--yes", "--author", "tomas", as_="rae").code == 0
    assert "PUB-006" in house.run("publish", "--yes", as_="rae").err


def test_wrong_choices_are_named(house):
    reword(house)
    assert house.run("publish", "--dry-run", "--choose", f"{CASE}=later").code == 2
    unknown = house.run("publish", "--dry-run", "--choose", "CO-EDGE-002=drain")
    assert (unknown.code, "PUB-005" in unknown.err) == (2, True)
    assert house.run("publish").code == 2


# --- what it means ---


def test_a_dry_run_says_what_becomes_of_each_onboarding_that_waits_and_changes_nothing(house):
    number = approved(house)
    clean = house.take_in(house.record(deal="2"))
    reword(house)
    dry = house.run("publish", "--dry-run", "--json")
    assert dry.code == 0
    assert dry.json["changed"] == [CASE]
    assert {each["number"]: each["outcome"] for each in dry.json["effects"]} == {
        number: "approval void", clean: "same outcome",
    }  # fmt: skip
    said = house.run("publish", "--dry-run").said
    assert "2 onboardings under way: 1 approval void, 1 same outcome" in said
    assert "the row CO-EDGE-001 of the register reads differently now" in said
    assert version_of(house, number) == 1


def test_an_approval_of_a_row_that_reads_differently_now_is_asked_for_again(house):
    number = approved(house)
    reword(house)
    done = house.run("publish", "--yes", as_="rae")
    assert done.code == 0
    assert version_of(house, number) == 2
    house.run("worker", "--once")
    assert not any("create_kickoff_tasks" in each for each in house.outbox)


def test_an_onboarding_that_keeps_its_version_goes_on_under_it(house):
    number = approved(house)
    reword(house)
    assert house.run("publish", "--yes", "--choose", f"{CASE}=grandfather", as_="rae").code == 0
    house.run("worker", "--once")
    assert version_of(house, number) == 1
    assert any("create_kickoff_tasks" in each for each in house.outbox)


def test_a_drained_onboarding_comes_over_once_nothing_of_it_waits(house):
    waiting = house.take_in(house.record("missing-success-criteria"))
    reword(house)
    assert house.run("publish", "--yes", "--choose", f"{CASE}=drain", as_="rae").code == 0
    house.run("worker", "--once")
    assert version_of(house, waiting) == 1
    with house.opened() as opened:
        from holdshort.core.onboarding.commands import Decide

        for review in opened.store.reviews(number=waiting):
            opened.flow.act(waiting, Decide(review.no, "J7", "rae", reason="not this deal"), "rae")
        assert not any(opened.flow.state(waiting).open_reviews())
    house.run("worker", "--once")
    house.run("worker", "--once")
    assert version_of(house, waiting) == 2


def test_a_row_whose_role_nobody_holds_is_said_to_need_an_owner(house):
    house.run("user", "disable", "sol", as_="rae")
    number = house.take_in(house.record("missing-success-criteria"))
    change(house, "review: RevOps or sales manager confirms before create kickoff tasks\n    owner: RevOps",
           "review: security confirms before create kickoff tasks\n    owner: security")  # fmt: skip
    change(house, "given missing-success-criteria, create kickoff tasks is held until success criteria is present or RevOps approves an exception",
           "given missing-success-criteria, create kickoff tasks is held")  # fmt: skip
    dry = house.run("publish", "--dry-run", "--json")
    assert dry.code == 0, dry.err
    effect = next(each for each in dry.json["effects"] if each["number"] == number)
    assert effect["outcome"] == "needs a new owner"


# --- interrupted ---


def interrupted(house, choices):
    """Published, and the process died before anything was brought over."""
    with house.opened() as opened:
        found = service.candidate(opened.flow, house.folder)
        service.publish(opened.flow, found, "rae", "", note_published(choices))


@pytest.mark.parametrize("finish", [["publish", "--resume"], ["publish"], ["worker", "--once"]])
def test_an_interrupted_publication_is_finished_as_it_was_chosen(house, finish):
    waiting = house.take_in(house.record("missing-success-criteria"))
    clean = house.take_in(house.record(deal="2"))
    reword(house)
    interrupted(house, {CASE: "grandfather"})
    assert (version_of(house, waiting), version_of(house, clean)) == (1, 1)
    assert "versions" in house.run("doctor").out
    done = house.run(*finish, as_=None if finish[0] == "worker" else "rae")
    assert done.code == 0, done.said
    assert (version_of(house, waiting), version_of(house, clean)) == (1, 2)
    assert house.run("publish", "--resume", "--json", as_="rae").json == {"effects": [], "brought_over": 0}


def test_the_house_remembers_who_published_and_what_was_chosen(house):
    house.take_in(house.record("missing-success-criteria"))
    reword(house)
    house.run("publish", "--yes", "--choose", f"{CASE}=drain", "--author", "tomas", as_="rae")
    last = house.run("audit", "log", "house", "--json").lines[-1]
    assert last["who"] == "rae"
    assert last["words"] == f"published version 2 (author: tomas; choices: {CASE}=drain)"


def test_the_first_publication_of_an_empty_house(empty_house):
    empty_house.run("user", "add", "rae", "--role", "revops", "--password-file", empty_house.password_file)
    done = empty_house.run("publish", str(empty_house.folder), "--yes", "--json", as_="rae")
    assert done.code == 0
    assert (done.json["published"], done.json["effects"]) == (1, [])
