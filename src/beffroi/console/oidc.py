"""OIDC: coming in by an issuer that vouches for people (OpenID Connect Core 1.0, code flow with PKCE).

    browser ──▶ begin: state, nonce, verifier ──▶ issuer ──▶ browser ──▶ answer: code
                                                                          │ token endpoint, signature, claims
                                                                          ▼ account, roles by the site's table

An answer counts once, in the browser that asked, within ten minutes. The issuer is asked anew each time where
its endpoints are. Roles come from one claim, of the ID token or of the user information; never an approver's.
"""

import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from beffroi.errors import AccessError, UseError
from beffroi.people import People
from beffroi.person import Role
from beffroi.sentence import plain
from beffroi.site import OpenId
from beffroi.store.people import Account, digest

LASTS_S, MOST = 600.0, 1000
"""How long a person may take at the issuer's page, and how many at once."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that are taken: none that the client itself could make."""
LEEWAY_S, WAIT_S, LARGEST = 60, 10.0, 1_000_000


class _Begun(NamedTuple):
    verifier: str
    nonce: str
    flow: bytes
    until_s: float


class Issuer:
    """The issuer of one site."""

    def __init__(self, people: People, terms: OpenId, transport: httpx.BaseTransport | None = None) -> None:
        self._people, self._terms = people, terms
        self._http = httpx.Client(timeout=WAIT_S, follow_redirects=False, transport=transport)
        self._lock = threading.Lock()
        self._begun: dict[str, _Begun] = {}
        self._secret = _secret(terms.client_secret)
        for address in (terms.issuer, terms.redirect):
            _check(address)

    def begin(self) -> tuple[str, str]:
        """Where to send the browser, and what binds it to the flow. Raises AccessError."""
        endpoint, now_s = str(self._about()["authorization_endpoint"]), time.monotonic()
        state, flow, made = secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        nonce = secrets.token_urlsafe(32)
        with self._lock:
            self._begun = {s: b for s, b in self._begun.items() if b.until_s > now_s}
            if len(self._begun) >= MOST:
                raise AccessError("wait", "openid", "too many at once: wait", LASTS_S)
            self._begun[state] = _Begun(made, nonce, digest(flow), now_s + LASTS_S)
        address = prepare_grant_uri(
            _checked(endpoint), self._terms.client_id, "code", self._terms.redirect, "openid profile", state,
            nonce=nonce, code_challenge=create_s256_code_challenge(made), code_challenge_method="S256",
        )  # fmt: skip
        return str(address), flow

    def answer(self, said: Mapping[str, str | None], flow: str) -> Account:
        """Whose account it is that the issuer vouches for. Raises AccessError."""
        begun = self._end(said.get("state") or "", flow)
        if said.get("error"):
            why = said.get("error_description") or said.get("error")
            raise AccessError("wrong", "openid", f"the issuer refused: {plain(why or '', 100)}")
        if said.get("iss") not in (None, self._terms.issuer):
            raise AccessError("wrong", "openid", "the answer is of another issuer")
        about = self._about()
        token = self._token(about, said.get("code") or "", begun.verifier)
        claims = self._claims(about, token, begun.nonce)
        told = {**self._information(about, token, claims["sub"]), **claims}
        issued = f"{self._terms.issuer} {claims['sub']}"
        return self._people.accounts.issued(issued, self._name(told), self._roles(told))

    def _end(self, state: str, flow: str) -> _Begun:
        with self._lock:
            begun = self._begun.pop(state, None)
        if begun is None or begun.until_s <= time.monotonic():
            raise AccessError("refused", "openid", "this took too long, or was used: begin again")
        if not hmac.compare_digest(begun.flow, digest(flow)):
            raise AccessError("refused", "openid", "this was begun in another browser")
        return begun

    def _about(self) -> dict[str, Any]:
        """What the issuer says of itself (OpenID Connect Discovery 1.0 §4)."""
        about = self._read("GET", f"{self._terms.issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != self._terms.issuer:
            raise AccessError("refused", "openid", "the issuer calls itself by another name")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(about.get(name), str):
                raise AccessError("refused", "openid", f"the issuer does not say its {name}")
        return about

    def _token(self, about: Mapping[str, Any], code: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._terms.redirect,
            "code_verifier": verifier, "client_id": self._terms.client_id,
        }  # fmt: skip
        basic = None
        if self._secret is not None:
            del form["client_id"]
            basic = httpx.BasicAuth(self._terms.client_id, self._secret)
        return self._read("POST", _checked(about["token_endpoint"]), data=form, auth=basic)

    def _claims(self, about: Mapping[str, Any], token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the ID token, each checked (OpenID Connect Core 1.0 §3.1.3.7)."""
        keys = self._read("GET", _checked(about["jwks_uri"]))
        try:
            read = jwt.decode(str(token.get("id_token", "")), KeySet.import_key_set(keys), ALGORITHMS)  # type: ignore[arg-type]
            own = {"iss": {"essential": True, "value": self._terms.issuer},
                   "aud": {"essential": True, "value": self._terms.client_id}}  # fmt: skip
            params = {"nonce": nonce, "client_id": self._terms.client_id,
                      "access_token": token.get("access_token")}  # fmt: skip
            claims = CodeIDToken(read.claims, read.header, own, params)
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError) as bad:
            raise AccessError(
                "wrong", "openid", f"the issuer's token is not right: {plain(bad, 100)}"
            ) from bad
        return dict(claims)

    def _information(self, about: Mapping[str, Any], token: Mapping[str, Any], sub: str) -> dict[str, Any]:
        """The user information, if there is any and it is of the same person."""
        endpoint, bearer = about.get("userinfo_endpoint"), token.get("access_token")
        if not endpoint or not bearer:
            return {}
        said = self._read("GET", _checked(endpoint), headers={"authorization": f"Bearer {bearer}"})
        if said.get("sub") != sub:
            raise AccessError("wrong", "openid", "the issuer speaks of two people")
        return said

    def _roles(self, told: Mapping[str, Any]) -> frozenset[Role]:
        values = told.get(self._terms.claim)
        named = [values] if isinstance(values, str) else values if isinstance(values, list) else []
        return frozenset(role for value in named for role in self._terms.roles.get(str(value), ()))

    def _name(self, told: Mapping[str, Any]) -> str:
        name = told.get("name") or told.get("preferred_username") or told["sub"]
        return plain(str(name), 60) or "nameless"

    def _read(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        """A JSON object of the issuer. Raises AccessError."""
        try:
            answer = self._http.request(method, address, **more)
            answer.raise_for_status()
            if len(answer.content) > LARGEST:
                raise ValueError("it is too long")
            said = answer.json()
        except (httpx.HTTPError, ValueError) as bad:
            why = plain(bad, 100)
            raise AccessError("refused", "openid", f"the issuer does not answer as it must: {why}") from bad
        if not isinstance(said, dict):
            raise AccessError("refused", "openid", "the issuer does not answer as it must")
        return said


def _secret(path: str | None) -> str | None:
    """The secret in a file. Raises UseError."""
    if path is None:
        return None
    try:
        if Path(path).stat().st_mode & 0o077:
            raise UseError(f"{path}: others than its owner can read it: `chmod 600 {path}`")
        return Path(path).read_text().strip()
    except OSError as bad:
        raise UseError(f"{path}: {bad.strerror}") from bad


def _check(address: str) -> None:
    """Raises UseError for an address that would send secrets in clear."""
    url = urlsplit(address)
    near = url.hostname == "localhost" or _is_loopback(url.hostname or "")
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and near)):
        raise UseError(f"people.openid: {address!r} must be https://…")


def _checked(address: str) -> str:
    """An address that the issuer gives. Raises AccessError."""
    try:
        _check(address)
    except UseError as bad:
        raise AccessError("refused", "openid", "the issuer gives an address without TLS") from bad
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
