"""Basemap: the site's own `.pmtiles` archive, if it has one. The browser reads parts of it (RFC 9110, 14)."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from beffroi.errors import SiteError
from beffroi.site import Site

MAGIC = b"PMTiles\x03"
"""Version 3 of the format."""


def archive(site: Site) -> Path | None:
    """The archive of a site; None if it has none. Raises SiteError where it is not one."""
    if site.console.basemap is None:
        return None
    path = Path(site.console.basemap)
    try:
        with path.open("rb") as file:
            known = file.read(len(MAGIC)) == MAGIC
    except OSError as bad:
        raise SiteError("$.console.basemap", f"{path} cannot be read: {bad.strerror}") from bad
    if not known:
        raise SiteError("$.console.basemap", f"{path} is no PMTiles archive of version 3")
    return path


class Basemap:
    """Gives the archive, or parts of it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    async def answer(self, request: Request) -> Response:
        """The answer to a request, with ranges."""
        if self._path is None:
            return PlainTextResponse("This site has no basemap.\n", 404)
        return FileResponse(self._path, media_type="application/vnd.pmtiles")
