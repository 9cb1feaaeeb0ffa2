"""What every link owes: bounds, stamps, the schedule of its attempts, its address."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import LinkError, SiteError
from beffroi.links import BACKOFF_S, Inbox, address, check, mutual_tls, open_link
from beffroi.site import Place, Site, Source
from link_ends import now_s, source


def test_frames_are_stamped_when_they_come() -> None:
    clock = [10.0]
    inbox = Inbox(lambda: clock[0])
    assert inbox.age_s() is None
    inbox.put([b"a", b"b"])
    clock[0] = 12.5
    inbox.put([b"c"])
    clock[0] = 20.0
    assert inbox.age_s() == 7.5
    assert inbox.take() == [(b"a", 10.0), (b"b", 10.0), (b"c", 12.5)]
    assert inbox.take() == []


@given(
    puts=st.lists(st.lists(st.binary(max_size=40), max_size=6), max_size=30), limit_bytes=st.integers(1, 2000)
)
def test_an_inbox_never_grows_and_loses_nothing_uncounted(puts: list[list[bytes]], limit_bytes: int) -> None:
    inbox = Inbox(lambda: 0.0, limit_bytes)
    for frames in puts:
        inbox.put(frames)
    kept = inbox.take()
    assert len(kept) == inbox.received
    assert inbox.received + inbox.dropped == sum(map(len, puts))
    largest = max((sum(len(f) + 128 for f in frames) for frames in puts), default=0)
    assert sum(len(f) for f, _ in kept) < limit_bytes + largest


def test_a_full_inbox_has_room_again_when_it_is_taken() -> None:
    async def play() -> None:
        inbox = Inbox(lambda: 0.0, 10)
        inbox.put([b"x" * 20])
        assert inbox.full
        waiting = asyncio.create_task(inbox.room())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        inbox.take()
        await asyncio.wait_for(waiting, 30.0)

    asyncio.run(play())


def test_attempts_follow_one_schedule_until_a_frame_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def note(wait_s: float) -> None:
        waits.append(wait_s)

    async def play() -> None:
        inbox = Inbox(now_s)
        for _ in range(9):
            await inbox.back_off()
        inbox.put([b"x"])
        await inbox.back_off()

    monkeypatch.setattr(asyncio, "sleep", note)
    asyncio.run(play())
    assert waits == [*BACKOFF_S, 30.0, 30.0, 0.5]


def test_what_befell_a_link_is_counted_by_reason() -> None:
    inbox = Inbox(now_s)
    inbox.lost("cut")
    inbox.lost("cut")
    assert (inbox.state, inbox.trouble, inbox.faults) == ("lost", "cut", {"cut": 2})
    inbox.connected()
    assert (inbox.state, inbox.trouble) == ("connected", None)


def test_without_a_host_it_is_the_loopback_address() -> None:
    assert address(source("tcp-listen://:30003"), listens=True) == ("127.0.0.1", 30003)
    assert address(source("tcp://rx.example:30003"), listens=False) == ("rx.example", 30003)
    assert address(source("udp://[::1]:8600"), listens=True) == ("::1", 8600)


@pytest.mark.parametrize("link", ["tcp://host", "tcp://host:port", "tcp://host:99999", "udp://127.0.0.1"])
def test_an_address_without_a_port_is_refused(link: str) -> None:
    with pytest.raises(SiteError, match="source 's': link"):
        open_link(source(link), "line", now_s)


@pytest.mark.parametrize("link", ["carrier-pigeon://home", "", "tcp", "udp://not-an-address:1"])
def test_a_link_that_nobody_serves_is_refused(link: str) -> None:
    with pytest.raises(SiteError, match="source 's': link"):
        open_link(source(link), "line", now_s)


GOOD = (
    "tcp://rx.example:30003", "tcp://[fe80::1%eth0]:1", "tcp-listen://127.0.0.1:0", "tcp-listen://:30003",
    "udp://239.1.1.1:8600?interface=127.0.0.1", "udp://localhost:8600", "udp://[::1]:8600",
    "http://receiver.local/data/aircraft.json?a=b", "https://rx.example:8443/x", "sapient-listen://:5005",
    "file:recording.csv", "file:/data/a%20b.csv?speed=0", "file:///data/recording.csv?speed=2.5",
)  # fmt: skip
BAD = {
    "carrier-pigeon://home": "no way to read",
    "tcp": "has no port",
    "": "no way to read",
    "tcp://host": "has no port",
    "tcp://host:port": "Port could not be cast",
    "tcp://host:65536": "Port out of range",
    "tcp://host:0": "port 0",
    "tcp://ho st:1": "is no host",
    "tcp://a..b:1": "empty",
    "tcp://[::1:1": "Invalid IPv6",
    "tcp://host:1/path": "more than host and port",
    "tcp://me@host:1": "more than host and port",
    "tcp-listen://:1?speed=2": "unknown option 'speed'",
    "udp://receiver.example:8600": "receiver.example",
    "udp://239.1.1.1:8600?interface=eth0": "eth0",
    "udp://239.1.1.1:8600?interfaces=127.0.0.1": "unknown option",
    "http://": "no host",
    "http:///aircraft.json": "no host",
    "http://host:99999/": "Port out of range",
    "https://ho st/": "is no host",
    "sapient-listen://127.0.0.1": "has no port",
    "file:": "names no file",
    "file:folder/": "names no file",
    "file://host/recording.csv": "names no file",
    "file:recording.csv?speed=fast": "no speed",
    "file:recording.csv?speed=-1": "no speed",
    "file:recording.csv?speed=nan": "no speed",
    "file://[recording": "Invalid IPv6",
}


def site_of(link: str, format: str = "sbs") -> Site:
    first = Source(id="a", format="sbs", link="tcp://127.0.0.1:1")
    second = Source(id="b", format=format, link=link)
    return Site(site=Place(name="x", lat_deg=0.0, lon_deg=0.0), source=(first, second))


@pytest.mark.parametrize("link", GOOD)
def test_a_link_that_can_be(link: str) -> None:
    check(site_of(link))
    open_link(source(link), "line", now_s)


@pytest.mark.parametrize("link", BAD)
def test_a_link_that_cannot_be_is_refused_with_its_path(link: str) -> None:
    with pytest.raises(SiteError) as caught:
        check(site_of(link))
    assert caught.value.place == "$.source[1].link"
    assert BAD[link] in caught.value.reason
    with pytest.raises(SiteError, match="source 's': link"):
        open_link(source(link), "line", now_s)


def test_a_format_that_nobody_reads_is_refused_with_its_path() -> None:
    with pytest.raises(SiteError, match="no format 'morse'; there are: asterix") as caught:
        check(site_of("tcp://127.0.0.1:1", "morse"))
    assert caught.value.place == "$.source[1].format"


@given(st.text())
def test_any_link_is_one_or_refused(link: str) -> None:
    for scheme in ("", "tcp://", "udp://", "http://", "file:", "sapient-listen://"):
        with suppress(SiteError):
            check(site_of(scheme + link))


def test_tls_files_that_are_not_there() -> None:
    site = source("tcp://127.0.0.1:1", certificate="no.pem", private_key="no.key", authority="no.ca")
    with pytest.raises(LinkError, match="TLS files of source 's'"):
        mutual_tls(site, listens=False)
