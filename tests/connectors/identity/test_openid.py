"""What an identity provider says is believed only where all of it fits: signer, issuer, audience, question and time."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from holdshort.connectors.identity import openid
from holdshort.connectors.identity.openid import OpenIdProvider
from holdshort.core.settings_sign_in import SignInSettings
from holdshort.ports import Identity, NotBelieved, ProviderDown

ISSUER = "https://id.acme.example/realm"
SETTINGS = SignInSettings("acme", ISSUER, "holdshort", "ACME_SECRET", "Acme")
KEY, OTHER = (RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("one", "two"))
NOW = 1_790_000_000
SOUND = {
    "iss": ISSUER, "aud": "holdshort", "sub": "248289761001", "nonce": "n-1", "iat": NOW, "exp": NOW + 300,
    "auth_time": NOW, "email": "rae@acme.example", "email_verified": True,
}  # fmt: skip


class World:
    """The provider's side, with what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, object, object]] = []
        self.keys = [KEY]
        self.discovery = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }
        self.token = signed()

    def __call__(self, method, url, form=None, auth=None):
        self.asked.append((method, url, form, auth))
        if url.endswith("openid-configuration"):
            return 200, self.discovery
        if url.endswith("/keys"):
            return 200, {"keys": [each.as_dict(private=False) for each in self.keys]}
        return 200, {"id_token": self.token, "access_token": "a", "token_type": "Bearer"}


def signed(key=KEY, alg="RS256", leave_out="", **changed):
    claims = {name: value for name, value in {**SOUND, **changed}.items() if name != leave_out}
    return jwt.encode({"alg": alg, "kid": key.kid or "one"}, claims, key, algorithms=[alg])


@pytest.fixture
def world(monkeypatch):
    world = World()
    monkeypatch.setattr(openid, "_ask", world)
    return world


@pytest.fixture
def provider():
    return OpenIdProvider(SETTINGS, lambda: "s3cret:/", lambda: float(NOW))


def redeem(provider, **more):
    return provider.redeem("code-1", "https://here.example/back", "n-1", "v" * 43, **more)


def test_a_sound_token_says_who_somebody_is(world, provider):
    assert redeem(provider) == Identity(ISSUER, "248289761001", "rae@acme.example", True)
    method, url, form, auth = world.asked[1]
    assert (method, url, form["code_verifier"], form["code"]) == (
        "POST",
        f"{ISSUER}/token",
        "v" * 43,
        "code-1",
    )
    assert "client_secret" not in str(form)
    assert auth is not None


@pytest.mark.keeps("S14")
@pytest.mark.parametrize(
    "token",
    [
        pytest.param(signed(nonce="n-2"), id="another question"),
        pytest.param(signed(leave_out="nonce"), id="no question"),
        pytest.param(signed(aud="another client"), id="another audience"),
        pytest.param(signed(aud=["holdshort", "another"]), id="two audiences and nobody says for whom"),
        pytest.param(signed(azp="another"), id="asked for by another client"),
        pytest.param(signed(iss=ISSUER + "/"), id="an issuer nearly the same"),
        pytest.param(signed(iss="https://evil.example"), id="another issuer"),
        pytest.param(signed(exp=NOW - 61), id="expired"),
        pytest.param(signed(iat=NOW + 3600, exp=NOW + 7200), id="made in the future"),
        pytest.param(signed(leave_out="exp"), id="without an end"),
        pytest.param(signed(leave_out="sub"), id="names nobody"),
        pytest.param(signed(sub=""), id="an empty subject"),
        pytest.param(signed(sub=17), id="a subject that is no text"),
        pytest.param(signed(at_hash="x" * 22), id="of another access token"),
        pytest.param(signed(OTHER), id="signed by a key that it does not publish"),
        pytest.param(signed(OctKey.import_key("s3cret:/" * 8), "HS256"), id="signed by a shared secret"),
        pytest.param("e30.e30.", id="not signed"),
        pytest.param("nonsense", id="no token"),
        pytest.param(None, id="none"),
    ],
)
def test_a_token_that_does_not_fit_is_not_believed(world, provider, token):
    world.token = token
    with pytest.raises(NotBelieved):
        redeem(provider)


