"""The site's own basemap: parts of a file over HTTP, and what is refused."""

import asyncio
from pathlib import Path

import pytest

from beffroi.console import basemap, pages
from beffroi.errors import SiteError
from beffroi.scene import site
from beffroi.site import Console
from served import served
from tiles import archive


def test_parts_of_the_archive_are_given(tmp_path: Path) -> None:
    path = archive(tmp_path / "own.pmtiles")
    here = site(console=Console(basemap=str(path), borders=True))

    async def play() -> None:
        async with served(tmp_path, here) as console, console.http as http:
            said = (await http.get("/api/v1/site")).json()
            assert (said["basemap"], said["borders"]) == (True, True)
            whole = await http.get("/basemap.pmtiles")
            assert (whole.status_code, whole.content) == (200, path.read_bytes())
            assert whole.headers["accept-ranges"] == "bytes"
            part = await http.get("/basemap.pmtiles", headers={"range": "bytes=127-140"})
            assert (part.status_code, part.content) == (206, path.read_bytes()[127:141])
            beyond = await http.get("/basemap.pmtiles", headers={"range": "bytes=9000000-"})
            assert beyond.status_code == 416

    asyncio.run(asyncio.wait_for(play(), 60.0))


def test_a_site_without_one_has_none(tmp_path: Path) -> None:
    async def play() -> None:
        async with served(tmp_path) as console, console.http as http:
            said = (await http.get("/api/v1/site")).json()
            assert (said["basemap"], said["borders"]) == (False, False)
            assert (await http.get("/basemap.pmtiles")).status_code == 404

    asyncio.run(asyncio.wait_for(play(), 60.0))


def test_what_is_no_archive_is_refused_at_the_start(tmp_path: Path) -> None:
    other = tmp_path / "other.pmtiles"
    with pytest.raises(SiteError, match="cannot be read"):
        basemap.archive(site(console=Console(basemap=str(other))))
    other.write_bytes(b"PMTiles\x02")
    with pytest.raises(SiteError, match="no PMTiles archive"):
        basemap.archive(site(console=Console(basemap=str(other))))


def test_modules_are_scripts() -> None:
    assert pages._type(Path("worker.mjs")) == "text/javascript"
