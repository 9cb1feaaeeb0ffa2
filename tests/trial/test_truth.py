"""Truth: what loggers wrote is read as it is, or refused with its place."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.errors import InputError, LinkError, PlotError
from beffroi.trial import rows, truth
from flown import FLIGHT, flight, made_target, saved, text_file
from shared import needs_data

FEW = settings(max_examples=40, deadline=None)


@needs_data
def test_the_real_flight_is_read_as_its_logger_wrote_it() -> None:
    (target,) = truth.read([FLIGHT])
    assert (target.name, target.kind, len(target.time_s)) == ("UAV_Rot", "drone", 965)
    assert (target.lat_deg[0], target.lon_deg[0], target.alt_msl_m[0]) == (
        50.2973285,
        -30.89102916666667,
        708.0,
    )
    assert target.time_s[0] == 1575888575.0  # 2019-12-09 10:49:35 UTC
    assert target.time_s[-1] - target.time_s[0] == 964.0
    assert np.isnan(target.alt_wgs84_m).all()


@needs_data
def test_the_same_flight_as_gpx_is_the_same(tmp_path: Path) -> None:
    (csv_target,), (gpx_target,) = truth.read([FLIGHT]), truth.read([saved(tmp_path / "f.gpx", flight(965))])
    for column in ("time_s", "lat_deg", "lon_deg", "alt_msl_m"):
        np.testing.assert_array_equal(getattr(csv_target, column), getattr(gpx_target, column))


def test_columns_of_truth_have_their_own_datum_class_and_target(tmp_path: Path) -> None:
    table = "time,lat_deg,lon_deg,alt_wgs84_m,target,class\n"
    table += (
        "2026-03-01T13:00:00+01:00,48.7,2.3,130,a,drone\n2026-03-01T12:00:00Z,48.8,2.4,,glider-1,glider\n"
    )
    a, b = truth.read([text_file(tmp_path / "t.csv", table)])
    assert (a.name, a.kind, b.name, b.kind) == ("a", "drone", "glider-1", "glider")
    assert a.time_s[0] == b.time_s[0] == 1772366400.0
    assert (a.alt_wgs84_m[0], np.isnan(a.alt_msl_m[0]), np.isnan(b.alt_wgs84_m[0])) == (130.0, True, True)


def test_a_target_named_by_a_key_is_expected_under_it() -> None:
    assert made_target(name="uas:1588E040445AC004418").subject == "uas:1588E040445AC004418"
    assert [made_target(name=n).subject for n in ("quad", "uas:", "what:x")] == [None, None, None]


GPX = "<gpx><trk><trkseg>{}</trkseg></trk></gpx>"
HEAD = "time_s,lat_deg,lon_deg,alt_m\n"
BAD = {
    "no time": ("lat_deg,lon_deg\n1,2\n", "line 1: needs the columns"),
    "no place": ("time_s,lat_deg\n1,2\n", "line 1: needs the columns"),
    "a word": (HEAD + "1,48,2,\n2,x,2,\n", "line 3: lat_deg is 'x', not a number"),
    "off the earth": (HEAD + "1,48,2,\n\n2,91,2,\n", "line 4: lat_deg is 91, not between"),
    "not a number": (HEAD + "1,nan,2,\n", "line 2: lat_deg is nan"),
    "empty place": (HEAD + "1,,2,\n", "line 2: lat_deg and lon_deg must be given"),
    "short row": (HEAD + "1,48\n", "line 2: lat_deg and lon_deg must be given"),
    "no date": ("time,lat,lon\nyesterday,48,2\n", "line 2: time is 'yesterday', not ISO 8601"),
    "infinite time": (HEAD + "inf,48,2,\n", "line 2: time_s is inf"),
    "two places": (HEAD + "1,48,2,\n1,48.1,2,\n", "line 3: t is at two places at one time .*line 2"),
    "no class": ("time_s,lat,lon,class\n1,48,2,ufo\n", "class 'ufo' is none of"),
    "two classes": ("time_s,lat,lon,class\n1,48,2,bird\n2,48,2,drone\n", "several classes: bird, drone"),
    "no rows": (HEAD, "holds no fix"),
    "no xml": ("<gpx><trk></gpx>", "line 1: this is no XML"),
    "other xml": ("<kml/>", "this is <kml>, not <gpx>"),
    "empty gpx": ("<gpx/>", "holds no fix"),
    "no time in gpx": (GPX.format('<trkpt lat="1" lon="2"/>'), "trk 1, trkpt 1: has no time"),
    "bad place in gpx": (
        GPX.format('<trkpt lat="1" lon="200"><time>2026-03-01T12:00:00Z</time></trkpt>'),
        "trk 1, trkpt 1: latitude 1.0, longitude 200.0",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_a_bad_row_is_named_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PlotError, match=said):
        truth.read([text_file(tmp_path / "t.csv", text)])


def test_an_entity_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    with pytest.raises(PlotError, match="a document type is not read"):
        truth.read([text_file(tmp_path / "t.gpx", f"<?xml version='1.0'?>{bomb}]><gpx>&j;</gpx>")])


def test_what_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"time_s\xff\n")
    with pytest.raises(InputError, match="byte 6: this is no UTF-8 text"):
        truth.read([tmp_path / "t.csv"])
    with pytest.raises(LinkError, match=r"nothing\.gpx: No such file"):
        truth.read([tmp_path / "nothing.gpx"])


def test_a_fix_that_a_logger_repeats_is_one(tmp_path: Path) -> None:
    (target,) = truth.read([text_file(tmp_path / "t.csv", HEAD + "1,48,2,5\n1,48,2,5\n2,48,2,5\n")])
    assert target.time_s.tolist() == [1.0, 2.0]


@FEW
@given(st.text(max_size=200))
def test_any_table_is_read_or_refused_with_a_line(text: str) -> None:
    place = "f, line 1"
    try:
        for row in rows.rows("time_s,lat,lon\n" + text, "f"):
            assert abs(row.lat_deg) <= 90
    except PlotError as bad:
        place = bad.place
    assert re.match(r"f, line \d+", place)
