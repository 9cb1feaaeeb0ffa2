"""Pages: the built web files. A name with a hash is good for a year, the page itself is never kept."""

import asyncio
import gzip
from email.utils import formatdate
from functools import cache
from hashlib import blake2b
from mimetypes import guess_type
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

WEB = Path(__file__).parent / "web"
HOW = "make demo (it needs the npm registry once), or install the wheel of Beffroi"
MISSING = f"The console's web files are not built. This builds them: {HOW}.\n"
FOREVER, NEVER = "public, max-age=31536000, immutable", "no-store"
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
SMALL = 1024
"""Bytes that are not worth compressing."""


class File(NamedTuple):
    """One file, as it goes out."""

    plain: bytes
    small: bytes
    """Compressed; empty where that does not help."""
    modified: str


def built() -> bool:
    """Whether there are web files."""
    return "index.html" in _files(WEB)


def version() -> str:
    """Names what is built; another value, and a page must be loaded again."""
    return blake2b(_file(_files(WEB)["index.html"]).plain, digest_size=8).hexdigest() if built() else ""


async def page(request: Request) -> Response:
    """One file; every path that is none of the files or of the API is the page itself."""
    if not built():
        return PlainTextResponse(MISSING, 503)
    files, name = _files(WEB), request.path_params["path"]
    if name not in files and "." in name.rpartition("/")[2]:
        return PlainTextResponse("There is no such file.\n", 404)
    path = files.get(name) or files["index.html"]
    file = await asyncio.to_thread(_file, path)
    headers = {
        "cache-control": FOREVER if path.parent.name == "assets" else NEVER,
        "last-modified": file.modified,
        "vary": "accept-encoding",
    }
    if file.small and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.small, 200, headers | {"content-encoding": "gzip"}, _type(path))
    return Response(file.plain, 200, headers, _type(path))


@cache
def _files(web: Path) -> dict[str, Path]:
    """What is built, by its path in an address; no other file is ever looked for. A build while this runs is
    seen by the next run."""
    return {path.relative_to(web).as_posix(): path for path in web.rglob("*") if path.is_file()}


@cache
def _file(path: Path) -> File:
    plain = path.read_bytes()
    small = gzip.compress(plain, 9) if len(plain) > SMALL and path.suffix != ".woff2" else b""
    modified = formatdate(path.stat().st_mtime, usegmt=True)
    return File(plain, small if len(small) < 0.9 * len(plain) else b"", modified)


def _type(path: Path) -> str:
    return TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
