"""Whole trials: sensors made from a real flight, judged against it; the table, the page, the record."""

import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import flown
from beffroi.errors import InputError, LinkError, PlotError, SiteError, StoreError, UseError
from beffroi.observation import Observation
from beffroi.site import Place, Site, Source
from beffroi.store.log import Log
from beffroi.trial import Terms, Trial, figures, report, run, trial, words
from beffroi.trial.truth import Target
from flown import flight, made_target, saved, text_file
from sapient_made import CAMERA
from shared import needs_data


def one(made: Trial, line: str) -> figures.Tracking:
    return next(t.all for t in made.report.tracking if t.line == line)


@needs_data
def test_a_table_of_plots_is_judged_as_the_sensor_was_made(tmp_path: Path) -> None:
    target = flight(600)
    made = flown.plots(
        target, seed=1, sigma_m=12.0, detection_p=0.8, false_per_look=0.05, blind_s=(0.0, 20.0)
    )
    plots = flown.write_csv(tmp_path / "radar.csv", target, made, delay_s=0.1)
    got = trial([str(plots)], [saved(tmp_path / "t.gpx", target)], None, Terms(sigma_m=12.0))
    (d,) = got.report.detection
    false = sum(p.own != 1 for p in made)
    assert (d.label, d.all.reports) == ("radar", len(made))
    assert d.all.on_target == pytest.approx(len(made) - false, abs=3)
    assert d.all.false == pytest.approx(false, abs=3)
    assert d.all.period_s == 1.0
    assert d.all.rate == pytest.approx(0.8 * 580 / 600, abs=0.05)
    assert d.all.time_to_detect_s[0] == pytest.approx(20.1, abs=3.0)
    assert d.all.measured_sigma_m == pytest.approx(12.0, rel=0.1)
    assert d.all.vertical_bias_m == pytest.approx(0.0, abs=2.0)
    assert d.all.delay_s is not None
    assert d.all.delay_s.median == pytest.approx(0.1, abs=1e-6)
    assert d.all.lag_s == pytest.approx(0.0, abs=0.3)
    assert d.all.class_right is not None
    assert d.all.class_right > 0.98
    t = one(got, "radar")
    assert t.tracked is not None
    assert t.tracked > 0.9
    assert t.horizontal_m is not None
    assert d.all.horizontal_m is not None
    assert t.horizontal_m.median < d.all.horizontal_m.median  # a tracker is worth its name


def capture(tmp_path: Path, target: Target, *, json: bool = False) -> Path:
    made = flown.plots(target, seed=2, sigma_m=10.0)
    messages = [
        *flown.messages(target, made),
        *flown.bearings(target, CAMERA, seed=3, sigma_deg=2.0, place_m=(-500.0, -500.0)),
    ]
    return flown.write_capture(tmp_path / ("s.json" if json else "s.bin"), messages, json=json)


@needs_data
def test_a_sapient_capture_of_two_nodes_is_judged_node_by_node_and_together(tmp_path: Path) -> None:
    target = flight()
    got = trial([str(capture(tmp_path, target))], [saved(tmp_path / "t.gpx", target)])
    finder, radar = (d.all for d in got.report.detection)
    assert radar.measured_sigma_m == pytest.approx(10.0, rel=0.15)
    assert radar.rate == pytest.approx(0.9, abs=0.06)
    assert finder.horizontal_m is None
    assert finder.bearing_deg is not None
    assert finder.bearing_deg.rms == pytest.approx(2.0, rel=0.15)
    assert finder.rate is not None
    assert finder.rate > 0.95
    lines = [t.line for t in got.report.tracking]
    assert lines == ["All together", "s/a8654cdf", "s/a8654cdf, own tracks"]
    own, together = one(got, lines[2]), one(got, lines[0])
    assert own.switches == 0
    assert own.tracked is not None
    assert own.tracked > 0.95
    assert together.tracked is not None
    assert together.tracked > 0.95
    assert together.sensor_hours == pytest.approx(2 * 240 / 3600)
    assert any("bearings alone" in note for note in got.report.notes)


@needs_data
def test_json_and_framed_captures_give_the_same(tmp_path: Path) -> None:
    target = flight(120)
    file = saved(tmp_path / "t.gpx", target)
    framed, as_json = (trial([f"sapient={capture(tmp_path, target, json=j)}"], [file]) for j in (False, True))
    for made in (framed, as_json):
        made.report.logs = []
    assert report.text(framed.report) == report.text(as_json.report)


