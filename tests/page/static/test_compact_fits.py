"""What runs on a machine as a small document."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from kinds_of_models import one_of_each

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.page.static.compact_fits import GPU, NUMBER, compact_fits
from model_garden_registry.payloads.fits import fit_row
from model_garden_registry.registry.shared import load_registry

#: The keys of a row that a list shows.
SHOWN = ("verdict", "bucket", "reason", "gpu_gb", "expected_gb", "safe_gb", "share", "remedies")
MACHINES = (("RTX 4090", 1), ("T4", 2), ("GTX 1060 6GB", 1), ("H100 SXM5 80GB", 8), ("GB10", 1))


def one(column: dict[str, Any], place: int) -> Any:
    at = column["at"][place]
    return column["values"][int(at, 36) if isinstance(at, str) else at]


def expanded(found: dict[str, Any], gpu: str) -> list[dict[str, Any]]:
    """Return the rows again, as `static_answers.js` does."""
    why, remedies, rows = iter(found["why"]), iter(found["remedies"]), []
    for place, safe in enumerate(found["safe_gb"]):
        verdict, bucket, has_reason = one(found["state"], place)
        reason = None
        if has_reason:
            told = next(why)
            form, *numbers = told if isinstance(told, list) else [told]
            first, *parts = found["reasons"][form].split(NUMBER)
            reason = first + "".join(f"{number}{part}" for number, part in zip(numbers, parts, strict=True))
            reason = reason.replace(GPU, gpu)
        row = {"verdict": verdict, "bucket": bucket, "reason": reason, "gpu_gb": found["gpu_gb"]}
        row |= {"expected_gb": part(found["expected_gb"][place], 1000), "safe_gb": part(safe, 1000)}
        row |= {"share": part(found["share"][place], 10_000), "remedies": []}
        if bucket == "runs-with-changes":
            changes, then, promised = next(remedies)
            row["remedies"] = [{"changes": changes, "safe_gb": part(then, 1000), "verdict": promised}]
        rows.append({**row, "used": one(found["used"], place), "load": one(found["load"], place)})
    assert [*why] == [*remedies] == []
    return rows


def part(number: int | None, times: int) -> float | None:
    return None if number is None else number / times


@pytest.mark.parametrize("task", get_args(Task))
@pytest.mark.parametrize(("gpu", "count"), MACHINES)
def test_it_says_what_a_fit_says(gpu: str, count: int, task: Task) -> None:
    """For one model of each kind: verdict, bucket, reason, memory, remedy and load, through JSON."""
    fits = load_registry(bundled_registry()).fit(task, ids=one_of_each(), hardware=known_gpu(gpu, count=count))
    rows = [fit_row(fits, one) for one in fits.fitted]
    rows = [{**row, "remedies": row["remedies"] if row["bucket"] == "runs-with-changes" else []} for row in rows]

    found = expanded(json.loads(json.dumps(compact_fits(fits))), gpu)

    assert [{key: row[key] for key in SHOWN} for row in found] == [{key: row[key] for key in SHOWN} for row in rows]
    assert [row["used"] for row in found] == [row["gpus"]["used"] for row in rows]
    loads = [
        [row["assumed"]["context_tokens"]] if row.get("assumed") else [row.get("batch_size"), row.get("max_seq_length")]
        for row in rows
    ]
    assert [row["load"] for row in found] == loads


def test_many_values_are_numbered() -> None:
    """Where a digit does not tell them apart."""
    ids = load_registry(bundled_registry()).fit("inference", hardware=known_gpu("L4"))

    found = compact_fits(ids)

    assert len({*found["load"]["at"]}) == len(found["load"]["values"])
    assert isinstance(found["state"]["at"], str)


@pytest.mark.filterwarnings("ignore:.*left out")
def test_models_that_cannot_be_judged_have_no_memory() -> None:
    """Such as one whose entry is invalid: null, not zero."""
    registry = load_registry(bundled_registry())
    broken = registry.with_entry({**registry.raw("Qwen/Qwen3-8B"), "id": "org/broken", "training_defaults": {}})

    found = compact_fits(broken.fit("training", ids=["org/broken"], hardware=known_gpu("L4")))

    assert (found["gpu_gb"], found["safe_gb"], found["share"]) == (None, [None], [None])
    assert one(found["state"], 0)[:2] == ("unknown", "not-judged")


def test_a_gpu_is_named_once_per_file() -> None:
    """GPUs that differ in nothing else have the same results. A word that contains the name is another word."""
    found = compact_fits(load_registry(bundled_registry()).fit("training", hardware=known_gpu("T4")))

    assert "T4)" not in " ".join(found["reasons"])
    assert any(GPU in reason for reason in found["reasons"])
