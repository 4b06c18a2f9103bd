"""
Facts about models that were entered by hand: ``tools/facts/models/CATEGORY/MAKER.json``.

A file is a list of models, each followed by its quantised copies; files are read in the order that the registry has,
categories first, then makers by name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ENTERED = Path(__file__).resolve().parent / "facts" / "models"


def read_entered() -> list[dict[str, Any]]:
    """Return the facts of every model, in the order of the registry."""
    paths = sorted(ENTERED.glob("*/*.json"), key=lambda path: (path.parent.name, path.name.lower()))
    return [raw for path in paths for raw in json.loads(path.read_bytes())]
