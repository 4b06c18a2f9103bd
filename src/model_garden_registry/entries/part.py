"""The strict, frozen base of every part of an entry, and the types of its numbers and lists."""

# No postponed annotations here: pydantic before 2.13 resolves ``__pydantic_extra__`` in the module of a subclass.

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from copy import deepcopy
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    SerializeAsAny,
    Strict,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError, core_schema

#: Keys of this form are free for the author of the file: kept, never read.
EXTENSION_PATTERN = "^x-"

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


def _whole(value: object) -> object:
    """Return 3.0 as 3, as JSON Schema does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_written(value: object, validate: Callable[[object], object]) -> object:
    """Check as a float but return what was written: 4 stays 4."""
    validate(value)
    return value


#: No count in an entry comes near this; without a bound, 10^400 would overflow in divisions.
LARGEST_WHOLE = 10**15

Whole = Annotated[int, BeforeValidator(_whole), Field(le=LARGEST_WHOLE)]
"""An integer up to 10^15; ``3.0`` counts as one."""

Number = Annotated[float, WrapValidator(_as_written), SerializeAsAny()]
"""A finite number that keeps its spelling: ``4`` stays ``4``, when read and when dumped."""

#: A thousand times the main memory of the largest machines; without a bound, 1e300 would overflow as bytes.
LARGEST_GB = 10**6

Gigabytes = Annotated[Number, Field(ge=0, le=LARGEST_GB)]
"""Decimal GB (10^9 bytes), up to 10^6."""

#: No engine runs with a smaller share, and memory is divided by it.
SMALLEST_SHARE = 0.01


def _no_sliver(value: float) -> float:
    if 0 < value < SMALLEST_SHARE:
        raise PydanticCustomError("share", "Input should be 0, or at least {least}", {"least": SMALLEST_SHARE})
    return value


Share = Annotated[
    Number,
    Field(ge=0, le=1),
    AfterValidator(_no_sliver),
    WithJsonSchema({"anyOf": [{"const": 0}, {"type": "number", "minimum": SMALLEST_SHARE, "maximum": 1}]}),
]
"""A share from a hundredth to all; 0 means automatic."""

Words = Annotated[tuple[str, ...], Strict(strict=False)]
"""A JSON list of texts."""


class ReadOnlyMapping(Mapping[K, V]):
    """A mapping that cannot be changed, and that pickles (``MappingProxyType`` does not)."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def keys(self) -> KeysView[K]:
        """Return the keys; as fast as those of a dict, which cannot be changed through them."""
        return self._items.keys()

    def values(self) -> ValuesView[V]:
        """Return the values."""
        return self._items.values()

    def items(self) -> ItemsView[K, V]:
        """Return the pairs of key and value."""
        return self._items.items()

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


def read_only(items: Mapping[K, V]) -> Mapping[K, V]:
    """Return a mapping that callers cannot change."""
    return ReadOnlyMapping(items)


#: Of how many entries, networks or runs what follows from each is kept. A cache that holds fewer than a question goes
#: through, one after the other, has dropped each before it comes again: the whole registry must have place, and both
#: tasks of it.
MOST_KEPT = 8192


class ById(Generic[T]):
    """
    A value as a cache key, compared by identity: hashing it would read all of it.

    Args:
        value: The value; kept alive, so that its id is not reused.
    """

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and self.value is other.value


class _ReadOnly:
    """Annotation of a mapping: read-only in Python, a plain dict when dumped."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        schema = handler(source)
        plain = core_schema.wrap_serializer_function_ser_schema(lambda value, dump: dump(dict(value)), schema=schema)
        return core_schema.no_info_after_validator_function(read_only, schema, serialization=plain)


ReadOnly = _ReadOnly()


class Part(BaseModel):
    """
    Base of every object in an entry: values of exactly the stated type, no unknown keys, frozen.

    Keys that start with ``x-`` are taken as they are; see ``extensions``.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", allow_inf_nan=False, defer_build=True)

    __pydantic_extra__: dict[Annotated[str, Field(pattern=EXTENSION_PATTERN)], Any] = Field(init=False)

    def known(self) -> dict[str, Any]:
        """Return a fresh plain dict of the documented keys, all filled, ``x-`` keys left out."""
        return {name: _plain(getattr(self, name)) for name in type(self).model_fields}

    @property
    def extensions(self) -> dict[str, Any]:
        """A copy of the ``x-`` keys and their values."""
        return deepcopy(self.__pydantic_extra__ or {})


def _plain(value: object) -> object:
    """Turn parts into dicts and tuples into lists, for JSON and for callers."""
    if isinstance(value, Part):
        return value.known()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
