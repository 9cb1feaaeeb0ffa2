"""Results: `tracks.jsonl` and `signs.jsonl`, what a run gave, one JSON object a line.

`tracks.jsonl` has a row for every confirmed track at each full 5 s of the run's own time, and one when it
ends (see `beffroi.track.Track`). `signs.jsonl` has a row for every change of a sign. Both follow from the
steps alone: the same steps give the same bytes. They belong to one run, from its start to its end.
"""

from pathlib import Path
from typing import Any, BinaryIO, Self

import msgspec
import numpy as np

from beffroi.errors import StoreError
from beffroi.picture import Picture
from beffroi.sign import Sign
from beffroi.track import Track

ROW_S = 5.0
TRACKS, SIGNS = "tracks.jsonl", "signs.jsonl"


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"cannot write a {type(value).__name__}")


_JSON = msgspec.json.Encoder(enc_hook=_plain)


def line(row: Track | Sign) -> bytes:
    """A row as it stands in the file. What is not finite becomes null."""
    return _JSON.encode(row) + b"\n"


def cut(picture: Picture, i: int) -> Track:
    """Track `i` (an index) of a picture as a record."""
    t = picture.tracks
    number = int(t.id[i])
    lat, lon = picture.lat_lon(i)
    squawk, _ = picture.squawks.get(number, ("", None))
    return Track(
        time_s=picture.now_s,
        track=number,
        lat_deg=round(lat, 7),
        lon_deg=round(lon, 7),
        alt_msl_m=_rounded(t.alt_m[i]),
        ground_speed_mps=round(float(np.hypot(t.vx_mps[i], t.vy_mps[i])), 2),
        track_deg=round(float(np.degrees(np.arctan2(t.vx_mps[i], t.vy_mps[i]))), 2) % 360.0,
        climb_mps=_rounded(t.climb_mps[i]),
        sigma_m=round(float(np.sqrt((t.var_x_m2[i] + t.var_y_m2[i]) / 2)), 2),
        existence=round(float(t.existence[i]), 4),
        kind=t.one_kind(i),
        measured=bool(np.isfinite(t.measured_s[i])),
        coasting=bool(t.coasting[i]),
        on_ground=bool(t.on_ground[i]),
        subject=picture.identity(i),
        callsign=picture.callsigns.get(number),
        squawk=squawk or None,
        sources=tuple(sorted(picture.heard.get(number, ()))),
    )


def _rounded(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None


class Results:
    """Writes the two files into a directory. Raises StoreError where it cannot."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._tracks: BinaryIO = (directory / TRACKS).open("wb")
            self._signs: BinaryIO = (directory / SIGNS).open("wb")
        except OSError as bad:
            raise StoreError(str(directory), f"cannot be written: {bad.strerror}") from bad
        self._row = -np.inf
        self._before: Picture | None = None
        self._said: dict[int, Track] = {}
        """The latest row of each confirmed track; of a new one a row that was not written."""

    def add(self, picture: Picture, signs: tuple[Sign, ...]) -> None:
        """Take the next step. Raises StoreError."""
        row = picture.now_s // ROW_S
        due, self._row = row > self._row > -np.inf, row
        try:
            self._tracks.write(b"".join(map(line, [*self._ended(picture), *self._live(picture, due)])))
            self._signs.write(b"".join(map(line, signs)))
        except OSError as bad:
            raise StoreError(str(self._directory), f"cannot be written: {bad.strerror}") from bad
        self._before = picture

    def close(self) -> None:
        """Write the last row of the tracks that are still there, and close the files. Raises StoreError."""
        try:
            with self._tracks, self._signs:
                self._tracks.write(b"".join(line(self._last(number)) for number in sorted(self._said)))
        except OSError as bad:
            raise StoreError(str(self._directory), f"cannot be written: {bad.strerror}") from bad

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ended(self, picture: Picture) -> list[Track]:
        """Last rows of the tracks that are confirmed no more."""
        t = picture.tracks
        gone = sorted(self._said.keys() - set(t.id[t.confirmed].tolist()))
        return [self._last(number) for number in gone]

    def _live(self, picture: Picture, due: bool) -> list[Track]:
        rows = []
        for i in np.flatnonzero(picture.tracks.confirmed).tolist():
            number = int(picture.tracks.id[i])
            if due or number not in self._said:
                self._said[number] = cut(picture, i)
                rows.append(self._said[number])
        return rows if due else []

    def _last(self, number: int) -> Track:
        """The last row of a track: where it was in the picture before. Its words may be swept already."""
        said, before = self._said.pop(number), self._before
        i = before.index(number) if before else None
        if before is None or i is None:
            return said
        row = cut(before, i)
        words = {k: getattr(row, k) or getattr(said, k) for k in ("callsign", "squawk", "sources")}
        return msgspec.structs.replace(row, **words)
