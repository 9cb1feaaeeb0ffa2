"""Exercise: what can be played for training, and what is."""

from typing import Annotated

import msgspec
from msgspec import Meta

from beffroi.console.api.route import Given, Refusal, Route
from beffroi.console.seen import Seen
from beffroi.errors import InputError
from beffroi.exercise import Current, Offer, Scored
from beffroi.person import Person


class Wish(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An exercise to begin."""

    scenario: Annotated[str, Meta(min_length=1, max_length=100)]
    """One of those that `GET /exercises` names."""


def offers(seen: Seen, who: Person, given: Given) -> list[Offer]:
    return seen.exercises.offers()


def current(seen: Seen, who: Person, given: Given) -> Scored | None:
    return seen.exercises.scored()


def start(seen: Seen, who: Person, given: Given, body: Wish) -> Current:
    try:
        return seen.exercises.start(body.scenario, who.key)
    except InputError as bad:
        raise Refusal(400, "Its file is wrong", str(bad), "scenario") from bad


def pause(seen: Seen, who: Person, given: Given) -> Current:
    return seen.exercises.pause(who.key)


def resume(seen: Seen, who: Person, given: Given) -> Current:
    return seen.exercises.resume(who.key)


def stop(seen: Seen, who: Person, given: Given) -> Scored:
    return seen.exercises.stop(who.key)


ROUTES = (
    Route("GET", "/exercises", "Exercises that can be played", offers, list[Offer], "exercise.run"),
    Route("POST", "/exercises", "Begin an exercise", start, Current, "exercise.run", body=Wish),
    Route("GET", "/exercises/current", "The exercise that is played, and its score", current, Scored | None,
          "picture.read"),
    Route("POST", "/exercises/pause", "Let its time stand still", pause, Current, "exercise.run"),
    Route("POST", "/exercises/resume", "Go on", resume, Current, "exercise.run"),
    Route("POST", "/exercises/stop", "End it; or put away one that has ended", stop, Scored, "exercise.run"),
)  # fmt: skip
