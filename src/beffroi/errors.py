"""Every error that Beffroi raises on purpose, in one tree.

    BeffroiError                    something the user can act on; carries an exit code
    ├── InputError                  the input is bad: where and why                      exit 1
    │   ├── WireError               bytes do not follow their layout (place = offset or field)
    │   ├── FeedError               a frame, or a part of one, cannot become an observation
    │   │   └── Withheld            it asks not to be kept: counted, never stored
    │   ├── ZoneError               a zone document is wrong (place = path in the document)
    │   ├── SiteError               the site configuration is wrong (place = path of the key)
    │   └── PlotError               a row of a plot or truth file is wrong (place = line)
    ├── UseError                    the command or call is used wrongly                  exit 2
    ├── MissingPart                 a part that is needed is not installed: which, how   exit 3
    ├── StoreError                  a database or file of the store is damaged or locked exit 1
    │   └── VaultError              what the vault holds cannot be opened: key destroyed, or damaged
    ├── DeskError                   an act on a sign that cannot be: which field, why    exit 1
    │   └── Conflict                the same field was changed meanwhile: by whom, to what
    ├── AccessError                 somebody cannot come in, or a role cannot be given   exit 1
    └── LinkError                   a peer cannot be reached or broke the protocol       exit 1

A `FeedError` is raised when nothing of a frame can be read, and *yielded* among the observations when
a part of it cannot: the rest of the frame still counts.
"""

from typing import Literal


class BeffroiError(Exception):
    """Root of the tree. `exit_code` is what the command line ends with."""

    exit_code = 1


class InputError(BeffroiError):
    """The input is bad. `place` says where (offset, line, path), `reason` says why."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


class WireError(InputError):
    """Bytes do not follow their layout."""


class FeedError(InputError):
    """A frame, or a part of it, cannot become an observation."""


class Withheld(FeedError):  # noqa: N818 - says what is done with it
    """A frame whose sender asks not to be tracked. It is counted; nothing of it is kept, no digest either."""

    def __init__(self, reason: str) -> None:
        super().__init__("withheld", reason)


class ZoneError(InputError):
    """A zone document is wrong; `place` is the path inside the document."""


class SiteError(InputError):
    """The site configuration is wrong; `place` is the path of the key."""


class PlotError(InputError):
    """A row of a plot or truth file is wrong; `place` is the line."""


class UseError(BeffroiError):
    """The command or the call is used wrongly."""

    exit_code = 2


class MissingPart(BeffroiError):  # noqa: N818 - the thing that is missing is the name
    """A part that is needed is not there. `part` names it, `remedy` says how to get it."""

    exit_code = 3

    def __init__(self, part: str, remedy: str) -> None:
        super().__init__(f"{part} is missing: {remedy}")
        self.part = part
        self.remedy = remedy


class StoreError(BeffroiError):
    """A database or a file of the store is damaged, locked or of another version."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class VaultError(StoreError):
    """What the vault holds for a `holder` cannot be opened: its key is destroyed, or it is damaged."""

    def __init__(self, holder: str, reason: str) -> None:
        super().__init__(f"vault, {holder}", reason)
        self.holder = holder


class DeskError(BeffroiError):
    """An act on a sign or a case that cannot be. `kind` says why: there is no such thing (`unknown`), it
    stands so that it is not allowed (`refused`), a field is missing or bad (`invalid`), or somebody was
    quicker (`conflict`); `field` says which."""

    def __init__(
        self, kind: Literal["unknown", "refused", "invalid", "conflict"], key: str, field: str, reason: str
    ) -> None:
        super().__init__(f"{key if ':' in key else f'sign {key}'}: {field}: {reason}")
        self.kind = kind
        self.key = key
        self.field = field
        self.reason = reason


class Conflict(DeskError):  # noqa: N818 - says what happened
    """The same field was changed after what an act was made on: both texts, and who was quicker."""

    def __init__(self, key: str, field: str, *, theirs: str, yours: str, by: str, at_s: float) -> None:
        super().__init__("conflict", key, field, "it was changed meanwhile")
        self.theirs = theirs
        self.yours = yours
        self.by = by
        self.at_s = at_s


class AccessError(BeffroiError):
    """Somebody cannot come in, or an account or role cannot be changed so. `kind` says why: who one is was
    not proven (`wrong`), too many tries, `wait_s` to go (`wait`), no such person or link (`unknown`), it
    stands so that it is not allowed (`refused`), or a field is bad (`invalid`)."""

    def __init__(
        self, kind: Literal["wrong", "wait", "unknown", "refused", "invalid"], field: str, reason: str,
        wait_s: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(reason)
        self.kind = kind
        self.field = field
        self.wait_s = wait_s


class LinkError(BeffroiError):
    """A peer cannot be reached, or it broke the protocol."""

    def __init__(self, peer: str, reason: str) -> None:
        super().__init__(f"{peer}: {reason}")
        self.peer = peer
        self.reason = reason
