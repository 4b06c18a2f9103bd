"""Published measurements of training steps that can be simulated, as cases."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.training_shapes import ALL, ATTENTION, Case, shape

_TARGETS = {"qv": ("q_proj", "v_proj"), "attn": ATTENTION, "all": ALL}
_SIZES = ("layers", "hidden", "intermediate", "heads", "kv_heads", "head_dim", "vocab")
_UNITS = {"GiB": 2**30, "GB": 10**9}


def measured_cases(measurements: Path, architectures: Path) -> Iterator[tuple[Case, float]]:
    """
    Yield steps of transformers and PEFT of which torch's own count of allocated bytes was published, with that count.

    Args:
        measurements: CSV of measurements.

        architectures: CSV of the networks that it names.
    """
    networks = {row["arch"]: row for row in _rows(architectures)}
    for row in _rows(measurements):
        is_wanted = row["framework"].startswith("transformers") and row["quantity"] == "peak_allocated"
        if is_wanted and row["task"] == "training" and "suspect" not in row["notes"]:
            yield _case(row, networks[row["arch"]]), float(row["measured_gb"]) * _UNITS[row["unit"]]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _case(row: Mapping[str, str], network: Mapping[str, str]) -> Case:
    notes = dict(note.strip().partition("=")[::2] for note in row["notes"].split(";"))
    return Case(
        name=f"{row['arch']} on {row['gpu']}",
        architecture=shape(
            "qwen2" if row["arch"].startswith("Qwen2") else "llama",
            tuple(int(network[name]) for name in _SIZES),
            tied=network["tied"] == "1",
        ),
        method=row["method"],
        batch_size=int(row["batch"]),
        max_seq_length=int(row["seq"]),
        r=int(row["lora_r"] or 1),
        target_modules=_TARGETS.get(row["lora_targets"], ALL),
        gradient_checkpointing=row["grad_ckpt"] == "1",
        attn_implementation=row["attn"],
        dtype="float16" if row["gpu"].startswith("T4") else "bfloat16",
        adapter_dtype="float32" if notes.get("lora_fp32") == "1" else "bfloat16",
        double_quant=row["quant"] == "nf4-dq",
        kbit_preparation=notes.get("kbit_fp32") == "1",
        autocast=notes.get("amp") == "1",
        keep_outputs=notes.get("keep_outputs") == "1",
    )
