"""SBS-1 lines: every field, its absence, and what cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import FeedError
from beffroi.feeds.sbs import AIRCRAFT, Decoder
from beffroi.observation import Observation

NOW_S = 1_700_000_000.0
AT_S = 1_633_614_001.123
"""2021-10-07 13:40:01.123 UTC."""
STAMPS = "2021/10/07,13:40:01.123,2021/10/07,13:40:01.200"


def line(kind: int = 3, values: str = ",,,,,,,,,,,", address: str = "4CA2D6", stamps: str = STAMPS) -> bytes:
    """A line; `values` are its fields 11 to 22."""
    return f"MSG,{kind},1,1,{address},1,{stamps},{values}".encode()


def decoded(frame: bytes, decoder: Decoder | None = None) -> tuple[Observation, list[str]]:
    """The observation of a line, and its errors as text."""
    first, *errors = (decoder or Decoder()).decode(frame, NOW_S, "rx")
    assert isinstance(first, Observation)
    return first, [str(e) for e in errors]


def test_every_field_of_a_line() -> None:
    one, errors = decoded(line(3, "KLM1023 ,37000,421.5,270.1,51.45735,-1.02826,-1024,7700,-1,-1,0,0"))
    assert not errors
    assert (one.kind, one.source, one.subject) == ("claim", "rx", "icao24:4ca2d6")
    assert one.time_s == pytest.approx(AT_S, abs=1e-6)
    assert one.received_at_s == NOW_S
    assert (one.callsign, one.squawk, one.emergency, one.on_ground) == ("KLM1023", "7700", "general", False)
    assert (one.lat_deg, one.lon_deg) == (51.45735, -1.02826)
    assert one.alt_1013_m == pytest.approx(11277.6)
    assert one.ground_speed_mps == pytest.approx(421.5 * 0.514444, abs=1e-3)
    assert one.track_deg == 270.1
    assert one.vertical_speed_mps == pytest.approx(-1024 * 0.00508)


def test_what_is_absent_stays_absent_and_zero_stays_zero() -> None:
    nothing, _ = decoded(line(8))
    for field in ("lat_deg", "alt_1013_m", "ground_speed_mps", "track_deg", "vertical_speed_mps", "callsign",
                  "squawk", "emergency", "on_ground"):  # fmt: skip
        assert getattr(nothing, field) is None, field
    zero, errors = decoded(line(3, ",0,0,0,0,0,0,0000,0,0,0,0"))
    assert not errors
    assert (zero.alt_1013_m, zero.ground_speed_mps, zero.track_deg, zero.vertical_speed_mps) == (0, 0, 0, 0)
    assert (zero.lat_deg, zero.lon_deg, zero.squawk, zero.on_ground) == (0, 0, "0000", False)


@pytest.mark.parametrize("kind", range(1, 9))
def test_all_eight_messages(kind: int) -> None:
    one, errors = decoded(line(kind))
    assert not errors
    assert one.on_ground is (True if kind == 2 else None), "a surface position comes from the ground"


@pytest.mark.parametrize(
    ("flag", "means"), [("-1", True), ("1", True), ("0", False), ("", None), ("x", None)]
)
def test_flags(flag: str, means: bool | None) -> None:
    assert decoded(line(3, f",,,,,,,,,,,{flag}"))[0].on_ground is means


def test_half_a_place_is_none() -> None:
    one, _ = decoded(line(3, ",,,,51.4,,,,,,,"))
    assert one.lat_deg is None
    assert one.lon_deg is None


def test_what_cannot_be_is_left_out_and_said() -> None:
    one, errors = decoded(line(3, ",370000,-3,361,91,-1.02826,abc,,,,,"))
    assert errors == [
        "field 12: '370000' cannot be", "field 13: '-3' cannot be", "field 14: '361' cannot be",
        "field 15: '91' cannot be", "field 17: 'abc' cannot be",
    ]  # fmt: skip
    assert one.lat_deg is None
    assert one.alt_1013_m is None
    assert one.subject == "icao24:4ca2d6"


def test_a_word_has_a_bound() -> None:
    one, errors = decoded(line(3, f"{'X' * 100},37000,,,,,,{'7' * 100},,,,"))
    assert (one.callsign, one.squawk) == (None, None)
    assert errors == [f"field 11: '{'X' * 20}' is too long", f"field 18: '{'7' * 20}' is too long"]


def test_without_a_stamp_it_was_true_when_it_came() -> None:
    assert decoded(line(stamps=",,,"))[0].time_s == NOW_S
    logged = decoded(line(stamps=",,2021/10/07,13:40:01.123"))[0]
    assert logged.time_s == pytest.approx(AT_S, abs=1e-6)


def test_a_wrong_stamp_is_said_and_the_other_one_taken() -> None:
    one, errors = decoded(line(stamps="2021/10/07,25:40:01.123,2021/10/07,13:40:01.123"))
    assert errors == ["field 8: '25:40:01.123' is no time"]
    assert one.time_s == pytest.approx(AT_S, abs=1e-6)


def test_the_zone_of_a_receiver_that_writes_local_time() -> None:
    paris, _ = decoded(line(), Decoder(utc_offset_h=2.0))
    assert paris.time_s == pytest.approx(AT_S - 7200.0, abs=1e-6)


MOVES, PLACE = ",,421.5,270.1,,,-1024,,,,,", ",37000,,,51.45735,-1.02826,,,0,0,0,0"


def at(second: str) -> str:
    return f"2021/10/07,13:40:{second},2021/10/07,13:40:{second}"


def test_a_place_gets_the_velocity_that_came_a_moment_before() -> None:
    decoder = Decoder()
    assert decoded(line(3, PLACE, stamps=at("00.000")), decoder)[0].ground_speed_mps is None
    moves, _ = decoded(line(4, MOVES, stamps=at("01.000")), decoder)
    placed, _ = decoded(line(3, PLACE, stamps=at("01.400")), decoder)
    assert (moves.lat_deg, placed.lat_deg) == (None, 51.45735)
    assert placed.time_s - moves.time_s == pytest.approx(0.4, abs=1e-6)
    assert placed.ground_speed_mps == moves.ground_speed_mps == pytest.approx(421.5 * 0.514444, abs=1e-3)
    assert (placed.track_deg, placed.vertical_speed_mps) == (270.1, moves.vertical_speed_mps)


@pytest.mark.parametrize(
    ("second", "address"), [("03.100", "4CA2D6"), ("01.400", "4CA2D7"), ("01.400", "~4CA2D6")]
)
def test_an_old_velocity_and_that_of_another_are_not_taken(second: str, address: str) -> None:
    decoder = Decoder()
    decoded(line(4, MOVES, stamps=at("01.000")), decoder)
    placed, _ = decoded(line(3, PLACE, stamps=at(second), address=address), decoder)
    assert (placed.ground_speed_mps, placed.track_deg, placed.vertical_speed_mps) == (None, None, None)


def test_what_the_latest_velocity_does_not_say_stays_absent() -> None:
    decoder = Decoder()
    decoded(line(4, MOVES, stamps=at("01.000")), decoder)
    decoded(line(4, ",,,,,,640,,,,,", stamps=at("01.500")), decoder)
    placed, _ = decoded(line(3, PLACE, stamps=at("02.000")), decoder)
    assert (placed.ground_speed_mps, placed.track_deg) == (None, None)
    assert placed.vertical_speed_mps == pytest.approx(640 * 0.00508)


def test_a_place_with_a_velocity_of_its_own_keeps_it() -> None:
    decoder = Decoder()
    decoded(line(4, MOVES, stamps=at("01.000")), decoder)
    placed, _ = decoded(line(2, ",,3,90,51.45735,-1.02826,,,,,,", stamps=at("01.400")), decoder)
    assert placed.track_deg == 90.0
    assert placed.vertical_speed_mps is None


def test_a_flood_of_addresses_is_not_remembered() -> None:
    decoder = Decoder()
    for number in range(AIRCRAFT + 10):
        decoded(line(4, MOVES, address=f"{number + 1:06X}"), decoder)
    assert len(decoder._velocities) <= AIRCRAFT


def test_an_address_that_is_not_of_icao_is_a_number_of_the_source() -> None:
    assert decoded(line(address="~2B7A1C"))[0].subject == "sensor:rx/~2b7a1c"


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b"garbage", "field 1: this is no line of BaseStation"),
        (b"MSG,3,1,1,4CA2D6,1,2021/10/07", "field 7: the line ends: 22 fields are needed"),
        (line() + b",0", "field 23: the line ends: 22 fields are needed"),
        (line(address=""), "field 5: no aircraft address"),
        (line(address="000000"), "field 5: no aircraft address"),
    ],
)
def test_a_line_that_says_nothing_is_refused(frame: bytes, why: str) -> None:
    with pytest.raises(FeedError, match=why):
        Decoder().decode(frame, NOW_S)


def test_lines_about_the_screen_of_basestation_measure_nothing() -> None:
    assert not list(Decoder().decode(b"SEL,,496,2286,4CA4E5,27215,2010/02/19,18:06:07.710", NOW_S))


@given(cut=st.integers(0, 93))
def test_a_line_cut_anywhere_gives_no_number(cut: int) -> None:
    whole = line(3, ",37000,,,51.45735,-1.02826,,,0,0,0,0")
    with pytest.raises(FeedError):
        list(Decoder().decode(whole[:cut], NOW_S))
