"""API: every route under /api/v1 in one table, from which both the routing and its description are made.

`route` is the way from a request to an answer. Each family of routes is a file with a table of its own; a new
one is named in `ROUTES`. No route is without the action of the policy that it needs.
"""

from beffroi.console.api import aerodrome, cases, exercise, papers, people, picture, session, sightings, signs
from beffroi.console.api.route import ROOT, File, Given, Refusal, Route, Said, endpoint, require

ROUTES: tuple[Route, ...] = (
    *picture.ROUTES, *signs.ROUTES, *session.ROUTES, *people.ROUTES, *cases.ROUTES, *aerodrome.ROUTES,
    *sightings.ROUTES, *papers.ROUTES, *exercise.ROUTES,
)  # fmt: skip

__all__ = ["ROOT", "ROUTES", "File", "Given", "Refusal", "Route", "Said", "endpoint", "require"]
