"""Cameras: a still now, what a recorder wrote, both with their time and where the camera looked.

A still comes by HTTP (RFC 9110) or from a directory. What is not of an allowed media type, says one type and
is another, is longer than the site allows, or comes too slowly, is refused. No redirection is followed and no
proxy is asked: the site alone says where a picture comes from.

The time of a still is that of `Last-Modified`, else of `Date`, else of its receipt; of a file that of its
last change. `at_from` says which: clocks of cameras are often wrong.
"""

import asyncio
import os
import ssl
import stat
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

import httpx
import msgspec

from beffroi import site
from beffroi.errors import LinkError
from beffroi.links import Clock
from beffroi.site import MediaType

ANSWER_S = 10.0
"""A whole answer takes no longer."""
FILES, CLIPS = 100_000, 200
"""A directory with more files is refused; so many clips are listed."""
ENDS: dict[str, MediaType] = {
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4",
}  # fmt: skip
ALIASES = {"image/jpg": "image/jpeg"}
"""Names that cameras use and no registry knows."""

Stamped = Literal["last-modified", "date", "receipt", "file"]


class Still(msgspec.Struct, frozen=True, kw_only=True):
    """A still or clip, with where the camera looked by the configuration of the site."""

    camera: str
    at_s: float
    at_from: Stamped
    received_at_s: float
    """By the one clock."""
    lat_deg: float
    lon_deg: float
    bearing_deg: float
    field_of_view_deg: float
    media_type: MediaType
    simulated: bool
    data: bytes


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a recorder."""

    name: str
    at_s: float
    """When it was last written: its end."""
    media_type: MediaType
    size_bytes: int


class Camera:
    """One camera of the site. Every error is a LinkError with the camera and the reason."""

    def __init__(self, table: site.Camera, now_s: Clock) -> None:
        self.table, self._now_s = table, now_s

    async def still(self) -> Still:
        """What it shows now: asked of the camera, else the newest still of its directory."""
        if self.table.snapshot is not None:
            return await self._snapshot(self.table.snapshot)
        return await asyncio.to_thread(self._newest)

    async def clips(self, from_s: float, to_s: float) -> list[Clip]:
        """The files that its recorder ended in a time, oldest first: the last `CLIPS` of them."""
        if self.table.directory is None:
            return []
        return await asyncio.to_thread(self._listed, Path(self.table.directory), from_s, to_s)

    async def read(self, clip: Clip) -> Still:
        """One of these files."""
        return await asyncio.to_thread(self._read, clip.name)

    async def _snapshot(self, url: str) -> Still:
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                self._client() as client,
                client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer,
            ):
                data = await self._body(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as bad:
            raise self._error(str(bad) or type(bad).__name__) from bad
        received_at_s = self._now_s()
        at_s, at_from = _stamp(answer.headers, received_at_s)
        said = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return self._made(data, ALIASES.get(said, said), at_s, at_from, received_at_s)

    def _client(self) -> httpx.AsyncClient:
        verify: ssl.SSLContext | bool = True
        if self.table.authority is not None:
            verify = ssl.create_default_context(cafile=self.table.authority)
        return httpx.AsyncClient(
            auth=self._auth(), verify=verify, timeout=ANSWER_S, follow_redirects=False, trust_env=False
        )

    def _auth(self) -> httpx.Auth | None:
        if self.table.credentials is None:
            return None
        path = Path(self.table.credentials)
        if path.stat().st_mode & 0o077:
            raise self._error(f"others than its owner can read {path}: chmod 600")
        name, colon, password = path.read_bytes().decode(errors="replace").strip().partition(":")
        if not colon or not name or "\n" in password:
            raise self._error(f"{path} is not one line name:password")
        kind = httpx.DigestAuth if self.table.authentication == "digest" else httpx.BasicAuth
        return kind(name, password)

    async def _body(self, answer: httpx.Response) -> bytes:
        if answer.is_redirect:
            raise self._error("it sends us elsewhere, which is not followed")
        if answer.status_code != httpx.codes.OK:
            raise self._error(f"it answers {answer.status_code} {answer.reason_phrase}")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise self._error("its answer is encoded")
        body = bytearray()
        async for part in answer.aiter_raw():
            body += part
            if len(body) > self.table.max_bytes:
                raise self._too_long()
        return bytes(body)

    def _listed(self, directory: Path, from_s: float, to_s: float) -> list[Clip]:
        found = [c for c in self._files(directory) if from_s <= c.at_s <= to_s]
        return sorted(found, key=lambda c: (c.at_s, c.name))[-CLIPS:]

    def _files(self, directory: Path) -> Iterator[Clip]:
        """The files of allowed types: no links, nothing hidden."""
        try:
            with os.scandir(directory) as entries:
                for count, entry in enumerate(entries):
                    if count >= FILES:
                        raise self._error(f"its directory holds more than {FILES} files")
                    media_type = ENDS.get(Path(entry.name).suffix.lower())
                    plain = not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
                    if plain and media_type in self.table.media_types:
                        about = entry.stat(follow_symlinks=False)
                        yield Clip(name=entry.name, at_s=about.st_mtime, media_type=media_type,
                                   size_bytes=about.st_size)  # fmt: skip
        except OSError as bad:
            raise self._error(f"its directory: {bad.strerror}") from bad

    def _newest(self) -> Still:
        """The newest still that is whole: a recorder may be writing the last one."""
        stills = [c for c in self._files(Path(self.table.directory or "")) if c.media_type != "video/mp4"]
        trouble = self._error("its directory holds no still")
        for clip in sorted(stills, key=lambda c: (-c.at_s, c.name))[:3]:
            try:
                return self._read(clip.name)
            except LinkError as bad:
                trouble = bad
        raise trouble

    def _read(self, name: str) -> Still:
        media_type = ENDS.get(Path(name).suffix.lower())
        if Path(name).name != name or name.startswith(".") or self.table.directory is None:
            raise self._error(f"{name!r} is no file of its directory")
        try:
            file = os.open(Path(self.table.directory) / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(file, "rb") as read:
                about = os.fstat(file)
                if not stat.S_ISREG(about.st_mode):
                    raise self._error(f"{name!r} is no file")
                data = read.read(self.table.max_bytes + 1)
        except OSError as bad:
            raise self._error(f"{name!r}: {bad.strerror}") from bad
        return self._made(data, media_type or "", about.st_mtime, "file", self._now_s())

    def _made(self, data: bytes, said: str, at_s: float, at_from: Stamped, received_at_s: float) -> Still:
        """A still, if it is what it says."""
        if len(data) > self.table.max_bytes:
            raise self._too_long()
        media_type = media_type_of(data)
        if media_type is None or media_type != said:
            raise self._error(f"it says {said[:60] or 'no type'!r} and is {media_type or 'of no known type'}")
        if media_type not in self.table.media_types:
            raise self._error(f"{media_type} is not allowed")
        if not is_whole(data, media_type):
            raise self._error("it is cut short")
        t = self.table
        return Still(
            camera=t.id, at_s=at_s, at_from=at_from, received_at_s=received_at_s, lat_deg=t.lat_deg,
            lon_deg=t.lon_deg, bearing_deg=t.bearing_deg, field_of_view_deg=t.field_of_view_deg,
            media_type=media_type, simulated=t.simulated, data=data,
        )  # fmt: skip

    def _too_long(self) -> LinkError:
        return self._error(f"longer than {self.table.max_bytes} bytes")

    def _error(self, reason: str) -> LinkError:
        return LinkError(f"camera {self.table.id!r}", reason)


def media_type_of(data: bytes) -> MediaType | None:
    """What bytes are by their first ones: JPEG (ISO 10918-1 B.1.1.3), PNG (ISO 15948 5.2), MP4 (ISO 14496-12
    4.3)."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "video/mp4" if data[4:8] == b"ftyp" else None


def is_whole(data: bytes, media_type: MediaType) -> bool:
    """Whether an image ends as one does. A clip may end anywhere."""
    if media_type == "image/jpeg":
        return b"\xff\xd9" in data[-64:]  # some cameras fill up what follows the end
    return media_type != "image/png" or data[-8:-4] == b"IEND"


def _stamp(headers: httpx.Headers, received_at_s: float) -> tuple[float, Stamped]:
    """When a still was taken, as far as its server says."""
    names: tuple[Stamped, ...] = ("last-modified", "date")
    for name in names:
        try:
            return parsedate_to_datetime(headers[name]).timestamp(), name
        except (KeyError, ValueError, OverflowError):
            continue
    return received_at_s, "receipt"
