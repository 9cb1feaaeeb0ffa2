"""State vectors in all their shapes."""

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from beffroi.errors import FeedError
from beffroi.feeds.opensky import Decoder
from beffroi.observation import Observation
from beffroi.wire.framing import splitter
from shared import DATA, needs_data

AT_S = 1_633_614_001.0
HEADER = (
    b"time,icao24,callsign,lat,lon,altitude_ft,groundspeed_kt,track_deg,vertical_rate_fpm,squawk,onground"
)
ROW = b"1633614001,3944f1,AFR15AH,49.020584,2.513052,-25.0,123.0,85.82,-640.0,1000,0"


def decoded(*frames: bytes) -> tuple[list[Observation], list[str]]:
    decoder = Decoder()
    items = [item for frame in frames for item in _survived(decoder, frame)]
    return [i for i in items if isinstance(i, Observation)], [
        str(i) for i in items if isinstance(i, FeedError)
    ]


def _survived(decoder: Decoder, frame: bytes) -> list[Observation | FeedError]:
    items: list[Observation | FeedError] = []
    try:
        for item in decoder.decode(frame, 5.0, "net"):
            items.append(item)  # noqa: PERF402 - what came before an error is kept
    except FeedError as bad:
        items.append(bad)
    return items


def frames_of(path: Path) -> list[bytes]:
    cut, found = splitter("rows"), list[bytes]()
    with gzip.open(path) as file:
        while data := file.read(1 << 18):
            found += cut.push(data)
    return found + cut.end()


def row(**fields: Any) -> bytes:
    return msgspec.json.encode({"timestamp": AT_S * 1000, "icao24": "3944f1", **fields})


def test_a_line() -> None:
    (one,), errors = decoded(HEADER, ROW)
    assert not errors
    assert (one.kind, one.source, one.subject) == ("claim", "net", "icao24:3944f1")
    assert (one.time_s, one.received_at_s, one.callsign, one.squawk) == (AT_S, 5.0, "AFR15AH", "1000")
    assert (one.lat_deg, one.lon_deg, one.track_deg, one.on_ground) == (49.020584, 2.513052, 85.82, False)
    assert one.alt_1013_m == pytest.approx(-7.62)
    assert one.ground_speed_mps == pytest.approx(63.277, abs=1e-3)
    assert one.vertical_speed_mps == pytest.approx(-3.2512)


def test_the_columns_can_stand_in_any_order_and_have_other_names() -> None:
    history = b"icao24,time,baroaltitude,geoaltitude,velocity,vertrate,heading,lat,lon,onground"
    (one,), _ = decoded(history, b"3944f1,1633614001,100.5,150,70,-3,360,49,2.5,True")
    assert (one.alt_1013_m, one.alt_wgs84_m, one.ground_speed_mps, one.vertical_speed_mps) == (
        100.5,
        150,
        70,
        -3,
    )
    assert (one.track_deg, one.on_ground) == (0.0, True)


def test_absent_is_absent_and_zero_is_zero() -> None:
    (gap, zero), errors = decoded(b"1633614001,3944f1,,,,,,,,,", b"1633614001,3944f1,X,0,0,0,0,0,0,0000,0")
    assert not errors
    for field in ("lat_deg", "lon_deg", "alt_1013_m", "ground_speed_mps", "track_deg", "vertical_speed_mps",
                  "callsign", "squawk", "on_ground"):  # fmt: skip
        assert getattr(gap, field) is None, field
    assert (zero.lat_deg, zero.lon_deg, zero.alt_1013_m, zero.ground_speed_mps, zero.track_deg) == (
        0,
        0,
        0,
        0,
        0,
    )
    assert (zero.squawk, zero.on_ground) == ("0000", False)


@pytest.mark.parametrize("word", ["", "nan", "NaN", "None", "null"])
def test_words_for_nothing(word: str) -> None:
    (one,), errors = decoded(f"1633614001,3944f1,{word},49,2,{word},{word},,,{word},{word}".encode())
    assert not errors
    assert (one.alt_1013_m, one.callsign, one.squawk, one.on_ground) == (None, None, None, None)


def test_a_row_of_json_has_milliseconds_and_feet() -> None:
    (one,), _ = decoded(row(latitude=49.0, longitude=2.5, altitude=1000.0, geoaltitude=1100.0, onground=True))
    assert (one.time_s, one.on_ground) == (AT_S, True)
    assert one.alt_1013_m == pytest.approx(304.8)
    assert one.alt_wgs84_m == pytest.approx(335.28)


def test_a_time_in_words() -> None:
    (one,), _ = decoded(row(timestamp="2021-10-07 13:40:01+00:00"))
    assert one.time_s == AT_S


