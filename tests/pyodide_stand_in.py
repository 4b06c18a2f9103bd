"""Folders like a Pyodide distribution with wheels, as far as they are looked at; nothing in them runs."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

PYDANTIC = "pydantic-2.14.4-py3-none-any.whl"
CORE = "pydantic_core-2.50.5-cp314-cp314-pyemscripten_2026_0_wasm32.whl"


def wheel(folder: Path, name: str, *required: str) -> Path:
    """Write a wheel that requires something."""
    path = folder / name
    lines = ["Metadata-Version: 2.1", *(f"Requires-Dist: {one}" for one in required)]
    with zipfile.ZipFile(path, "w") as file:
        inside = zipfile.ZipInfo(f"{'-'.join(name.split('-')[:2])}.dist-info/METADATA")
        file.writestr(inside, "\n".join(lines))
    return path


def distribution(folder: Path) -> Path:
    """Write a distribution with all that is needed."""
    folder.mkdir()
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        (folder / name).write_text(f"stands for {name}", encoding="utf-8")
    info = {"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.2"}
    (folder / "pyodide-lock.json").write_text(json.dumps({"info": info, "packages": {}}), encoding="utf-8")
    wheel(folder, PYDANTIC, "pydantic-core==2.50.5", "typing-extensions>=4.14.1")
    wheel(folder, CORE, "typing-extensions>=4.14.1")
    wheel(folder, "typing_extensions-4.16.0-py3-none-any.whl")
    return folder
