"""Where a user's own files are, outside any project."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from model_garden_registry.files.own_places import remote_cache, user_registry

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems name their own folders")


@ON_LINUX
def test_places_follow_the_variables_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the XDG specification has them; nothing is created."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    found = user_registry(), remote_cache()

    assert found == (tmp_path / "config" / "mgr" / "models_registry.json", tmp_path / "cache" / "mgr" / "remote")
    assert list(tmp_path.iterdir()) == []


@ON_LINUX
def test_places_are_below_the_home_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the hidden folders that Linux has for them."""
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))

    found = user_registry(), remote_cache()

    assert found == (tmp_path / ".config" / "mgr" / "models_registry.json", tmp_path / ".cache" / "mgr" / "remote")


@pytest.mark.parametrize("answer", [Path("~/.config"), RuntimeError("no home")], ids=["relative", "an error"])
def test_without_a_home_there_are_no_places(answer: Path | Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is taken from the working directory: platformdirs 4.14 raises, 4.0 returns a relative path."""

    def find(*_: object, **__: object) -> Path:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("platformdirs.user_config_path", find)
    monkeypatch.setattr("platformdirs.user_cache_path", find)

    assert (user_registry(), remote_cache()) == (None, None)
