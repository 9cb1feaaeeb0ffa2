"""Session: who stands behind a request, by the cookie that it brings.

The cookie holds a random token, and no script can read it; over TLS its name binds it to this host
(RFC 6265bis `__Host-`). Where a site has no people, whoever reaches loopback is `LOCAL`.
"""

from typing import NamedTuple

from starlette.requests import HTTPConnection

from beffroi.people import People
from beffroi.person import LOCAL, Person
from beffroi.site import Console
from beffroi.store.people import Session

COOKIE = "beffroi"
FLOW = "beffroi-openid"
"""Binds an answer of an issuer to the browser that asked."""


class Caller(NamedTuple):
    """Who asks, and from where."""

    who: Person | None
    """None: nobody, as far as we know."""
    address: str = ""
    token: str = ""
    session: Session | None = None
    secure: bool = False
    """The browser speaks TLS."""
    origin: str = ""
    """Of this console, as the browser has it: `https://host:port`."""
    flow: str = ""
    """What `FLOW` holds."""

    @property
    def host(self) -> str:
        """The name by which this console is called."""
        return (
            self.origin.partition("://")[2].rpartition("]")[0].lstrip("[")
            or (self.origin.partition("://")[2].partition(":")[0])
        )

    def cookie(self, token: str) -> str:
        """What sets the token in the browser; an empty one takes it away."""
        return _cookie(_named(COOKIE, self.secure), token, self.secure, "Strict", None if token else 0)

    def flow_cookie(self, value: str) -> str:
        """What binds a flow of OpenID to the browser. It must come along from the issuer's page: Lax."""
        return _cookie(_named(FLOW, self.secure), value, self.secure, "Lax", 600 if value else 0)


def caller(people: People | None, console: Console, connection: HTTPConnection) -> Caller:
    """Who sends a request or opens a socket."""
    secure = console.behind_proxy or connection.url.scheme in ("https", "wss")
    origin = f"{'https' if secure else 'http'}://{connection.headers.get('host', '')}"
    address = _address(console, connection)
    if people is None:
        return Caller(LOCAL, address, secure=secure, origin=origin)
    token = connection.cookies.get(_named(COOKIE, secure), "")
    session = people.sessions.of(token)
    who = people.sessions.person(session) if session else None
    flow = connection.cookies.get(_named(FLOW, secure), "")
    return Caller(who, address, token, session, secure, origin, flow)


def _address(console: Console, connection: HTTPConnection) -> str:
    """Where it comes from; what the proxy itself has added is the last."""
    if console.behind_proxy:
        told = connection.headers.getlist("x-forwarded-for")
        if told:
            return told[-1].rpartition(",")[2].strip()[:64]
    return connection.client.host if connection.client else ""


def _named(name: str, secure: bool) -> str:
    return f"__Host-{name}" if secure else name


def _cookie(name: str, value: str, secure: bool, same_site: str, age_s: int | None) -> str:
    parts = [f"{name}={value}", "Path=/", "HttpOnly", f"SameSite={same_site}"]
    parts += ["Secure"] if secure else []
    parts += [f"Max-Age={age_s}"] if age_s is not None else []
    return "; ".join(parts)
