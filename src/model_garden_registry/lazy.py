"""Properties that are computed on first use and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Self, TypeVar, overload

S = TypeVar("S")
V = TypeVar("V")


class lazy(Generic[S, V]):  # noqa: N801  (used as a decorator, like ``property``)
    """
    A property that is computed once for each object and kept in its ``__dict__``, without a lock.

    As ``functools.cached_property`` from Python 3.12 on. That of 3.11 holds a lock for each first access, which takes
    longer than most of what a verdict computes. Two threads may both compute a value: it must not matter whose is kept.

    Args:
        make: Computes the value from the object.
    """

    def __init__(self, make: Callable[[S], V]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type[S]) -> Self: ...
    @overload
    def __get__(self, instance: S, owner: type[S]) -> V: ...
    def __get__(self, instance: S | None, owner: type[S]) -> V | Self:
        if instance is None:
            return self
        value = self._make(instance)
        instance.__dict__[self._name] = value
        return value
