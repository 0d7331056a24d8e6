"""The inbox: what waits for whom, most urgent first, found again, and acted on with a form."""

import re

import pytest

from holdshort.core.onboarding.commands import Claim
from holdshort.web.inbox.listing import PAGE, Asked


def reviews_in(page):
    return re.findall(r'data-open href="/reviews/([\d.]+)"', page.content.decode())


def rows_of(web_house, **filters):
    return web_house.house.store.reviews(limit=1000, **filters)


@pytest.mark.shows("B11")
def test_my_queue_holds_what_my_role_may_decide(web_house, client_as):
    page = client_as("privacy").get("/")
    shown = reviews_in(page)
    owners = {each.id: each.owner for each in rows_of(web_house)}
    assert shown
    text = page.content.decode()
    assert all("privacy" in each for each in re.findall(r" · for ([^<·]+)", text))
    assert len(shown) < len(owners)


def test_the_most_urgent_comes_first(web_house, client_as):
    shown = reviews_in(client_as("revops").get("/?view=all"))
    in_order = [each.id for each in rows_of(web_house)]
    assert shown == in_order[:PAGE]


def test_pages_follow_each_other_without_gap_or_repetition(web_house, client_as):
    client, seen, address = client_as("revops"), [], "/?view=all"
    while address:
        page = client.get(address)
        seen += reviews_in(page)
        found = re.search(r'rel="next" href="([^"]+)"', page.content.decode())
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == [each.id for each in rows_of(web_house)]


@pytest.mark.parametrize("tier", ["low", "medium", "high", "hold"])
def test_a_tier_shows_only_its_reviews(web_house, client_as, tier):
    shown = reviews_in(client_as("revops").get(f"/?view=all&tier={tier}"))
    assert shown == [each.id for each in rows_of(web_house) if each.tier == tier][:PAGE]


def test_a_lane_shows_only_its_onboardings(web_house, client_as):
    store = web_house.house.store
    shown = reviews_in(client_as("revops").get("/?view=all&lane=strategic+account"))
    wanted = [
        each.id for each in rows_of(web_house) if store.onboarding(each.number).lane == "strategic account"
    ]
    assert shown == wanted[:PAGE]
    assert shown


def test_search_finds_a_customer_a_row_and_a_number(web_house, client_as):
    client = client_as("revops")
    row = rows_of(web_house)[0]
    title = web_house.house.store.onboarding(row.number).title
    for said in (title.split(" Ltd")[0], row.case.lower(), str(row.number), row.id):
        assert row.id in reviews_in(client.get("/", {"view": "all", "q": said})), said
    assert reviews_in(client.get("/", {"view": "all", "q": "no such customer"})) == []


def test_what_somebody_else_claimed_leaves_my_queue_and_stays_with_my_team(web_house, client_as):
    client = client_as("finance_ops")
    mine = reviews_in(client.get("/"))
    number, no = map(int, mine[0].split("."))
    house = web_house.house
    with house.store.transaction() as tx:
        dora = next(each for each in tx.users() if each.name == "dora")
        tx.put_user(type(dora)("dirk", "Dirk", "dirk@lumenboard.example", dora.roles))
    house.flow.act(number, Claim(no, "dirk"), "dirk")
    assert mine[0] not in reviews_in(client.get("/"))
    assert mine[0] in reviews_in(client.get("/?view=team"))


def test_claiming_is_a_form_and_leads_back_to_the_list_as_it_was(web_house, client_as):
    client = client_as("revops")
    review = reviews_in(client.get("/"))[0]
    assert client.get("/inbox/claims").status_code == 405
    answer = client.post("/inbox/claims", {"review": review, "back": "view=all&tier=high"})
    assert (answer.status_code, answer["Location"]) == (302, "/?view=all&tier=high")
    row = next(each for each in rows_of(web_house) if each.id == review)
    assert row.claimed_by == "rae"
    assert "claimed by you" in client.get("/").content.decode()


