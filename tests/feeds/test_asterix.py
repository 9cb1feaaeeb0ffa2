"""ASTERIX observations: the recordings against pyasteryx, each category, each reason to refuse, junk."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pyasteryx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.errors import FeedError
from beffroi.feeds import asterix as feed
from beffroi.observation import Health, Observation, digest
from beffroi.wire import asterix, pcap
from beffroi.wire.framing import splitter
from shared import DATA, needs_data

NOON_S = 1_700_049_600.0  # 2023-11-15 12:00:00 UTC
KT = 1852 / 3600


def one(number: int, record: dict[str, Any], received_at_s: float = NOON_S) -> Observation:
    """The single observation of one record, with no error beside it."""
    (found,) = feed.decode(asterix.encode(number, [record]), received_at_s, "orly")
    assert isinstance(found, Observation)
    return found


def refusal(number: int, record: dict[str, Any]) -> FeedError:
    """The single error of a record that is not used."""
    (found,) = feed.decode(asterix.encode(number, [record]), NOON_S, "orly")
    assert isinstance(found, FeedError)
    return found


def datagrams(name: str) -> Iterator[tuple[float, bytes]]:
    for packet in pcap.packets((DATA / "asterix" / name).read_bytes()):
        assert isinstance(packet, pcap.Packet)
        assert packet.time_s is not None
        yield packet.time_s, pcap.udp_payload(packet.linktype, packet.data)


# --- the recordings ---


@needs_data
def test_the_radar_recording() -> None:
    found = [o for at_s, data in datagrams("cat_034_048.pcap") for o in feed.decode(data, at_s, "zagreb")]
    observations = [o for o in found if isinstance(o, Observation)]
    assert Counter(o.kind for o in observations) == {"plot": 126, "health": 34}
    refused = [str(o) for o in found if isinstance(o, FeedError)]
    assert refused == ["octet 0 I048/020: a predicted position, not a measured one"] * 2
    assert all(-3 < o.time_s - o.received_at_s < 0.5 for o in observations)
    assert {o.sensor for o in observations if o.kind == "health"} <= {o.sensor for o in observations}
    assert all(o.range_m is not None and o.lat_deg is None for o in observations if o.kind == "plot")


@needs_data
def test_the_radar_recording_has_the_values_that_pyasteryx_reads() -> None:
    compared = 0
    for at_s, data in datagrams("cat_034_048.pcap"):
        if data[0] != 48:
            continue
        block = data[: int.from_bytes(data[1:3], "big")]
        ours = list(feed.decode(block, at_s))
        theirs = [message.items for message in pyasteryx.Decoder().decode(block)]
        for mine, items in zip(ours, theirs, strict=True):
            if isinstance(mine, Observation):
                same_plot(mine, items)
                compared += 1
    assert compared == 126


def same_plot(mine: Observation, items: dict[str, Any]) -> None:
    assert mine.time_s % 86400 == items["I048/140"]["ToD"]
    assert mine.range_m == pytest.approx(items["I048/040"]["RHO"] * 1852)
    assert mine.azimuth_deg == pytest.approx(items["I048/040"]["THETA"])
    if "I048/200" in items:
        assert mine.ground_speed_mps == pytest.approx(items["I048/200"]["CGS"] * KT)
        assert mine.track_deg == pytest.approx(items["I048/200"]["CHdg"])
    if "I048/090" in items and not items["I048/090"]["G"] and not items["I048/090"]["V"]:
        assert mine.alt_1013_m == pytest.approx(items["I048/090"]["FL"] * 30.48)
    if "I048/220" in items:
        assert mine.subject == f"icao24:{items['I048/220']['ACAddr'].lower()}"
    if "I048/240" in items:
        assert mine.callsign == (items["I048/240"]["TId"] or None)
    if "I048/161" in items:
        assert mine.sensor_track == str(items["I048/161"]["Tn"])


@needs_data
def test_the_system_tracks_of_the_recording() -> None:
    ((at_s, data),) = datagrams("cat_062_065.pcap")
    first, second, unknown = feed.decode(data, at_s, "centre")
    assert isinstance(first, Observation)
    assert isinstance(second, Observation)
    assert str(unknown) == "octet 161: category 065 is not known"
    assert (first.kind, first.sensor, first.sensor_track) == ("plot", "025/100", "4713")
    assert (first.subject, first.callsign, first.squawk) == ("icao24:4ca7a8", "RYR174C", "1275")
    assert (first.lat_deg, first.lon_deg) == pytest.approx((41.1671233, 15.7088667))
    assert first.alt_1013_m == pytest.approx(39_000 * 0.3048)
    assert first.alt_wgs84_m is None  # I062/130 is there, but SRC calls it a default height
    assert first.ground_speed_mps == pytest.approx((228.75**2 + 47.25**2) ** 0.5)
    assert first.track_deg == pytest.approx(101.67, abs=0.01)


@needs_data
def test_the_ads_b_recording() -> None:
    first, second = feed.decode((DATA / "asterix/cat21_re.ast").read_bytes(), 28_810.0, "faroe")
    assert isinstance(first, Observation)
    assert isinstance(second, Observation)
    assert (first.kind, first.subject, first.on_ground) == ("claim", "icao24:000001", True)
    assert first.time_s == pytest.approx(28_802.9196, abs=1e-4)  # 28802 and the fine fraction 0.9196
    assert (first.lat_deg, first.lon_deg) == pytest.approx((61.4753294, -7.8786993))
    assert second.classes == {"vehicle": 1.0}
    assert second.rssi_dbm == -83


@needs_data
def test_a_raw_file_gives_what_the_capture_gives() -> None:
    packets = list(datagrams("cat_034_048.pcap"))
    cut = splitter("asterix")
    raw = b"".join(data for _, data in packets)
    frames = [frame for i in range(0, len(raw), 7) for frame in cut.push(raw[i : i + 7])] + cut.end()
    at_s = packets[0][0]
    of_file = [what(o) for frame in frames for o in feed.decode(frame, at_s, "")]
    of_capture = [what(o) for _, data in packets for o in feed.decode(data, at_s, "")]
    assert of_file == of_capture


def what(found: Observation | FeedError) -> Any:
    return str(found) if isinstance(found, FeedError) else (found.time_s, found.sensor, found.sensor_track)


# --- the time of day ---


@pytest.mark.parametrize(
    ("received_at_s", "time_of_day_s", "expected_s"),
    [
        (NOON_S, 43_199.5, NOON_S - 0.5),
        (NOON_S, 43_201.0, NOON_S + 1.0),
        (NOON_S + 43_205.0, 86_399.5, NOON_S + 43_199.5),  # five seconds after midnight
        (NOON_S + 43_198.0, 1.0, NOON_S + 43_201.0),  # two seconds before it
        (NOON_S + 43_200.0, 86_400.5, NOON_S + 43_200.5),  # a leap second
        (12.0, 86_399.0, -1.0),
    ],
)
def test_the_date_is_the_nearest(received_at_s: float, time_of_day_s: float, expected_s: float) -> None:
    plot = one(48, {"140": time_of_day_s, "020": {"TYP": 5}}, received_at_s)
    assert (plot.time_s, plot.received_at_s) == (expected_s, received_at_s)


@given(st.integers(0, 86_400 * 128 - 1), st.floats(0, 4e9))
def test_a_resolved_time_is_within_half_a_day_and_keeps_its_time_of_day(ticks: int, now_s: float) -> None:
    at_s = feed.resolve(ticks / 128, now_s)
    assert abs(at_s - now_s) <= 43_200
    assert at_s % 86_400 == ticks / 128


def test_a_record_without_a_time_is_of_its_receipt_and_an_impossible_time_is_refused() -> None:
    assert one(48, {"020": {"TYP": 5}}).time_s == NOON_S
    assert "there is no time of day 90000.0 s" in str(refusal(48, {"140": 90_000.0, "020": {"TYP": 5}}))


@pytest.mark.parametrize(
    ("times", "expected_s"),
    [
        ({"071": 43_190.0, "073": 43_195.0}, NOON_S - 10),
        ({"073": 43_195.5}, NOON_S - 4.5),
        ({"073": 43_195.5, "074": {"FSI": 0, "TOMRP": 0.25}}, NOON_S - 4.75),
        ({"073": 43_195.5, "074": {"FSI": 1, "TOMRP": 0.25}}, NOON_S - 3.75),
        ({"073": 43_195.5, "074": {"FSI": 2, "TOMRP": 0.25}}, NOON_S - 5.75),
        ({"073": 43_195.5, "074": {"FSI": 3, "TOMRP": 0.25}}, NOON_S - 4.5),
        ({"077": 43_199.0}, NOON_S - 1),
    ],
)
def test_the_time_of_an_ads_b_report_is_that_of_its_position(
    times: dict[str, Any], expected_s: float
) -> None:
    assert one(21, {"080": 1, **times}).time_s == pytest.approx(expected_s)


# --- each category ---


def test_a_plot_stays_polar_and_its_codes_count_only_when_sure() -> None:
    record = {
        "010": {"SAC": 25, "SIC": 4},
        "020": {"TYP": 5},
        "040": {"RHO": 10.0, "THETA": 270.0},
        "070": {"MODE3A": "7600"},
        "090": {"FL": 0.0},
        "110": {"3DH": 1000.0},
        "130": {"PAM": -70},
        "161": {"TRN": 9},
        "200": {"GSP": 0.125, "HDG": 90.0},
        "220": 0x4BAAC6,
        "230": {"STAT": 1},
        "240": "THY9BP",
    }
    plot = one(48, record)
    assert (plot.kind, plot.source, plot.sensor, plot.sensor_track) == ("plot", "orly", "025/004", "9")
    assert (plot.range_m, plot.azimuth_deg, plot.lat_deg) == (18_520.0, 270.0, None)
    assert plot.alt_1013_m == 0.0  # flight level 0 is a height
    assert plot.alt_msl_m == pytest.approx(304.8)
    assert plot.ground_speed_mps == pytest.approx(231.5)
    assert (plot.squawk, plot.callsign, plot.subject) == ("7600", "THY9BP", "icao24:4baac6")
    assert (plot.on_ground, plot.rssi_dbm) == (True, -70)
    assert plot.frame == digest(asterix.encode(48, [record]))
    garbled = one(48, record | {"070": {"G": 1, "MODE3A": "7600"}, "090": {"V": 1, "FL": 100.0}, "240": ""})
    assert (garbled.squawk, garbled.alt_1013_m, garbled.callsign) == (None, None, None)
    assert one(48, {"020": {"TYP": 1}, "040": {"RHO": 1.0, "THETA": 1.0}}).subject is None


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([19], {"bird": 1.0}), ([9, 20], {"bird": 1.0}), ([6], {"vehicle": 1.0}), ([23], {"clutter": 1.0})],
)
def test_a_radar_says_what_it_takes_a_plot_for(codes: list[int], expected: dict[str, float]) -> None:
    assert one(48, {"020": {"TYP": 1}, "030": codes}).classes == expected
    assert one(48, {"020": {"TYP": 1}, "030": [17]}).classes is None


def test_a_range_past_the_item_is_not_believed() -> None:
    assert one(48, {"020": {"TYP": 1, "ERR": 1}, "040": {"RHO": 255.0, "THETA": 1.0}}).range_m is None


@pytest.mark.parametrize(
    ("number", "record", "reason"),
    [
        (48, {"020": {"TYP": 5, "SIM": 1}}, "I048/020: a simulated target"),
        (48, {"020": {"TYP": 5, "TST": 1}}, "I048/020: a test target"),
        (48, {"020": {"TYP": 5, "RAB": 1}}, "I048/020: a field monitor, not a target"),
        (48, {"020": {"TYP": 0}}, "I048/020: a predicted position, not a measured one"),
        (10, {"000": 1, "020": {"SIM": 1}}, "I010/020: a simulated target"),
        (10, {"000": 1, "170": {"CST": 3}}, "I010/170: a predicted position, not a measured one"),
        (20, {"020": {"TST": 1}}, "I020/020: a test target"),
        (20, {"170": {"CST": 1}}, "I020/170: a predicted position, not a measured one"),
        (21, {"040": {"SIM": 1}}, "I021/040: a simulated target"),
        (62, {"080": {"SIM": 1}}, "I062/080: a simulated target"),
        (62, {"080": {"CST": 1}}, "I062/080: a predicted position, not a measured one"),
        (62, {"340": {"TYP": {"TST": 1}}}, "I062/340: a test target"),
        (62, {"105": {"LAT": 134.0, "LON": 2.0}}, "there is no lat_deg 134.0000"),
        (34, {"120": {"LAT": -100.0, "LON": 2.0}}, "I034/120: there is no latitude -100.0000"),
    ],
)
def test_what_is_not_used_says_why(number: int, record: dict[str, Any], reason: str) -> None:
    found = refusal(number, record)
    assert str(found).endswith(reason)
    assert found.place.startswith("octet 0")


def test_what_is_impossible_is_absent_and_the_rest_counts() -> None:
    data = asterix.encode(129, [{"040": "ABC", "080": {"LAT": 1.0, "LON": 2.0}, "090": 800_000.0}])
    report, wrong = feed.decode(data, NOON_S, "")
    assert isinstance(report, Observation)
    assert (round(report.lat_deg or 0.0, 6), report.alt_msl_m) == (1.0, None)
    assert str(wrong) == "octet 0: alt_msl_m 800000 is impossible"


def test_radar_service_is_health() -> None:
    north = one(34, {"010": {"SAC": 25, "SIC": 4}, "000": 1, "041": 4.0, "050": {"COM": {"NOGO": 0}}})
    assert (north.kind, north.sensor, north.time_s) == ("health", "025/004", NOON_S)
    assert north.health == Health(
        state="ok", mode="north marker", rotation_period_s=4.0, azimuth_from_deg=0.0
    )
    site = {"HGT": 150, "LAT": 45.0, "LON": -90.0}
    error = {"RNG": -0.25, "AZM": 0.2197265625}
    sector = one(34, {"000": 2, "020": 90.0, "050": {"COM": {"TSV": 1}}, "120": site, "090": error})
    assert sector.health == Health(
        state="degraded",
        mode="sector crossing",
        azimuth_from_deg=90.0,
        lat_deg=45.0,
        lon_deg=-90.0,
        alt_wgs84_m=150.0,
        text="collimation error -0.250 NM, +0.220 deg",
    )
    silent = one(34, {"000": 2, "050": {"COM": {"NOGO": 1}}}).health
    assert silent is not None
    assert silent.state == "fault"


def test_jamming_is_an_alert_with_its_direction() -> None:
    window = {"RHOST": 0.0, "RHOEND": 100.0, "THETAST": 45.0, "THETAEND": 90.0}
    strobe = one(34, {"000": 4, "100": window})
    assert (strobe.kind, strobe.text) == ("alert", "jamming strobe")
    assert strobe.health is not None
    assert (strobe.health.azimuth_from_deg, strobe.health.azimuth_to_deg) == (45.0, 90.0)


def test_surface_targets() -> None:
    base = {"010": {"SAC": 1, "SIC": 2}, "000": 1, "140": 43_200.0, "161": {"TRK": 7}}
    polar = {"040": {"RHO": 1200, "TH": 90.0}, "042": {"X": 1200, "Y": 0}, "020": {"TYP": 3}}
    seen = one(10, base | polar)
    assert (seen.kind, seen.range_m, seen.azimuth_deg, seen.x_m) == ("plot", 1200.0, 90.0, None)
    placed = one(10, base | {"041": {"LAT": 45.0, "LON": 2.8125}, "042": {"X": 5, "Y": 6}})
    assert (placed.lat_deg, placed.lon_deg, placed.x_m) == (45.0, 2.8125, None)
    plane = {"042": {"X": -5, "Y": 6}, "202": {"VX": 0.0, "VY": -5.0}, "500": {"DEVX": 3.0, "DEVY": 4.0}}
    flat = one(10, base | plane | {"020": {"TYP": 1, "GBS": 1, "TOT": 2}})
    assert (flat.x_m, flat.y_m, flat.on_ground, flat.classes) == (-5.0, 6.0, True, {"vehicle": 1.0})
    assert (flat.ground_speed_mps, flat.track_deg) == (5.0, 180.0)
    assert flat.horizontal_sigma_m == pytest.approx(12.5**0.5)
    assert one(10, base | {"020": {"TYP": 2}}).kind == "claim"
    named = one(10, base | {"245": {"STI": 2, "CHR": "FGZCK"}})
    assert (named.registration, named.callsign) == ("FGZCK", None)


def test_the_status_of_a_surface_system() -> None:
    status = one(10, {"000": 3, "550": {"NOGO": 1}})
    assert (status.kind, status.health) == ("health", Health(state="degraded", mode="periodic status"))


def test_multilateration() -> None:
    record = {
        "010": {"SAC": 8, "SIC": 2},
        "020": {"MS": 1, "GBS": 0},
        "041": {"LAT": 45.0, "LON": 2.8125},
        "070": {"MODE3A": "1000"},
        "090": {"FL": 12.5},
        "105": 1500.0,
        "220": 0x3944ED,
        "245": {"STI": 2, "CHR": "AFR12ML"},
        "500": {"SDP": {"X": 8.0, "Y": 6.0}, "SDH": 12.0},
    }
    seen = one(20, record)
    assert (seen.kind, seen.lat_deg, seen.lon_deg) == ("plot", 45.0, 2.8125)
    assert seen.alt_1013_m == pytest.approx(381.0)
    assert seen.alt_wgs84_m == pytest.approx(457.2)
    assert seen.horizontal_sigma_m == pytest.approx(50**0.5)
    assert seen.vertical_sigma_m == 12.0
    assert (seen.subject, seen.callsign, seen.on_ground) == ("icao24:3944ed", "AFR12ML", None)
    other = one(20, {"020": {"CF": 1}, "220": 0x3944ED, "042": {"X": 100.5, "Y": -2.0}})
    assert (other.subject, other.x_m, other.y_m) == ("sensor:orly/~3944ed", 100.5, -2.0)


def test_an_ads_b_report_is_a_claim_with_its_accuracy_and_its_doubts() -> None:
    record = {
        "040": {"ATP": 0, "GBS": 0, "IPC": 1},
        "131": {"LAT": 45.0, "LON": 2.8125},
        "080": 0x4BAAC6,
        "090": {"NUCRNACV": 2, "NACP": 9, "GVA": 2},
        "140": 1000.0,
        "145": 10.0,
        "157": {"GVR": -600.0},
        "160": {"GS": 0.125, "TA": 90.0},
        "200": {"PS": 5},
        "020": 13,
    }
    said = one(21, record)
    assert (said.kind, said.lat_deg, said.on_ground) == ("claim", 45.0, False)
    assert said.horizontal_sigma_m == pytest.approx(30 / 2.4477)
    assert said.speed_sigma_mps == pytest.approx(3 / 2.4477)
    assert said.vertical_sigma_m == pytest.approx(45 / 1.96)
    assert said.alt_1013_m == pytest.approx(304.8)
    assert said.alt_wgs84_m == pytest.approx(304.8)
    assert said.vertical_speed_mps == pytest.approx(-3.048)
    assert said.ground_speed_mps == pytest.approx(231.5)
    assert (said.emergency, said.classes) == ("unlawful_interference", {"drone": 1.0})
    assert said.text == "independent position check failed"
    undecoded = one(21, record | {"040": {"CPR": 1}, "160": {"RE": 1, "GS": 1.0}, "140": 0x7FFF * 6.25})
    assert (undecoded.lat_deg, undecoded.horizontal_sigma_m) == (None, None)
    assert (undecoded.ground_speed_mps, undecoded.alt_wgs84_m) == (None, None)
    assert one(21, record | {"040": {"ATP": 3}}).subject == "sensor:orly/~4baac6"


def test_a_system_track() -> None:
    record = {
        "105": {"LAT": 45.0, "LON": 2.8125},
        "080": {"SRC": 2, "EMS": 3},
        "130": 1000.0,
        "135": {"QNH": 1, "CTB": 12.0},
        "220": -600.0,
        "290": {"PSR": 2.0, "ES": 0.25},
        "380": {"ADR": 0x4CA7A8, "ID": "RYR174C", "EMC": 11},
        "500": {"APW": {"LAT": 0.001, "LON": 0.001}, "AGA": 50.0, "ABA": 1.0, "ATV": {"X": 3.0, "Y": 4.0}},
    }
    track = one(62, record)
    assert (track.kind, track.subject, track.callsign) == ("plot", "icao24:4ca7a8", "RYR174C")
    assert track.alt_wgs84_m == pytest.approx(304.8)
    assert track.alt_qnh_m == pytest.approx(365.76)
    assert track.alt_1013_m is None
    assert track.vertical_sigma_m == pytest.approx(50 * 0.3048)
    # 111.12 m of latitude and 78.57 m of longitude at 45 degrees
    assert track.horizontal_sigma_m == pytest.approx(((111.12**2 + 78.57**2) / 2) ** 0.5, rel=5e-3)
    assert track.speed_sigma_mps == pytest.approx(12.5**0.5)
    assert (track.emergency, track.classes) == ("minimum_fuel", {"glider": 1.0})
    pressure = one(62, record | {"080": {"SRC": 6}, "135": {"QNH": 0, "CTB": 12.0}})
    assert pressure.alt_1013_m == pytest.approx(365.76)
    assert pressure.alt_qnh_m is None
    assert pressure.alt_wgs84_m is None  # assumed by the tracker
    assert pressure.vertical_sigma_m == pytest.approx(30.48)


@pytest.mark.parametrize(
    ("ages", "kind"),
    [
        ({"ES": 0.5}, "claim"),
        ({"TRK": 0.0, "ES": 0.5, "UAT": 1.0}, "claim"),
        ({"ES": 0.5, "PSR": 63.75}, "claim"),
        ({"ES": 0.5, "MLT": 1.0}, "plot"),
        ({"MDS": 1.0}, "plot"),
        ({"TRK": 0.0}, "plot"),
    ],
)
def test_a_system_track_that_only_ads_b_keeps_is_a_claim(ages: dict[str, float], kind: str) -> None:
    assert one(62, {"290": ages}).kind == kind


def test_a_uas_report() -> None:
    report = one(
        129,
        {
            "010": {"SAC": 0, "SIC": 0},
            "020": "DJI",
            "030": "M3T",
            "040": "1581F5BKD223",
            "050": "FR",
            "070": 43_199.0,
            "080": {"LAT": 45.0, "LON": 2.8125},
            "090": 210.5,
            "100": 0.0,
            "110": 5,
            "185": {"HVX": 3.0, "HVY": -4.0},
            "220": -0.5,
        },
    )
    assert (report.kind, report.subject, report.time_s) == ("claim", "uas:1581F5BKD223", NOON_S - 1)
    assert (report.alt_msl_m, report.height_agl_m) == (210.5, 0.0)
    assert report.horizontal_sigma_m == pytest.approx(5 / 1.1774)
    assert (report.ground_speed_mps, report.vertical_speed_mps) == (5.0, -0.5)
    assert report.track_deg == pytest.approx(143.13, abs=0.01)
    assert report.classes == {"drone": 1.0}
    assert report.text == "manufacturer DJI, model M3T, registered in FR"


def test_a_uas_report_without_a_serial_number_or_accuracy_has_none() -> None:
    report = one(129, {"040": "\x00" * 12, "110": 0, "020": "\x00\x01\x02"})
    assert (report.subject, report.horizontal_sigma_m, report.text) == (None, None, None)


# --- the contract ---


def test_the_samples_decode() -> None:
    kinds = [
        o.kind for frame in feed.SAMPLE for o in feed.decode(frame, NOON_S) if isinstance(o, Observation)
    ]
    assert kinds == ["plot", "plot", "claim", "health", "plot", "plot", "claim"]


def test_a_good_block_after_a_bad_one_counts() -> None:
    bad = bytes([48, 0, 5, 0xFF, 0xFF])
    found = list(feed.decode(bad + feed.SAMPLE[4], NOON_S))
    assert [type(o) for o in found] == [FeedError, Observation]


@pytest.mark.parametrize("frame", [b"", b"\x30", b"\x30\x00\x05\xff\xff", b"\x41\x00\x04\x80", b"hello"])
def test_a_frame_of_which_nothing_can_be_read_is_refused(frame: bytes) -> None:
    with pytest.raises(FeedError):
        list(feed.decode(frame, NOON_S))


@given(st.sampled_from(feed.SAMPLE), st.data())
def test_damaged_frames_give_possible_values_or_errors(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for place, octet in data.draw(st.lists(st.tuples(st.integers(3, len(sample) - 1), st.integers(0, 255)))):
        damaged[place] = octet
    check(bytes(damaged))


@given(st.binary(max_size=200), st.sampled_from([10, 20, 21, 34, 48, 62, 129]))
def test_junk_gives_possible_values_or_errors(junk: bytes, number: int) -> None:
    check(bytes([number]) + (3 + len(junk)).to_bytes(2, "big") + junk)


def check(frame: bytes) -> None:
    try:
        found = list(feed.decode(frame, NOON_S, "x"))
    except FeedError:
        return
    assert list(map(repr, found)) == list(map(repr, feed.decode(frame, NOON_S, "x")))
    for o in found:
        if isinstance(o, Observation):
            assert o.lat_deg is None or -90 <= o.lat_deg <= 90
            assert o.lon_deg is None or -180 <= o.lon_deg <= 180
            assert o.alt_wgs84_m is None or -500 < o.alt_wgs84_m < 46_000
            assert o.ground_speed_mps is None or 0 <= o.ground_speed_mps < 4000
            assert o.track_deg is None or 0 <= o.track_deg < 360
            assert abs(o.time_s - NOON_S) <= 43_201


def test_a_flood_of_tiny_records_takes_bounded_time(campaign: Callable[[int], int]) -> None:
    rounds = campaign(10)
    started = time.process_time()
    for _ in range(rounds):
        for number in (10, 20, 21, 34, 48, 62):
            frame = bytes([number, 0xFF, 0xFF]) + b"\x80\x00\x00" * 21844
            assert sum(1 for _ in feed.decode(frame, NOON_S)) == 21844
    assert time.process_time() - started < 20 * rounds
