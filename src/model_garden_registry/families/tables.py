"""Tables of facts, each read once, on first use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from model_garden_registry.bundled import bundled_table


@cache
def table(name: str) -> Mapping[str, Any]:
    """
    Return a shipped table as plain values; callers only read it.

    Args:
        name: ``families``, ``stacks`` or ``engines``.
    """
    content: Mapping[str, Any] = json.loads(bundled_table(name).read_bytes())
    return content
