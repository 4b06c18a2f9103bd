"""A cache of bodies."""

from __future__ import annotations

from model_garden_registry.server.live.kept_bodies import KeptBodies
from model_garden_registry.server.replies.bodies import Body


def test_the_oldest_are_dropped() -> None:
    """As soon as all together are too large."""
    kept = KeptBodies[str](10)
    bodies = {name: Body(name.encode() * 4) for name in "abc"}
    for name, body in bodies.items():
        kept.keep(name, body)

    assert [kept.get(name) for name in "abc"] == [None, bodies["b"], bodies["c"]]


def test_the_first_body_of_a_key_stays() -> None:
    """It counts once."""
    kept, first = KeptBodies[str](10), Body(b"aaaaaaaa")
    kept.keep("a", first)
    kept.keep("a", Body(b"bbbbbbbb"))

    assert kept.get("a") is first
