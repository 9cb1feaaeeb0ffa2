"""A form: it has no address, waits for people, and gives what they write."""

import asyncio

import pytest

from beffroi.errors import SiteError
from beffroi.links import form, open_link
from beffroi.site import Source


def test_what_is_put_in_comes_out() -> None:
    source = Source(id="desk", format="sighting", link="form:")
    link = open_link(source, "json", lambda: 5.0)
    link.inbox.put([b"{}"])
    assert link.inbox.take() == [(b"{}", 5.0)]
    assert link.inbox.state == "connected"
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(link.run(), 0.01))


def test_it_has_no_address() -> None:
    with pytest.raises(SiteError, match="no address"):
        form.check(Source(id="desk", format="sighting", link="form://host"))
