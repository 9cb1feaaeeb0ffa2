"""What a rule finds in a scene, with the limits of its site."""

from beffroi import signs
from beffroi.scene import Scene
from beffroi.sign import Finding
from beffroi.site import Site
from skies import here


def found(name: str, scene: Scene) -> list[Finding]:
    """The findings of one rule."""
    rule = next(r for r in signs.rules(scene.site) if r.name == name)
    return list(rule.find(scene.now, scene.past, scene.site, rule.limits))


def codes(finding: Finding) -> list[str]:
    """The codes of its reasons."""
    return [r.code for r in finding.reasons]


def limited(rule: str, **limits: object) -> Site:
    """The hand-made site with other limits of one rule."""
    return here(signs={rule: limits})
