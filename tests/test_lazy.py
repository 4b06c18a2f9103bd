"""Properties that are computed once."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

from model_garden_registry.lazy import lazy

_MADE: list[int] = []


@dataclass(frozen=True)
class Square:
    """A number with a property that says when it was computed."""

    side: int

    @lazy
    def area(self) -> int:
        """The area."""
        _MADE.append(self.side)
        return self.side**2


def test_a_property_is_computed_once_for_each_object() -> None:
    """Also where the object is frozen."""
    _MADE.clear()
    squares = [Square(2), Square(3)]

    assert [square.area for square in squares] == [square.area for square in squares] == [4, 9]
    assert _MADE == [2, 3]


def test_a_kept_value_is_no_part_of_the_value() -> None:
    """Equality, hash and text are those of the fields, and a pickled object has its kept values with it."""
    known, fresh = Square(2), Square(2)
    assert known.area == 4

    assert known == fresh
    assert hash(known) == hash(fresh)
    assert repr(known) == repr(fresh)
    _MADE.clear()
    assert pickle.loads(pickle.dumps(known)).area == 4
    assert _MADE == []


def test_the_class_has_the_property_with_its_description() -> None:
    """As ``property``: documentation is read from the class."""
    assert isinstance(Square.area, lazy)
    assert Square.area.__doc__ == "The area."
