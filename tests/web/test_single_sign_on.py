"""Signing in at an identity provider: the whole way over HTTP, for whoever was linked, and for nobody else."""

import re
from html import unescape
from urllib.parse import urlsplit

import httpx2
import pytest

from holdshort.core.onboarding.events import DecisionRecorded
from holdshort.core.playbook import Settings
from holdshort.core.settings_sign_in import SignInSettings
from holdshort.service.house_log import entries
from holdshort.service.people import set_active
from holdshort.service.story import read_story
from holdshort.web.signing_in import attempts, links
from tests.web.reviews.pages import Page, address, open_page, review_of
from tests.web.screens import PASSWORD, ROLE_OF

pytestmark = [
    pytest.mark.keeps("S14"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
SUBJECT = "00u-rae"
EMAIL = "Rae.Olsen@acme.example"


@pytest.fixture(scope="module")
def issuer():
    from oidc_provider_mock import run_server_in_thread

    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def acme(issuer, monkeypatch, web_house):
    """The house knows one provider, where SUBJECT has the verified address EMAIL."""
    settings = Settings(sign_in={"acme": SignInSettings("acme", issuer, "holdshort", "ACME_SECRET", "Acme")})
    monkeypatch.setenv("ACME_SECRET", "s3cret")
    monkeypatch.setattr("holdshort.web.signing_in.providers.settings_of", lambda house: settings)
    return Provider(issuer, settings.sign_in["acme"])


class Provider:
    """The browser's dealings with the provider."""

    def __init__(self, issuer, settings):
        self.issuer, self.settings = issuer, settings
        self.knows(SUBJECT)

    def knows(self, subject, email=EMAIL, verified=True):
        said = {"email": email, "email_verified": verified}
        assert httpx2.put(f"{self.issuer}/users/{subject}", json=said).status_code == 204

    def agree(self, page, subject=SUBJECT):
        """Do what somebody does who follows the page's link; the path on our side to which they are sent back."""
        where = unescape(re.search(r'href="(http://localhost[^"]*/oauth2/authorize[^"]*)"', page)[1])
        answer = httpx2.post(where, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        parts = urlsplit(answer.headers["Location"])
        assert parts.netloc == "testserver"
        return f"{parts.path}?{parts.query}"


def begun(client, **more):
    answer = client.post("/sign-in/with/acme", more)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def came_in(client):
    return client.get("/").status_code == 200


@pytest.fixture
def link_for(web_house, acme):
    """The path of a one-time link, as an admin's page makes it."""
    house = web_house.house

    def make(name="rae", email=EMAIL):
        with web_house.tables():
            token = links.invite(house.store, acme.settings, name, email, "ravi", house.clock.now())
        return f"/sign-in/links/{token}"

    return make


@pytest.fixture
def linked(web_house, acme, link_for):
    """rae is SUBJECT at Acme."""
    client = web_house.browser()
    answer = use(client, acme, link_for())
    assert answer.status_code == 302
    return client


def use(client, acme, link, subject=SUBJECT):
    page = client.get(link).content.decode()
    assert "Sign in with Acme" in page
    return client.get(acme.agree(begun(client, link=link.rpartition("/")[2]), subject))


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_linked_person_signs_in_and_is_where_they_wanted_to_be(web_house, acme, linked):
    client = web_house.browser()
    assert "Sign in with Acme" in client.get("/sign-in").content.decode()
    answer = client.get(acme.agree(begun(client, next="/settings/people")))
    assert (answer.status_code, answer["Location"]) == (302, "/settings/people")
    assert "Rae Olsen" in client.get("/").content.decode()
    log = [
        (each.kind, each.body) for each in entries(web_house.house.store) if each.kind.startswith("SignIn")
    ]
    assert log == [
        ("SignInInvited", {"user": "rae", "provider": "acme"}),
        ("SignInLinked", {"user": "rae", "provider": "acme"}),
    ]


def test_the_session_has_another_key_afterwards(web_house, acme, linked):
    client = web_house.browser()
    page = begun(client)
    before = client.cookies["holdshort_session"].value
    client.get(acme.agree(page))
    assert came_in(client)
    assert client.cookies["holdshort_session"].value != before
    thief = web_house.browser()
    thief.cookies["holdshort_session"] = before
    assert not came_in(thief)


def test_nobody_who_is_not_linked_gets_in_nor_an_account_whatever_their_address_is(web_house, acme, linked):
    acme.knows("00u-other", EMAIL)
    people = len(web_house.house.sql_store.look(lambda tx: tx.users()))
    client = web_house.browser()
    answer = client.get(acme.agree(begun(client), "00u-other"))
    assert answer.status_code == 403
    assert "nobody here is linked to your account there" in words(answer)
    assert "Signing in makes no account" in words(answer)
    assert not came_in(client)
    assert len(web_house.house.sql_store.look(lambda tx: tx.users())) == people


def test_once_linked_the_address_does_not_matter_any_more(web_house, acme, linked):
    acme.knows(SUBJECT, "somebody.else@acme.example", verified=False)
    client = web_house.browser()
    client.get(acme.agree(begun(client)))
    assert came_in(client)


@pytest.mark.parametrize(("email", "verified"), [(EMAIL, False), ("dora@acme.example", True), ("", True)])
def test_a_link_is_only_for_whom_the_provider_vouches_to_have_the_address(
    web_house, acme, link_for, email, verified
):
    link, client = link_for(), web_house.browser()
    acme.knows(SUBJECT, email, verified)
    answer = use(client, acme, link)
    assert (answer.status_code, "SSO-003" in words(answer), came_in(client)) == (403, True, False)
    acme.knows(SUBJECT)
    assert use(client, acme, link).status_code == 302, "the link waits for the right person"


def test_a_link_works_once_and_one_person_there_is_one_person_here(web_house, acme, link_for):
    link = link_for()
    assert use(web_house.browser(), acme, link).status_code == 302
    assert web_house.browser().get(link).status_code == 404
    token = link.rpartition("/")[2]
    assert web_house.browser().post("/sign-in/with/acme", {"link": token}).status_code == 403
    answer = use(web_house.browser(), acme, link_for("dora"))
    assert (answer.status_code, "SSO-004" in words(answer)) == (403, True)


def test_a_leaver_is_out_at_once_and_does_not_come_back_in(web_house, acme, linked):
    assert came_in(linked)
    house = web_house.house
    set_active(house.store, "rae", False, "ravi", house.clock.now())
    assert not came_in(linked)
    client = web_house.browser()
    answer = client.get(acme.agree(begun(client)))
    assert (answer.status_code, "kept out" in words(answer), came_in(client)) == (403, True, False)


def test_a_link_that_is_taken_away_ends_their_sessions_and_lets_nobody_in(web_house, client_as, acme, linked):
    sent = {"password": PASSWORD}
    client_as("systems_admin").post("/settings/people/rae/sign-in/acme/ended", sent)
    assert not came_in(linked)
    client = web_house.browser()
    assert client.get(acme.agree(begun(client))).status_code == 403
    assert entries(web_house.house.store)[-1].kind == "SignInUnlinked"


def test_only_an_admin_who_shows_who_they_are_makes_a_link(web_house, client_as, acme):
    where = "/settings/people/rae/sign-in/acme"
    assert client_as("support").post(where, {"email": EMAIL, "password": PASSWORD}).status_code == 403
    assert client_as("systems_admin").post(where, {"email": EMAIL}).status_code == 409
    assert not [each for each in entries(web_house.house.store) if each.kind == "SignInInvited"]
    wrong = client_as("systems_admin").post(where, {"email": "nobody", "password": PASSWORD})
    assert (wrong.status_code, "SSO-001" in wrong.content.decode()) == (409, True)
    page = client_as("systems_admin").post(where, {"email": EMAIL, "password": PASSWORD}).content.decode()
    link = re.search(r"http://testserver(/sign-in/links/[\w-]+)", page)[1]
    assert use(web_house.browser(), acme, link).status_code == 302
    shown = client_as("systems_admin").get("/settings/people/rae").content.decode()
    assert "Linked since" in shown
    assert link not in shown


def test_an_answer_that_another_browser_asked_for_or_that_comes_twice_signs_nobody_in(
    web_house, acme, linked
):
    client, victim = web_house.browser(), web_house.browser()
    back = acme.agree(begun(client))
    assert victim.get(back).status_code == 400
    begun(victim)
    assert victim.get(back).status_code == 400
    assert not came_in(victim)
    assert client.get(re.sub(r"state=[^&]*", "state=x", back)).status_code == 400
    assert client.get(back + "&iss=https://evil.example").status_code == 400
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 400


def test_the_nonce_that_left_has_to_come_back(web_house, acme, linked):
    client = web_house.browser()
    page = begun(client)
    page = re.sub(r"nonce=[\w-]+", "nonce=another", page)
    answer = client.get(acme.agree(page))
    assert (answer.status_code, "cannot be believed" in words(answer), came_in(client)) == (403, True, False)


def test_what_went_wrong_counts_and_then_nothing_is_looked_at(web_house, acme, monkeypatch):
    monkeypatch.setattr(attempts, "MOST_FROM_ADDRESS", 2)
    client = web_house.browser()
    for _ in range(2):
        assert client.get("/sign-in/from/acme?code=x&state=y").status_code == 400
    assert client.get("/sign-in/from/acme?code=x&state=y").status_code == 429
    assert client.post("/sign-in/with/acme").status_code == 429


def test_a_provider_that_is_away_is_said_to_be_and_an_unknown_one_is_not_there(web_house, acme, monkeypatch):
    gone = SignInSettings("acme", "http://localhost:9", "holdshort", "", "Acme")
    monkeypatch.setattr(
        "holdshort.web.signing_in.providers.settings_of", lambda house: Settings(sign_in={"acme": gone})
    )
    answer = web_house.browser().post("/sign-in/with/acme")
    assert (answer.status_code, "Acme cannot be asked now" in words(answer)) == (503, True)
    assert web_house.browser().post("/sign-in/with/other").status_code == 404


def test_signing_in_this_way_never_leads_to_another_site_and_no_form_may(web_house, acme, linked):
    client = web_house.browser()
    page = client.post("/sign-in/with/acme", {"next": "https://evil.example/"})
    assert "form-action 'self'" in page["Content-Security-Policy"]
    assert client.get(acme.agree(page.content.decode()))["Location"] == "/"


# --- showing once more who one is ---


@pytest.fixture
def review(web_house, acme, linked):
    number, no = review_of(web_house, "CO-EDGE-002")
    return number, no


def sent_round(client, review, reason):
    """The form of a decision, sent without a password, as far as the page that leads to the provider."""
    page = open_page(client, address(*review))
    form = page.form("reject")
    assert form.fields["at_provider"] == ["yes"]
    fields = {**form.fields, "reason": [reason]}
    fields.pop("password", None)
    actions = re.findall(r'name="scope" value="(\d+)"', page.html)
    if actions:
        fields["scope"] = actions
    return client.post(form.action, fields)


def decided(web_house, review):
    events = [each.event for each in read_story(web_house.house.store, review[0]).entries]
    return [each for each in events if isinstance(each, DecisionRecorded)]


def test_a_decision_goes_round_by_the_provider_and_comes_back_as_it_was_typed(
    web_house, acme, linked, review
):
    before = len(decided(web_house, review))
    answer = sent_round(linked, review, "The order form says otherwise, see the call of Monday.")
    page = answer.content.decode()
    assert "prompt=login&max_age=0" in unescape(page)
    assert len(decided(web_house, review)) == before
    back = Page(linked, linked.get(acme.agree(page)))
    assert "Acme says that it is you" in back.text
    assert len(decided(web_house, review)) == before
    done = back.send(back.form_to("/decisions"))
    assert done.status == 200, done.text
    (made,) = decided(web_house, review)[before:]
    assert (made.by, made.reason) == ("rae", "The order form says otherwise, see the call of Monday.")


def test_somebody_else_at_the_provider_confirms_nothing(web_house, acme, linked, review):
    acme.knows("00u-other", "other@acme.example")
    page = sent_round(linked, review, "The order form says otherwise.").content.decode()
    answer = linked.get(acme.agree(page, "00u-other"))
    assert (answer.status_code, "not the person who is signed in here" in words(answer)) == (403, True)
    assert not decided(web_house, review)


def test_a_confirmation_is_good_for_its_one_form_alone(web_house, acme, linked, review):
    page = sent_round(linked, review, "The order form says otherwise.").content.decode()
    back = Page(linked, linked.get(acme.agree(page)))
    form = back.form_to("/decisions")
    other = back.send(form, operation="another", reason="Something else.")
    assert "This asks for your password again" in other.text
    assert not decided(web_house, review)


def test_whoever_signed_in_with_a_password_confirms_with_it(web_house, client_as, acme):
    page = open_page(client_as("revops"), address(*review_of(web_house, "CO-EDGE-002")))
    assert "at_provider" not in page.html
    assert ROLE_OF["revops"] == "rae"