def keep(directory: Path, observations: list[Observation]) -> str:
    """A store whose log holds these, each in the tick in which it came."""
    with Log(directory / "log") as log:
        for o in observations:
            log.append("sensor", [o])
            log.tick(math.ceil(o.received_at_s * 4) / 4)
        log.commit().result()
    return str(directory)


def seen(target: Target, seed: int, delay_s: float, **fields: Any) -> list[Observation]:
    """What a source said of the flight."""
    on, made = flown.plane(target), []
    for p in flown.plots(target, seed=seed, sigma_m=10.0):
        lat, lon = (float(v) for v in on.inverse(p.x_m, p.y_m))
        said: dict[str, Any] = {
            "time_s": p.time_s,
            "received_at_s": p.time_s + delay_s,
            "lat_deg": lat,
            "lon_deg": lon,
        }
        made.append(Observation(**said, alt_msl_m=p.z_m, **fields))
    return made


@needs_data
def test_a_log_of_beffroi_with_its_site_knows_volume_and_delay(tmp_path: Path) -> None:
    target = flight()
    lat, lon = (float(v) for v in flown.plane(target).inverse(0.0, 0.0))
    source = Source(
        id="radar", format="asterix", link="", lat_deg=lat, lon_deg=lon, range_m=400.0, period_s=1.0,
        horizontal_sigma_m=10.0, delay_s=0.5,
    )  # fmt: skip
    site = Site(site=Place(name="here", lat_deg=lat, lon_deg=lon), source=(source,))
    store = keep(tmp_path / "data", seen(target, 4, 0.5, source="radar", kind="plot"))
    got = trial([store], [saved(tmp_path / "t.gpx", target)], site)
    d = got.report.detection[0].all
    x, y, _ = flown.truth_at(target, got.course.at_s)
    assert one(got, "radar").seconds == pytest.approx((np.hypot(x, y) <= 400.0).sum(), abs=1)
    assert 0 < one(got, "radar").seconds < 240
    assert d.delay_s is not None
    assert d.delay_s.median == pytest.approx(0.5)
    assert d.rate == pytest.approx(0.9, abs=0.07)
    assert not [n for n in got.report.notes if "range" in n]


@needs_data
def test_a_drone_that_declares_itself_is_identified_and_its_neighbour_is_not_false(tmp_path: Path) -> None:
    target = flight(180, name="uas:1588E040445AC004418")
    other = msgspec.structs.replace(target, lat_deg=target.lat_deg + 0.03)
    mine = seen(target, 5, 0.1, source="rid", kind="claim", subject=target.name)
    its = seen(other, 6, 0.1, source="rid", kind="claim", subject="uas:1588E040445AC009999")
    radar = [o for t in (target, other) for o in seen(t, 7, 0.1, source="radar", kind="plot")]
    store = keep(tmp_path / "data", sorted([*mine, *its, *radar], key=lambda o: o.received_at_s))
    got = trial([store], [saved(tmp_path / "t.gpx", target)])
    together, alone = one(got, "All together"), one(got, "radar")
    assert together.identity_right is not None
    assert together.identity_right > 0.95
    assert together.identity_wrong == 0.0
    assert (together.false_tracks, alone.false_tracks) == (0, 0)
    assert (together.other_tracks or 0) >= 1
    assert (alone.other_tracks or 0) >= 1  # the radar alone is not blamed for what declares itself elsewhere
    assert alone.identity_none == 1.0
    assert {d.label: d.all.false for d in got.report.detection} == {"radar": 0, "rid": 0}


@needs_data
def test_a_courageous_log_is_judged_by_its_own_tracks(tmp_path: Path) -> None:
    target = flight(120)
    records = []
    for number, p in enumerate(flown.plots(target, seed=5, sigma_m=5.0, detection_p=1.0)):
        lat, lon = (float(v) for v in flown.plane(target).inverse(p.x_m, p.y_m))
        records.append({
            "record_number": number, "time": round(p.time_s * 1000), "classification": "UAV",
            "alarm": {"active": True, "certainty": 1.0},
            "location": {"$type": "Position3d", "lat": lat, "lon": lon, "height_amsl": p.z_m},
        })  # fmt: skip
    here = {"lat": float(target.lat_deg[0]), "lon": float(target.lon_deg[0]), "height_amsl": 700.0}
    document = {
        "version": "0.4.1", "vendor_name": "v", "system_name": "s", "static_cuas_location": here,
        "detection": [], "tracks": [{"uas_id": 3, "records": records}],
    }  # fmt: skip
    (tmp_path / "c.json").write_bytes(msgspec.json.encode(document))
    got = trial([str(tmp_path / "c.json")], [saved(tmp_path / "t.gpx", target)])
    own = one(got, "c/s, own tracks")
    assert [own.tracked, own.continuity] == pytest.approx([1.0, 1.0], abs=0.01)
    assert (own.false_tracks, own.class_right) == (0, 1.0)


