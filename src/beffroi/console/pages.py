"""Pages: the built web files. A name with a hash is good for a year, the page itself is never kept."""

import gzip
from email.utils import formatdate
from functools import lru_cache
from hashlib import blake2b
from mimetypes import guess_type
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

WEB = Path(__file__).parent / "web"
HOW = "make demo (it needs the npm registry once), or install the wheel of Beffroi"
MISSING = f"The console's web files are not built. This builds them: {HOW}.\n"
FOREVER, NEVER = "public, max-age=31536000, immutable", "no-store"
TYPES = {
    ".js": "text/javascript",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
SMALL = 1024
"""Bytes that are not worth compressing."""


def built() -> bool:
    """Whether there are web files."""
    return (WEB / "index.html").is_file()


def version() -> str:
    """Names what is built; another value, and a page must be loaded again."""
    return blake2b((WEB / "index.html").read_bytes(), digest_size=8).hexdigest() if built() else ""


async def page(request: Request) -> Response:
    """One file; every path that is none of the files or of the API is the page itself."""
    if not built():
        return PlainTextResponse(MISSING, 503)
    path = (WEB / request.path_params["path"]).resolve()
    if not path.is_relative_to(WEB) or not path.is_file():
        if "." in path.name:
            return PlainTextResponse("There is no such file.\n", 404)
        path = WEB / "index.html"
    plain, small = _bytes(path, path.stat().st_mtime_ns)
    headers = {
        "cache-control": FOREVER if path.parent.name == "assets" else NEVER,
        "last-modified": formatdate(path.stat().st_mtime, usegmt=True),
        "vary": "accept-encoding",
    }
    if small and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(small, 200, headers | {"content-encoding": "gzip"}, _type(path))
    return Response(plain, 200, headers, _type(path))


@lru_cache(maxsize=256)
def _bytes(path: Path, changed_ns: int) -> tuple[bytes, bytes]:
    """A file, and the same compressed where that helps."""
    del changed_ns  # a file that was built again is read again
    plain = path.read_bytes()
    small = gzip.compress(plain, 9) if len(plain) > SMALL and path.suffix != ".woff2" else b""
    return plain, small if len(small) < 0.9 * len(plain) else b""


def _type(path: Path) -> str:
    return TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
