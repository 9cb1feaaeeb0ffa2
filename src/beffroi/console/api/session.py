"""Session: coming in and going out, locking and unlocking, and what one has to prove who one is."""

import asyncio
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta
from starlette.responses import Response

from beffroi.console import message
from beffroi.console.api.route import Given, Number, Refusal, Route, Said
from beffroi.console.passkey import possible
from beffroi.console.seen import Seen
from beffroi.console.session import Caller
from beffroi.errors import AccessError
from beffroi.people import People
from beffroi.person import Role
from beffroi.store.people import Session

Text = Annotated[str, Meta(min_length=1, max_length=256)]
Short = Annotated[str, Meta(min_length=1, max_length=64)]


class _Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a body says."""


class OfNumber(Given, kw_only=True):
    """One of them."""

    id: Number


class OfAnswer(Given, kw_only=True, forbid_unknown_fields=False):
    """What an issuer's answer says in its address."""

    state: str | None = None
    code: str | None = None
    iss: str | None = None
    error: str | None = None
    error_description: str | None = None


class Login(_Body, kw_only=True):
    """A name and a password."""

    name: Text
    password: Text


class Code(_Body, kw_only=True):
    """A one-time password, or a recovery code."""

    code: Short


class Password(_Body, kw_only=True):
    """A password."""

    password: Text


class NewPassword(_Body, kw_only=True):
    """The password as it was, and the next."""

    old: Text
    new: Text


class OneTime(_Body, kw_only=True):
    """The secret of a one-time link."""

    link: Short


class Joining(_Body, kw_only=True):
    """What somebody says who uses a link; `login` and `name` where it does not say them."""

    link: Short
    login: str = ""
    name: str = ""
    password: Text


class Shown(_Body, kw_only=True):
    """What a passkey said: `credential.toJSON()` of the browser."""

    id: Short
    credential: dict[str, Any]


class Made(Shown, kw_only=True):
    """A passkey that was made, and what to call it."""

    label: Short


class SessionInfo(msgspec.Struct, kw_only=True):
    """Where one stands at the door."""

    state: Literal["none", "second", "locked", "open"]
    """`second`: the second factor is awaited."""
    person: message.Person | None
    ends_s: float | None
    locks_s: float | None
    """When it locks, if the page tells of no hand."""
    second: tuple[Literal["code", "passkey"], ...]
    """What the account in the session has."""
    passkeys: bool
    """Whether there can be any here."""
    openid: str | None
    """What the button for an issuer says."""
    local: bool
    """There are no accounts: whoever reaches loopback may."""
    first: bool
    """Nobody has an account yet: the first needs the link that `beffroi serve` printed."""


class LinkInfo(msgspec.Struct, kw_only=True):
    """What a one-time link is for."""

    site: str
    name: str
    roles: tuple[Role, ...]
    login: str | None
    """Set: it sets a new password for this account."""
    until_s: float


class SessionRow(msgspec.Struct, kw_only=True):
    """A session of one's own."""

    id: int
    made_s: float
    seen_s: float
    ends_s: float
    address: str
    state: Literal["locked", "open"]
    here: bool
    """It is the one that asks."""


class FactorRow(msgspec.Struct, kw_only=True):
    """A second factor of one's own."""

    id: int
    kind: Literal["totp", "passkey"]
    label: str
    made_s: float
    used_s: float | None


class Factors(msgspec.Struct, kw_only=True):
    """All of one's second factors."""

    factors: list[FactorRow]
    recovery: int
    """Recovery codes that are left."""


class Begun(msgspec.Struct, kw_only=True):
    """A one-time password that is not confirmed yet."""

    secret: str
    address: str
    """`otpauth://…`, for a square code."""


class Codes(msgspec.Struct, kw_only=True):
    """Recovery codes, said this once."""

    recovery: list[str]


class Ceremony(msgspec.Struct, kw_only=True):
    """What the browser needs to make or show a passkey."""

    id: str
    options: dict[str, Any]


class Done(msgspec.Struct, kw_only=True):
    """It is done."""


WAYS: dict[str, Literal["code", "passkey"]] = {"totp": "code", "passkey": "passkey"}


def _people(seen: Seen) -> People:
    if seen.people is None:
        raise Refusal(409, "No people", "This console has no accounts.")
    return seen.people


def _mine(caller: Caller) -> Session:
    if caller.session is None:
        raise Refusal(409, "No people", "This console has no accounts.")
    return caller.session


def info(seen: Seen, caller: Caller, given: Given) -> SessionInfo:
    session, people = caller.session, seen.people
    has = people.factors.of(session.person) if people and session else []
    return SessionInfo(
        state=session.state if session else "open" if caller.who else "none",
        person=seen.person(caller.who) if caller.who else None,
        ends_s=people.sessions.ends_s(session) if people and session else None,
        locks_s=people.sessions.locks_s(session) if people and session else None,
        second=tuple(way for kind, way in WAYS.items() if any(f.kind == kind for f in has)),
        passkeys=people is not None and possible(caller.host),
        openid=people.terms.openid.name if people and people.terms.openid else None,
        local=people is None,
        first=people is not None and people.accounts.empty(),
    )