@needs_data
def test_two_targets_are_judged_apart_and_together(tmp_path: Path) -> None:
    a, b = flight(name="a"), flight(name="b")
    b = msgspec.structs.replace(b, lat_deg=b.lat_deg + 0.02)
    plots = flown.write_csv(tmp_path / "p.csv", a, flown.plots(a, seed=6))
    got = trial([str(plots)], [saved(tmp_path / "t.gpx", a, b)])
    d, t = got.report.detection[0], got.report.tracking[0]
    assert (d.targets["a"].on_target, d.targets["b"].on_target) == (d.all.on_target, 0)
    assert (d.all.passes, d.all.detected) == (2, 1)
    assert t.targets["b"].tracked == 0.0
    assert t.all.tracked == pytest.approx((t.targets["a"].tracked or 0.0) / 2)
    text = report.text(got.report)
    assert "(1 of 2 never)" in text
    assert "\nTarget b\n" in text


@needs_data
@pytest.mark.parametrize("off_s", [18, -37])
def test_a_wrong_clock_is_found_and_the_advice_mends_it(off_s: int, tmp_path: Path) -> None:
    target = flight(400)
    plots = str(flown.write_csv(tmp_path / "p.csv", target, flown.plots(target, seed=7)))
    wrong = saved(tmp_path / "t.gpx", msgspec.structs.replace(target, time_s=target.time_s + off_s))
    notes = trial([plots], [wrong], None, Terms(gate_m=40.0)).report.notes
    said = re.search(r"Try --shift-s (-?[\d.]+)", " ".join(notes))
    assert said, notes
    assert float(said[1]) == pytest.approx(-off_s, abs=3.0)
    mended = trial([plots], [wrong], None, Terms(gate_m=40.0, shift_s=float(-off_s)))
    assert not [n for n in mended.report.notes if "clock" in n]


@needs_data
def test_noise_that_is_not_as_stated_is_said(tmp_path: Path) -> None:
    target = flight()
    made = flown.plots(target, seed=8, sigma_m=15.0)
    plots = flown.write_csv(tmp_path / "p.csv", target, made, sigma_m="5.0")
    got = trial([str(plots)], [saved(tmp_path / "t.gpx", target)])
    assert got.report.detection[0].all.stated_sigma_m == 5.0
    assert any(re.search(r"its noise is [23]\.\d times what is stated", note) for note in got.report.notes)


@needs_data
def test_logs_of_another_day_are_said_with_both_times(tmp_path: Path) -> None:
    target = flight(60)
    plots = flown.write_csv(tmp_path / "p.csv", target, flown.plots(target, seed=9))
    other = saved(tmp_path / "t.gpx", msgspec.structs.replace(target, time_s=target.time_s + 86_400))
    with pytest.raises(
        InputError, match=r"logs: they run from 2019-12-09 10:49:35 .* the trial runs from 2019-12-10"
    ):
        trial([str(plots)], [other])


@needs_data
def test_wrong_use_is_said(tmp_path: Path) -> None:
    file = saved(tmp_path / "t.gpx", flight(60))
    strange = text_file(tmp_path / "strange.txt", "what is this\n")
    cases: list[tuple[type[Exception], str, Callable[[], object]]] = [
        (LinkError, "is not there", lambda: trial([str(tmp_path / "no.bin")], [file])),
        (UseError, "no format reads it", lambda: trial([str(strange)], [file])),
        (UseError, "no format 'nonsense'", lambda: trial([f"nonsense={strange}"], [file])),
        (UseError, "ends before it begins", lambda: trial([str(strange)], [file], None, Terms(to_s=1.0))),
        (UseError, "lasts", lambda: trial([str(strange)], [file], None, Terms(from_s=1.0))),
    ]
    for error, said, call in cases:
        with pytest.raises(error, match=said):
            call()
    bad = text_file(
        tmp_path / "p.csv", "time_s,lat_deg,lon_deg\n1575888575,50.2,-30.8\n1575888576,nowhere,-30.8\n"
    )
    with pytest.raises(PlotError, match=r"p\.csv, line 3: lat_deg is 'nowhere'"):
        trial([str(bad)], [file])


# ---- What it leaves


