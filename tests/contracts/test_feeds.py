"""The contract of a feed, run over every member of the family."""

import math
import random
import time
from collections.abc import Callable, Iterator
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi import feeds
from beffroi.errors import FeedError, UseError
from beffroi.observation import Observation, digest, from_json, to_json
from beffroi.subject import KINDS, kind_of, value_of
from beffroi.wire.framing import SPLITTERS

NAMES = feeds.names()
RECEIVED_S = 1_633_640_400.0
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

RANGES = {
    # field → lowest, highest that can be on or above this earth
    "lat_deg": (-90.0, 90.0),
    "lon_deg": (-180.0, 180.0),
    "azimuth_deg": (0.0, 360.0),
    "elevation_deg": (-90.0, 90.0),
    "track_deg": (0.0, 360.0),
    "range_m": (0.0, 1e8),
    "ground_speed_mps": (0.0, 1e4),
    "vertical_speed_mps": (-1e4, 1e4),
    "x_m": (-1e8, 1e8),
    "y_m": (-1e8, 1e8),
    "alt_1013_m": (-1e5, 1e5),
    "alt_qnh_m": (-1e5, 1e5),
    "alt_msl_m": (-1e5, 1e5),
    "alt_wgs84_m": (-1e5, 1e5),
    "height_agl_m": (-1e5, 1e5),
    "height_takeoff_m": (-1e5, 1e5),
    "frequency_hz": (0.0, 1e12),
}
SIGMAS = ("horizontal_sigma_m", "range_sigma_m", "azimuth_sigma_deg", "elevation_sigma_deg",
          "vertical_sigma_m", "speed_sigma_mps")  # fmt: skip


def sample(name: str) -> tuple[bytes, ...]:
    frames = feeds.feed(name).SAMPLE
    return (frames,) if isinstance(frames, bytes) else tuple(frames)


def read(name: str, frames: tuple[bytes, ...]) -> list[Observation | str]:
    """What a fresh decoder makes of frames, errors as text."""
    decode = feeds.decoder(name)
    return [one if isinstance(one, Observation) else str(one) for f in frames for one in survived(decode, f)]


def survived(decode: feeds.Decode, frame: bytes) -> Iterator[Observation | FeedError]:
    """Only FeedError may come out of a decoder, raised or given."""
    try:
        for one in decode(frame, RECEIVED_S, "here"):
            assert isinstance(one, Observation | FeedError)
            yield one
    except FeedError as bad:
        yield bad


def assert_sane(one: Observation, frame: bytes) -> None:
    """Nothing that cannot be."""
    assert one.source == "here"
    assert one.received_at_s == RECEIVED_S
    assert one.frame == digest(frame)
    assert math.isfinite(one.time_s)
    assert (one.lat_deg is None) == (one.lon_deg is None)
    for field, (low, high) in RANGES.items():
        value = getattr(one, field)
        assert value is None or low <= value <= high, f"{field} = {value}"
    for field in SIGMAS:
        value = getattr(one, field)
        assert value is None or 0.0 < value < math.inf, f"{field} = {value}"
    for key in filter(None, (one.subject, *one.aliases)):
        assert kind_of(key) in KINDS
        assert value_of(key)
    assert all(0.0 <= p <= 1.0 for p in (one.classes or {}).values())
    assert from_json(to_json(one)) == one


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_follows(name: str) -> None:
    member = feeds.feed(name)
    assert (member.__doc__ or "").strip()
    assert member.SOURCE
    assert member.FRAMING in SPLITTERS
    assert isinstance(member.PERSONAL, bool)


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_decodes(name: str) -> None:
    got = read(name, sample(name))
    assert any(isinstance(one, Observation) for one in got)
    assert not [one for one in got if isinstance(one, str)]


@pytest.mark.parametrize("name", NAMES)
def test_same_bytes_same_records(name: str) -> None:
    assert read(name, sample(name)) == read(name, sample(name))


@pytest.mark.parametrize("name", NAMES)
def test_what_the_sample_says_can_be(name: str) -> None:
    decode = feeds.decoder(name)
    for frame in sample(name):
        for one in decode(frame, RECEIVED_S, "here"):
            assert isinstance(one, Observation)
            assert_sane(one, frame)


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(frames=st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_random_bytes_are_refused_with_a_reason(name: str, frames: list[bytes]) -> None:
    decode = feeds.decoder(name)
    for frame in frames:
        for one in survived(decode, frame):
            if isinstance(one, Observation):
                assert_sane(one, frame)
            else:
                assert one.reason


CUTS = st.lists(
    st.tuples(
        st.integers(0, 1 << 16),
        st.sampled_from(["flip", "drop", "put", "end", "swap"]),
        st.binary(max_size=6),
    ),
    min_size=1,
    max_size=6,
)


def mutated(frame: bytes, cuts: list[tuple[int, str, bytes]]) -> bytes:
    raw = bytearray(frame)
    for where, what, with_ in cuts:
        at = where % (len(raw) + 1)
        if what == "flip" and at < len(raw):
            raw[at] ^= 1 << where % 8
        elif what == "drop":
            del raw[at : at + 1 + len(with_)]
        elif what == "put":
            raw[at:at] = with_
        elif what == "end":
            del raw[at:]
        else:
            raw[at : at + len(with_)] = with_
    return bytes(raw)


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(cuts=st.lists(CUTS, min_size=1, max_size=4))
def test_damaged_samples_give_nothing_that_cannot_be(
    name: str, cuts: list[list[tuple[int, str, bytes]]]
) -> None:
    decode = feeds.decoder(name)
    whole = sample(name)
    damaged = [mutated(whole[i % len(whole)], cut) for i, cut in enumerate(cuts)]
    for frame in chain(damaged, whole):
        for one in survived(decode, frame):
            if isinstance(one, Observation):
                assert_sane(one, frame)


@pytest.mark.parametrize("name", NAMES)
def test_a_number_of_absurd_size_or_depth_is_refused(name: str) -> None:
    decode = feeds.decoder(name)
    for frame in (
        b"",
        b"\0" * 5000,
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 5000,
        b"1e999,-1e999,nan" * 50,
    ):
        assert all(isinstance(one, FeedError) for one in survived(decode, frame))


def test_a_feed_is_looked_up_once() -> None:
    """It is asked for with every file and source; a scan of what is installed takes milliseconds."""
    feeds.feed("sbs")
    before = time.process_time()
    for _ in range(1000):
        feeds.feed("sbs"), feeds.names()
    assert time.process_time() - before < 0.1


def test_an_unknown_format_is_wrong_use() -> None:
    with pytest.raises(UseError, match="no format 'nonsense'"):
        feeds.feed("nonsense")


@pytest.mark.parametrize("name", NAMES)
def test_fuzzing_raises_nothing_and_ends_soon(name: str, campaign: Callable[[int], int]) -> None:
    """Splices and damages of the samples, always the same ones. No frame takes a second."""
    rng, decode, whole = random.Random(name), feeds.decoder(name), sample(name)
    for _ in range(campaign(50_000)):
        frame = bytearray(rng.choice(whole))
        for _ in range(rng.randint(1, 8)):
            at, other = rng.randrange(len(frame) + 1), rng.choice(whole)
            piece = rng.choice(
                [rng.randbytes(rng.randint(1, 4)), other[rng.randrange(len(other)) :], b"", b"-0"]
            )
            frame[at : at + rng.choice([0, 1, len(piece), len(frame)])] = piece
        began = time.process_time()
        for one in survived(decode, bytes(frame)):
            if isinstance(one, Observation):
                assert_sane(one, bytes(frame))
        assert time.process_time() - began < 1.0
