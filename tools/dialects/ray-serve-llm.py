"""
Check exported configurations against Ray Serve's own schema and Ray Serve LLM's own models, which refuse unknown keys.

    python tools/dialects/ray-serve-llm.py FOLDER

Run it inside an environment that has Ray Serve and pyarrow; nothing is started, and neither vLLM nor a GPU is needed.
The keys below ``engine_kwargs`` are vLLM's, whose own script checks them. Every ``*.yaml`` of the folder is read. One
JSON object goes to stdout; exit code 1 if a file is refused.
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
    """Build the configuration of every file, and of the models in it."""
    yaml = importlib.import_module("yaml")
    refused: dict[str, str] = {}
    files = sorted(folder.glob("*.yaml"))
    for path in files:
        try:
            _build(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".replace("\n", "; ")
    version = importlib.metadata.version("ray")
    sys.stdout.write(json.dumps({"tool": "ray", "version": version, "files": len(files), "refused": refused}) + "\n")
    return int(bool(refused))


def _build(content: Mapping[str, Any]) -> None:
    importlib.import_module("ray.serve.schema").ServeDeploySchema.model_validate(content)
    models = importlib.import_module("ray.llm._internal.serve.core.configs.llm_config")
    placement = importlib.import_module("ray.llm._internal.common.placement")
    for application in content["applications"]:
        for stated in application["args"]["llm_configs"]:
            built = models.LLMConfig.model_validate(stated)
            if built.placement_group_config is not None:
                placement.PlacementGroupConfig.model_validate(built.placement_group_config)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
