"""Raw entries to build from: one with every key of the format, and one with as few as possible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

EVERY_KEY = Path(__file__).parents[1] / "registries/valid/every_key.json"


@pytest.fixture
def full() -> dict[str, Any]:
    """Give a fresh raw entry in which every key of the format stands."""
    entry: dict[str, Any] = json.loads(EVERY_KEY.read_bytes())["models"]["acme/owl-vl-30b-a3b"]
    return entry


@pytest.fixture
def sparse() -> dict[str, Any]:
    """Give a fresh raw entry with hardly more than the required keys; it cannot be trained."""
    entry: dict[str, Any] = json.loads(EVERY_KEY.read_bytes())["models"]["acme/owl-embed"]
    return entry
