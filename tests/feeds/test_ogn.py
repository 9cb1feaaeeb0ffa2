"""OGN lines: two real logs, then each rule by itself."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from beffroi.errors import FeedError, Withheld
from beffroi.feeds.ogn import decode
from beffroi.observation import Observation
from shared import DATA, needs_data

NOW_S = datetime(2017, 6, 30, 17, 0, tzinfo=UTC).timestamp()
HEAD = "FLRDDA5BA>APRS,qAS,LFMX:"


def survived(line: str | bytes) -> list[Observation | FeedError]:
    try:
        return list(decode(line if isinstance(line, bytes) else line.encode(), NOW_S, "ogn"))
    except FeedError as bad:
        return [bad]


def only(line: str) -> Observation:
    (one,) = survived(line)
    assert isinstance(one, Observation), str(one)
    return one


def refusal(line: str) -> FeedError:
    (one,) = survived(line)
    assert isinstance(one, FeedError)
    return one


def beacon(flags: int, rest: str = "", head: str = HEAD) -> str:
    """A glider's beacon with these flags (stealth, no-tracking, type, address type)."""
    return f"{head}/165829h4415.41N/00600.03E'342/049/A=005524 id{flags:02X}DDA5BA{rest}"


def test_every_field_of_a_beacon() -> None:
    one = only(beacon(0b0000_0110, " -454fpm -1.1rot 8.8dB 0e +51.2kHz gps4x5 FL052.00 +14.3dBm"))
    assert (one.kind, one.source, one.sensor, one.subject) == ("claim", "ogn", "LFMX", "ogn:flarm-dda5ba")
    assert one.time_s == datetime(2017, 6, 30, 16, 58, 29, tzinfo=UTC).timestamp()
    assert one.lat_deg == pytest.approx(44 + 15.41 / 60)
    assert one.lon_deg == pytest.approx(6 + 0.03 / 60)
    assert one.alt_msl_m == pytest.approx(5524 * 0.3048)
    assert one.alt_1013_m == pytest.approx(5200 * 0.3048)
    assert one.ground_speed_mps == pytest.approx(49 * 1852 / 3600)
    assert one.vertical_speed_mps == pytest.approx(-454 * 0.00508)
    assert (one.track_deg, one.horizontal_sigma_m, one.rssi_dbm) == (342.0, 4.0, 14.3)
    assert one.classes == {"glider": 1.0}


def test_the_third_digit_of_minutes() -> None:
    one = only(f"{HEAD}/165829h4415.41N/00600.03E'342/049/A=005524 !W52! id06DDA5BA")
    assert one.lat_deg == pytest.approx(44 + 15.415 / 60)
    assert one.lon_deg == pytest.approx(6 + 0.032 / 60)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(1, "glider"), (3, "helicopter"), (4, "parachute"), (6, "ultralight"), (7, "paraglider"), (8, "light"),
     (9, "aircraft"), (11, "balloon"), (13, "drone"), (15, "clutter"), (0, None), (10, None), (14, None)],
)  # fmt: skip
def test_aircraft_types(kind: int, name: str | None) -> None:
    assert only(beacon(kind << 2 | 2)).classes == (None if name is None else {name: 1.0})


@pytest.mark.parametrize(
    ("address", "key"),
    [(0, "ogn:random-dda5ba"), (1, "icao24:dda5ba"), (2, "ogn:flarm-dda5ba"), (3, "ogn:ogn-dda5ba")],
)
def test_whose_address_it_is(address: int, key: str) -> None:
    assert only(beacon(1 << 2 | address)).subject == key


@pytest.mark.parametrize(
    ("flags", "why"), [(0b0100_0110, "no-tracking"), (0b1000_0110, "stealth"), (0b1100_0110, "no-tracking")]
)
def test_who_asks_not_to_be_tracked_is_withheld_and_not_named(flags: int, why: str) -> None:
    error = refusal(beacon(flags))
    assert isinstance(error, Withheld)
    assert why in error.reason
    assert "DDA5BA" not in str(error).upper()
    assert "4415" not in str(error)


def test_altitude_zero_and_no_altitude() -> None:
    assert only(f"{HEAD}/165829h4415.41N/00600.03E'000/000/A=000000 id06DDA5BA").alt_msl_m == 0.0
    assert only(f"{HEAD}/165829h4415.41N/00600.03E'000/000/").alt_msl_m is None


def test_course_zero_is_not_known_and_360_is_north() -> None:
    assert only(f"{HEAD}/165829h4415.41N/00600.03E'000/050/A=000472").track_deg is None
    assert only(f"{HEAD}/165829h4415.41N/00600.03E'360/050/A=000472").track_deg == 0.0


