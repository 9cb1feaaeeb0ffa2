"""Cases: reading them, and what people do with them: decide, write, add files, speak with the tower."""

import asyncio
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from beffroi import policy
from beffroi.case import Case as Noun
from beffroi.case import CaseKind, Outcome, Phase
from beffroi.case import File as CaseFile
from beffroi.console import incident, message
from beffroi.console.api.route import File, Given, Key, Number, Refusal, Route, Said, require
from beffroi.console.incident import ACTION, Case, Summary
from beffroi.console.seen import Seen
from beffroi.errors import Conflict, DeskError
from beffroi.links.camera import Camera
from beffroi.person import Person
from beffroi.policy import Action
from beffroi.sentence import plain
from beffroi.sign import Priority
from beffroi.site import Language

Text = Annotated[str, Meta(max_length=6000)]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
LARGEST_FILE = 20_000_000
CLOSED = 200
"""So many closed cases are listed, the newest."""


class OfCase(Given, kw_only=True):
    """One case."""

    key: Key


class OfCases(Given, kw_only=True):
    """Cases in a state."""

    state: Literal["open", "closed"] = "open"


class OfText(OfCase, kw_only=True):
    """One text for the tower."""

    id: Number


class OfProposal(OfCase, kw_only=True):
    """A text for the tower in a language; without one, in the first of the site."""

    language: Language | None = None


class OfName(OfCase, kw_only=True):
    """What a new file is called."""

    name: Annotated[str, Meta(max_length=300)] = ""


class OfFile(OfCase, kw_only=True):
    """One file."""

    digest: Digest


