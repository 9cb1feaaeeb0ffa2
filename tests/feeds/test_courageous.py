"""COURAGEOUS logs: every form of a place, both kinds of sets, what is refused and where."""

import json
from math import sqrt
from typing import Any

import pytest

from beffroi.errors import FeedError
from beffroi.feeds import courageous
from beffroi.observation import Observation

HERE = {"lat": 48.72, "lon": 2.36, "height_amsl": 90.0}


def record(at_ms: int = 1_000, **fields: Any) -> dict[str, Any]:
    place = {"$type": "Position2d", "lat": 48.73, "lon": 2.37}
    alarm = {"active": True, "certainty": 1}
    said = {"record_number": at_ms, "time": at_ms, "classification": "UAV", "location": place, "alarm": alarm}
    return said | fields


def read(
    *tracks: list[dict[str, Any]], detection: tuple[list[dict[str, Any]], ...] = (), **fields: Any
) -> list[Observation | FeedError]:
    document = {
        "version": "0.4.1", "vendor_name": "v", "system_name": "Sky", "static_cuas_location": HERE,
        "detection": [{"records": r} for r in detection],
        "tracks": [{"uas_id": n, "records": r} for n, r in enumerate(tracks)],
    } | fields  # fmt: skip
    return list(courageous.decode(json.dumps(document).encode(), 5.0, "test"))


def plots(got: list[Observation | FeedError]) -> list[Observation]:
    assert not [one for one in got if isinstance(one, FeedError)]
    return [one for one in got if isinstance(one, Observation) and one.kind == "plot"]


SECTOR = 90 / sqrt(12)
PLACES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Position2d": ({"lat": 1.0, "lon": 2.0}, {"lat_deg": 1.0, "lon_deg": 2.0}),
    "Position3d": (
        {"lat": 1.0, "lon": 2.0, "height_amsl": 0},
        {"lat_deg": 1.0, "lon_deg": 2.0, "alt_msl_m": 0.0},
    ),
    "Bearing": ({"bearing": -10.0}, {"azimuth_deg": 350.0}),
    "BearingElevation": ({"bearing": 43.5, "elevation": 2.25}, {"azimuth_deg": 43.5, "elevation_deg": 2.25}),
    "BearingElevationDistance": (
        {"bearing": 360.0, "elevation": 0.0, "distance": 1500.0},
        {"azimuth_deg": 0.0, "elevation_deg": 0.0, "range_m": 1500.0},
    ),
    "Quad": ({"quad": "North"}, {"azimuth_deg": 0.0, "azimuth_sigma_deg": SECTOR}),
    "Arc": ({"from": 350.0, "to": 20.0}, {"azimuth_deg": 5.0, "azimuth_sigma_deg": 30 / sqrt(12)}),
}  # fmt: skip
WHERE = ("lat_deg", "lon_deg", "alt_msl_m", "range_m", "azimuth_deg", "elevation_deg", "azimuth_sigma_deg")


@pytest.mark.parametrize("form", PLACES)
def test_every_form_of_a_place_is_read_and_nothing_is_added(form: str) -> None:
    given, expected = PLACES[form]
    (plot,) = plots(read([record(location={"$type": form, **given})]))
    said = {name: value for name in WHERE if (value := getattr(plot, name)) is not None}
    assert said == pytest.approx(expected)


def test_a_track_keeps_its_number_and_a_detection_set_without_one_has_none() -> None:
    a, b, c = plots(read([record(1)], [record(2)], detection=([record(3)],)))
    assert (a.sensor_track, a.subject, b.sensor_track) == ("0", "sensor:Sky/0", "1")
    assert (c.sensor_track, c.subject, c.sensor) == (None, None, "Sky")


def test_records_come_by_time_after_the_place_of_the_system() -> None:
    moved = {"lat": 48.8, "lon": 2.4, "height_amsl": 0.0}
    got = read([record(3_000), record(1_000)], [record(2_000, cuas_location=moved)])
    kinds = [(one.kind, one.time_s) for one in got if isinstance(one, Observation)]
    assert kinds == [
        ("health", 1.0), ("plot", 1.0), ("health", 2.0), ("plot", 2.0), ("health", 3.0), ("plot", 3.0),
    ]  # fmt: skip
    places = [one.health.lat_deg for one in got if isinstance(one, Observation) and one.health]
    assert places == [48.72, 48.8, 48.72]


def test_classes_velocity_and_words() -> None:
    velocity = {"east": -3.0, "north": 4.0, "up": 0.0}
    uav, other, unknown = plots(
        read([
            record(1, velocity=velocity, identification="quadcopter"), record(2, classification="Other"),
            record(3, classification="Unknown"),
        ])
    )  # fmt: skip
    assert (uav.said_class, other.said_class, unknown.classes) == ("drone", "unknown", None)
    assert (uav.ground_speed_mps, uav.vertical_speed_mps, uav.text) == (5.0, 0.0, "quadcopter")
    assert uav.track_deg == pytest.approx(323.1301)
    assert other.ground_speed_mps is None


def test_a_control_station_is_the_operators_place_and_no_flying_thing() -> None:
    (plot,) = plots(read([record(classification="GCS")]))
    assert plot.operator is not None
    assert (plot.operator.lat_deg, plot.operator.lon_deg) == (48.73, 2.37)
    assert (plot.lat_deg, plot.classes) == (None, None)


def test_a_detection_without_a_place_is_kept_without_one() -> None:
    (plot,) = plots(read(detection=([record(location=None)],)))
    assert (plot.lat_deg, plot.azimuth_deg) == (None, None)


def test_a_record_that_cannot_be_is_refused_where_it_stands_and_the_rest_is_read() -> None:
    bad = record(2, location={"$type": "Position2d", "lat": 91.0, "lon": 2.0})
    got = read([record(1), bad, record(3)])
    (error,) = [one for one in got if isinstance(one, FeedError)]
    assert error.place == "tracks[0].records[1]"
    assert "lat" in error.reason
    assert len(got) == 4  # the place of the system, two plots, the error


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"version": "0.3.2"}, "'0.3.2' is not 0.4.x"), ({"static_cuas_location": None}, "Expected `object`"),
     ({"tracks": {}}, "Expected `array`")],
)  # fmt: skip
def test_another_layout_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(FeedError, match=said):
        read(**fields)