def _entered(seen: Seen, caller: Caller, token: str) -> Said:
    """Where one stands with a new token, which the browser gets."""
    people = _people(seen)
    session = people.sessions.of(token)
    who = people.sessions.person(session) if session else None
    now = caller._replace(token=token, session=session, who=who)
    return Said(info(seen, now, Given()), {"set-cookie": caller.cookie(token)})


def login(seen: Seen, caller: Caller, given: Given, body: Login) -> Said:
    people = _people(seen)
    token = people.sessions.login(body.name, body.password, caller.address)
    if (before := caller.session) is not None:
        people.sessions.end(f"person:{before.person}", before.person, before.id)
    return _entered(seen, caller, token)


def second(seen: Seen, caller: Caller, given: Given, body: Code) -> Said:
    token = _people(seen).sessions.second(caller.token, body.code, caller.address)
    return _entered(seen, caller, token)


def ask_passkey(seen: Seen, caller: Caller, given: Given) -> Ceremony:
    _people(seen)
    begun, options = seen.passkeys.ask(caller)
    return Ceremony(id=begun, options=options)


def show_passkey(seen: Seen, caller: Caller, given: Given, body: Shown) -> Said:
    """In a session that awaits a second factor or is locked, for it; else to come in."""
    sessions, account = _people(seen).sessions, seen.passkeys.shown(caller, body.id, body.credential)
    if caller.session is not None and caller.session.person != account.id:
        raise Refusal(401, "Another account", "This passkey is somebody else's.")
    if caller.session is not None and caller.session.state != "second":
        sessions.unlocked(caller.session)
        return _entered(seen, caller, caller.token)
    return _entered(seen, caller, sessions.proven(account, caller.address, caller.session))


def look(seen: Seen, caller: Caller, given: Given, body: OneTime) -> LinkInfo:
    link, account = _people(seen).accounts.behind(body.link)
    return LinkInfo(
        site=seen.site.site.name, name=link.name, roles=tuple(link.roles.split()),  # type: ignore[arg-type]
        login=account.login if account else None, until_s=link.until_s,
    )  # fmt: skip


def join(seen: Seen, caller: Caller, given: Given, body: Joining) -> Said:
    people = _people(seen)
    account = people.accounts.accept(body.link, body.login, body.name, body.password)
    return _entered(seen, caller, people.sessions.login(account.login, body.password, caller.address))


def unlock(seen: Seen, caller: Caller, given: Given, body: Password) -> SessionInfo:
    people = _people(seen)
    people.sessions.unlock(_mine(caller), body.password, caller.address)
    return _again(seen, caller)


def lock(seen: Seen, caller: Caller, given: Given) -> SessionInfo:
    people = _people(seen)
    people.sessions.lock(_mine(caller))
    return _again(seen, caller)


def _again(seen: Seen, caller: Caller) -> SessionInfo:
    """Where one stands after a change."""
    said: SessionInfo = _entered(seen, caller, caller.token).answer
    return said


def touch(seen: Seen, caller: Caller, given: Given) -> SessionInfo:
    """The way here has told that a hand was seen."""
    return _again(seen, caller) if seen.people else info(seen, caller, given)


def leave(seen: Seen, caller: Caller, given: Given) -> Said:
    people, session = seen.people, caller.session
    if people and session:
        people.sessions.end(caller.who.key if caller.who else "", session.person, session.id)
    gone = caller._replace(who=None if people else caller.who, session=None, token="")
    return Said(info(seen, gone, given), {"set-cookie": caller.cookie("")})


def sessions(seen: Seen, caller: Caller, given: Given) -> list[SessionRow]:
    mine, people = _mine(caller), _people(seen)
    return [
        SessionRow(
            id=s.id, made_s=s.made_at_s, seen_s=s.seen_at_s, ends_s=people.sessions.ends_s(s),
            address=s.address, state="locked" if s.state == "locked" else "open", here=s.id == mine.id,
        )
        for s in people.sessions.all(mine.person)
    ]  # fmt: skip


def end(seen: Seen, caller: Caller, given: OfNumber) -> Done:
    mine = _mine(caller)
    _people(seen).sessions.end(f"person:{mine.person}", mine.person, given.id)
    return Done()


def password(seen: Seen, caller: Caller, given: Given, body: NewPassword) -> Done:
    _people(seen).sessions.change_password(_unlocked(caller), body.old, body.new, caller.address)
    return Done()


def factors(seen: Seen, caller: Caller, given: Given) -> Factors:
    mine, people = _mine(caller), _people(seen)
    rows = [
        FactorRow(id=f.id, kind="totp" if f.kind == "totp" else "passkey", label=f.label, made_s=f.made_at_s,
                  used_s=f.used_at_s)
        for f in people.factors.of(mine.person)
    ]  # fmt: skip
    return Factors(factors=rows, recovery=people.factors.codes(mine.person))


def _unlocked(caller: Caller) -> Session:
    """What proves who one is cannot be changed in a session that lies open for anybody."""
    mine = _mine(caller)
    if mine.state != "open":
        raise Refusal(423, "Locked", "The session is locked. Unlock it first.")
    return mine


