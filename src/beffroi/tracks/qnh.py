"""QNH: the pressure that makes an altimeter read the aerodrome's elevation, from METAR or from aircraft.

Aircraft that stand on a runway say how high 1013.25 hPa makes them; the elevation of the runway is known; the
difference is the QNH. Some rows are wrong by miles (a ground row at 39,000 ft), so the estimate is robust.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from beffroi.kernels.geodesy import Plane
from beffroi.kernels.pressure import learn_qnh
from beffroi.observation import Observation
from beffroi.site import Site
from beffroi.subject import subject

NEAR_M = 3000.0
"""An aircraft on the ground this near to a threshold stands at its elevation."""
KEEP = 400
"""Ground rows that the estimate rests on."""
KEEP_S = 1800.0
ROW_S = 60.0
"""An aircraft gives a row this often at most: a parked one does not outvote the others."""
LEARN_S = 10.0
"""Time between two estimates."""
METAR_S = 3700.0
"""A METAR is good until the next should have come."""
METAR_SIGMA_HPA = 0.5
SITE_SIGMA_HPA = 5.0
"""Of a QNH that somebody once wrote into the configuration."""


class Qnh(msgspec.Struct, kw_only=True):
    """What is known of the QNH."""

    metar_hpa: float | None = None
    metar_s: float = 0.0
    metar_own: bool = False
    """It is of an aerodrome of the site."""
    learnt_hpa: float | None = None
    learnt_sigma_hpa: float = 0.0
    learnt_s: float = 0.0
    now_s: float = 0.0
    time_s: list[float] = []
    aircraft: list[str] = []
    alt_1013_m: list[float] = []
    elevation_m: list[float] = []
    rows_by_subject: dict[str, float] = {}
    """When each aircraft last gave a row."""

    def best(self, site: Site) -> tuple[float | None, float]:
        """(QNH, sigma) in hPa; (None, 0) if nothing is known."""
        choices = []
        if self.metar_hpa is not None and self.now_s - self.metar_s <= METAR_S:
            choices.append((METAR_SIGMA_HPA, self.metar_hpa))
        if self.learnt_hpa is not None and self.now_s - self.learnt_s <= KEEP_S:
            choices.append((self.learnt_sigma_hpa, self.learnt_hpa))
        if site.site.qnh_hpa is not None:
            choices.append((SITE_SIGMA_HPA, site.site.qnh_hpa))
        if not choices:
            return None, 0.0
        sigma, value = min(choices)
        return value, sigma

    def learn(self, observations: Sequence[Observation], now_s: float, site: Site, plane: Plane) -> None:
        """Take what the observations of a tick say of the pressure. None is from later than now."""
        self.now_s = now_s
        own = {subject("place", a) for a in site.site.aerodromes}
        for o in observations:
            if o.on_ground and o.alt_1013_m is not None and o.lat_deg is not None:
                self._ground(o, min(o.time_s, now_s), site, plane)
            elif o.weather is not None and o.weather.qnh_hpa is not None:
                self._metar(o.weather.qnh_hpa, min(o.time_s, now_s), own=o.subject in own)
        if self.now_s - self.learnt_s >= LEARN_S and self.time_s:
            self._estimate()

    def _metar(self, qnh_hpa: float, time_s: float, *, own: bool) -> None:
        """The newest counts; one of another station only where none of ours is good."""
        good = self.metar_hpa is not None and self.now_s - self.metar_s <= METAR_S
        if not good or (own, time_s) >= (self.metar_own, self.metar_s):
            self.metar_hpa, self.metar_s, self.metar_own = qnh_hpa, time_s, own

    def _ground(self, o: Observation, time_s: float, site: Site, plane: Plane) -> None:
        ends = [e for r in site.runway for e in r.ends if e.elevation_m is not None]
        if not ends or time_s - self.rows_by_subject.get(str(o.subject), 0.0) < ROW_S:
            return
        x, y = plane.forward([e.lat_deg for e in ends], [e.lon_deg for e in ends])
        here = plane.forward(float(o.lat_deg or 0.0), float(o.lon_deg or 0.0))
        away_m = np.hypot(x - here[0], y - here[1])
        nearest = int(away_m.argmin())
        if away_m[nearest] > NEAR_M:
            return
        self.rows_by_subject[str(o.subject)] = time_s
        self.time_s.append(time_s)
        self.aircraft.append(str(o.subject))
        self.alt_1013_m.append(float(o.alt_1013_m or 0.0))
        self.elevation_m.append(float(ends[nearest].elevation_m or 0.0))

    def _estimate(self) -> None:
        keep = [i for i, t in enumerate(self.time_s) if self.now_s - t <= KEEP_S][-KEEP:]
        self.time_s = [self.time_s[i] for i in keep]
        self.aircraft = [self.aircraft[i] for i in keep]
        self.alt_1013_m = [self.alt_1013_m[i] for i in keep]
        self.elevation_m = [self.elevation_m[i] for i in keep]
        self.rows_by_subject = {k: t for k, t in self.rows_by_subject.items() if self.now_s - t <= ROW_S}
        learnt = learn_qnh(self.alt_1013_m, self.elevation_m, self.aircraft)
        if learnt is not None:
            self.learnt_hpa, self.learnt_sigma_hpa = learnt
            self.learnt_s = self.now_s
