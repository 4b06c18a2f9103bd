"""An error as a JSON document: class, message, facts."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from model_garden_registry.errors import RegistryError


def error_document(error: RegistryError) -> dict[str, Any]:
    """Return ``mgr.error/1``: why there is no answer, as message and facts."""
    facts = {name: _plain(value) for name, value in vars(error).items() if not name.startswith("_")}
    return {**failure_document(error, str(error)), **facts}


def failure_document(error: Exception, message: str) -> dict[str, Any]:
    """Return ``mgr.error/1`` of an error without facts of ours: invalid usage, or a bug."""
    return {"format": "mgr.error/1", "error": type(error).__name__, "message": message}


def _plain(value: object) -> object:
    """Return a fact as JSON; a path, a date or a number beyond a float's range becomes text."""
    if value is None or isinstance(value, bool | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= sys.float_info.max else f"an integer of {_digits(abs(value))} digits"
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)


def _digits(number: int) -> int:
    """Return the number of digits: Python refuses to write an integer of more than 4300."""
    exponent = int(math.log10(number))  # off by one if rounding has crossed a power of ten
    return exponent + int(number >= 10**exponent) + int(number >= 10 ** (exponent + 1))
