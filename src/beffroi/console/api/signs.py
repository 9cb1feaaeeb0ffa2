"""Signs: reading them, and what people do with them."""

from typing import cast

import numpy as np

from beffroi.console import message, said
from beffroi.console.api.route import Given, Key, Moment, Refusal, Route, require
from beffroi.console.seen import Seen
from beffroi.person import Person
from beffroi.policy import Action


class OfSign(Given, kw_only=True):
    """One sign."""

    key: Key


class OfHistory(OfSign, kw_only=True):
    """What befell one sign, up to a time."""

    until_s: Moment | None = None


class OfState(Given, kw_only=True):
    """Signs in a state."""

    state: message.Shelf = "open"


def signs(seen: Seen, who: Person, given: OfState) -> list[message.Sign]:
    return [seen.said(sign) for sign in seen.desk.signs(given.state)]


def one_sign(seen: Seen, who: Person, given: OfHistory) -> message.SignHistory:
    until_s = np.inf if given.until_s is None else given.until_s
    happened = [e for e in seen.desk.history(given.key) if e.sign.changed_s <= until_s]
    if not happened:
        raise Refusal(404, "No such sign then", "This sign was opened later.", "until_s")
    last = happened[-1].sign
    return message.SignHistory(
        sign=seen.said(last),
        events=[message.Event(number=e.number, sign=seen.said(e.sign)) for e in happened],
        evidence=said.by_source((e.sign.sign for e in happened), seen.records.evidence(last.sign)),
    )


def act(seen: Seen, who: Person, given: OfSign, body: message.Act) -> message.Sign:
    require(who, cast(Action, f"sign.{body.code}"))
    event = seen.desk.act(
        given.key, body.code, who.key, until_s=body.until_s, reason=body.reason,
        outcome=body.outcome, undo=body.act,
    )  # fmt: skip
    return seen.said(event.sign)


ROUTES = (
    Route("GET", "/signs", "Signs in a state", signs, list[message.Sign], "sign.read", OfState, reads="list"),
    Route("GET", "/signs/{key}", "A sign and all that befell it", one_sign, message.SignHistory, "sign.read",
          OfHistory, reads="record", thing="sign:{key}"),
    Route("POST", "/signs/{key}/acts", "Do something with a sign", act, message.Sign, "sign.acknowledge",
          OfSign, message.Act, thing="sign:{key}"),
)  # fmt: skip
