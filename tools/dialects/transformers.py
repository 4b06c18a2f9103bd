"""
Build the real ``TrainingArguments`` of every exported file.

    python tools/dialects/transformers.py FOLDER

Run it inside an environment that has transformers, accelerate, DeepSpeed and torch; nothing needs a GPU. Every
``*.json`` of the folder is read. One JSON object goes to stdout; exit code 1 if a file is refused.
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
    """Build the arguments of every file, for a machine without a GPU."""
    arguments = importlib.import_module("transformers").TrainingArguments
    refused: dict[str, str] = {}
    files = sorted(folder.glob("*.json"))
    for path in files:
        stated = json.loads(path.read_text(encoding="utf-8"))
        try:
            built = arguments(**stated, use_cpu=True)
            if differing := [key for key, value in stated.items() if getattr(built, key) != value]:
                refused[path.name] = f"changed: {', '.join(differing)}"
        except (ValueError, TypeError, ImportError) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    version = importlib.metadata.version("transformers")
    sys.stdout.write(
        json.dumps({"tool": "transformers", "version": version, "files": len(files), "refused": refused}) + "\n"
    )
    return int(bool(refused))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
