"""Published measurements, read from CSV: each row becomes an entry, its settings, and further facts."""

from __future__ import annotations

import csv
import re
from collections.abc import Container, Iterator
from dataclasses import fields
from pathlib import Path

from benchmarks import registry_rows
from benchmarks.measured_case import COUNTS, QUANTITIES, Asked, Case
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
from model_garden_registry.errors import RegistryError
from model_garden_registry.memory.constants import CALIBRATED
from model_garden_registry.units import GB, GIB, MIB

_MEASURED_COLUMNS = ("arch", "task", "quantity", "measured_gb")
_ARCHITECTURE_COLUMNS = ("arch", "layers", "hidden", "intermediate", "heads", "kv_heads", "vocab")
_UNITS = {"GiB": GIB, "GB": GB, "MiB": MIB, "MB": 10**6, "bytes": 1, "": GIB}
#: Of tokens, and of bytes for each of them.
_COUNTED = {"tokens": 1, "bytes": 1, "": 1}


class BrokenTableError(Exception):
    """A file is not such a table; its text is one line for people."""


def read_cases(measurements: Path, architectures: Path) -> tuple[list[Case], list[str]]:
    """
    Read both tables.

    Returns:
        The measurements, and a line for each row that could not become one.

    Raises:
        BrokenTableError: A file cannot be read, or lacks a required column.
    """
    shapes = {row["arch"]: row for _, row in _read_table(architectures, _ARCHITECTURE_COLUMNS)}
    cases, left_out = [], []
    for line, row in _read_table(measurements, _MEASURED_COLUMNS):
        place = f"{measurements}:{line}: {row.get('id') or row.get('model') or row['arch']}"
        try:
            if "suspect" in row.get("notes", ""):
                raise ValueError("suspect at its source")
            if row["arch"] not in shapes and not registry_rows.is_known(row["arch"]):
                raise ValueError(f"no architecture {row['arch']!r}")
            cases += [_case(reading, shapes.get(row["arch"])) for reading in _readings(row, shapes)]
        except (ValueError, ArithmeticError, LookupError, RegistryError) as problem:
            left_out.append(f"{place}: {' '.join(str(problem).split())}")
    return cases, left_out


def _read_table(path: Path, needed: tuple[str, ...]) -> list[tuple[int, Row]]:
    """Return the rows with their lines; a missing cell is an empty one."""
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


def _readings(row: Row, shapes: Container[str]) -> Iterator[Row]:
    """Yield a row, and again for its other columns: the allocator's memory, the tokens of the cache."""
    yield row
    if row["quantity"] == "peak_allocated" and (reserved := notes(row).get("reserved")):
        yield {**row, "quantity": "peak_reserved", "measured_gb": reserved, "unit": "GiB", "further": "1"}
    # A table that names shapes has one row for a run; one that names entries has one for each quantity.
    has_tokens = row["quantity"] == "vllm_non_kv_per_gpu" and number(row, "kv_tokens", 0) and gpu_bytes(row)
    if has_tokens and row["arch"] in shapes:
        yield {**row, "quantity": "kv_tokens", "measured_gb": row["kv_tokens"], "unit": "tokens"}


def _case(row: Row, shape: Row | None) -> Case:
    quantity, unit = row["quantity"], row.get("unit", "")
    if quantity not in QUANTITIES:
        raise ValueError(f"unknown quantity {quantity!r}")
    units = _COUNTED if quantity in COUNTS else _UNITS
    if unit not in units:
        raise ValueError(f"unknown unit {unit!r}")
    measured = float(row["measured_gb"]) * units[unit]
    if not 0 < measured < float("inf"):
        raise ValueError(f"measured {measured}")
    if "sum over GPUs" in row.get("notes", ""):
        measured /= number(row, "n_gpus", 1)
    source = re.match(r"(pypi:)?[^\s:@=#]*", row.get("source", ""))
    asked = _of_shape(row, shape) if shape else registry_rows.read_row(row)
    case = Case(
        row=row,
        source=source[0] if source else "",
        measured=measured,
        is_further="further" in row,
        **{field.name: getattr(asked, field.name) for field in fields(Asked)},
    )
    case.expected(CALIBRATED)  # runs that the library refuses are left out, with its reason
    return case


def _of_shape(row: Row, shape: Row) -> Asked:
    """Read a row that names a shape."""
    entry, gpu, pool = row_entry(row, shape), gpu_bytes(row), row.get("kv_gb", "")
    if row["task"] == "training":
        settings, runtime = training_settings(entry, row), training_runtime(row)
        return Asked(entry=entry, settings=settings, runtime=runtime, gpu_total_bytes=gpu, sharding=settings.sharding)
    if row["task"] == "inference":
        return Asked(
            entry=entry,
            settings=inference_settings(entry, row),
            runtime=inference_runtime(row),
            gpu_total_bytes=gpu,
            pool_bytes=float(pool) * GIB if pool else None,
        )
    raise ValueError(f"unknown task {row['task']!r}")
