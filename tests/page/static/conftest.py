"""A small registry, and the site made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kinds_of_models import some_of

from model_garden_registry.bundled import bundled_registry

HOSTILE = '"><script>alert(1)</script>'


def document() -> dict[str, Any]:
    """Give a few shipped models, one with an invalid entry, and ids that are no paths."""
    made = some_of(json.loads(bundled_registry().read_bytes()), each=25)
    entry = json.loads(bundled_registry().read_bytes())["models"]["Qwen/Qwen3-8B"]
    more = {
        "../../outside": {"name": HOSTILE, "description": HOSTILE, "provider": HOSTILE},
        "org/broken": {"training_defaults": {}},
    }
    for model_id, changes in more.items():
        made["models"][model_id] = {**entry, "id": model_id, **changes}
    return {**made, "last_updated": "2030-01-01T00:00:00Z"}


@pytest.fixture(scope="session")
def registry_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the small registry as a file."""
    path = tmp_path_factory.mktemp("registry") / "models.json"
    path.write_text(json.dumps(document()), encoding="utf-8")
    return path
