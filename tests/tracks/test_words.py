"""Words: silence of a sensor that usually speaks says something, of one that seldom does nothing."""

import numpy as np

from beffroi.observation import Class, Observation
from beffroi.track import CLASSES
from beffroi.tracks.words import FLAGGED, HIGHEST, PLOTS, Words

BIRD = CLASSES.index("bird")


def plot(word: Class | None = None, confidence: float = 0.9) -> Observation:
    said: dict[Class, float] | None = None if word is None else {word: confidence}
    return Observation(kind="plot", time_s=0.0, received_at_s=0.0, classes=said)


def taught(plots: int, every: int, word: Class = "bird") -> Words:
    """A sensor that gave `plots` plots of one track, `every`th without the word."""
    words = Words()
    for k in range(plots):
        words.learn(plot(None if k % every == every - 1 else word), 7)
    return words


def test_a_sensor_that_never_speaks_says_nothing_by_silence() -> None:
    words = Words()
    for k in range(2000):
        words.learn(plot(), k % 10)
    assert words.silence() is None
    assert not words.by_track, "nothing is remembered of it"


def test_it_learns_how_often_a_word_comes() -> None:
    log = taught(1000, every=5).silence()
    assert log is not None
    assert np.exp(log[BIRD]) == np.clip(np.exp(log[BIRD]), 0.17, 0.23)  # four of five bear it
    assert not np.delete(log, BIRD).any(), "of other classes it says nothing"


def test_a_few_plots_are_not_enough() -> None:
    assert taught(PLOTS // 2, every=5).silence() is None


def test_a_word_now_and_then_is_no_lesson() -> None:
    """Wrong flags on many tracks: none is called so often enough to be believed."""
    words = Words()
    for track in range(500):
        for k in range(FLAGGED - 1):
            words.learn(plot("bird" if k < FLAGGED - 2 else None), track)
    assert words.silence() is None


def test_a_word_that_always_comes_still_leaves_room_for_doubt() -> None:
    log = taught(1000, every=10**6).silence()
    assert log is not None
    assert np.exp(log[BIRD]) >= 1 - HIGHEST - 1e-9


def test_words_that_are_no_class_of_ours_are_passed_over() -> None:
    words = Words()
    for _ in range(500):
        words.learn(plot("person"), 1)
        words.learn(plot("unknown"), 2)
    assert words.silence() is None


def test_what_was_learnt_outlives_the_track() -> None:
    words = taught(1000, every=5)
    before = words.silence()
    words.forget(set())
    assert not words.by_track
    after = words.silence()
    assert before is not None
    assert after is not None
    assert (after == before).all()
