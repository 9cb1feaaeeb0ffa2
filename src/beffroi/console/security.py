"""Security: who may talk to the console while there are no accounts, and what a page of it may do.

It listens on loopback alone. Every request must name a loopback host (a foreign name that resolves to this
machine is refused: DNS rebinding) and come from a page of this console (RFC 6454 Origin). Every answer
carries a content policy that allows no foreign origin and no inline script.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from beffroi.console import message
from beffroi.errors import UseError

LARGEST = 64 * 1024
"""Bytes of a body."""
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


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(host: str) -> None:
    """Raises UseError where the console must not listen."""
    if not is_loopback(host):
        raise UseError(
            f"console: {host!r} is not a loopback address; there are no accounts yet, so anybody who reaches "
            "it could act on signs. Listen on 127.0.0.1 and let people in through SSH or a proxy"
        )


def problem(status: int, title: str, detail: str, at: str | None = None) -> Response:
    """A refusal."""
    body = message.json(message.Problem(title=title, status=status, detail=detail, at=at))
    return Response(body, status, {"cache-control": "no-store"}, "application/problem+json")


def refusal(headers: Headers) -> tuple[str, str] | None:
    """Why a request must not be answered: title and detail; None if it may."""
    host = headers.get("host", "")
    if not is_loopback(_name(host)):
        return "Foreign host", "The console answers to 127.0.0.1, ::1 and localhost only."
    origin = headers.get("origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return "Foreign origin", "The console answers to its own pages only."
    return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


class Guard:
    """Lets through what may pass; puts the headers on every answer; cuts bodies that are too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (why := refusal(headers)) is not None:
            await self._refuse(scope, receive, send, problem(403, *why))
        elif _length(headers) > LARGEST:
            detail = f"A body may have {LARGEST} bytes."
            await self._refuse(scope, receive, send, problem(413, "Too large", detail))
        else:
            await self._app(scope, receive, _with_headers(send))

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})
        else:
            await answer(scope, receive, _with_headers(send))


def _length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdecimal() else LARGEST + 1


def _with_headers(send: Send) -> Send:
    async def put(said: Message) -> None:
        if said["type"] == "http.response.start":
            headers = MutableHeaders(scope=said)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(said)

    return put
