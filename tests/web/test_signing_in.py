"""Signing in: with the right password alone, slower for whoever guesses, and what was typed is never lost."""

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from holdshort.web.signing_in import attempts, second_factor, sessions
from tests.web.screens import PASSWORD, screens_on


def hidden(page, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def key_of(client):
    return client.cookies["holdshort_session"].value


@pytest.mark.keeps("S14")
def test_nobody_sees_the_inbox_without_signing_in(web_house):
    answer = web_house.browser().get("/?view=all")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=%2F%3Fview%3Dall"


def test_after_signing_in_one_is_where_one_wanted_to_be(web_house):
    answer = web_house.browser().post(
        "/sign-in", {"name": "rae", "password": PASSWORD, "next": "/settings/people"}
    )
    assert answer["Location"] == "/settings/people"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(web_house, elsewhere):
    answer = web_house.browser().post("/sign-in", {"name": "rae", "password": PASSWORD, "next": elsewhere})
    assert answer["Location"] == "/"


@pytest.mark.keeps("S14")
def test_a_wrong_password_and_a_wrong_name_read_the_same(web_house):
    client = web_house.browser()
    pages = [
        client.post("/sign-in", {"name": name, "password": "not this one"})
        for name in ("rae", "nobody-at-all")
    ]
    assert [each.status_code for each in pages] == [401, 401]
    said = [re.search(r'id="wrong"[^>]*>([^<]*)', each.content.decode())[1] for each in pages]
    assert said[0] == said[1]


@pytest.mark.keeps("S14")
def test_after_ten_wrong_passwords_even_the_right_one_waits(web_house):
    client = web_house.browser()
    with web_house.tables():
        from holdshort.web.models import FailedAttempt

        FailedAttempt.objects.bulk_create(
            FailedAttempt(account="rae", address="10.0.0.9", at=timezone.now())
            for _ in range(attempts.MOST_FOR_ACCOUNT)
        )
    assert client.post("/sign-in", {"name": "rae", "password": PASSWORD}).status_code == 429
    assert client.post("/sign-in", {"name": "dora", "password": PASSWORD}).status_code == 302
    with web_house.tables():
        FailedAttempt.objects.update(at=timezone.now() - attempts.WINDOW - timedelta(seconds=1))
    assert client.post("/sign-in", {"name": "rae", "password": PASSWORD}).status_code == 302


def test_a_wrong_password_counts(web_house):
    web_house.browser().post("/sign-in", {"name": "rae", "password": "x"})
    with web_house.tables():
        from holdshort.web.models import FailedAttempt

        assert FailedAttempt.objects.filter(account="rae").count() == 1


@pytest.mark.keeps("S14")
def test_a_session_has_a_new_name_after_signing_in(web_house):
    """Whoever planted a session before does not hold it afterwards."""
    client = web_house.browser()
    with web_house.tables():
        planted = sessions.SessionStore()
        planted["planted"] = "yes"
        planted.save()
    client.cookies["holdshort_session"] = planted.session_key
    client.post("/sign-in", {"name": "rae", "password": PASSWORD})
    assert client.cookies["holdshort_session"].value != planted.session_key
    with web_house.tables():
        assert not planted.exists(planted.session_key)
    cookie = client.cookies["holdshort_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.keeps("S14")
def test_an_admin_ends_anothers_session_at_once(web_house, client_as):
    victim, admin = client_as("support"), client_as("systems_admin")
    assert victim.get("/").status_code == 200
    assert admin.post("/settings/people/will/sessions").status_code == 302
    assert victim.get("/").status_code == 302


@pytest.mark.keeps("S14")
def test_my_other_sessions_are_listed_and_end_when_i_say_so(web_house):
    one, other = web_house.sign_in("rae", HTTP_USER_AGENT="Phone"), web_house.sign_in("rae")
    page = other.get("/settings/sessions").content.decode()
    assert "Phone" in page
    assert "this one" in page
    assert key_of(one) not in page
    other.post("/settings/sessions/ended", {"session": hidden(page, "session")})
    assert one.get("/").status_code == 302
    assert other.get("/").status_code == 200


def test_nobody_ends_anothers_session_with_its_mark(web_house, client_as):
    rae, will = client_as("revops"), client_as("support")
    will.post("/settings/sessions/ended", {"session": sessions.mark_of(key_of(rae))})
    assert rae.get("/").status_code == 200


@pytest.mark.keeps("S14")
def test_a_session_ends_after_a_week_however_busy_it_is(web_house, client_as):
    client = client_as("revops")
    began = timezone.now() - sessions.LONGEST - timedelta(minutes=1)
    with web_house.tables():
        session = sessions.SessionStore(key_of(client))
        session[sessions.BEGAN] = began.isoformat()
        session.save()
    assert client.get("/").status_code == 302


@pytest.mark.keeps("S14")
def test_a_new_password_ends_every_other_session(web_house, client_as):
    one, other = web_house.sign_in("rae"), web_house.sign_in("rae")
    answer = one.post(
        "/settings/password", {"password": PASSWORD, "new_password": "seven grey cows walked home"}
    )
    assert answer.status_code == 302
    assert one.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_what_was_typed_survives_an_expired_session(web_house):
    """The sign-in page carries the form along, and afterwards shows it to be looked at and sent again."""
    client = web_house.browser()
    typed = {"scope": "everything", "reason": "the CRM sends nonsense since noon"}
    page = client.post("/settings/pauses/set", typed).content.decode()
    kept = hidden(page, "kept")
    again = client.post("/sign-in", {"name": "rae", "password": PASSWORD, "kept": kept}).content.decode()
    assert 'action="/settings/pauses/set"' in again
    assert "the CRM sends nonsense since noon</textarea>" in again
    with web_house.house.store.transaction() as tx:
        assert tx.switches() == []
    assert client.post("/settings/pauses/set", typed).status_code == 302
    with web_house.house.store.transaction() as tx:
        assert [each.reason for each in tx.switches()] == [typed["reason"]]


def test_a_kept_form_never_carries_a_password_and_cannot_be_forged(web_house):
    client = web_house.browser()
    page = client.post(
        "/settings/people/added", {"name": "eve", "password": "tell nobody ever"}
    ).content.decode()
    kept = hidden(page, "kept")
    from holdshort.web.signing_in.kept import unseal

    assert "tell nobody" not in str(unseal(kept))
    assert unseal(kept).secrets == ("password",)
    answer = client.post("/sign-in", {"name": "rae", "password": PASSWORD, "kept": kept[:-4] + "AAAA"})
    assert answer.status_code == 302


# --- second factor ------------------------------------------------------------------------------------------


def set_up(client, web_house, name="rae"):
    client.post("/settings/second-factor/begun", {"password": PASSWORD})
    with web_house.tables():
        secret = second_factor.proposed(name)
    page = client.post(
        "/settings/second-factor/confirmed", {"code": second_factor.code_at(secret, time.time() - 30)}
    )
    return secret, re.findall(r"<li><code>([a-z0-9-]+)</code>", page.content.decode())


def test_codes_are_those_of_rfc_6238():
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    moments = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: second_factor.code_at(secret, at) for at in moments} == moments


@pytest.mark.keeps("S14")
def test_with_a_second_factor_the_password_alone_opens_nothing(web_house):
    secret, _ = set_up(web_house.sign_in("rae"), web_house)
    client = web_house.browser()
    page = client.post("/sign-in", {"name": "rae", "password": PASSWORD})
    assert "authenticator app" in page.content.decode()
    assert client.get("/").status_code == 302
    assert client.post("/sign-in/code", {"code": "000000"}).status_code == 401
    code = second_factor.code_at(secret, time.time())
    assert client.post("/sign-in/code", {"code": code}).status_code == 302
    assert client.get("/").status_code == 200
    thief = web_house.browser()
    thief.post("/sign-in", {"name": "rae", "password": PASSWORD})
    assert thief.post("/sign-in/code", {"code": code}).status_code == 401, "a code counts once"


def test_a_recovery_code_works_once(web_house):
    _, codes = set_up(web_house.sign_in("rae"), web_house)
    assert len(codes) == second_factor.RECOVERY_CODES
    answers = []
    for _ in range(2):
        client = web_house.browser()
        client.post("/sign-in", {"name": "rae", "password": PASSWORD})
        answers.append(client.post("/sign-in/code", {"code": codes[0]}).status_code)
    assert answers == [302, 401]


def test_the_second_step_needs_the_first(web_house):
    assert web_house.browser().post("/sign-in/code", {"code": "123456"}).status_code == 401


def test_the_secret_of_a_second_factor_is_not_in_the_database_as_it_is(web_house):
    secret, codes = set_up(web_house.sign_in("rae"), web_house)
    with web_house.tables():
        from holdshort.web.models import SecondFactor

        row = SecondFactor.objects.get(account="rae")
    assert secret not in row.secret
    assert not any(code in row.recovery for code in codes)


# --- the demo -----------------------------------------------------------------------------------------------


def test_the_demo_lets_one_be_anybody_with_one_click(demo_template, tmp_path_factory, web_house):
    with screens_on(tmp_path_factory, demo=True):
        client = web_house.browser()
        assert client.get("/sign-in")["Location"] == "/demo/people"
        assert "Dora Kessler" in client.get("/demo/people").content.decode()
        assert client.get("/demo/sign-in").status_code == 405
        assert client.post("/demo/sign-in", {"name": "dora"}).status_code == 302
        assert "Dora Kessler" in client.get("/").content.decode()


@pytest.mark.keeps("S14")
def test_outside_of_the_demo_nobody_gets_in_with_one_click(web_house):
    client = web_house.browser()
    assert client.get("/demo/people").status_code == 404
    assert client.post("/demo/sign-in", {"name": "rae"}).status_code == 404
    assert client.get("/").status_code == 302


# --- headers ------------------------------------------------------------------------------------------------


@pytest.mark.keeps("S22")
def test_a_page_loads_nothing_from_elsewhere_and_cannot_be_framed(web_house):
    answer = web_house.browser().get("/sign-in")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    page = answer.content.decode()
    assert not re.findall(r'(?:src|href)="(?!/)', page.replace('href="#main"', ""))
    assert not re.findall(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", page)


@pytest.mark.keeps("S14")
def test_over_tls_cookies_are_secure_and_bound_to_the_host(web_house, tmp_path_factory):
    with screens_on(tmp_path_factory, https=True, hosts=("holdshort.example",)):
        client = web_house.browser(HTTP_HOST="holdshort.example", HTTP_X_FORWARDED_PROTO="https")
        client.post("/sign-in", {"name": "rae", "password": PASSWORD})
        cookie = client.cookies["__Host-holdshort_session"]
        assert cookie["secure"]
        assert not cookie["domain"]
        assert cookie["path"] == "/"
