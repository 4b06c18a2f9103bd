"""
Check exported task files against SkyPilot's own schemas and classes.

    python tools/dialects/skypilot.py FOLDER

Run it inside an environment that has SkyPilot; nothing is asked of a cloud, and no catalogue is downloaded. Every
``*.yaml`` of the folder is read. One JSON object goes to stdout; exit code 1 if a file is refused.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_GROUPS = {"": "get_task_schema", "resources": "get_resources_schema", "service": "get_service_schema"}

# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]


def main(folder: Path) -> int:
    """Validate every file by the schema of each of its parts, and build the service that it describes."""
    yaml, names = importlib.import_module("yaml"), importlib.import_module("sky.exceptions")
    refused: dict[str, str] = {}
    files = sorted(folder.glob("*.yaml"))
    for path in files:
        try:
            _build(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError, AssertionError, names.InvalidClusterNameError) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    version = importlib.metadata.version("skypilot")
    sys.stdout.write(
        json.dumps({"tool": "skypilot", "version": version, "files": len(files), "refused": refused}) + "\n"
    )
    return int(bool(refused))


def _build(content: Mapping[str, Any]) -> None:
    schemas, common = (importlib.import_module(f"sky.utils.{name}") for name in ("schemas", "common_utils"))
    for group, schema in _GROUPS.items():
        part = content.get(group) if group else content
        if part is not None:
            common.validate_schema(part, getattr(schemas, schema)(), f"{group or 'task'}: ")
    common.check_cluster_name_is_valid(content["name"])
    if "service" in content:
        importlib.import_module("sky.serve.service_spec").SkyServiceSpec.from_yaml_config(content["service"])
    if not isinstance(content["resources"]["accelerators"], dict):
        raise TypeError("accelerators: no mapping of names to numbers")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