def begin_totp(seen: Seen, caller: Caller, given: Given) -> Begun:
    begun = _people(seen).factors.begin_totp(_unlocked(caller).person)
    return Begun(secret=begun.secret, address=begun.address)


def confirm_totp(seen: Seen, caller: Caller, given: Given, body: Code) -> Codes:
    return Codes(recovery=_people(seen).factors.confirm_totp(_unlocked(caller).person, body.code))


def begin_passkey(seen: Seen, caller: Caller, given: Given) -> Ceremony:
    people = _people(seen)
    account = people.sessions.account(_unlocked(caller).person)
    begun, options = seen.passkeys.enrol(caller, account)
    return Ceremony(id=begun, options=options)


def keep_passkey(seen: Seen, caller: Caller, given: Given, body: Made) -> Codes:
    _unlocked(caller)
    return Codes(recovery=seen.passkeys.enrolled(caller, body.id, body.label, body.credential))


def remove_factor(seen: Seen, caller: Caller, given: OfNumber) -> Done:
    _people(seen).factors.remove(_unlocked(caller).person, given.id)
    return Done()


def to_issuer(seen: Seen, caller: Caller, given: Given) -> Response:
    """Off to the page of the issuer."""
    address, flow = seen.issuer.begin()
    return _elsewhere(address, caller.flow_cookie(flow))


async def from_issuer(seen: Seen, caller: Caller, given: OfAnswer) -> Response:
    """Back from it: with a session, or to the page with the reason why not."""
    people, issuer = _people(seen), seen.issuer

    def vouched() -> str:
        account = issuer.answer(msgspec.structs.asdict(given), caller.flow)
        return people.sessions.vouched(account, caller.address)

    try:
        token = await asyncio.to_thread(vouched)
    except AccessError as bad:
        await seen.refused(caller, "session.open", "openid")
        return _elsewhere(f"/#openid={quote(str(bad))}", caller.flow_cookie(""))
    return _elsewhere("/", caller.flow_cookie(""), caller.cookie(token))


def _elsewhere(address: str, *cookies: str) -> Response:
    """A redirect. It ends at `/`, whose page then asks with the cookie of this site."""
    answer = Response(status_code=303, headers={"location": address, "cache-control": "no-store"})
    for cookie in cookies:
        answer.headers.append("set-cookie", cookie)
    return answer


def _door(method: str, path: str, does: str, handler: Any, answer: Any, **more: Any) -> Route:
    return Route(method, path, does, handler, answer, "session.open", door=True, **more)


def _own(method: str, path: str, does: str, handler: Any, answer: Any, **more: Any) -> Route:
    return Route(method, path, does, handler, answer, "session.own", door=True, **more)


ROUTES = (
    _door("GET", "/session", "Who one is, and what one may", info, SessionInfo),
    _door("POST", "/session", "Come in with name and password", login, SessionInfo, body=Login),
    _door("POST", "/session/second", "Give the second factor", second, SessionInfo, body=Code),
    _door("POST", "/session/passkey/ask", "Begin to show a passkey", ask_passkey, Ceremony),
    _door("POST", "/session/passkey", "Show a passkey: come in, give the second factor, or unlock",
          show_passkey, SessionInfo, body=Shown),
    _door("POST", "/links/look", "What a one-time link is for", look, LinkInfo, body=OneTime),
    _door("POST", "/links/use", "Use a one-time link: make an account or set a password, and come in",
          join, SessionInfo, body=Joining),
    _door("GET", "/session/openid", "Go to the issuer that vouches for people", to_issuer, bytes),
    _door("GET", "/session/openid/answer", "Come back from it", from_issuer, bytes, given=OfAnswer),
    _own("POST", "/session/lock", "Lock", lock, SessionInfo, hand=False),
    _own("POST", "/session/unlock", "Unlock with the password", unlock, SessionInfo, body=Password),
    _own("POST", "/session/touch", "A hand was seen", touch, SessionInfo),
    _door("DELETE", "/session", "Go out", leave, SessionInfo, hand=False),
    _own("GET", "/session/all", "One's own sessions", sessions, list[SessionRow]),
    _own("DELETE", "/session/all/{id}", "End one of them", end, Done, given=OfNumber),
    _own("POST", "/session/password", "Set a new password", password, Done, body=NewPassword),
    _own("GET", "/session/factors", "One's own second factors", factors, Factors),
    _own("POST", "/session/factors/totp", "Begin a one-time password", begin_totp, Begun),
    _own("POST", "/session/factors/totp/confirm", "Confirm it with a code", confirm_totp, Codes, body=Code),
    _own("POST", "/session/factors/passkey/begin", "Begin to make a passkey", begin_passkey, Ceremony),
    _own("POST", "/session/factors/passkey", "Keep the passkey that was made", keep_passkey, Codes,
         body=Made),
    _own("DELETE", "/session/factors/{id}", "Take a second factor off", remove_factor, Done, given=OfNumber),
)  # fmt: skip
