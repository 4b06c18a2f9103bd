"""Registry files of any size, made of the shipped entries."""

from __future__ import annotations

import json
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from model_garden_registry.bundled import bundled_registry


def write_registry(path: Path, entries: int, *, bad: int = 0) -> Path:
    """
    Write a registry of so many entries.

    A process of its own does it: peak memory is measured from this one on, which must stay small.

    Args:
        entries: How many.

        bad: How many of them violate the schema.
    """
    writer = get_context("spawn").Process(target=_write, args=(path, entries, bad))
    writer.start()
    writer.join()
    return path


def first_id() -> str:
    """Return the id of the first entry of every such file."""
    return str(next(iter(json.loads(bundled_registry().read_bytes())["models"])))


def _write(path: Path, entries: int, bad: int) -> None:
    document = json.loads(bundled_registry().read_bytes())
    models: dict[str, Any] = {}
    for number, entry in enumerate(islice(cycle(document["models"].values()), entries)):
        if number < len(document["models"]):
            models[entry["id"]] = {**entry}
        else:  # without the aliases, which belong to one entry
            model_id = f"{entry['id']}-{number}"
            models[model_id] = {**entry, "id": model_id, "aliases": []}
    for model_id in islice(models, bad):
        models[model_id] |= {"status": "fine"}
    path.write_text(json.dumps({**document, "models": models}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
