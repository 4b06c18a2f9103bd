"""Builds the library that kills a process, or lets a call fail, where it changes files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "shim.c"


@pytest.fixture(scope="session")
def fault_shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the library, to be preloaded; without a compiler, or elsewhere than on Linux, there is none."""
    if sys.platform != "linux":
        pytest.skip("calls are made to fail on Linux only")
    if not (compiler := shutil.which("cc")):
        pytest.skip("no C compiler (cc) is here to build the library that lets calls fail")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    call = [
        compiler,
        "-std=c11",
        "-O1",
        "-Wall",
        "-Wextra",
        "-shared",
        "-fPIC",
        str(SOURCE),
        "-o",
        str(library),
        "-ldl",
    ]
    subprocess.run(call, check=True)
    return library
