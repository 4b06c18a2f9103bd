"""The made-up tool, known for the time of a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up_tool import WEAVER, words_below

from model_garden_registry.dialects.dialect import Dialect


@pytest.fixture
def weaver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dialect]:
    """Give the made-up tool's dialect, with its words in place."""
    folder: Path = tmp_path_factory.mktemp("words")
    with words_below(folder):
        yield WEAVER