class Tags(HTMLParser):
    """Open tags, and everything that could fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.risky: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        names = {name for name, _ in attrs}
        if tag in ("script", "link", "img", "iframe", "object", "form", "a") or names & {"src", "href"}:
            self.risky.append(tag)
        self.risky += [name for name in names if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = '"><script>alert(1)</script><img src=x onerror=y>\u202e\x07'


@needs_data
def test_the_page_is_whole_and_fetches_and_runs_nothing(tmp_path: Path) -> None:
    target = flight(90, name=HOSTILE.replace("\x07", ""))
    plots = flown.write_csv(tmp_path / "p.csv", target, flown.plots(target, seed=10), sensor=HOSTILE)
    text = run([str(plots)], [saved(tmp_path / "t.gpx", target)], tmp_path / "out")
    html = (tmp_path / "out" / "trial.html").read_text("utf-8")
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    assert tags.risky == []
    assert {"svg", "table", "path", "style"} <= tags.seen
    assert "default-src 'none'" in html
    assert "http:" not in html.replace("http-equiv", "")
    assert "https:" not in html
    assert "@import" not in html
    assert "url(" not in html.replace("url(#m", "")
    assert "\x07" not in html + text
    assert "\u202e" not in html + text
    assert "alert(1)" in tags.text  # shown, not run
    for figure in (*words.DETECTION[:2], *words.TRACKING[:3]):
        assert figure.meaning in tags.text


@needs_data
def test_the_record_is_read_again_as_it_was(tmp_path: Path) -> None:
    target = flight(90)
    plots = flown.write_csv(tmp_path / "p.csv", target, flown.plots(target, seed=11))
    table = run([str(plots)], [saved(tmp_path / "t.gpx", target)], tmp_path / "out")
    raw = (tmp_path / "out" / "trial.json").read_bytes()
    again = msgspec.json.decode(raw, type=report.Report)
    assert report.text(again) == table
    assert again.detection[0].all.horizontal_m is not None
    assert b'"median"' in raw


@needs_data
def test_the_table_fits_a_terminal(tmp_path: Path) -> None:
    target = flight(60)
    made = flown.plots(target, seed=12)
    names = [f"a sensor with a long name {n}" for n in range(6)]
    files = [str(flown.write_csv(tmp_path / f"{n}.csv", target, made, sensor=n)) for n in names]
    text = run(files, [saved(tmp_path / "t.gpx", target)], tmp_path / "out")
    assert all(name in text for name in names)
    assert max(map(len, text.splitlines())) <= report.WIDTH


def plain_table(path: Path, target: Target) -> str:
    places = zip(target.time_s.tolist(), target.lat_deg.tolist(), target.lon_deg.tolist(), strict=True)
    lines = "".join(f"{at!r},{lat!r},{lon!r}\n" for at, lat, lon in places)
    return str(text_file(path, "time_s,lat_deg,lon_deg\n" + lines))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    target = made_target()
    text_file(tmp_path / "out", "")
    with pytest.raises(StoreError, match="cannot be written"):
        run([plain_table(tmp_path / "p.csv", target)], [saved(tmp_path / "t.gpx", target)], tmp_path / "out")


def test_a_site_is_read_from_its_file(tmp_path: Path) -> None:
    target = made_target()
    site = text_file(tmp_path / "s.toml", 'site.name = "x"\nsite.lat_deg = 48.7\nsite.lon_deg = 2.3\n')
    plots, file = plain_table(tmp_path / "p.csv", target), saved(tmp_path / "t.gpx", target)
    run([plots], [file], tmp_path / "out", site)
    assert msgspec.json.decode((tmp_path / "out" / "trial.json").read_bytes())["site"] == str(site)
    with pytest.raises(SiteError, match="lat_dag"):
        run([plots], [file], tmp_path / "out", text_file(tmp_path / "bad.toml", "site.lat_dag = 48.7\n"))


def test_a_direction_finder_alone_has_a_page_without_tracks(tmp_path: Path) -> None:
    target = made_target()
    heard = list(flown.bearings(target, CAMERA, seed=1, sigma_deg=1.0, place_m=(0.0, -800.0)))
    log = flown.write_capture(tmp_path / "rf.bin", heard)
    text = run([str(log)], [saved(tmp_path / "t.gpx", target)], tmp_path / "out")
    assert "Bearing, median / 95 %, °" in text
    assert "Tracking" not in text
    assert "gives bearings alone" in (tmp_path / "out" / "trial.html").read_text("utf-8")


def test_the_document_says_what_each_figure_means() -> None:
    text = (Path(__file__).parents[1] / "docs" / "trial.md").read_text()
    for figure in words.ALL:
        row = f"| {figure.name} | {figure.meaning} | {figure.source} |"
        assert row in text, row
