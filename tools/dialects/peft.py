"""
Build the real ``LoraConfig`` of every exported file, and read it back as PEFT reads an adapter's file.

    python tools/dialects/peft.py FOLDER

Run it inside an environment that has PEFT. Every ``*.json`` of the folder is read. One JSON object goes to stdout; exit
code 1 if a file is refused.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import shutil
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]


def main(folder: Path) -> int:
    """Build the configuration of every file twice."""
    warnings.simplefilter("error")
    refused: dict[str, str] = {}
    files = sorted(folder.glob("*.json"))
    for path in files:
        try:
            _build(path)
        except (ValueError, TypeError, UserWarning) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    version = importlib.metadata.version("peft")
    sys.stdout.write(json.dumps({"tool": "peft", "version": version, "files": len(files), "refused": refused}) + "\n")
    return int(bool(refused))


def _build(path: Path) -> None:
    peft = importlib.import_module("peft")
    stated = json.loads(path.read_text(encoding="utf-8"))
    _compare(stated, peft.LoraConfig(**stated).to_dict())
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, Path(folder) / "adapter_config.json")
        read = peft.PeftConfig.from_pretrained(folder)
    if type(read) is not peft.LoraConfig:
        raise TypeError(f"read as {type(read).__name__}")
    # What reads an adapter makes it ready to be used rather than trained.
    _compare({**stated, "inference_mode": read.inference_mode}, read.to_dict())


def _compare(stated: Mapping[str, Any], built: Mapping[str, Any]) -> None:
    for key, value in stated.items():
        found = sorted(built[key]) if isinstance(built[key], set) else built[key]
        if found != (sorted(set(value)) if isinstance(built[key], set) else value):
            raise ValueError(f"{key} became {found}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