def test_an_adsb_relay_gives_barometric_altitude() -> None:
    one = only(
        "ICA4CA2A9>OGADSB,qAS,LEMDadsb:/140828h4026.82N\\00319.79W^009/406/A=038000 id254CA2A9 +000fpm"
    )
    assert one.alt_msl_m is None
    assert one.alt_1013_m == pytest.approx(11582.4)


def test_day_of_the_month_in_a_stamp() -> None:
    one = only(f"{HEAD}/291150z4512.12N\\01059.03E^192/106/A=009519 id21A8CBA8")
    assert one.time_s == datetime(2017, 6, 29, 11, 50, tzinfo=UTC).timestamp()


def test_a_receiver_is_a_sensor_with_its_health() -> None:
    place = only("Lachens>APRS,TCPIP*,qAC,GLIDERN2:/165334h4344.70NI00639.19E&/A=005435 me@example.net")
    assert (place.kind, place.sensor, place.subject) == ("health", "Lachens", "sensor:ogn/Lachens")
    assert place.lat_deg is None
    assert place.health is not None
    assert place.health.lat_deg == pytest.approx(43 + 44.70 / 60)
    assert place.health.alt_msl_m == pytest.approx(5435 * 0.3048)
    assert (place.health.state, place.health.text, place.text) == ("ok", None, None), "no free text is kept"
    status = only("K2B9>OGNSXR,TCPIP*,qAC,GLIDERN0:>165343h vMB101 time_not_synched 269_m_uptime")
    assert status.health is not None
    assert status.health.state == "degraded"


def test_the_status_of_an_aircraft_is_refused_and_its_pilot_not_named() -> None:
    error = refusal("MYC78FF44>OGNMYC:>140735h Pilot=RichardHunt Model=debug")
    assert "Richard" not in str(error)
    assert "MYC" not in str(error)


def test_a_weather_station() -> None:
    one = only(
        "FNT08F160>OGNFNT,qAS,Sonthofen:/155424h4731.96N/01022.26E_221/004g006t046r000p000h49b10192 0.0dB"
    )
    assert (one.kind, one.subject) == ("weather", "place:FNT08F160")
    assert one.weather is not None
    assert one.weather.wind_from_deg == 221
    assert one.weather.wind_mps == pytest.approx(4 * 0.44704)
    assert one.weather.temperature_c == pytest.approx((46 - 32) / 1.8)
    assert one.weather.qnh_hpa is None, "what its pressure refers to is not said"


def test_what_cannot_be_is_left_out_and_said() -> None:
    one, error = survived(f"{HEAD}/165829h4415.41N/00600.03E'342/049/A=999999 id06DDA5BA")
    assert isinstance(one, Observation)
    assert one.alt_msl_m is None
    assert str(error) == "altitude: cannot be: 999999"


def test_a_comment_of_the_server_is_nothing() -> None:
    assert survived("# aprsc 2.1.4-g408ed49 10 Jul 2017 09:30:36 GMT GLIDERN1 37.187.40.234:14580") == []


@pytest.mark.parametrize(
    "line", ["garbage", "A>B:", f"{HEAD}/995829h4415.41N/00600.03E'342/049/A=005524", ">:>"]
)
def test_what_is_no_packet_is_refused(line: str) -> None:
    assert refusal(line).reason


def test_what_ogn_parser_panics_at_does_not_reach_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert only("LILH>OGNSDR,TCPIP*,qAC,GLIDERN2:>132201h CPU:0.7 NTP:/-3.3ppm").kind == "health"
    assert "panic" not in capfd.readouterr().err


@needs_data
def test_all_device_families_are_read_or_refused_with_a_reason() -> None:
    lines = (DATA / "ogn" / "ogn_device_formats.aprs.txt").read_bytes().splitlines()
    got = [survived(line) for line in lines]
    assert len(got) == 391
    assert all(len(items) == 1 for items in got)
    kinds = Counter(i.kind if isinstance(i, Observation) else i.place for (i,) in got)
    assert kinds == {"claim": 289, "health": 81, "weather": 4, "status": 17}
    named = b"|".join(line.partition(b">")[0] for line in lines).decode()
    refused = [str(i) for (i,) in got if isinstance(i, FeedError)]
    assert not any(name in text for text in refused for name in named.split("|"))


@needs_data
def test_a_real_log_of_one_day() -> None:
    lines = (DATA / "ogn" / "ogn_spain_2017-06-30.aprs.txt").read_bytes().splitlines()
    received_at_s = datetime(2017, 6, 30, 23, 0, tzinfo=UTC).timestamp()
    found = [one for line in lines for one in decode(line, received_at_s)]
    assert len(found) == 247
    times = [one.time_s for one in found if isinstance(one, Observation)]
    assert min(times) == datetime(2017, 6, 30, 12, 52, 43, tzinfo=UTC).timestamp()
    assert max(times) < datetime(2017, 7, 1, tzinfo=UTC).timestamp()
