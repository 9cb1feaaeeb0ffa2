"""readsb: snapshots and lines, real ones first."""

from typing import Any

import msgspec
import pytest

from beffroi.errors import FeedError
from beffroi.feeds.readsb import Decoder
from beffroi.observation import Observation
from shared import DATA, needs_data

NOW_S = 1_700_513_836.875


def aircraft(**fields: Any) -> dict[str, Any]:
    return {"hex": "a3e31a", "type": "adsb_icao", "seen": 0.5, **fields}


def snapshot(*entries: dict[str, Any], now: float | None = NOW_S) -> bytes:
    return msgspec.json.encode({"now": now, "messages": 1, "aircraft": entries})


def decoded(frame: bytes, decoder: Decoder | None = None) -> tuple[list[Observation], list[str]]:
    items = list((decoder or Decoder()).decode(frame, NOW_S + 1.0, "rx"))
    return [i for i in items if isinstance(i, Observation)], [
        str(i) for i in items if isinstance(i, FeedError)
    ]


def only(frame: bytes) -> Observation:
    (one,), errors = decoded(frame)
    assert not errors
    return one


PLACED = {"lat": 35.2, "lon": -110.4, "seen_pos": 1.9}


def test_every_field() -> None:
    one = only(
        snapshot(
            aircraft(
                **PLACED, flight="N35GR   ", r="N35GR", alt_baro=45000, alt_geom=45700, gs=489.0, track=360.0,
                baro_rate=-64, squawk="7500", emergency="unlawful", category="A7", nac_p=9, nic=8, rc=186,
            )
        )
    )  # fmt: skip
    assert (one.kind, one.subject, one.callsign, one.registration) == (
        "claim",
        "icao24:a3e31a",
        "N35GR",
        "N35GR",
    )
    assert one.time_s == pytest.approx(NOW_S - 1.9)
    assert one.received_at_s == NOW_S + 1.0
    assert one.horizontal_sigma_m == pytest.approx(30.0 / 2.4477, rel=1e-4)
    assert one.alt_1013_m == pytest.approx(13716.0)
    assert one.alt_wgs84_m == pytest.approx(13929.36)
    assert one.track_deg == 0.0
    assert one.vertical_speed_mps == pytest.approx(-0.32512)
    assert (one.squawk, one.emergency) == ("7500", "unlawful_interference")
    assert one.classes == {"helicopter": 1.0}
    assert one.rssi_dbm is None, "it is in dB of full scale"


def test_absent_is_absent_and_zero_is_zero() -> None:
    bare = only(snapshot({"hex": "a3e31a"}))
    given = {"source", "kind", "time_s", "received_at_s", "frame", "subject"}
    assert set(msgspec.structs.asdict(bare)) >= given
    assert all(v in (None, ()) for k, v in msgspec.structs.asdict(bare).items() if k not in given)
    zero = only(snapshot(aircraft(lat=0, lon=0, alt_baro=0, alt_geom=0, gs=0, track=0, baro_rate=0)))
    assert zero.on_ground is None
    fields = (zero.lat_deg, zero.lon_deg, zero.alt_1013_m, zero.alt_wgs84_m, zero.ground_speed_mps,
              zero.track_deg, zero.vertical_speed_mps)  # fmt: skip
    assert fields == (0, 0, 0, 0, 0, 0, 0)


def test_on_the_ground_there_is_no_altitude() -> None:
    one = only(snapshot(aircraft(alt_baro="ground")))
    assert one.on_ground is True
    assert one.alt_1013_m is None


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "adsb_icao"}, "claim"),
        ({"type": "mode_s"}, "claim"),
        ({"type": "adsr_other"}, "claim"),
        ({"type": "mlat"}, "plot"),
        ({"type": "tisb_icao"}, "plot"),
        ({"type": "tisb_trackfile"}, "plot"),
        ({"type": "", "mlat": ["lat", "lon"]}, "plot"),
        ({"type": "", "mlat": ["gs"]}, "claim"),
    ],
)
def test_who_measured_it(fields: dict[str, Any], kind: str) -> None:
    one = only(snapshot(aircraft(**PLACED, nac_p=9) | fields))
    assert one.kind == kind
    assert (one.horizontal_sigma_m is None) == (kind == "plot"), "NACp is about the aircraft's own position"


def test_an_address_that_is_not_of_icao() -> None:
    assert only(snapshot(aircraft(hex="~2b7a1c"))).subject == "sensor:rx/~2b7a1c"
    none, errors = decoded(snapshot(aircraft(hex="zz"), aircraft(hex="000000")))
    assert not none
    assert errors == ["hex: no aircraft address: 'zz'", "hex: no aircraft address: '000000'"]


@pytest.mark.parametrize(
    ("fields", "sigma_m"),
    [
        ({"nac_p": 0, "rc": 186}, None),  # it says that it does not know
        ({"nac_p": 11}, 3.0 / 2.44775),
        ({"nac_p": 8}, 92.6 / 2.44775),
        ({"rc": 370.4}, 185.2 / 2.44775),
        ({"rc": 0}, None),
        ({}, None),
    ],
)
def test_accuracy(fields: dict[str, Any], sigma_m: float | None) -> None:
    got = only(snapshot(aircraft(**PLACED) | fields)).horizontal_sigma_m
    assert got is None if sigma_m is None else got == pytest.approx(sigma_m, rel=1e-4)


