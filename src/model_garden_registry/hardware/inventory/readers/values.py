"""Values of captured documents: quantities of Kubernetes, numbers that may be unset, texts of labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.nodes import Node, text

#: Source: kubernetes/apimachinery, pkg/api/resource/quantity.go: binary and decimal suffixes, exponents.
_QUANTITY = re.compile(r"\+?([0-9]{1,20}(?:\.[0-9]{0,9})?)(Ki|Mi|Gi|Ti|Pi|Ei|m|k|M|G|T|P|E|[eE][0-9]{1,2})?")
_POWERS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_NATURAL = re.compile(r"[0-9]{1,18}")
#: Larger numbers are a mistake, whatever they count.
_LARGEST = 2**63 - 1


def quantity(value: object) -> int | None:
    """Return a quantity of Kubernetes, such as ``900Gi`` or ``8``, as an integer; None if it is none."""
    if type(value) is int:
        return value if 0 <= value <= _LARGEST else None
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    number, suffix = match[1], match[2] or ""
    if suffix in _POWERS:
        found = int(float(number) * _POWERS[suffix])
    elif suffix[:1] in ("e", "E") and suffix[1:]:
        found = int(float(number) * 10.0 ** int(suffix[1:]))
    else:
        found = int(number) if not suffix and number.isdigit() else int(float(number) * _DECIMAL[suffix])
    return found if found <= _LARGEST else None


def natural_text(value: object) -> int | None:
    """Return a number that is written as text, as labels do; None if it is none."""
    return int(value) if isinstance(value, str) and _NATURAL.fullmatch(value) else None


def set_number(value: object) -> int | None:
    """Return a number of Slurm: alone, or as ``{"set": true, "infinite": false, "number": 5}``; None if it is unset."""
    if isinstance(value, dict):
        value = value.get("number") if value.get("set") is True and value.get("infinite") is not True else None
    return value if type(value) is int and 0 <= value <= _LARGEST else None


def texts(node: Node) -> tuple[str, ...]:
    """Return the texts of a list, or those of a text with commas; nothing for null."""
    if node.value is None:
        return ()
    if isinstance(node.value, str):
        return tuple(part.strip() for part in node.value.split(",") if part.strip())
    return tuple(map(text, node.members()))


def mapping(node: Node) -> Mapping[str, Any]:
    """Return an object; an empty one for null."""
    if node.value is None:
        return {}
    node.require_object()
    found: Mapping[str, Any] = node.value
    return found


def check_once(names: Iterable[str], what: str = "node") -> None:
    """
    Refuse nodes, or slices of them, that are listed twice: their GPUs would be counted twice.

    Raises:
        InventoryError: A name, or an id, is there again.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InventoryError(f"the {what} {name!r:.80} is there twice: capture the output once")
        seen.add(name)


def one_line(value: str) -> str:
    """Return a text of many lines as one, for reasons."""
    return " ".join(value.split())
