"""The schema step alone: our checker and jsonschema on the same document, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from jsonschema import Draft7Validator

from benchmarks.measure import ratio
from benchmarks.registries import write_registry
from model_garden_registry.checks.entry.schema import SchemaChecker
from model_garden_registry.entries.registry_schema import registry_schema
from model_garden_registry.files.documents import read_document


def schema_step_ratio(directory: Path, rounds: int) -> float:
    """Return our CPU time over jsonschema's for a valid file of 1,000 entries, interleaved."""
    document = read_document(write_registry(directory / "step.json", 1_000))
    ours, theirs = SchemaChecker(registry_schema()), Draft7Validator(registry_schema())
    pairs = [(_cpu(lambda: ours.flaws(document)), _cpu(lambda: theirs.is_valid(document))) for _ in range(rounds)]
    return ratio(*zip(*pairs, strict=True))


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
