"""Cameras: real servers that answer well and badly, and a directory of a recorder."""

import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from beffroi import site
from beffroi.errors import LinkError
from beffroi.links import camera
from beffroi.links.camera import Camera, Still, is_whole, media_type_of
from link_ends import free_port, now_s

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x11" * 200 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x22" * 100 + b"\0\0\0\0IEND\xaeB`\x82"
MP4 = b"\0\0\0\x18ftypmp42" + b"\x33" * 100
AT = "Tue, 14 Nov 2023 22:13:20 GMT"
AT_S = 1_700_000_000.0

Answer = Callable[[Request], Awaitable[Response]]


@asynccontextmanager
async def serving(answer: Answer, *, date: bool = True) -> AsyncIterator[str]:
    """A web server that answers every request so; its address."""
    app = Starlette(routes=[Route("/{path:path}", answer)])
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", date_header=date, lifespan="off",
                                               timeout_graceful_shutdown=1))  # fmt: skip
        task = asyncio.create_task(server.serve(sockets=[sock]))
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}/still.jpg"
        finally:
            server.should_exit = True
            await asyncio.gather(task, return_exceptions=True)


def table(**fields: Any) -> site.Camera:
    said: dict[str, Any] = {
        "id": "north", "lat_deg": 48.72, "lon_deg": 2.37, "bearing_deg": 45.0, "field_of_view_deg": 60.0,
        "range_m": 2000.0,
    }  # fmt: skip
    return site.Camera(**(said | fields))


def asked(answer: Answer, *, date: bool = True, **fields: Any) -> Still:
    """The still of a camera that answers so."""

    async def play() -> Still:
        async with serving(answer, date=date) as url:
            return await Camera(table(snapshot=url, **fields), now_s).still()

    return asyncio.run(play())


def gives(data: bytes, media_type: str = "image/jpeg", status: int = 200, **headers: str) -> Answer:
    told = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: Request) -> Response:
        return Response(data, status, told | {"content-type": media_type})

    return answer


def refused(answer: Answer, **fields: Any) -> LinkError:
    with pytest.raises(LinkError) as caught:
        asked(answer, **fields)
    assert caught.value.peer == "camera 'north'"
    return caught.value


def test_a_still_has_its_time_and_where_the_camera_looked() -> None:
    still = asked(gives(JPEG, last_modified=AT))
    assert still.data == JPEG
    assert (still.camera, still.media_type, still.simulated) == ("north", "image/jpeg", False)
    assert (still.at_s, still.at_from) == (AT_S, "last-modified")
    assert (still.bearing_deg, still.field_of_view_deg) == (45.0, 60.0)
    assert abs(still.received_at_s - now_s()) < 5.0


def test_the_time_says_where_it_comes_from() -> None:
    dated = asked(gives(JPEG, date=AT, last_modified="yesterday"), date=False)
    assert (dated.at_s, dated.at_from) == (AT_S, "date")
    silent = asked(gives(JPEG), date=False)
    assert (silent.at_s, silent.at_from) == (silent.received_at_s, "receipt")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(PNG, "image/png"), (JPEG, "image/jpeg; charset=x"), (JPEG, "IMAGE/JPG"), (MP4, "video/mp4")],
)
def test_allowed_types(data: bytes, media_type: str) -> None:
    assert asked(gives(data, media_type)).data == data


@pytest.mark.parametrize(
    ("data", "media_type", "reason"),
    [
        (b"<html>login</html>", "text/html", "is of no known type"),
        (b"<svg onload='x'/>", "image/svg+xml", "is of no known type"),
        (b"<html>\xff\xd8\xff", "image/jpeg", "is of no known type"),
        (PNG, "image/jpeg", "says 'image/jpeg' and is image/png"),
        (JPEG, "text/html", "says 'text/html' and is image/jpeg"),
        (JPEG, "", "says 'no type'"),
        (JPEG[:-10], "image/jpeg", "cut short"),
        (PNG[:-3], "image/png", "cut short"),
        (b"", "image/jpeg", "no known type"),
        (JPEG + b"\0" * 1000, "image/jpeg", "longer than 1000 bytes"),
    ],
)
def test_what_is_not_what_it_says_is_refused(data: bytes, media_type: str, reason: str) -> None:
    assert reason in refused(gives(data, media_type), max_bytes=1000).reason


