"""Write what is generated here: the OpenAPI document of the server, then the types made from it (needs npm ci)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.server import create_app

HERE = Path(__file__).resolve().parent


def openapi_text() -> str:
    """Return the text of ``openapi.json``."""
    return json.dumps(create_app(bundled_registry()).openapi(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write both files."""
    (HERE / "openapi.json").write_text(openapi_text(), encoding="utf-8", newline="\n")
    subprocess.run([shutil.which("npm") or "npm", "run", "--silent", "generate"], cwd=HERE, check=True)


if __name__ == "__main__":
    main()