def test_the_answer_of_the_rest_api() -> None:
    state = ["3944f1", "AFR15AH ", "France", 1633614000, 1633614001, 2.5, 49.0, 300.0, False, 63.2, 85.8,
             -1.5, None, 350.0, "1000", False, 0]  # fmt: skip
    frame = msgspec.json.encode({"time": 1633614001, "states": [state, [], None]})
    (one,), errors = decoded(frame)
    assert errors == ["states[1]: a row has 15 values"]
    assert (one.time_s, one.lon_deg, one.lat_deg) == (1633614000.0, 2.5, 49.0), "the place is a second old"
    assert (one.alt_1013_m, one.alt_wgs84_m, one.callsign) == (300.0, 350.0, "AFR15AH")
    assert decoded(msgspec.json.encode({"time": 1, "states": None})) == ([], [])


def test_a_table_by_columns() -> None:
    frame = msgspec.json.encode(
        {
            "timestamp": {"7": AT_S * 1000, "9": (AT_S + 1) * 1000},
            "icao24": {"7": "3944f1", "9": "3944f1"},
            "latitude": {"7": 49.0, "9": None},
            "longitude": {"7": 2.0, "9": None},
        }
    )
    found, errors = decoded(frame)
    assert not errors
    assert [(o.time_s, o.lat_deg) for o in found] == [(AT_S, 49.0), (AT_S + 1, None)]


def test_a_place_that_is_held_is_no_new_measure() -> None:
    moving = [f"{AT_S + i:.0f},3944f1,X,49.0,2.0,1000,200,90,0,1000,0".encode() for i in range(4)]
    found, _ = decoded(*moving)
    assert [o.lat_deg for o in found] == [49.0, None, None, None]
    assert {o.callsign for o in found} == {"X"}, "the rest of the row still counts"
    slow = [f"{AT_S + i:.0f},3944f1,X,49.0,2.0,0,1,90,0,1000,1".encode() for i in range(4)]
    assert [o.lat_deg for o in decoded(*slow)[0]] == [49.0] * 4, "who stands is where he was"


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beffroi.feeds.opensky.AIRCRAFT", 10)
    decoder = Decoder()
    for i in range(1, 100):
        list(decoder.decode(f"{AT_S},{i:06x},X,49.0,2.0,0,1,90,0,1000,1".encode(), 5.0))
    assert len(decoder._last) <= 10


def test_a_word_has_a_bound() -> None:
    (one,), errors = decoded(b"1633614001,3944f1," + b"X" * 100 + b",49.0,2.0,,,,,1000,0")
    assert (one.callsign, one.squawk) == (None, "1000")
    assert errors == ["callsign: is too long"]


def test_what_cannot_be_is_left_out_and_said() -> None:
    (one,), errors = decoded(b"1633614001,3944f1,X,91.0,2.0,1e9,-5,400,abc,1000,0")
    assert (one.lat_deg, one.lon_deg, one.alt_1013_m, one.ground_speed_mps) == (None, None, None, None)
    assert errors == [
        "lat: cannot be: '91.0'", "altitude_ft: cannot be: '1e9'", "groundspeed_kt: cannot be: '-5'",
        "track_deg: cannot be: '400'", "vertical_rate_fpm: cannot be: 'abc'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b"1,2,3", "row: 3 values for 11 columns"),
        (b"icao24,lat,lon", "columns: neither a row of state vectors nor the names of its columns"),
        (b"x,3944f1,X,49.0,2.0,,,,,,", "time: no time: 'x'"),
        (b"1633614001,zzz,X,49.0,2.0,,,,,,", "icao24: no aircraft address"),
        (b'{"a":1}', "columns: neither"),
        (
            b'{"icao24":"3944f1","time":1,"' + b"x" * 100 + b'":2}',
            "columns: too many, or with too long names",
        ),
        (b'{"a":', "JSON: "),
    ],
)
def test_what_is_no_row_is_refused(frame: bytes, why: str) -> None:
    found, (error,) = decoded(frame)
    assert not found
    assert error.startswith(why)


@needs_data
def test_the_recording_of_paris() -> None:
    frames = frames_of(DATA / "adsb-states-paris" / "paris_2021-10-07_40min.csv.gz")
    found, errors = decoded(*frames)
    assert not errors
    assert len(found) == len(frames) - 1 == 75_254
    assert len({o.subject for o in found}) == 96
    empty = sum(f.split(b",")[5] == b"" for f in frames)
    assert sum(o.alt_1013_m is None for o in found) == empty
    assert sum(o.alt_1013_m == 0.0 for o in found) == sum(f.split(b",")[5] == b"0.0" for f in frames) > 0
    assert Counter(o.on_ground for o in found) == {False: 61_545, True: 13_709}


@needs_data
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("opensky-traffic-samples/border_control.json.gz", 1_465),
        ("opensky-traffic-samples/noisy_time_issue.json.gz", 8_294),
        ("opensky-traffic-samples/belevingsvlucht.json.gz", 16_005),
        ("adsb-gnss-anomaly/thy9bp_2024-09-17.json.gz", 8_681),
    ],
)
def test_real_json(name: str, rows: int) -> None:
    found, errors = decoded(*frames_of(DATA / name))
    assert not errors
    assert len(found) == rows
    assert len({o.subject for o in found}) == 1
