"""
Compare the closed form of a training step's memory with a simulation of the step, without a GPU.

The simulation is the real code of transformers, PEFT and torch: a model made of a configuration, forward, backward and
the optimizer's step, on tensors that have a size and no data. What is alive is counted as torch's CUDA allocator counts
it. Imitated is what no CPU has: bitsandbytes' 4-bit layers (four_bit_linear), CUDA's fused attention and softmax
(cuda_kernels), Liger's loss (fused_loss), convolution, gated delta rule and Mamba-2's scan (state_kernels); and who is
sent to which expert in an eager mixture (even_experts) and which tokens have a label (tiled_loss: all), which tensors
without data cannot tell. Vision towers read the sizes of images as numbers (image_inputs). FSDP splits a model over a
fake process group.

Left out, because what it does depends on values: ZeRO, whose step reads the norm of all gradients. Left out as well:
4-bit weights under FSDP2, which stay whole on every GPU and need bitsandbytes' own class; Mamba-1; kernels from the
Hub, which are built for GPUs only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.closed_form import closed_form
from benchmarks.measured_steps import measured_cases
from benchmarks.mixed_steps import HYBRIDS, MIXTURES
from benchmarks.random_steps import random_cases
from benchmarks.sharded_steps import SHARDED
from benchmarks.tiled_steps import TILED
from benchmarks.tower_steps import TOWERS
from benchmarks.training_shapes import CASES, Case
from model_garden_registry.units import GIB

#: Largest absolute errors that the closed form may have, in percent: the median of all steps, and any.
MEDIAN_GOAL, WORST_GOAL = 2.0, 8.0


def main() -> int:
    """Simulate, compare, print; exit 1 if a goal is missed."""
    options = _options()
    rows: list[dict[str, Any]] = []
    for case, measured_bytes in _chosen(options):
        rows.append(_show(_row(case, measured_bytes)))
        if options.json:
            options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    measured = [row for row in rows if "measured_bytes" in row]
    _summary("simulated / measured", [row["simulation_error"] for row in measured])
    return _summary("closed form / simulated", [row["closed_form_error"] for row in rows])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulate_memory", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there as well")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="only steps whose name has one of these in it")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="this many random steps as well")
    parser.add_argument("--seed", type=int, default=0, help="of the random steps")
    parser.add_argument("--measurements", type=Path, metavar="CSV", help="the measured steps of this file as well")
    parser.add_argument("--architectures", type=Path, metavar="CSV", help="the networks that it names")
    options = parser.parse_args()
    if bool(options.measurements) != bool(options.architectures):
        parser.error("--measurements and --architectures go together")
    return options


def _chosen(options: argparse.Namespace) -> Iterator[tuple[Case, float | None]]:
    cases: list[tuple[Case, float | None]] = [
        (case, None) for case in (*CASES, *MIXTURES, *HYBRIDS, *TILED, *SHARDED, *TOWERS)
    ]
    cases += [(case, None) for case in random_cases(options.random, seed=options.seed)]
    if options.measurements:
        cases += measured_cases(options.measurements, options.architectures)
    for case, measured in cases:
        if not options.only or any(part in case.name for part in options.only):
            yield case, measured


def _row(case: Case, measured_bytes: float | None) -> dict[str, Any]:
    from benchmarks.training_step import simulate

    start = time.perf_counter()
    peak = simulate(case)
    seconds = time.perf_counter() - start
    estimate = closed_form(case)
    row = {
        **asdict(case),
        "seconds": round(seconds, 1),
        "phase": peak.phase,
        "simulated_bytes": peak.total_bytes,
        "simulated_parts": peak.by_kind,
        "largest_activations": dict(sorted(peak.activations.items(), key=lambda pair: -pair[1])[:15]),
        "closed_form_bytes": estimate.expected_bytes,
        "closed_form_parts": dict(estimate.parts),
        "closed_form_error": _percent(estimate.expected_bytes, peak.total_bytes),
    }
    if measured_bytes:
        row |= {"measured_bytes": measured_bytes, "simulation_error": _percent(peak.total_bytes, measured_bytes)}
    return row


def _percent(value: float, truth: float) -> float:
    return round(100 * (value / truth - 1), 2)


def _show(row: dict[str, Any]) -> dict[str, Any]:
    """Print a line of the table as soon as it is known."""
    sizes = f"{row['simulated_bytes'] / GIB:9.3f} {row['closed_form_bytes'] / GIB:9.3f} GiB"
    line = f"{row['name']:24} {row['method']:5} {_settings(row):62} {sizes} {row['closed_form_error']:+7.2f} %"
    if "measured_bytes" in row:
        line += f"   measured {row['measured_bytes'] / GIB:.3f}, simulated {row['simulation_error']:+.2f} %"
    print(line, flush=True)
    return row


def _settings(row: dict[str, Any]) -> str:
    words = [f"{row['batch_size']}x{row['max_seq_length']}", row["attn_implementation"].partition("_")[0]]
    words.append("checkpoints" if row["gradient_checkpointing"] else "all kept")
    if row["loss"] != "full":
        words.append("no logits" if row["loss"] == "fused" else "tiles")
    if row["method"] == "full":
        words.append("fused" if row["optim"].endswith("fused") else "foreach")
    else:
        targets = row["target_modules"]
        words += [f"r={row['r']}", targets if isinstance(targets, str) else f"{len(targets)} targets"]
        words.append(row["adapter_dtype"])
    if row["method"] == "qlora":
        words.append("prepared" if row["kbit_preparation"] else "bare")
    if "num_experts_per_tok" in row["architecture"]:
        words.append(row["experts_implementation"])
    if row["state_kernels"] == "torch":
        words.append("no kernels")
    if row["images"]:
        words.append(f"{row['images']} images, tower {'trained' if row['trains_tower'] else 'frozen'}")
    if row["n_gpus"] > 1:
        words.append(f"{row['n_gpus']} GPUs, {row['sharding']}")
    return " ".join([*words, *(["autocast"] if row["autocast"] else [])])


def _summary(what: str, errors: Sequence[float]) -> int:
    """Print the median and the worst; return 1 if either misses its goal."""
    if not errors:
        return 0
    absolute = [abs(error) for error in errors]
    median, worst = statistics.median(absolute), max(absolute)
    print(f"\n{what}: {len(errors)} steps, median {median:.2f} %, worst {worst:.2f} %", end="")
    print(f" (goals: {MEDIAN_GOAL} and {WORST_GOAL} %)")
    return int(median > MEDIAN_GOAL or worst > WORST_GOAL)


if __name__ == "__main__":
    raise SystemExit(main())
