"""Units: SI inside, the field's own units at the edges.

Sources: ICAO Annex 5, 5th edition, Table 3-3 (foot, knot, nautical mile).
"""

M_PER_FT = 0.3048
M_PER_NM = 1852.0
MPS_PER_KT = 1852.0 / 3600.0
MPS_PER_FPM = 0.3048 / 60.0
STANDARD_HPA = 1013.25
"""Pressure at which barometric altitude reads 0 (ICAO Doc 7488)."""
