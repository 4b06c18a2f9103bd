"""Where the NVIDIA library may lie, found without loading it."""

from __future__ import annotations

import _ctypes
import sys
from pathlib import Path

import pytest
from nvml_stand_in.build import StandIn

from model_garden_registry.hardware.driver.library import find_library

NOWHERE = Path("nowhere")


@pytest.fixture(autouse=True)
def _loader_that_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine have no library, whatever it has."""
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)

    def dlopen(_name: str) -> int:
        raise OSError("cannot open shared object file")

    monkeypatch.setattr(_ctypes, "dlopen", dlopen, raising=False)


def test_a_machine_without_the_library_has_none() -> None:
    """Neither the cache nor the loader knows it."""
    assert not find_library(platform="linux", loader_cache=NOWHERE)


@pytest.mark.skipif(sys.platform == "win32", reason="a path of Windows has a colon")
@pytest.mark.parametrize("variable", ["/empty:{}", "/empty;{}", "{}:", ":{}"])
def test_the_variable_of_the_loader_is_heeded(variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are separated by colons or semicolons."""
    (tmp_path / "libnvidia-ml.so.1").touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", variable.format(tmp_path))

    assert find_library(platform="linux", loader_cache=NOWHERE)


def test_the_cache_of_the_loader_is_searched(tmp_path: Path) -> None:
    """Names in it end with a zero byte."""
    cache = tmp_path / "ld.so.cache"
    cache.write_bytes(b"glibc-ld.so.cache1.1\0libnvidia-ml.so.1\0/usr/lib/libnvidia-ml.so.1\0")

    assert find_library(platform="linux", loader_cache=cache)


def test_another_library_of_a_like_name_does_not_count(tmp_path: Path) -> None:
    """Only the full name does."""
    cache = tmp_path / "ld.so.cache"
    cache.write_bytes(b"libnvidia-ml.so.10\0libnvidia-ml.so\0")

    assert not find_library(platform="linux", loader_cache=cache)


def test_the_loader_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may know places that are written nowhere."""
    monkeypatch.setattr(_ctypes, "dlopen", lambda _name: 1, raising=False)

    assert find_library(platform="linux", loader_cache=NOWHERE)


def test_a_library_that_is_found_is_not_loaded(stand_in: StandIn) -> None:
    """A sick one could hang or crash this process."""
    stand_in.play("fault load aborts")

    assert find_library(loader_cache=NOWHERE)
    assert stand_in.calls == []


@pytest.mark.parametrize(
    ("variable", "file"),
    [
        pytest.param("WINDIR", "System32/nvml.dll", id="with the driver"),
        pytest.param("ProgramFiles", "NVIDIA Corporation/NVSMI/nvml.dll", id="with older drivers"),
    ],
)
def test_windows_has_two_places(variable: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those where nvidia-ml-py looks."""
    monkeypatch.setenv(variable, str(tmp_path))
    assert not find_library(platform="win32")

    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).touch()

    assert find_library(platform="win32")


def test_this_system_is_asked_by_default() -> None:
    """An answer, whichever."""
    assert find_library() in (True, False)
    assert sys.platform
