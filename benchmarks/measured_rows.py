"""Published measurements, read from CSV: each row becomes an entry, its settings, and what they do not say."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.row_entries import row_entry
from benchmarks.row_stacks import (
    Row,
    gpu_bytes,
    inference_runtime,
    inference_settings,
    notes,
    number,
    training_runtime,
    training_settings,
)
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.serving.runtime import InferenceRuntime
from model_garden_registry.memory.serving.serving_estimate import estimate_inference
from model_garden_registry.memory.serving.vllm import kv_pool_tokens
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.training_estimate import estimate_training
from model_garden_registry.units import GB, GIB, MIB

_MEASURED_COLUMNS = ("arch", "task", "quantity", "measured_gb")
_ARCHITECTURE_COLUMNS = ("arch", "layers", "hidden", "intermediate", "heads", "kv_heads", "vocab")
_UNITS = {"GiB": GIB, "GB": GB, "MiB": MIB, "MB": 10**6, "": GIB}


class BrokenTableError(Exception):
    """A file is not such a table; its text is one line for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One measurement, with the inputs of the estimator.

    Args:
        source: The repository or package that published it.

        measured_bytes: What was measured, on each GPU.

        kv_tokens: Tokens that vLLM's cache held, where that was logged.

        is_further: Whether it is a further reading of a row that counts once: constants are fitted to it as well.
    """

    row: Row
    source: str
    entry: ModelInfo
    settings: TrainingSettings | InferenceSettings
    runtime: TrainingRuntime | InferenceRuntime
    measured_bytes: float
    kv_tokens: int | None = None
    is_further: bool = False
    gpu_total_bytes: int | None = None

    @property
    def is_training(self) -> bool:
        """Whether it is a measurement of training."""
        return isinstance(self.settings, TrainingSettings)

    def estimate(self, constants: Calibration) -> MemoryEstimate:
        """Give the library's answer."""
        if isinstance(self.settings, TrainingSettings):
            assert isinstance(self.runtime, TrainingRuntime)
            return estimate_training(self.entry, self.settings, runtime=self.runtime, constants=constants)
        assert isinstance(self.runtime, InferenceRuntime)
        return estimate_inference(
            self.entry,
            self.settings,
            gpu_total_bytes=self.gpu_total_bytes,
            runtime=self.runtime,
            constants=constants,
        )

    def expected_bytes(self, constants: Calibration) -> int:
        """Give the part of the answer that was measured: with vLLM, everything but the cache."""
        estimate = self.estimate(constants)
        without_cache = self.row["quantity"] == "vllm_non_kv_per_gpu"
        return estimate.expected_bytes - (estimate.parts["kv_cache"] if without_cache else 0)

    def expected_tokens(self, constants: Calibration) -> int:
        """Give the tokens that the cache should hold."""
        assert isinstance(self.settings, InferenceSettings)
        assert isinstance(self.runtime, InferenceRuntime)
        return kv_pool_tokens(
            self.entry,
            self.settings,
            gpu_total_bytes=self.gpu_total_bytes or 0,
            runtime=self.runtime,
            constants=constants,
        )


def read_cases(measurements: Path, architectures: Path) -> tuple[list[Case], list[str]]:
    """
    Read both tables.

    Returns:
        The measurements, and a line for each row that could not become one.

    Raises:
        BrokenTableError: A file cannot be read, or lacks a column without which nothing can be said.
    """
    shapes = {row["arch"]: row for _, row in _read_table(architectures, _ARCHITECTURE_COLUMNS)}
    cases, left_out = [], []
    for line, row in _read_table(measurements, _MEASURED_COLUMNS):
        place = f"{measurements}:{line}: {row.get('id') or row.get('model') or row['arch']}"
        try:
            if "suspect" in row.get("notes", ""):
                raise ValueError("suspect at its source")
            if row["arch"] not in shapes:
                raise ValueError(f"no architecture {row['arch']!r}")
            cases += [_case(reading, shapes[row["arch"]]) for reading in _readings(row)]
        except (ValueError, ArithmeticError) as problem:
            left_out.append(f"{place}: {' '.join(str(problem).split())}")
    return cases, left_out


def _read_table(path: Path, needed: tuple[str, ...]) -> list[tuple[int, Row]]:
    """Give the rows with their lines; a missing cell is an empty one."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="", strict=True)
            if missing := [name for name in needed if name not in (reader.fieldnames or ())]:
                raise BrokenTableError(f"{path}:1: no column {', '.join(missing)}")
            return [
                (reader.line_num, {key: value for key, value in row.items() if isinstance(key, str)}) for row in reader
            ]
    except (OSError, UnicodeDecodeError) as problem:
        raise BrokenTableError(f"{path}:1: cannot be read: {problem}") from problem
    except csv.Error as problem:
        raise BrokenTableError(f"{path}:{reader.line_num + 1}: {problem}") from problem


def _readings(row: Row) -> Iterator[Row]:
    """Give a row, and again with what its notes say of the allocator's memory."""
    yield row
    if row["quantity"] == "peak_allocated" and (reserved := notes(row).get("reserved")):
        yield {**row, "quantity": "peak_reserved", "measured_gb": reserved, "unit": "GiB", "further": "1"}


def _case(row: Row, shape: Row) -> Case:
    quantity, unit = row["quantity"], row.get("unit", "")
    if unit not in _UNITS:
        raise ValueError(f"unknown unit {unit!r}")
    measured = float(row["measured_gb"]) * _UNITS[unit]
    if not 0 < measured < float("inf"):
        raise ValueError(f"measured {measured}")
    if "sum over GPUs" in row.get("notes", ""):
        measured /= number(row, "n_gpus", 1)
    entry = row_entry(row, shape)
    source = re.match(r"(pypi:)?[^\s:@=#]*", row.get("source", ""))
    settings: TrainingSettings | InferenceSettings
    runtime: TrainingRuntime | InferenceRuntime
    if row["task"] == "training":
        settings, runtime = training_settings(entry, row), training_runtime(row)
    elif row["task"] == "inference":
        settings, runtime = inference_settings(entry, row), inference_runtime(row)
    else:
        raise ValueError(f"unknown task {row['task']!r}")
    gpu = gpu_bytes(row)
    tokens = number(row, "kv_tokens", 0) if quantity == "vllm_non_kv_per_gpu" and gpu else 0
    return Case(
        row=row,
        source=source[0] if source else "",
        entry=entry,
        settings=settings,
        runtime=runtime,
        measured_bytes=measured,
        kv_tokens=tokens or None,
        is_further="further" in row,
        gpu_total_bytes=gpu,
    )
