"""Recorded: the file of state vectors that the demonstration plays.

It is `quickstart.json.gz` of the package `traffic` 2.13 (MIT licence; the positions come from the OpenSky
Network and stand under its terms of use: research and other non-commercial purposes, with credit). The
package is installed without what it depends on; its code is never imported and no other file of it is read.
"""

import gzip
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from beffroi.errors import MissingPart
from beffroi.simulate import recording
from beffroi.simulate.recording import Row

PACKAGE, NAME = "traffic", "quickstart.json.gz"
REMEDY = "make demo installs it; by hand: pip install --no-deps traffic==2.13"


def rows() -> list[Row]:
    """The rows of the recording, by time. Raises MissingPart if the package is not installed."""
    try:
        found = [f for f in files(PACKAGE) or [] if f.name == NAME]
    except PackageNotFoundError as missing:
        raise MissingPart("the recording (package traffic 2.13)", REMEDY) from missing
    if not found:
        raise MissingPart(f"{NAME} in the package traffic", REMEDY)
    return recording.read(gzip.decompress(Path(str(found[0].locate())).read_bytes()))