class NewCase(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A case to open: of a sign, or of what a person says."""

    sign: Key | None = None
    kind: CaseKind | None = None
    title: Text = ""


class CaseAct(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a person does with a case, made on a version of it; which fields go with which code is in
    `beffroi.cases.fold`."""

    code: Literal[
        "join", "own", "title", "rank", "phase", "note", "tick", "relate", "merge", "split", "close", "reopen"
    ]  # fmt: skip
    version: Number
    sign: Key | msgspec.UnsetType | None = msgspec.UNSET
    signs: Annotated[tuple[Key, ...], Meta(max_length=2000)] | msgspec.UnsetType = msgspec.UNSET
    person: Key | msgspec.UnsetType | None = msgspec.UNSET
    text: Text | msgspec.UnsetType = msgspec.UNSET
    reason: Text | msgspec.UnsetType = msgspec.UNSET
    priority: Priority | msgspec.UnsetType = msgspec.UNSET
    phase: Phase | msgspec.UnsetType = msgspec.UNSET
    evidence: Annotated[tuple[Text, ...], Meta(max_length=20)] | msgspec.UnsetType = msgspec.UNSET
    item: Key | msgspec.UnsetType = msgspec.UNSET
    done: bool | msgspec.UnsetType = msgspec.UNSET
    other: Key | msgspec.UnsetType = msgspec.UNSET
    on: bool | msgspec.UnsetType = msgspec.UNSET
    outcome: Outcome | msgspec.UnsetType = msgspec.UNSET


class NewText(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A text for the tower."""

    text: Text


class Proposal(msgspec.Struct, kw_only=True):
    """A text that may be sent to the tower."""

    text: str


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """An act that says no more."""


class Here(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether the case is on a screen."""

    looking: bool = True


class NewStill(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A look with a camera."""

    camera: Annotated[str, Meta(min_length=1, max_length=100)]


class CameraInfo(msgspec.Struct, kw_only=True):
    """A camera of the site."""

    id: str
    lat_deg: float
    lon_deg: float
    bearing_deg: float | None
    field_of_view_deg: float | None
    range_m: float | None


class ConflictProblem(message.Problem, kw_only=True):
    """The same field was changed meanwhile."""

    field: str
    theirs: str
    yours: str
    by: incident.Who | None
    at_s: float


class Clash(Refusal):
    """An act met another one on the same field: both are told."""

    def __init__(self, seen: Seen, met: Conflict) -> None:
        super().__init__(409, "Changed meanwhile", met.reason, met.field)
        said = ConflictProblem(
            title="Changed meanwhile", status=409, detail=met.reason, at=met.field, field=met.field,
            theirs=met.theirs, yours=met.yours, by=incident.who(seen, met.by), at_s=met.at_s,
        )  # fmt: skip
        headers = {"cache-control": "no-store"}
        self.answer = Response(message.json(said), 409, headers, "application/problem+json")


def role(who: Person, action: Action) -> str:
    """In which role somebody does that, as the log has it."""
    return ",".join(sorted(who.roles & policy.LAW[action].roles))


def _allowed(seen: Seen, who: Person, key: str, action: Action) -> Noun:
    """The case, if somebody may do that with it."""
    case = seen.casework.case(key)
    require(who, action, incident.thing(case))
    return case


# --- handlers ---------------------------------------------------------------------------------------------


def cases(seen: Seen, who: Person, given: OfCases) -> list[Summary]:
    found = seen.casework.cases(given.state, CLOSED)
    return [incident.summary(seen, c) for c in found if policy.may(who, "case.read", incident.thing(c))]


def one(seen: Seen, who: Person, given: OfCase) -> Case:
    return incident.whole(seen, who, _allowed(seen, who, given.key, "case.read"))


def begin(seen: Seen, who: Person, given: Given, body: NewCase) -> Case:
    case = seen.casework.open(
        who.key, role(who, "case.open"), sign=body.sign, kind=body.kind, title=body.title
    )
    return incident.whole(seen, who, case)


def act(seen: Seen, who: Person, given: OfCase, body: CaseAct) -> Case:
    action = ACTION[body.code]
    _allowed(seen, who, given.key, action)
    if body.code == "merge" and isinstance(body.other, str):
        _allowed(seen, who, body.other, action)
    said = {k: v for k, v in msgspec.structs.asdict(body).items() if v is not msgspec.UNSET}
    code, version = said.pop("code"), said.pop("version")
    try:
        case = seen.casework.act(given.key, code, who.key, role(who, action), version, **said)
    except Conflict as met:
        raise Clash(seen, met) from met
    return incident.whole(seen, who, case)


def here(seen: Seen, who: Person, given: OfCase, body: Here) -> Nothing:
    _allowed(seen, who, given.key, "case.read")
    seen.casework.look(given.key, who.key, looking=body.looking)
    return Nothing()


def proposal(seen: Seen, who: Person, given: OfProposal) -> Proposal:
    _allowed(seen, who, given.key, "case.read")
    language = given.language or seen.site.site.languages[0]
    return Proposal(text=seen.casework.proposed(given.key, language))


def send(seen: Seen, who: Person, given: OfCase, body: NewText) -> Case:
    case = seen.casework.tell_tower(given.key, body.text, who.key, role(who, "tower.send"))
    return incident.whole(seen, who, case)


def shown(seen: Seen, who: Person, given: OfText, body: Nothing) -> Case:
    case = seen.casework.act(given.key, "tower_shown", who.key, role(who, "tower.send"), id=given.id)
    return incident.whole(seen, who, case)


def readback(seen: Seen, who: Person, given: OfText, body: Nothing) -> Case:
    case = seen.casework.act(given.key, "tower_readback", who.key, role(who, "tower.readback"), id=given.id)
    return incident.whole(seen, who, case)


def add_file(seen: Seen, who: Person, given: OfName, body: File) -> Case:
    _allowed(seen, who, given.key, "case.edit")
    said = CaseFile(
        digest="", name=given.name, media_type=body.media_type, bytes=0, at_s=seen.clock.now_s(), by=who.key
    )
    case = seen.casework.add_file(given.key, "file", said, body.data, who.key, role(who, "case.edit"))
    return incident.whole(seen, who, case)


def file(seen: Seen, who: Person, given: OfFile) -> Said:
    _allowed(seen, who, given.key, "case.read")
    said, data = seen.casework.file(given.key, given.digest)
    inline = said.media_type.startswith(("image/", "video/"))
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in plain(said.name, 120))
    return Said(data, {
        "content-type": said.media_type,
        "content-disposition": f'{"inline" if inline else "attachment"}; filename="{name}"',
    })  # fmt: skip


async def still(seen: Seen, who: Person, given: OfCase, body: NewStill) -> Case:
    require(who, "camera.read")
    _allowed(seen, who, given.key, "case.edit")
    table = next((c for c in seen.site.camera if c.id == body.camera), None)
    if table is None:
        raise DeskError("unknown", f"case:{given.key}", "camera", "the site has no such camera")
    seen_now = await Camera(table, seen.clock.now_s).still()
    said = CaseFile(
        digest="", name=f"{table.id}.{seen_now.media_type.partition('/')[2]}", media_type=seen_now.media_type,
        bytes=0, at_s=seen_now.at_s, by=who.key, camera=table.id, bearing_deg=seen_now.bearing_deg,
        field_of_view_deg=seen_now.field_of_view_deg,
    )  # fmt: skip
    in_role = role(who, "case.edit")
    case = await asyncio.to_thread(
        seen.casework.add_file, given.key, "still", said, seen_now.data, who.key, in_role
    )
    return await asyncio.to_thread(incident.whole, seen, who, case)


def cameras(seen: Seen, who: Person, given: Given) -> list[CameraInfo]:
    return [
        CameraInfo(
            id=c.id, lat_deg=c.lat_deg, lon_deg=c.lon_deg, bearing_deg=c.bearing_deg,
            field_of_view_deg=c.field_of_view_deg, range_m=c.range_m,
        )
        for c in seen.site.camera
    ]  # fmt: skip


CASE = "case:{key}"
ROUTES = (
    Route("GET", "/cases", "Cases in a state", cases, list[Summary], "case.read", OfCases, reads="list"),
    Route("POST", "/cases", "Open a case", begin, Case, "case.open", body=NewCase),
    Route("GET", "/cases/{key}", "A case, whole", one, Case, "case.read", OfCase, reads="record", thing=CASE),
    Route("POST", "/cases/{key}/entries", "Do something with a case", act, Case, "case.own", OfCase,
          CaseAct, thing=CASE),
    Route("POST", "/cases/{key}/here", "Say that one looks at a case", here, Nothing, "case.read", OfCase,
          Here, thing=CASE, hand=False),
    Route("GET", "/cases/{key}/tower", "A text that may be sent to the tower", proposal, Proposal,
          "case.read", OfProposal, thing=CASE),
    Route("POST", "/cases/{key}/tower", "Send a text to the tower", send, Case, "tower.send", OfCase, NewText,
          thing=CASE),
    Route("POST", "/cases/{key}/tower/{id}/shown", "The tower was shown a text", shown, Case, "tower.send",
          OfText, Nothing, thing=CASE),
    Route("POST", "/cases/{key}/tower/{id}/readback", "The tower read a text back", readback, Case,
          "tower.readback", OfText, Nothing, thing=CASE),
    Route("POST", "/cases/{key}/files", "Add a file", add_file, Case, "case.edit", OfName, File,
          LARGEST_FILE, thing=CASE),
    Route("GET", "/cases/{key}/files/{digest}", "A file of a case", file, bytes, "case.read", OfFile,
          reads="record", thing="case:{key}/file:{digest}"),
    Route("POST", "/cases/{key}/stills", "Look with a camera and keep what it shows", still, Case,
          "case.edit", OfCase, NewStill, thing=CASE),
    Route("GET", "/cameras", "The cameras of the site", cameras, list[CameraInfo], "camera.read"),
)  # fmt: skip
