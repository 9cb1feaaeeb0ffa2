"""Weather: the routine report of the scenario's station, every half hour (WMO FM 15 METAR)."""

from datetime import UTC, datetime

from beffroi.simulate.scenario import Scenario

EVERY_S = 1800.0


def metar(scenario: Scenario, time_s: float) -> bytes:
    """The report of the half hour that `time_s` lies in."""
    at = datetime.fromtimestamp(time_s // EVERY_S * EVERY_S, UTC).strftime("%d%H%MZ")
    qnh = f"Q{scenario.qnh_hpa:04.0f}"
    return f"METAR {scenario.station} {at} 05006KT 9999 FEW040 17/09 {qnh} NOSIG\r\n".encode()
