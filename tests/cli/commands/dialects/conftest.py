"""The made-up tool as a target, and files of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up_tool import WEAVER, words_below

from model_garden_registry.dialects import targets
from model_garden_registry.dialects.dialect import Dialect

MODEL = "Qwen/Qwen3-8B"


@pytest.fixture
def weaver(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dialect]:
    """Let the made-up tool be the only one."""
    with words_below(tmp_path_factory.mktemp("words")):
        monkeypatch.setattr(targets, "DIALECTS", (WEAVER,))
        monkeypatch.setattr(targets, "_LAUNCHERS", ())
        yield WEAVER


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write lines to a file in the working directory; give its name alone."""

    def write(*lines: str, name: str = "weaver.yaml") -> Path:
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return Path(name)

    return write
