"""ED-269 against the Swiss sample, the forms that states publish, and documents that are wrong."""

import json
from typing import Any

import pytest

from beffroi.errors import ZoneError
from beffroi.units import M_PER_FT
from beffroi.zone import Circle, Daily, Polygon
from beffroi.zones import ed269, ed318
from shared import DATA, needs_data

SQUARE = [[[2.0, 48.0], [2.1, 48.0], [2.1, 48.1], [2.0, 48.1], [2.0, 48.0]]]


def zone(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "identifier": "T1", "country": "FRA", "name": "Test", "type": "COMMON", "restriction": "PROHIBITED",
        "reason": ["AIR_TRAFFIC"], "applicability": [{"permanent": "YES"}], "zoneAuthority": [{"name": "X"}],
        "geometry": [volume()],
    }  # fmt: skip
    return made | changes


def volume(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "uomDimensions": "M", "lowerLimit": 0, "lowerVerticalReference": "AGL", "upperLimit": 120,
        "upperVerticalReference": "AGL", "horizontalProjection": {"type": "Polygon", "coordinates": SQUARE},
    }  # fmt: skip
    return made | changes


def read(document: Any) -> list[Any]:
    return list(ed269.read(json.dumps(document).encode()))


@needs_data
def test_the_swiss_sample() -> None:
    data = (DATA / "uas-geozones" / "ed269" / "interuss_che_sample_ed269.json").read_bytes()
    (sample,) = ed269.read(data)
    assert sample.key == "CHE:LSXX"
    assert sample.restriction == "REQ_AUTHORISATION"
    assert sample.conditions == ("RST02",)
    (piece,) = sample.volumes
    assert isinstance(piece.shape, Polygon)
    assert len(piece.shape.rings[0]) == 5
    assert (piece.lower_m, piece.lower_datum, piece.upper_m) == (0, "AGL", None)
    assert sample.authorities[0].email == "admin@example.interuss.org"
    assert sample.active(0)
    assert list(ed269.read(ed269.write([sample]))) == [sample]
    assert json.loads(ed269.write([sample]))["formatVersion"] == "1.0.0"


def test_the_list_may_have_three_names() -> None:
    for document in ([zone()], {"features": [zone()], "title": "x"}, {"UASZoneList": [zone()]}):
        (made,) = read(document)
        written = json.loads(ed269.write([made]))
        assert type(written) is type(document)
        assert read(written) == [made]


def test_limits_as_strings_in_feet_and_none() -> None:
    feet = volume(uomDimensions="FT", lowerLimit="100", upperLimit="99999")
    volumes = [feet, volume(upperLimit=None), volume(lowerLimit="12.5", upperLimit=99999)]
    (made,) = read([zone(geometry=volumes)])
    assert [v.upper_m for v in made.volumes] == [None, None, None]
    assert made.volumes[0].lower_m == pytest.approx(100 * M_PER_FT)
    assert made.volumes[2].lower_m == 12.5
    assert json.loads(ed269.write([made]))[0]["geometry"][0]["lowerLimit"] == 100


def test_circles_and_unknown_members() -> None:
    circle = {"type": "Circle", "center": [2.5, 48.5], "radius": "750", "note": 1}
    (made,) = read([zone(geometry=[volume(horizontalProjection=circle, remark="r")], colour="red")])
    assert made.volumes[0].shape == Circle(lat_deg=48.5, lon_deg=2.5, radius_m=750)
    written = json.loads(ed269.write([made]))[0]
    assert written["colour"] == "red"
    assert written["geometry"][0]["remark"] == "r"
    assert written["geometry"][0]["horizontalProjection"] == circle | {"radius": 750.0}


def test_times_under_both_names_short_and_long() -> None:
    daily = {"day": ["SAT", "SUN"], "startTime": "22:00Z", "endTime": "05:30:00.00Z"}
    for name in ("schedule", "dailyPeriod"):
        dates = {"startDateTime": "2022-06-15T09:00:00.00Z", "endDateTime": "2022-07-01T00:00:00+02:00"}
        (made,) = read([zone(applicability=[{"permanent": "NO", **dates, name: [daily]}])])
        (period,) = made.periods
        assert period.start_s == 1655283600
        assert period.end_s == 1656626400
        assert period.daily == (Daily(days=("SAT", "SUN"), start_s=79200, end_s=19800),)
        assert read(json.loads(ed269.write([made]))) == [made]


def test_permanent_with_blanks_is_always() -> None:
    blank: dict[str, Any] = {
        "permanent": "YES",
        "startDateTime": None,
        "dailyPeriod": [{"day": [], "startTime": None}],
    }
    (made,) = read([zone(applicability=[blank], region="", regulationExemption="", message="")])
    assert made.periods == ()
    assert (made.region, made.regulation_exemption, made.message) == (None, None, ())


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([zone(restriction="NO_FLY")], "$[0].restriction"),
        ([zone(country="FRANCE")], "$[0].country"),
        ([zone(geometry=[])], "$[0].geometry"),
        ({"features": [zone(), zone(geometry=[volume(uomDimensions="KM")])]},
         "$.features[1].geometry[0].uomDimensions"),
        ([zone(geometry=[volume(lowerLimit="low")])], "$[0].geometry[0].lowerLimit"),
        ([zone(geometry=[volume(lowerLimit=200)])], "$[0].geometry[0]"),
        ([zone(geometry=[volume(horizontalProjection={"type": "Polygon", "coordinates": [SQUARE[0][:4]]})])],
         "$[0].geometry[0].horizontalProjection.coordinates[0]"),
        ([zone(geometry=[volume(horizontalProjection={"type": "Circle", "center": [0, 0], "radius": -5})])],
         "$[0].geometry[0].horizontalProjection.radius"),
        ([zone(applicability=[{"permanent": "NO", "schedule": [{"day": ["FREITAG"]}]}])],
         "$[0].applicability[0].schedule[0].day[0]"),
        ({"zones": []}, "$"),
        ("text", "$"),
        ({"type": "FeatureCollection", "features": []}, "$.type"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_path(document: Any, place: str) -> None:
    with pytest.raises(ZoneError) as refused:
        read(document)
    assert refused.value.place == place
    assert refused.value.reason


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[1e999]"])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(ZoneError):
        list(ed269.read(data))


def test_what_it_cannot_say_it_refuses_to_write() -> None:
    (made,) = read([zone()])
    other = json.loads(ed318.write([made]))
    other["features"][0]["properties"]["type"] = "USPACE"
    with pytest.raises(ZoneError, match="U-space"):
        ed269.write(ed318.read(json.dumps(other).encode()))