def test_a_position_that_is_repeated_is_not_a_new_measure() -> None:
    decoder, entry = Decoder(), aircraft(**PLACED)
    assert decoded(snapshot(entry), decoder)[0][0].lat_deg == 35.2
    same = entry | {"seen_pos": 2.9, "seen": 1.5}
    assert decoded(snapshot(same, now=NOW_S + 1.0), decoder) == ([], [])
    spoke = entry | {"seen_pos": 3.9, "seen": 0.1, "squawk": "7700"}
    (heard,), _ = decoded(snapshot(spoke, now=NOW_S + 2.0), decoder)
    assert (heard.lat_deg, heard.squawk) == (None, "7700")
    assert heard.time_s == pytest.approx(NOW_S + 1.9)
    again = entry | {"seen_pos": 4.9, "seen": 1.1, "squawk": "7700"}
    assert decoded(snapshot(again, now=NOW_S + 3.0), decoder) == ([], [])


def test_who_stands_still_and_sends_is_measured_again() -> None:
    decoder, entry = Decoder(), aircraft(**PLACED)
    decoded(snapshot(entry), decoder)
    (one,), _ = decoded(snapshot(entry, now=NOW_S + 1.0), decoder)
    assert one.lat_deg == 35.2


def test_ages_that_are_rounded_make_no_news() -> None:
    decoder, entry = Decoder(), aircraft(**PLACED | {"seen_pos": 1.9, "seen": 1.9})
    decoded(snapshot(entry), decoder)
    assert decoded(snapshot(entry | {"seen_pos": 2.8, "seen": 2.8}, now=NOW_S + 1.0), decoder) == ([], [])


def test_memory_is_of_one_snapshot() -> None:
    decoder = Decoder()
    for i in range(50):
        decoded(snapshot(*(aircraft(hex=f"{i * 100 + k:06x}") for k in range(1, 100))), decoder)
    assert len(decoder._before) == 99


def test_a_value_that_cannot_be_costs_only_itself() -> None:
    bad = aircraft(**PLACED, alt_baro="up", gs=-3, flight=7)
    found, errors = decoded(snapshot(bad, {"type": "x"}, aircraft(hex="abcdef", lat=91, lon=0)))
    assert [o.subject for o in found] == ["icao24:a3e31a", "icao24:abcdef"]
    assert [o.lat_deg for o in found] == [35.2, None]
    assert sorted(errors) == [
        "aircraft[0].alt_baro: Invalid enum value 'up'",
        "aircraft[0].flight: Expected `str | null`, got `int`",
        "aircraft[0].gs: Expected `float` >= 0.0",
        "aircraft[1]: Object missing required field `hex`",
        "aircraft[2].lat: Expected `float` <= 90.0",
    ]


def test_a_word_has_a_bound() -> None:
    (one,), errors = decoded(snapshot(aircraft(flight="X" * 100), aircraft(hex="a" * 100)))
    assert one.callsign is None
    assert [error.partition(":")[0] for error in errors] == [
        "aircraft[0].flight", "aircraft[1].hex", "aircraft[1]",
    ]  # fmt: skip


def test_a_line_of_the_json_port_has_the_time_of_its_arrival() -> None:
    one = only(msgspec.json.encode(aircraft(**PLACED)))
    assert one.time_s == pytest.approx(NOW_S + 1.0 - 1.9)
    one = only(msgspec.json.encode(aircraft(**PLACED, now=5000.0)))
    assert one.time_s == pytest.approx(5000.0 - 1.9)


@pytest.mark.parametrize(
    "frame", [b"", b"{}", b"[]", b"nonsense", b'{"aircraft":3}', b'{"hex":7}', b'{"now":']
)
def test_what_is_neither_is_refused(frame: bytes) -> None:
    with pytest.raises(FeedError):
        Decoder().decode(frame, NOW_S)


@needs_data
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_real_snapshots_are_read_whole(number: int) -> None:
    frame = (DATA / "adsb-readsb" / f"aircraft_{number}.json").read_bytes()
    raw = msgspec.json.decode(frame)
    found, errors = decoded(frame)
    assert not errors
    assert len(found) == len(raw["aircraft"])
    for one, said in zip(found, raw["aircraft"], strict=True):
        assert (one.lat_deg, one.lon_deg) == (said.get("lat"), said.get("lon"))
        assert (one.alt_1013_m is None) == (said.get("alt_baro") in (None, "ground"))
        age_s = said["seen_pos"] if "lat" in said else said["seen"]
        assert one.time_s == pytest.approx(raw["now"] - age_s, abs=1e-6)


@needs_data
def test_real_lines_are_read_whole() -> None:
    lines = (DATA / "adsb-readsb" / "readsb_json_port_lines.jsonl").read_bytes().splitlines()
    assert len(lines) == 48
    for line in lines:
        assert only(line).subject == f"icao24:{msgspec.json.decode(line)['hex']}"
