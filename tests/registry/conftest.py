"""Registry files made from the shipped entries."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.bundled import bundled_registry

SHIPPED: dict[str, Any] = json.loads(bundled_registry().read_bytes())

#: Ids of shipped entries, each for what it is.
TINY = "unsloth/tinyllama-bnb-4bit"
VISION = "Qwen/Qwen2.5-VL-7B-Instruct"
OLD = "mosaicml/mpt-7b"


@pytest.fixture
def tiny() -> str:
    """Give the id of a small stable text model."""
    return TINY


@pytest.fixture
def shipped() -> dict[str, Any]:
    """Give the shipped document."""
    return deepcopy(SHIPPED)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Mapping[str, Any]], Path]:
    """
    Give a maker of registry files from entries.

    A text stands for the shipped entry of that id, a mapping for changes to the tiny one, anything else for itself.
    """

    def make(entries: Mapping[str, Any], **head: Any) -> Path:
        models = {key: entry(key, changes) for key, changes in entries.items()}
        path = tmp_path / "registry.json"
        path.write_text(json.dumps({**SHIPPED, "models": models, **head}), encoding="utf-8")
        return path

    return make


def entry(key: str, changes: object) -> Any:
    """Make one raw entry."""
    if isinstance(changes, str):
        return SHIPPED["models"][changes]
    return {**SHIPPED["models"][TINY], "id": key, **changes} if isinstance(changes, Mapping) else changes
