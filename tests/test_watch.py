"""The watch: pure, restored exactly, and the one keeper of the life of signs."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi import signs
from beffroi.errors import SiteError
from beffroi.observation import Health, Observation, Operator, Report, Weather, digest
from beffroi.picture import Picture
from beffroi.scene import LAT_DEG, LON_DEG
from beffroi.sentence import LANGUAGES
from beffroi.sign import Consequence, Finding, Reason, Sign
from beffroi.signs import Rule
from beffroi.site import Site, Source
from beffroi.watch import REPEAT_S, SAME_PLACE_M, Step, Watch
from beffroi.window import Window
from skies import PLANE, SERIAL, START_S, Flyer, changes, here, place, plot, ring, sky, watch

TICK_S = 0.25

# --- the same ticks, the same bytes


def busy_site() -> Site:
    """Two radars, a direction finder, receivers of Remote ID and ADS-B, a METAR."""
    plain = here()
    far = msgspec.structs.replace(plain.source[0], id="radar-2", lat_deg=48.76)
    finder = Source(id="rf", format="sapient", link="", lat_deg=48.74, lon_deg=2.40, alt_msl_m=100.0,
                    azimuth_sigma_deg=3.0)  # fmt: skip
    return here(source=(*plain.source, far, finder))


@cache
def busy() -> list[tuple[float, list[Observation]]]:
    """Half a minute with everything in it: drones, a twin, birds, bearings, an airliner, people."""
    both = ("radar", "radar-2")
    ticks = sky(
        [
            Flyer(x_m=-2100.0, y_m=300.0, vx_mps=14.0, serial=SERIAL, radars=both),
            Flyer(x_m=1500.0, y_m=900.0, vx_mps=3.0, serial=SERIAL, transmitter="mac:02:00:00:00:00:02",
                  declared_m=(2500.0, 0.0)),
            Flyer(x_m=900.0, y_m=-900.0, vx_mps=4.0, to_s=25.0),
            Flyer(x_m=1020.0, y_m=-900.0, vx_mps=4.0, from_s=30.0),
            *(Flyer(x_m=400.0 * k, y_m=1500.0, vy_mps=9.0, word="bird", radars=both) for k in range(5)),
            Flyer(x_m=8000.0, y_m=0.0, vx_mps=-75.0, alt_m=500.0, serial="none", said={
                "subject": "icao24:4baac6", "callsign": "THY8", "squawk": "7700", "source": "adsb",
                "classes": {"aircraft": 1.0}}),
        ],
        30.0,
    )  # fmt: skip
    rng = np.random.default_rng(5)
    return [(now_s, heard + list(_others(number, now_s, rng))) for number, (now_s, heard) in enumerate(ticks)]


def _others(number: int, now_s: float, rng: np.random.Generator) -> Iterator[Observation]:
    said: dict[str, Any] = {"time_s": now_s, "received_at_s": now_s, "frame": digest(str(number).encode())}
    if number % 4 == 2:
        yield Observation(kind="plot", source="rf", azimuth_deg=float(rng.uniform(0, 360)),
                          subject=f"uas:{SERIAL}", **said)  # fmt: skip
    if number == 20:
        weather = Weather(qnh_hpa=1021.0)
        yield Observation(kind="weather", source="metar", subject="place:LFPX", weather=weather, **said)
    if number == 30:
        yield Observation(kind="sighting", source="tower", lat_deg=48.73, lon_deg=2.38, subject="sighting:1",
                          report=Report(grade="A2"), classes={"ultralight": 0.9}, **said)  # fmt: skip
    if number % 40 == 0:
        yield Observation(kind="health", source="rf", health=Health(state="degraded"), **said)


def written(step: Step) -> bytes:
    """A step as bytes: every sign, every column."""
    t = step.picture.tracks
    columns = [getattr(t, f).tobytes() for f in t.__struct_fields__]
    more = (step.picture.qnh_hpa, step.picture.identities, step.picture.heard, step.picture.evidence)
    return msgspec.msgpack.encode([step.signs, columns, more, list(step.picture.sources.values())])


@cache
def told() -> tuple[list[bytes], list[bytes]]:
    """What the watch said at each tick of the busy time, and its state before it."""
    run, said, states = watch(busy_site(), [ring()]), [], []
    for now_s, heard in busy():
        states.append(run.state())
        said.append(written(run.step(heard, now_s)))
    return said, states


def test_the_busy_time_has_what_it_takes() -> None:
    opened = {s.rule for s in changes(watch(busy_site(), [ring()]), busy()) if s.change == "opened"}
    assert opened >= {"zone_intrusion", "contradicted_remote_id", "emergency_squawk", "low_slow_small"}


def test_the_same_ticks_give_the_same_bytes() -> None:
    run = watch(busy_site(), [ring()])
    assert [written(run.step(heard, now_s)) for now_s, heard in busy()] == told()[0]


def test_it_goes_on_from_a_checkpoint_as_if_nothing_had_been(campaign: Callable[[int], int]) -> None:
    said, states = told()

    @settings(max_examples=campaign(60), deadline=None)
    @given(st.lists(st.integers(0, len(said) - 1), min_size=1, max_size=2))
    def goes_on(cuts: list[int]) -> None:
        run = watch(busy_site(), [ring()])
        run.restore(states[min(cuts)])
        for number, (now_s, heard) in list(enumerate(busy()))[min(cuts) :]:
            if number in cuts:
                state = run.state()
                assert state == states[number]
                run = watch(busy_site(), [ring()])
                run.restore(state)
            assert written(run.step(heard, now_s)) == said[number], f"tick {number}"

    goes_on()


def test_the_order_of_sources_in_a_tick_does_not_change_who_is_who() -> None:
    """Two orders of the same tick are two recordings; but each is true to itself, and both see one drone."""
    ticks = sky([Flyer(x_m=500.0, y_m=0.0, vx_mps=8.0, serial=SERIAL)], 20.0)
    for order in (1, -1):
        run = watch(zones=[ring()])
        last = [run.step(heard[::order], now_s) for now_s, heard in ticks][-1]
        assert len(last.picture.tracks) == 1


# --- the life of a sign, with a rule that says exactly when it finds something

Script = Callable[[float], Sequence[Finding]]


def finding(subject: str, *, aliases: tuple[str, ...] = (), x_m: float = 0.0, **more: Any) -> Finding:
    lat, lon = (float(v) for v in PLANE.inverse(x_m, 0.0))
    said: dict[str, Any] = {"reasons": (Reason(code="a", evidence=("source:radar",)),), "params": {},
                            "consequence": "order", "time_left_s": np.inf}  # fmt: skip
    return Finding(subject=subject, aliases=aliases, lat_deg=lat, lon_deg=lon, **(said | more))


def run_script(
    monkeypatch: pytest.MonkeyPatch, script: Script, seconds: float, hold_s: float = 1.0, grace_s: float = 5.0
) -> list[Sign]:
    """The changes of signs where the only rule finds what `script` says, seconds after the start."""

    def find(now: Picture, past: Window, site: Site, limits: Any) -> Iterator[Finding]:
        del past, site, limits
        yield from script(now.now_s - START_S)

    rule = Rule(name="scripted", hold_s=hold_s, grace_s=grace_s, limits=None, find=find)
    monkeypatch.setattr(signs, "rules", lambda site: (rule,))
    run = Watch(here())
    ticks = [START_S + TICK_S * n for n in range(round(seconds / TICK_S))]
    return [s for now_s in ticks for s in run.step([], now_s).signs]


def times(said: Sequence[Sign], change: str) -> list[float]:
    return [s.time_s - START_S for s in said if s.change == change]


def while_between(from_s: float, to_s: float) -> Script:
    return lambda t: [finding("track:1")] if from_s <= t < to_s else []


def test_a_sign_opens_when_its_finding_has_held(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run_script(monkeypatch, while_between(2.0, 4.0), 12.0, hold_s=1.0, grace_s=5.0)
    assert times(said, "opened") == [3.0]
    assert times(said, "over") == [3.75 + 5.0]
    assert {s.id for s in said} == {1}
    assert said[-1].over_at_s == said[-1].time_s
    assert said[-1].opened_at_s == START_S + 3.0


def test_a_rule_that_need_not_hold_rings_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert times(run_script(monkeypatch, while_between(2.0, 2.25), 4.0, hold_s=0.0), "opened") == [2.0]


def test_what_does_not_hold_rings_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_script(monkeypatch, while_between(2.0, 2.75), 12.0, hold_s=1.0) == []


def test_flickers_far_apart_are_not_one_finding_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """One tick now and one four seconds later are within the grace, but nothing held for a second."""
    assert run_script(monkeypatch, lambda t: [finding("track:1")] if t % 4.0 == 0 else [], 30.0) == []


def test_a_gap_within_the_grace_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run_script(monkeypatch, lambda t: [finding("track:1")] if t < 3.0 or 7.0 <= t < 9.0 else [], 12.0)
    assert times(said, "opened") == [1.0]
    assert times(said, "over") == []


def test_after_the_grace_it_is_another_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run_script(monkeypatch, lambda t: [finding("track:1")] if t < 3.0 or t >= 12.0 else [], 15.0)
    assert [(s.id, s.change) for s in said if s.change != "updated"] == [
        (1, "opened"),
        (1, "over"),
        (2, "opened"),
    ]


def test_it_is_updated_at_times_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run_script(monkeypatch, lambda t: [finding("track:1", params={"t": t})], 22.0)
    assert times(said, "opened") == [1.0]
    assert times(said, "updated") == [1.0 + REPEAT_S * k for k in (1, 2, 3, 4)]
    assert [s.updates for s in said] == [0, 1, 2, 3, 4]
    assert said[-1].params == {"t": 21.0}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"consequence": "order"}, {"consequence": "flight", "time_left_s": 10.0}),
        ({}, {"reasons": (Reason(code="b", evidence=("source:radar",)),)}),
    ],
)
def test_what_matters_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, Any], after: dict[str, Any]
) -> None:
    said = run_script(monkeypatch, lambda t: [finding("track:1", **(before if t < 3.0 else after))], 5.0)
    assert times(said, "updated") == [3.0]


@pytest.mark.parametrize(
    ("consequence", "left_s", "against", "priority"),
    [
        ("flight", 119.0, False, "urgent"),
        ("flight", 119.0, True, "high"),
        ("flight", 121.0, False, "high"),
        ("flight", 601.0, False, "notice"),
        ("aerodrome", 10.0, False, "high"),
        ("aerodrome", 10.0, True, "notice"),
        ("order", 0.0, False, "notice"),
        ("order", 0.0, True, "notice"),
    ],
)
def test_a_claim_lowers_the_priority_one_step_and_silences_nothing(
    monkeypatch: pytest.MonkeyPatch, consequence: Consequence, left_s: float, against: bool, priority: str
) -> None:
    said = run_script(
        monkeypatch,
        lambda t: [finding("t", consequence=consequence, time_left_s=left_s, against=against)],
        2.0,
    )
    assert [s.priority for s in said] == [priority]


def test_two_subjects_are_two_signs_with_ids_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run_script(
        monkeypatch,
        lambda t: [finding("track:1"), *([finding("track:2", x_m=900.0)] if t > 2.0 else [])],
        5.0,
    )
    assert [(s.id, s.subject) for s in said if s.change == "opened"] == [(1, "track:1"), (2, "track:2")]


def test_a_rule_that_finds_one_subject_twice_makes_one_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run_script(monkeypatch, lambda t: [finding("uas:1"), finding("uas:1", x_m=4000.0)], 4.0)
    assert [s.id for s in said if s.change == "opened"] == [1]


def handover(old: Finding, new: Finding) -> Script:
    return lambda t: [old] if t < 4.0 else [new] if t >= 6.0 else []


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (finding("track:1"), finding("track:2", x_m=SAME_PLACE_M - 10.0), True),
        (finding("track:1"), finding("track:2", x_m=SAME_PLACE_M + 10.0), False),
        (finding("track:1", aliases=("uas:A",)), finding("track:2", aliases=("uas:A",), x_m=5000.0), True),
        (finding("track:1", aliases=("uas:A",)), finding("track:2", aliases=("uas:B",), x_m=5000.0), False),
        (finding("uas:A"), finding("uas:B", x_m=10.0), False),
        (finding("track:1"), finding("uas:B", x_m=10.0), False),
        (finding("group:1", aliases=("track:1", "track:2")), finding("group:2", aliases=("track:2",)), True),
    ],
    ids=["near", "too far", "same identity", "another identity", "two serials", "a claim", "a group"],
)
def test_a_sign_goes_on_with_the_same_object(
    monkeypatch: pytest.MonkeyPatch, old: Finding, new: Finding, same: bool
) -> None:
    """Neither track lives in the picture any more: the first was lost."""
    said = run_script(monkeypatch, handover(old, new), 15.0)
    assert [s.id for s in said if s.change == "opened"] == ([1] if same else [1, 2])
    if same:
        moved = next(s for s in said if s.subject == new.subject)
        assert moved.change == "updated"
        assert moved.time_s == START_S + 6.0, "that it is another track now is said at once"
        assert set(old.aliases) <= set(moved.aliases)


def test_a_sign_of_one_drone_does_not_pass_to_another_beside_it() -> None:
    """The first flies in and through; the second hovers outside, near where the first came in."""
    one = Flyer(x_m=-2300.0, y_m=0.0, vx_mps=20.0, serial="A1")
    two = Flyer(
        x_m=-2150.0, y_m=150.0, vx_mps=-1.0, serial="B2", transmitter="mac:02:00:00:00:00:02", from_s=8.0
    )
    said = changes(watch(zones=[ring()]), sky([one, two], 60.0), "zone_intrusion")
    assert {s.subject for s in said} == {"track:1"}
    assert {s.id for s in said} == {1}


# --- the same with real tracks


def test_one_drone_seen_by_four_sensors_is_one_sign() -> None:
    drone = Flyer(x_m=-2400.0, y_m=200.0, vx_mps=15.0, serial=SERIAL, radars=("radar", "radar-2", "radar-3"))
    plain = here()
    more = (
        msgspec.structs.replace(plain.source[0], id=f"radar-{n}", lat_deg=48.70 + 0.02 * n) for n in (2, 3)
    )
    run = watch(here(source=(*plain.source, *more)), [ring(), ring(1500.0, identifier="R2")])
    said = changes(run, sky([drone], 40.0), "zone_intrusion")
    assert {s.id for s in said} == {said[0].id}
    assert [s.change for s in said].count("opened") == 1
    assert said[0].aliases == (f"uas:{SERIAL}",)


def test_a_drone_that_a_radar_loses_and_finds_again_keeps_its_sign() -> None:
    """It turns away out of sight: its track dies, another is born near by."""
    one = Flyer(x_m=300.0, y_m=0.0, vx_mps=15.0, to_s=20.0, word="drone")
    back = Flyer(x_m=600.0, y_m=-250.0, vx_mps=-2.0, from_s=28.0, word="drone")
    said = changes(watch(zones=[ring()]), sky([one, back], 45.0), "zone_intrusion")
    assert len({s.subject for s in said}) == 2, "it is another track"
    assert {s.id for s in said} == {said[0].id}
    assert said[-1].change != "over"


# --- simulated is a property of the source


def test_simulated_is_said_because_the_site_says_so_and_changes_nothing_else() -> None:
    ticks = sky([Flyer(x_m=300.0, y_m=0.0, vx_mps=5.0, serial=SERIAL)], 20.0)
    plain = here()
    as_real = changes(watch(plain, [ring()]), ticks)
    assert as_real
    assert not any(s.simulated for s in as_real)
    for number in range(len(plain.source)):
        sources = list(plain.source)
        sources[number] = msgspec.structs.replace(sources[number], simulated=True)
        said = changes(watch(here(source=tuple(sources)), [ring()]), ticks)
        assert all(s.simulated for s in said if s.rule == "zone_intrusion" and s.updates)
        assert [msgspec.structs.replace(s, simulated=False) for s in said] == as_real


def test_a_sign_on_a_sensor_is_simulated_if_the_sensor_is() -> None:
    plain = here()
    marked = here(source=(msgspec.structs.replace(plain.source[0], simulated=True), plain.source[1]))
    ticks = [(START_S, [plot("radar", 500.0, 0.0, 100.0, START_S)]), (START_S + 60.0, [])]
    for at, simulated in ((plain, False), (marked, True)):
        said = changes(watch(at), ticks, "sensor_silent")
        assert [s.simulated for s in said] == [simulated]


# --- limits


def test_a_limit_of_the_site_counts() -> None:
    ticks = sky([Flyer(x_m=-2150.0, y_m=0.0, vx_mps=5.0, serial=SERIAL)], 25.0)
    entering = changes(watch(zones=[ring()]), ticks, "zone_intrusion")
    assert entering[0].reasons[0].code == "entering"
    assert (
        changes(watch(here(signs={"zone_intrusion": {"ahead_s": 1.0}}), [ring()]), ticks, "zone_intrusion")
        == []
    )


def test_a_limit_that_no_rule_has_is_refused_with_its_path() -> None:
    with pytest.raises(SiteError) as caught:
        watch(here(signs={"zone_intrusion": {"ahead": 1.0}}))
    assert caught.value.place == "$.signs.zone_intrusion"
    assert "ahead" in caught.value.reason


def test_a_site_without_runway_zone_or_source_still_watches() -> None:
    bare = Site(site=place())
    run = watch(bare)
    assert run.step([plot("nobody", 0.0, 0.0, 100.0, START_S)], START_S).signs == ()
    assert run.step([], START_S + 0.25).picture.qnh_hpa is None


# --- whatever a feed may say within its bounds

PLACES = st.sampled_from([(LAT_DEG, LON_DEG), (LAT_DEG + 0.01, LON_DEG), (90.0, 0.0), (-90.0, 180.0),
                          (-LAT_DEG, LON_DEG - 180.0), (0.0, 0.0), (LAT_DEG, LON_DEG + 0.15)])  # fmt: skip
SUBJECTS = st.sampled_from(
    [None, f"uas:{SERIAL}", "uas:OTHER", "icao24:4baac6", "mac:02:00:00:00:00:01", "ogn:flarm-1"]
)


def bounded(low: float, high: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.floats(low, high)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    """One of any kind, of any source, with what it likes within the bounds of the feeds."""
    fields: dict[str, Any] = {
        "kind": draw(st.sampled_from(["plot", "claim", "sighting", "health", "weather"])),
        "source": draw(st.sampled_from(["radar", "rid", "nobody"])),
        "received_at_s": START_S, "time_s": START_S + draw(st.floats(-5.0, 2.0)), "subject": draw(SUBJECTS),
        "frame": digest(draw(st.binary(max_size=2))),
        "transmitter": draw(st.sampled_from([None, "mac:1", "mac:2"])),
        "range_m": draw(bounded(0.0, 500_000.0)), "azimuth_deg": draw(bounded(0.0, 360.0)),
        "elevation_deg": draw(bounded(-90.0, 90.0)), "alt_1013_m": draw(bounded(-500.0, 20_000.0)),
        "alt_msl_m": draw(bounded(-500.0, 20_000.0)), "alt_wgs84_m": draw(bounded(-500.0, 20_000.0)),
        "ground_speed_mps": draw(bounded(0.0, 1000.0)), "track_deg": draw(bounded(0.0, 360.0)),
        "horizontal_sigma_m": draw(bounded(0.01, 20_000.0)), "on_ground": draw(st.none() | st.booleans()),
        "squawk": draw(st.sampled_from([None, "7700", "1234"])),
        "callsign": draw(st.none() | st.text(max_size=8)),
        "classes": draw(st.sampled_from([None, {"drone": 1.0}, {"ultralight": 0.7}, {"unknown": 1.0}, {}])),
    }  # fmt: skip
    if draw(st.booleans()):
        fields["lat_deg"], fields["lon_deg"] = draw(PLACES)
    if draw(st.booleans()):
        lat, lon = draw(PLACES)
        fields["operator"] = Operator(lat_deg=lat, lon_deg=lon)
    if fields["kind"] == "health":
        fields["health"] = Health(state="ok", rotation_period_s=draw(bounded(0.1, 60.0)))
    if fields["kind"] == "weather":
        fields["weather"] = Weather(qnh_hpa=draw(bounded(870.0, 1085.0)))
    return Observation(**fields)


def test_nothing_stops_it(campaign: Callable[[int], int]) -> None:
    @settings(max_examples=campaign(120), deadline=None)
    @given(st.lists(st.lists(observations(), max_size=6), min_size=1, max_size=12))
    def goes_on(ticks: list[list[Observation]]) -> None:
        run = watch(here(), [ring()])
        for number, heard in enumerate(ticks * 3):
            now_s = START_S + number
            said = [_at(o, now_s) for o in heard]
            for sign in run.step(said, now_s).signs:
                for language in LANGUAGES:
                    assert signs.sentence(sign, sign.rule, language, "aviation")
                    assert all(signs.reason(r, sign.rule, language, "metric") for r in sign.reasons)
                    assert all(r.evidence for r in sign.reasons)
        state = run.state()
        run.restore(state)
        assert run.state() == state

    goes_on()


def _at(o: Observation, now_s: float) -> Observation:
    return msgspec.structs.replace(o, time_s=o.time_s + now_s - START_S, received_at_s=now_s)
