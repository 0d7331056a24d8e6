"""The page of one onboarding, the list of all, and what people do to one beside deciding its reviews."""

import re

import pytest

from tests.web.reviews.pages import address, open_page, review_of

PLANS = "CO-EDGE-002"


def onboarding(client, number):
    return open_page(client, f"/onboardings/{number}")


@pytest.mark.shows("P6")
def test_the_page_shows_path_state_reviews_actions_and_what_happened(web_house, client_as):
    number, no = review_of(web_house, PLANS)
    before = web_house.events()
    page = onboarding(client_as("revops"), number)
    assert 'aria-current="step">Handoff validation' in page.html
    assert 'class="now" aria-current="true">blocked' in page.html
    assert f'href="/reviews/{number}.{no}"' in page.html
    assert "Provision access held" in page.text
    assert "The register says held" in page.text
    assert onboarding(page.client, 999).status == 404
    assert web_house.events() == before


def test_the_list_searches_and_turns_pages(web_house, client_as, monkeypatch):
    from holdshort.web.onboardings import page as pages

    monkeypatch.setattr(pages, "PAGE", 15)
    client = client_as("revops")
    seen = []
    where = "/onboardings"
    while where:
        page = open_page(client, where)
        seen += [int(each) for each in re.findall(r'href="/onboardings/(\d+)" data-open', page.html)]
        after = re.findall(r"after=(\d+)", page.html)
        where = f"/onboardings?after={after[0]}" if after else ""
    assert len(seen) == len(set(seen)) >= 38
    assert seen == sorted(seen)
    found = open_page(client, "/onboardings?search=fenwick&open=yes")
    assert "Fenwick Glass" in found.text
    assert "Alder Street" not in found.text
    assert "No onboarding fits" in open_page(client, "/onboardings?search=%25&state=closed&after=x").text


@pytest.mark.shows("L8.8")
def test_anybody_raises_a_hold_and_its_owner_lifts_it_on_its_review(web_house, client_as):
    page = onboarding(client_as("support"), 2)
    empty = page.send(page.form_to("/holds"))
    assert (empty.status, "A hold needs a reason" in empty.text) == (409, True)
    held = page.send(page.form_to("/holds"), why="the champion sounded unhappy", owner="cs_leader")
    assert "will raised a hold" in held.text
    number, no = review_of(web_house, "PERSON-1", 2)
    review = open_page(client_as("cs_leader"), address(number, no))
    assert "the champion sounded unhappy" in review.text
    assert "Lift this hold" in " ".join(review.form("accept-route").buttons)
    lifted = review.decide("accept-route")
    assert lifted.status == 200, lifted.text
    assert web_house.house.flow.state(2).holds[1].lifted


def test_an_approval_is_taken_back_and_its_condition_met_by_their_own_people(web_house, client_as):
    number, no = review_of(web_house, PLANS)
    review = open_page(client_as("finance_ops"), address(number, no))
    conditions = {
        "condition__1": "plan corrected",
        "condition__owner__1": "sales_owner",
        "deadline__1": "2099-01-05",
    }
    assert review.decide("approve-with-conditions", scope="1", **conditions).status == 200
    page = onboarding(client_as("finance_ops"), number)
    wrong = page.send(page.form_to("/conditions/1/met"))
    assert (wrong.status, "it is for sales_owner" in wrong.text) == (409, True)
    met = onboarding(client_as("sales_owner"), number)
    assert "plan corrected met" in met.send(met.form_to("/conditions/1/met"), note="seen").text
    back = page.send(page.form_to("/recalls"), reason="wrong customer")
    assert (back.status, "recalled" in back.text) == (200, True)


def test_a_closed_onboarding_says_so_and_is_opened_again(web_house, client_as):
    page = onboarding(client_as("revops"), 2)
    without = page.send(page.form_to("/closings"))
    assert (without.status, "Closing needs a reason" in without.text) == (409, True)
    closed = page.send(page.form_to("/closings"), why="they went elsewhere")
    assert "It is closed" in closed.text
    opened = closed.send(closed.form_to("/reopenings"), why="they came back")
    assert opened.form_to("/closings")


@pytest.mark.keeps("S2")
def test_a_run_of_unknown_outcome_is_settled_by_whoever_looked(web_house, client_as):
    from holdshort.core.onboarding import commands as c

    flow = web_house.house.flow
    number = 2
    action = next(each for each in flow.state(number).actions.values() if each.run == "released")
    flow.act(number, c.StartRun(action.no, "w1", 60.0), "w1")
    attempt = flow.state(number).actions[action.no].attempt
    flow.act(number, c.FinishRun(action.no, attempt, "w1", "uncertain", "the line broke"), "w1")
    review = next(each for each in flow.state(number).open_reviews() if each.about == "run")
    role = review.owner
    page = open_page(client_as(role), address(number, review.no))
    assert "this review is about a run of which nobody knows the outcome" in page.text
    form = page.form_to("/resolutions")
    unsaid = page.send(form)
    assert (unsaid.status, "You did not say whether it happened" in unsaid.text) == (409, True)
    done = page.send(form, happened="yes", note="the file is there")
    assert done.status == 200
    assert flow.state(number).actions[action.no].run == "done"
