"""
Check exported services and tasks against dstack's own models, which refuse every unknown key.

    python tools/dialects/dstack.py FOLDER

Run it inside an environment that has dstack. Every ``*.yaml`` of the folder is read, and its GPUs are looked for among
those that gpuhunt knows. One JSON object goes to stdout; exit code 1 if a file is refused.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]


def main(folder: Path) -> int:
    """Build the configuration of every file."""
    yaml, errors = importlib.import_module("yaml"), importlib.import_module("dstack._internal.core.errors")
    refused: dict[str, str] = {}
    files = sorted(folder.glob("*.yaml"))
    for path in files:
        try:
            _build(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError, errors.ConfigurationError) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    version = importlib.metadata.version("dstack")
    sys.stdout.write(json.dumps({"tool": "dstack", "version": version, "files": len(files), "refused": refused}) + "\n")
    return int(bool(refused))


def _build(content: Mapping[str, Any]) -> None:
    configurations = importlib.import_module("dstack._internal.core.models.configurations")
    built = configurations.parse_run_configuration(content)
    if not importlib.import_module("dstack._internal.core.services").is_valid_dstack_resource_name(built.name):
        raise ValueError(f"name: {built.name}")
    known = {gpu.name for gpu in importlib.import_module("gpuhunt").KNOWN_NVIDIA_GPUS}
    if unknown := set(built.resources.gpu.name) - known:
        raise ValueError(f"resources.gpu.name: {unknown}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