def test_a_type_that_the_site_does_not_allow_is_refused() -> None:
    assert "not allowed" in refused(gives(PNG, "image/png"), media_types=("image/jpeg",)).reason


def test_another_status_is_told() -> None:
    assert "503" in refused(gives(JPEG, status=503)).reason


def test_a_redirection_is_not_followed() -> None:
    paths = []

    async def answer(request: Request) -> Response:
        paths.append(request.url.path)
        return RedirectResponse("/elsewhere")

    assert "elsewhere" in refused(answer).reason
    assert paths == ["/still.jpg"]


def test_an_encoded_answer_is_refused() -> None:
    assert "encoded" in refused(gives(JPEG, content_encoding="gzip")).reason


def test_an_endless_body_is_cut() -> None:
    sent = [0]

    async def endless() -> AsyncIterator[bytes]:
        yield JPEG
        while True:
            sent[0] += 1
            yield b"x" * 10_000
            await asyncio.sleep(0)

    async def answer(_: Request) -> Response:
        return StreamingResponse(endless(), media_type="image/jpeg")

    assert "longer than 100000 bytes" in refused(answer, max_bytes=100_000).reason
    assert sent[0] * 10_000 < 20_000_000, "it was not read on"


def test_a_slow_body_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "ANSWER_S", 0.3)

    async def drip() -> AsyncIterator[bytes]:
        for byte in JPEG:
            yield bytes([byte])
            await asyncio.sleep(0.05)

    async def answer(_: Request) -> Response:
        return StreamingResponse(drip(), media_type="image/jpeg")

    assert "TimeoutError" in refused(answer).reason


def test_a_camera_that_is_not_there_is_named() -> None:
    with pytest.raises(LinkError) as caught:
        asyncio.run(Camera(table(snapshot=f"http://127.0.0.1:{free_port()}/"), now_s).still())
    assert caught.value.peer == "camera 'north'"
    assert caught.value.reason


def secret(folder: Path, text: str = "desk:s3cret:x\n", mode: int = 0o600) -> str:
    path = folder / "north.txt"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_basic_credentials(tmp_path: Path) -> None:
    async def answer(request: Request) -> Response:
        told = request.headers.get("authorization")
        if told != "Basic ZGVzazpzM2NyZXQ6eA==":
            return Response("", 401, {"www-authenticate": 'Basic realm="c"'})
        return Response(JPEG, media_type="image/jpeg")

    assert "401" in refused(answer).reason
    assert asked(answer, credentials=secret(tmp_path), authentication="basic").data == JPEG


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_digest_credentials(tmp_path: Path) -> None:
    seen = []

    async def answer(request: Request) -> Response:
        said = request.headers.get("authorization", "")
        seen.append(said)
        given = dict(part.strip().split("=", 1) for part in said.removeprefix("Digest ").split(",") if said)
        given = {name: value.strip('"') for name, value in given.items()}
        ours, theirs = md5("desk:cam:s3cret:x"), md5("GET:/still.jpg")
        if given and given["response"] == md5(
            f"{ours}:n1:{given['nc']}:{given['cnonce']}:{given['qop']}:{theirs}"
        ):
            return Response(JPEG, media_type="image/jpeg")
        return Response("", 401, {"www-authenticate": 'Digest realm="cam", nonce="n1", qop="auth"'})

    assert asked(answer, credentials=secret(tmp_path)).data == JPEG
    assert len(seen) == 2
    assert "s3cret" not in "".join(seen)


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [("desk:x", 0o644, "chmod 600"), ("no colon", 0o600, "one line"), ("a:b\nc:d", 0o600, "one line")],
)
def test_credentials_that_cannot_be_used(tmp_path: Path, text: str, mode: int, reason: str) -> None:
    told = refused(gives(JPEG), credentials=secret(tmp_path, text, mode)).reason
    assert reason in told
    assert text not in told, "no error tells a password"


