"""
Check exported manifests against Kubernetes' own schemas, strictly: unknown keys are refused.

    python tools/dialects/kubernetes.py FOLDER

Run it inside an environment that has kubernetes-validate. Every ``*.yaml`` of the folder is read. One JSON object goes
to stdout; exit code 1 if a file is refused.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
from pathlib import Path

# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]


def main(folder: Path) -> int:
    """Validate every document of every file with the newest schemas."""
    validator, yaml = importlib.import_module("kubernetes_validate"), importlib.import_module("yaml")
    refused: dict[str, str] = {}
    files = sorted(folder.glob("*.yaml"))
    for path in files:
        try:
            for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                validator.validate(document, validator.latest_version(), strict=True)
        except (validator.ValidationError, validator.SchemaNotFoundError, yaml.YAMLError) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    version = f"{importlib.metadata.version('kubernetes-validate')} (Kubernetes {validator.latest_version()})"
    sys.stdout.write(
        json.dumps({"tool": "kubernetes", "version": version, "files": len(files), "refused": refused}) + "\n"
    )
    return int(bool(refused))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
