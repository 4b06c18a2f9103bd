"""Values of a document with their place, for error messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from model_garden_registry.errors import HardwareFileError
from model_garden_registry.hardware.gpus import NOT_ASKED, Cause, Unread
from model_garden_registry.visible_text import found_words

T = TypeVar("T")

#: More than any machine has, of anything; also the longest text in a snapshot.
MOST_ITEMS = 10_000
_LONGEST_TEXT = 100_000
#: The largest number of a driver: 64 bits.
_LARGEST = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document, with its JSON pointer."""

    value: Any
    where: str

    def refuse(self, expected: str) -> NoReturn:
        raise HardwareFileError(self.where, expected, found_words(self.value))

    def require_object(self) -> None:
        if not isinstance(self.value, dict):
            self.refuse("an object")

    def member(self, key: str) -> Node:
        """Return the value under a key of an object; for ``null``, ``null``."""
        if self.value is None:
            return Node(None, f"{self.where}/{key}")
        self.require_object()
        return Node(self.value.get(key), f"{self.where}/{key}")

    def required(self, *keys: str) -> Node:
        """Return the value under the first of some keys that exists; one must exist."""
        self.require_object()
        for key in keys:
            if key in self.value:
                return self.member(key)
        raise HardwareFileError(f"{self.where}/{keys[0]}", "a required key", "nothing")

    def members(self, most: int = MOST_ITEMS) -> Iterator[Node]:
        if not isinstance(self.value, list):
            self.refuse("a list")
        if len(self.value) > most:
            raise HardwareFileError(self.where, f"at most {most} items", str(len(self.value)))
        for index, item in enumerate(self.value):
            yield Node(item, f"{self.where}/{index}")

    def items(self, key: str) -> Iterator[Node]:
        """Yield the items of a list under a key; a missing list is empty."""
        member = self.member(key)
        return iter(()) if member.value is None else member.members()

    def choice(self, key: str, allowed: tuple[str, ...], default: T) -> Any:
        member = self.member(key)
        if member.value is None:
            return default
        if member.value not in allowed:
            member.refuse(f"one of {', '.join(allowed)}")
        return member.value

    def optional(self, key: str, read: Callable[[Node], T]) -> T | None:
        member = self.member(key)
        return None if member.value is None else read(member)

    def fact(self, name: str, read: Callable[[Node], T], default: Any = NOT_ASKED) -> Any:
        """Return a fact: its value, else the reason under ``unread``, else the default."""
        value = self.optional(name, read)
        if value is not None:
            return value
        reason = self.member("unread").optional(name, unread)
        return default if reason is None else reason


def text(node: Node) -> str:
    if not isinstance(node.value, str):
        node.refuse("a text")
    if len(node.value) > _LONGEST_TEXT:
        raise HardwareFileError(node.where, f"at most {_LONGEST_TEXT} characters", str(len(node.value)))
    return node.value


def boolean(node: Node) -> bool:
    if not isinstance(node.value, bool):
        node.refuse("true or false")
    return node.value


def natural(node: Node) -> int:
    if type(node.value) is not int or not 0 <= node.value <= _LARGEST:
        node.refuse("an integer from 0 to 2^64 - 1")
    return node.value


def number(node: Node, unit: int) -> int | float:
    """Return a number of MiB or GB; in bytes it must fit into 64 bits, except for rounding up."""
    most = _LARGEST // unit + 1
    if type(node.value) not in (int, float) or not 0 <= node.value <= most:
        node.refuse(f"a number from 0 to {most}")
    value: int | float = node.value
    return value


def unread(node: Node) -> Unread:
    node.require_object()
    return Unread(Cause(node.choice("cause", tuple(Cause), Cause.FAILED)), node.optional("reason", text) or "")
