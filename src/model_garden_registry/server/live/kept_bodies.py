"""A cache of bodies, limited by their bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from model_garden_registry.server.replies.bodies import Body

_Key = TypeVar("_Key", bound=Hashable)


class KeptBodies(Generic[_Key]):
    """
    Bodies by key; the oldest ones are dropped.

    Args:
        most_bytes: Of all together, not compressed.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bodies: OrderedDict[_Key, Body] = OrderedDict()
        self._bytes = 0

    def get(self, key: _Key) -> Body | None:
        """Return a body, if it is there."""
        return self._bodies.get(key)

    def keep(self, key: _Key, body: Body) -> None:
        """Keep a body, unless there is one with its key."""
        if key in self._bodies:
            return
        self._bodies[key] = body
        self._bytes += len(body.content)
        while self._bytes > self._most_bytes:
            self._bytes -= len(self._bodies.popitem(last=False)[1].content)
