"""Passkey: the two ceremonies of WebAuthn (W3C, Level 2), at the side of the server.

A passkey that says who its owner is and that they were there (user verification) proves both factors at once.
It is bound to the name of this console: where that is a bare address, there are none.
"""

import secrets
import time
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from beffroi.console.session import Caller
from beffroi.errors import AccessError
from beffroi.people import People
from beffroi.people.accounts import key, number
from beffroi.store.people import Account, Factor

LASTS_S, MOST = 300.0, 1000
"""How long a ceremony may take, and how many go on at once."""
VERIFIED = UserVerificationRequirement.REQUIRED


class _Begun(NamedTuple):
    state: Any
    person: int | None
    until_s: float


class Passkeys:
    """The ceremonies of one console."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._begun: dict[str, _Begun] = {}

    def enrol(self, caller: Caller, account: Account) -> tuple[str, dict[str, Any]]:
        """Begin to make a passkey: an id, and what `navigator.credentials.create` needs."""
        user = PublicKeyCredentialUserEntity(
            id=key(account.id).encode(), name=account.login, display_name=account.name
        )
        options, state = self._server(caller).register_begin(
            user, [c for _, c in self._credentials(account.id)], ResidentKeyRequirement.REQUIRED, VERIFIED
        )
        return self._begin(state, account.id), dict(options)

    def enrolled(self, caller: Caller, begun: str, label: str, response: Mapping[str, Any]) -> list[str]:
        """Keep the passkey that was made. Gives recovery codes if there were none. Raises AccessError."""
        ceremony = self._end(begun)
        if ceremony.person is None or caller.session is None or ceremony.person != caller.session.person:
            raise AccessError("refused", "id", "this was begun by somebody else")
        try:
            made = self._server(caller).register_complete(ceremony.state, response)
        except (InvalidSignature, ValueError, TypeError, KeyError) as bad:
            raise AccessError("wrong", "passkey", f"this passkey was not made here: {_short(bad)}") from bad
        assert made.credential_data is not None
        credential = bytes(made.credential_data)
        return self._people.factors.add_passkey(ceremony.person, label, credential, made.counter)

    def ask(self, caller: Caller) -> tuple[str, dict[str, Any]]:
        """Begin to ask for a passkey: of the person in the session, or of anybody."""
        person = caller.session.person if caller.session else None
        known = [c for _, c in self._credentials(person)] if person is not None else None
        if known is not None and not known:
            raise AccessError("refused", "passkey", "this account has no passkey")
        options, state = self._server(caller).authenticate_begin(known, VERIFIED)
        return self._begin(state, person), dict(options)

    def shown(self, caller: Caller, begun: str, response: Mapping[str, Any]) -> Account:
        """Whose passkey was shown. Raises AccessError."""
        ceremony = self._end(begun)
        try:
            said = AuthenticationResponse.from_dict(response)
            person = ceremony.person
            if person is None:
                person = number((said.response.user_handle or b"").decode())
            known = self._credentials(person)
            server = self._server(caller)
            used = server.authenticate_complete(ceremony.state, [c for _, c in known], response)
        except (InvalidSignature, ValueError, TypeError, KeyError) as bad:
            raise AccessError("wrong", "passkey", f"this passkey is not right: {_short(bad)}") from bad
        factor = next(f for f, c in known if c.credential_id == used.credential_id)
        self._people.factors.passkey_used(factor, said.response.authenticator_data.counter)
        return self._people.sessions.account(person)

    def _credentials(self, person: int) -> list[tuple[Factor, AttestedCredentialData]]:
        kept = [f for f in self._people.factors.of(person) if f.kind == "passkey"]
        return [(f, AttestedCredentialData(f.secret)) for f in kept]

    def _server(self, caller: Caller) -> Fido2Server:
        if not possible(caller.host):
            raise AccessError("refused", "passkey", "passkeys need a console with a name, such as localhost")
        entity = PublicKeyCredentialRpEntity(name=f"Beffroi {self._people.register.site}", id=caller.host)
        return Fido2Server(entity, verify_origin=lambda origin: origin == caller.origin)

    def _begin(self, state: Any, person: int | None) -> str:
        now_s = time.monotonic()
        self._begun = {i: c for i, c in self._begun.items() if c.until_s > now_s}
        if len(self._begun) >= MOST:
            raise AccessError("wait", "passkey", "too many at once: wait", LASTS_S)
        begun = secrets.token_urlsafe(16)
        self._begun[begun] = _Begun(state, person, now_s + LASTS_S)
        return begun

    def _end(self, begun: str) -> _Begun:
        ceremony = self._begun.pop(begun, None)
        if ceremony is None or ceremony.until_s <= time.monotonic():
            raise AccessError("refused", "id", "this took too long, or was used: begin again")
        return ceremony


def possible(host: str) -> bool:
    """Whether a host can have passkeys: it has a name."""
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False


def _short(bad: Exception) -> str:
    return str(bad)[:100] or type(bad).__name__