def test_a_review_is_given_to_somebody_who_may_decide_it_and_to_nobody_else(web_house, client_as):
    client = client_as("revops")
    review = next(each for each in rows_of(web_house) if each.case == "CO-EDGE-002").id
    refused = client.post("/inbox/reassignments", {"review": review, "to": "will", "back": ""})
    assert refused.status_code == 409
    assert "Not done" in refused.content.decode()
    assert (
        client.post("/inbox/reassignments", {"review": review, "to": "dora", "back": ""}).status_code == 302
    )
    assert next(each for each in rows_of(web_house) if each.id == review).claimed_by == "dora"


def low_review(web_house):
    """The checkbox's value of a low review in the list of whoever asked, the role that decides it in the demo."""
    with web_house.house.store.transaction() as tx:
        will = next(each for each in tx.users() if each.name == "will")
        tx.put_user(type(will)("will", will.title, will.email, frozenset({"requester"})))
    page = web_house.client("will").get("/").content.decode()
    return "will", re.search(r'name="review" form="bulk" value="([^"]+)"', page)[1]


def test_several_low_reviews_are_accepted_from_the_list(web_house):
    name, value = low_review(web_house)
    client = web_house.client(name)
    answer = client.post("/inbox/acceptances", {"review": [value], "reason": "looked right", "back": ""})
    assert answer.status_code == 302
    assert value.split()[0] not in [each.id for each in rows_of(web_house)]


@pytest.mark.keeps("S24")
def test_a_low_review_that_moved_since_it_was_shown_is_not_accepted(web_house):
    name, value = low_review(web_house)
    before = web_house.events()
    stale = value.split()[0] + " " + "0" * 64
    page = web_house.client(name).post("/inbox/acceptances", {"review": [stale], "back": ""}, follow=True)
    assert "Not accepted" in page.content.decode()
    assert web_house.events() == before


@pytest.mark.keeps("S14")
def test_nothing_above_low_is_accepted_from_the_list(web_house, client_as):
    client, before = client_as("revops"), web_house.events()
    for tier in ("medium", "high", "hold"):
        row = next(each for each in rows_of(web_house) if each.tier == tier)
        client.post("/inbox/acceptances", {"review": [f"{row.id} {'0' * 64}"], "back": ""})
    assert web_house.events() == before


def test_a_view_is_kept_for_me_alone(web_house, client_as):
    client = client_as("revops")
    client.post("/inbox/views", {"name": "High ones", "back": "view=all&tier=high"})
    page = client.get("/").content.decode()
    assert '<a class="saved" href="/?view=all&amp;tier=high">High ones</a>' in page
    assert "High ones" not in client_as("support").get("/").content.decode()
    client.post("/inbox/views/forgotten", {"name": "High ones", "back": ""})
    assert "High ones" not in client.get("/").content.decode()


def test_an_empty_list_says_what_to_do(client_as):
    page = client_as("support").get("/?view=uncertain").content.decode()
    assert "No run is uncertain" in page
    page = client_as("support").get("/?view=all&q=zzzz").content.decode()
    assert "No review fits" in page
    assert "Clear them" in page


def test_nonsense_in_the_address_is_left_out():
    asked = Asked.of({"view": "x", "tier": "purple", "owner": "king", "after": "1;drop", "q": "a" * 500})
    assert (asked.view, asked.tier, asked.owner, asked.after) == ("mine", "", "", "")
    assert len(asked.q) == 100


@pytest.mark.keeps("S22")
def test_a_customers_name_is_only_text(web_house, client_as):
    house = web_house.house
    from holdshort.service.demo import demo_onboardings

    record = demo_onboardings()[4].record
    record["crm"] |= {"opportunity_id": "D-evil", "account_name": "<script>alert(1)</script>"}
    record["record_id"] = "evil"
    house.flow.intake(record, "CRM")
    page = client_as("revops").get("/?view=all&q=script").content.decode()
    assert "<script>alert" not in page
