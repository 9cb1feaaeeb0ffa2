"""Security: where the console may listen, who may talk to it, and what a page of it may do.

Beyond loopback it listens only where people must log in, and with TLS, its own or that of a proxy. Every
request must name a host of this console (a foreign name that resolves to this machine is refused: DNS
rebinding) and come from one of its pages (RFC 6454 Origin). Every answer carries a content policy that allows
no foreign origin and no inline script.
"""

import math
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from beffroi.console import message
from beffroi.errors import UseError
from beffroi.site import Console

NO_SESSION, NOT_ALLOWED = 4401, 4403
"""Why a socket is closed."""
LARGEST, LARGEST_FILE = 64 * 1024, 20_000_000
"""Bytes of a body; and where files are taken. Each route has its limit, this is before all of them."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


STRICT = {"strict-transport-security": "max-age=31536000"}
"""Over TLS: and never again without (RFC 6797)."""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(host: str, console: Console | None = None, *, people: bool = False) -> None:
    """Raises UseError where the console must not listen: `people`, whether they must log in."""
    if bool(console and console.certificate) != bool(console and console.private_key):
        raise UseError("console: certificate and private_key belong together")
    if is_loopback(host):
        return
    lacks = f"console: {host!r} is not a loopback address"
    if not people:
        raise UseError(f"{lacks}, and there are no accounts: anybody who reaches it could act on signs")
    if console is None or not (console.certificate or console.behind_proxy):
        raise UseError(
            f"{lacks}: passwords would cross the network in clear. Give certificate and private_key in "
            "[console], or say behind_proxy = true where a proxy with TLS stands before it"
        )
    if not console.hosts:
        raise UseError(f'{lacks}: say by which names it is called, hosts = ["watch.example"] in [console]')


def problem(status: int, title: str, detail: str, at: str | None = None, after_s: float = 0.0) -> Response:
    """A refusal; `after_s`: when to ask again."""
    body = message.json(message.Problem(title=title, status=status, detail=detail, at=at))
    later = {"retry-after": str(math.ceil(after_s))} if after_s > 0 else {}
    return Response(body, status, {"cache-control": "no-store", **later}, "application/problem+json")


def refusal(
    headers: Headers, hosts: Sequence[str] = (), schemes: Sequence[str] = ("http", "https")
) -> tuple[str, str] | None:
    """Why a request must not be answered: title and detail; None if it may."""
    host = headers.get("host", "")
    if not is_loopback(_name(host)) and _name(host) not in hosts:
        known = ", ".join(("127.0.0.1", "::1", "localhost", *hosts))
        return "Foreign host", f"The console answers to these names only: {known}."
    origin = headers.get("origin")
    if origin is not None and origin not in [f"{scheme}://{host}" for scheme in schemes]:
        return "Foreign origin", "The console answers to its own pages only."
    return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


class Guard:
    """Lets through what may pass; puts the headers on every answer; cuts bodies that are too large."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app, self._hosts = app, tuple(host.lower() for host in console.hosts)
        self._secure = bool(console.certificate or console.behind_proxy)
        self._schemes = ("https",) if self._secure else ("http", "https")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (why := refusal(headers, self._hosts, self._schemes)) is not None:
            await self._refuse(scope, receive, send, problem(403, *why))
        elif _length(headers) > LARGEST_FILE:
            detail = f"A body may have {LARGEST_FILE} bytes."
            await self._refuse(scope, receive, send, problem(413, "Too large", detail))
        else:
            await self._app(scope, receive, _with_headers(send, self._secure))

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": NOT_ALLOWED})
        else:
            await answer(scope, receive, _with_headers(send, self._secure))


def _length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdecimal() else LARGEST_FILE + 1


def _with_headers(send: Send, secure: bool) -> Send:
    async def put(said: Message) -> None:
        if said["type"] == "http.response.start":
            headers = MutableHeaders(scope=said)
            for name, value in (HEADERS | STRICT if secure else HEADERS).items():
                headers.setdefault(name, value)
        await send(said)

    return put