@pytest.mark.keeps("S14")
def test_an_unsigned_token_is_not_believed_whatever_its_header_says(world, provider):
    import base64

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    for alg in ("none", "None", "RS256"):
        world.token = f"{part({'alg': alg})}.{part(SOUND)}."
        with pytest.raises(NotBelieved):
            redeem(provider)


def test_only_a_verified_address_that_is_said_to_be_so_counts_as_verified(world, provider):
    for said in ("true", 1, None, False):
        world.token = signed(email_verified=said)
        assert not redeem(provider).email_verified


@pytest.mark.keeps("S14")
def test_who_is_to_confirm_has_to_have_been_asked_afresh(world, provider):
    assert redeem(provider, since=NOW - 5).subject
    for when in ({"auth_time": NOW - 3600}, {"leave_out": "auth_time"}, {"auth_time": True}):
        world.token = signed(**when)
        with pytest.raises(NotBelieved):
            redeem(provider, since=NOW - 5)


def test_the_address_asks_one_question_with_a_challenge_and_afresh_where_it_matters(world, provider):
    parts = urlsplit(provider.address("https://here.example/back", "s-1", "n-1", "v" * 43))
    asked = parse_qs(parts.query)
    assert asked["tenant"] == ["1"]
    assert asked["code_challenge"] == [create_s256_code_challenge("v" * 43)]
    assert (asked["code_challenge_method"], asked["state"], asked["nonce"]) == (["S256"], ["s-1"], ["n-1"])
    assert "prompt" not in asked
    afresh = provider.address("https://here.example/back", "s", "n", "v" * 43, afresh=True)
    assert "prompt=login&max_age=0" in afresh


def test_a_key_that_is_new_is_read_once_more_and_not_at_every_forgery(world, monkeypatch):
    clock = [float(NOW)]
    provider = OpenIdProvider(SETTINGS, lambda: "", lambda: clock[0])
    redeem(provider)
    world.keys, world.token = [OTHER], signed(OTHER, iat=NOW, exp=NOW + 9000)
    clock[0] += 31
    assert redeem(provider).subject
    reads = sum(url.endswith("/keys") for _, url, _, _ in world.asked)
    world.token = signed(KEY)
    for _ in range(3):
        with pytest.raises(NotBelieved):
            redeem(provider)
    assert sum(url.endswith("/keys") for _, url, _, _ in world.asked) == reads == 2


@pytest.mark.keeps("S14")
@pytest.mark.parametrize(
    "said",
    [
        {"issuer": ISSUER + "/"},
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://id.acme.example/token"},
        {"token_endpoint": "http://127.0.0.1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://user:pass@id.acme.example/"},
        {"jwks_uri": None},
    ],
)
def test_a_provider_that_calls_itself_otherwise_or_leads_elsewhere_is_not_asked(world, provider, said):
    world.discovery |= said
    with pytest.raises(NotBelieved):
        provider.address("https://here.example/back", "s", "n", "v" * 43)


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "/.well-known/openid-configuration")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"[" * 600_000 if self.path.startswith("/large") else b"no JSON")

    def log_message(self, *args):
        pass


def test_redirects_are_not_followed_and_what_is_too_much_or_unreadable_counts_as_down():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for folder in ("moved", "large", "words"):
            settings = replace(SETTINGS, issuer=f"http://127.0.0.1:{server.server_port}/{folder}")
            with pytest.raises(ProviderDown):
                OpenIdProvider(settings, lambda: "").address("http://x/", "s", "n", "v" * 43)
        server.shutdown()
    began = time.monotonic()
    with pytest.raises(ProviderDown):
        OpenIdProvider(settings, lambda: "").address("http://x/", "s", "n", "v" * 43)
    assert time.monotonic() - began < openid.TIMEOUT_S
