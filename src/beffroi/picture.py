"""Picture: what holds now. Live tracks as columns, claims, sources, flights and weather."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from beffroi.flight import Flight
from beffroi.kernels.geodesy import Plane
from beffroi.observation import Observation
from beffroi.track import TrackColumns
from beffroi.zone import Zone


class Claim(msgspec.Struct, kw_only=True):
    """The latest that one subject said of itself through one transmitter, and the track that it fell on."""

    subject: str
    transmitter: str | None
    latest: Observation
    track: int
    """Id of the track that took the claim, -1 if none did."""
    first_s: float
    count: int


class SourceState(msgspec.Struct, kw_only=True):
    """A source as it is now."""

    id: str
    sensor: str = ""
    """A sensor behind the source, where there are several (a SAPIENT node, SAC/SIC)."""
    state: Literal["waiting", "ok", "degraded", "fault", "off", "silent"] = "waiting"
    last_s: float = float("nan")
    """When the last observation or health report came."""
    period_s: float = float("nan")
    observations: int = 0
    refused: int = 0
    late: int = 0
    x_m: float = float("nan")
    y_m: float = float("nan")
    alt_msl_m: float = float("nan")
    range_bias_m: float = 0.0
    range_bias_sigma_m: float = float("inf")
    azimuth_bias_deg: float = 0.0
    azimuth_bias_sigma_deg: float = float("inf")
    time_bias_s: float = 0.0
    time_bias_sigma_s: float = float("inf")
    position_bias_m: float = 0.0
    """For sources that give places instead of range and azimuth."""


class Bearing(msgspec.Struct, kw_only=True):
    """A recent bearing without a range, kept because a rule may cross it with a claim."""

    time_s: float
    source: str
    x_m: float
    y_m: float
    """Of the sensor."""
    azimuth_deg: float
    sigma_deg: float
    track: int
    """The track that took it, -1 if none."""
    frame: bytes
    frequency_hz: float | None = None
    subject: str | None = None


class Picture(msgspec.Struct, kw_only=True):
    """Everything that holds at `now_s`."""

    now_s: float
    plane: Plane
    tracks: TrackColumns
    identities: list[str]
    """Keys that `tracks.identity` points at."""
    claims: Mapping[str, Claim]
    """Live claims by `subject|transmitter`."""
    bearings: list[Bearing]
    """Of the last 30 s, oldest first."""
    sightings: list[Observation]
    """Of the last 15 minutes."""
    sources: Mapping[str, SourceState]
    flights: tuple[Flight, ...]
    zones: tuple[Zone, ...]
    weather: Mapping[str, Observation]
    """Latest by station."""
    qnh_hpa: float | None
    qnh_sigma_hpa: float
    evidence: Mapping[int, tuple[bytes, ...]]
    """Digests of the last frames behind each track, newest last (at most 3 a track)."""
    callsigns: Mapping[int, str]
    """Callsign of a track, as claimed."""
    squawks: Mapping[int, tuple[str, str | None]]
    """Squawk and declared emergency of a track."""