def test_credentials_that_are_not_there(tmp_path: Path) -> None:
    assert "No such file" in refused(gives(JPEG), credentials=str(tmp_path / "none")).reason


def recorded(folder: Path, name: str, data: bytes, at_s: float) -> Path:
    path = folder / name
    path.write_bytes(data)
    os.utime(path, (at_s, at_s))
    return path


def test_the_newest_whole_still_of_a_recorder(tmp_path: Path) -> None:
    recorded(tmp_path, "a.jpg", JPEG, AT_S)
    recorded(tmp_path, "b.PNG", PNG, AT_S + 10)
    recorded(tmp_path, "c.jpg", JPEG[:50], AT_S + 20)
    recorded(tmp_path, "d.mp4", MP4, AT_S + 30)
    recorded(tmp_path, "e.txt", JPEG, AT_S + 40)
    recorded(tmp_path, ".f.jpg", JPEG, AT_S + 50)
    still = asyncio.run(Camera(table(directory=str(tmp_path)), now_s).still())
    assert (still.data, still.at_s, still.at_from) == (PNG, AT_S + 10, "file"), "c is being written"


def test_clips_of_a_time(tmp_path: Path) -> None:
    for i in range(5):
        recorded(tmp_path, f"{i}.mp4", MP4 + bytes([i]), AT_S + i)
    eye = Camera(table(directory=str(tmp_path)), now_s)

    async def play() -> None:
        clips = await eye.clips(AT_S + 1, AT_S + 3)
        assert [c.name for c in clips] == ["1.mp4", "2.mp4", "3.mp4"]
        read = await eye.read(clips[0])
        assert (read.data, read.media_type, read.at_s) == (MP4 + b"\1", "video/mp4", AT_S + 1)
        (tmp_path / "1.mp4").write_bytes(JPEG)
        with pytest.raises(LinkError, match=r"says 'video/mp4' and is image/jpeg"):
            await eye.read(clips[0])
        (tmp_path / "1.mp4").unlink()
        with pytest.raises(LinkError, match="No such file"):
            await eye.read(clips[0])

    asyncio.run(play())
    assert asyncio.run(Camera(table(snapshot="http://127.0.0.1:1/"), now_s).clips(0.0, 2e9)) == []


def test_nothing_outside_the_directory_is_read(tmp_path: Path) -> None:
    outside = recorded(tmp_path, "outside.jpg", JPEG, AT_S)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.jpg").symlink_to(outside)
    os.mkfifo(inside / "pipe.jpg")
    (inside / "folder.jpg").mkdir()
    eye = Camera(table(directory=str(inside)), now_s)
    assert asyncio.run(eye.clips(0.0, 2e9)) == []
    with pytest.raises(LinkError, match="no still"):
        asyncio.run(eye.still())
    for name in ("../outside.jpg", "link.jpg", "pipe.jpg", "folder.jpg", str(outside), ""):
        clip = camera.Clip(name=name, at_s=AT_S, media_type="image/jpeg", size_bytes=1)
        with pytest.raises(LinkError):
            asyncio.run(eye.read(clip))


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    eye = Camera(table(directory=str(tmp_path / "none")), now_s)
    with pytest.raises(LinkError, match="directory: No such file"):
        asyncio.run(eye.clips(0.0, 1.0))


def test_files_that_are_too_long_are_refused_unread(tmp_path: Path) -> None:
    recorded(tmp_path, "a.jpg", JPEG + b"\0" * 5000, AT_S)
    with pytest.raises(LinkError, match="longer than 1000 bytes"):
        asyncio.run(Camera(table(directory=str(tmp_path), max_bytes=1000), now_s).still())


def test_types_are_told_by_first_bytes() -> None:
    assert [media_type_of(d) for d in (JPEG, PNG, MP4, b"GIF89a", b"")] == [
        "image/jpeg", "image/png", "video/mp4", None, None,
    ]  # fmt: skip
    assert is_whole(JPEG + b"\0" * 20, "image/jpeg"), "some cameras fill up what follows the end"
    assert is_whole(MP4[:20], "video/mp4")
