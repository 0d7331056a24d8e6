"""
Asking an OpenID Connect provider who somebody is: authorization code with PKCE (RFC 7636), and nothing implicit.

Everything that the provider says is checked before it counts: its own name letter by letter, the signature by a key that it
publishes, for whom, when and in answer to which question a token was made. Whatever does not fit is `NotBelieved`.

Source: OpenID Connect Core 1.0, 3.1; Discovery 1.0; RFC 9207; promises, threat 11.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]  # it has no types
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # for the same reason
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from holdshort.core.settings_sign_in import SignInSettings
from holdshort.ports import Identity, NotBelieved, ProviderDown

TIMEOUT_S = 8.0
LARGEST = 512 * 1024
"""Bytes of one answer."""
KEPT_S = 600.0
"""Seconds that discovery and keys count before they are asked for again."""
_AGAIN_S = 30.0
"""A key that is not known makes the keys be read again, this often at most."""
LEEWAY_S = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key that the provider alone has; `none` and shared secrets are not among them."""
_SCOPES = "openid email"


@dataclass(frozen=True, slots=True)
class _Endpoints:
    authorization: str
    token: str
    keys: str


class OpenIdProvider:
    """
    One provider, shared by all requests.

    Args:
        secret: Gives the client's secret when it is needed; empty for a client without one.
    """

    def __init__(
        self, settings: SignInSettings, secret: Callable[[], str], clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self._secret = secret
        self._clock = clock
        self._lock = threading.Lock()
        self._endpoints: tuple[float, _Endpoints] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address(self, redirect: str, state: str, nonce: str, verifier: str, *, afresh: bool = False) -> str:
        """
        Where to send a browser.

        Args:
            afresh: The provider asks who they are although they are signed in there.

        Raises:
            ProviderDown: It cannot be asked now, or does not say where.
            NotBelieved: It is not who the playbook says.
        """
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect,
            "scope": _SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        if afresh:
            asked |= {"prompt": "login", "max_age": "0"}
        where = self._found().authorization
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def redeem(
        self, code: str, redirect: str, nonce: str, verifier: str, *, since: float | None = None
    ) -> Identity:
        """
        Exchange a code for who it stands for.

        Args:
            since: Seconds since 1970; they must have shown who they are at the provider after it.

        Raises:
            ProviderDown: It cannot be asked now.
            NotBelieved: The code or the token does not hold.
        """
        said = self._tokens(code, redirect, verifier)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise NotBelieved("its answer has no ID token")
        claims = self._claims(token, nonce, said.get("access_token"), since)
        return Identity(
            self.settings.issuer,
            str(claims["sub"]),
            str(claims.get("email") or ""),
            claims.get("email_verified") is True,
        )

    # --- tokens ---

    def _tokens(self, code: str, redirect: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        secret = self._secret()
        basic = None
        if secret:  # RFC 6749, 2.3.1: both are form-encoded before they are joined
            basic = httpx2.BasicAuth(quote(self.settings.client_id, safe=""), quote(secret, safe=""))
        else:
            form["client_id"] = self.settings.client_id
        status, said = _ask("POST", self._found().token, form, basic)
        if status != 200:
            raise NotBelieved(f"it did not take the code (it answered {status})")
        return said

    def _claims(self, token: str, nonce: str, access_token: object, since: float | None) -> Mapping[str, Any]:
        try:
            decoded = self._decoded(token)
            token_claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {"iss": {"essential": True, "value": self.settings.issuer}},
                {"nonce": nonce, "client_id": self.settings.client_id, "access_token": access_token},
            )
            token_claims.validate(now=int(self._clock()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise NotBelieved(f"its ID token does not hold ({type(error).__name__}: {error})") from error
        claims: Mapping[str, Any] = token_claims
        self._check(claims, nonce, since)
        return claims

    def _check(self, claims: Mapping[str, Any], nonce: str, since: float | None) -> None:
        """What must be exactly so, said once more in plain words and apart from any library."""
        audience = claims.get("aud")
        audiences = [audience] if isinstance(audience, str) else audience
        if claims.get("iss") != self.settings.issuer:
            raise NotBelieved("its ID token is another issuer's")
        if not isinstance(audiences, list) or self.settings.client_id not in audiences:
            raise NotBelieved("its ID token is for another client")
        if not isinstance(claims.get("nonce"), str) or not hmac.compare_digest(
            claims["nonce"].encode(), nonce.encode()
        ):
            raise NotBelieved("its ID token answers another question")
        if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
            raise NotBelieved("its ID token names nobody")
        if since is not None:
            at = claims.get("auth_time")
            if isinstance(at, bool) or not isinstance(at, int | float) or at < since - LEEWAY_S:
                raise NotBelieved("it did not ask them again who they are")

    def _decoded(self, token: str) -> Any:
        """The token, its signature checked by a key of the provider; keys that changed are read again once."""
        keys = self._key_set(KEPT_S)
        try:
            return jwt.decode(token, keys, algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            newer = self._key_set(_AGAIN_S)
            if newer is keys:
                raise
            return jwt.decode(token, newer, algorithms=_ALGORITHMS)

    # --- what the provider says of itself ---

    def _found(self) -> _Endpoints:
        with self._lock:
            if self._endpoints is None or self._clock() - self._endpoints[0] > KEPT_S:
                self._endpoints = self._clock(), self._discovered()
            return self._endpoints[1]

    def _discovered(self) -> _Endpoints:
        issuer = self.settings.issuer
        status, said = _ask("GET", f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
        if status != 200:
            raise ProviderDown(f"it answered {status} when it was asked where people sign in")
        if said.get("issuer") != issuer:
            raise NotBelieved("it calls itself otherwise than the playbook does")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        found = [said.get(each) for each in names]
        for name, each in zip(names, found, strict=True):
            if not isinstance(each, str) or not _may_ask(each, issuer):
                raise NotBelieved(f"its {name} is no address that may be used")
        return _Endpoints(*map(str, found))

    def _key_set(self, younger_than_s: float) -> KeySet:
        where = self._found().keys
        with self._lock:
            if self._keys is None or self._clock() - self._keys[0] > younger_than_s:
                status, said = _ask("GET", where)
                if status != 200:
                    raise ProviderDown(f"it answered {status} when it was asked for its keys")
                try:
                    self._keys = self._clock(), KeySet.import_key_set(said)  # type: ignore[arg-type]  # what it is, it checks
                except (JoseError, ValueError, TypeError, KeyError) as error:
                    raise NotBelieved("its keys cannot be read") from error
            return self._keys[1]


def _ask(
    method: str, url: str, form: Mapping[str, str] | None = None, auth: httpx2.BasicAuth | None = None
) -> tuple[int, Mapping[str, Any]]:
    """One request, within bounds of time and size, that follows no redirect. The body is a JSON object or empty."""
    deadline = time.monotonic() + TIMEOUT_S
    body = bytearray()
    try:
        with (
            httpx2.Client(timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream(
                method, url, data=form, auth=auth, headers={"Accept": "application/json"}
            ) as answer,
        ):
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST or time.monotonic() > deadline:
                    raise ProviderDown("it says too much, or too slowly")
            status = answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise ProviderDown(f"it cannot be reached ({type(error).__name__})") from error
    if status != 200:
        return status, {}
    try:
        said = json.loads(bytes(body))
    except (ValueError, RecursionError) as error:
        raise ProviderDown("its answer cannot be read") from error
    if not isinstance(said, dict):
        raise ProviderDown("its answer cannot be read")
    return status, said


def _may_ask(url: str, issuer: str) -> bool:
    """https, or plain http on this very machine where the issuer is there as well."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not url.isascii() or not url.isprintable() or not host or parts.username is not None or parts.fragment:
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and _is_here(host) and _is_here(urlsplit(issuer).hostname or "")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
