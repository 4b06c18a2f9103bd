"""Parts and classes of the evaluation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks.measured_case import Case
from benchmarks.memory_parts import PARTS, Judged, class_scores, judge, part_scores, row_lines
from benchmarks.registry_rows import read_row

from model_garden_registry.memory.constants import CALIBRATED


def case(measured: float = 1e10, *, arch: str = "Qwen/Qwen3-8B", **changes: str) -> Case:
    """Give a measurement."""
    row = {"arch": arch, "task": "training", "method": "lora", "quantity": "peak_reserved", "gpu": "H100"} | changes
    asked = read_row(row)
    names = ("entry", "settings", "runtime", "gpu_total_bytes", "pool_bytes", "sharding", "unsaid")
    return Case(row=row, source="a/b", measured=measured, **{name: getattr(asked, name) for name in names})


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({}, {"training"}),
        ({"notes": "sharding=zero3; packed", "n_gpus": "2"}, {"training", "training_certain", "sharded"}),
        ({"notes": "OpenMathReasoning: full 2048"}, {"training", "training_certain"}),
        ({"notes": "sharding=none; NOT packed: padded to the longest"}, {"training"}),
        ({"quantity": "loaded_reserved", "quant": "bf16"}, {"weights"}),
        ({"quantity": "loaded_reserved", "quant": "nf4-dq", "method": "qlora"}, {"weights", "weights_quantised"}),
        ({"task": "inference", "quantity": "weights_per_gpu", "quant": "fp8"}, {"weights", "weights_quantised"}),
        ({"task": "inference", "quantity": "vllm_non_kv_per_gpu"}, {"serving", "non_kv"}),
        ({"task": "inference", "quantity": "kv_tokens"}, {"kv_tokens"}),
        ({"task": "inference", "quantity": "kv_bytes_per_token_per_gpu", "kv_gb": "8"}, {"kv_bytes"}),
    ],
)
def test_a_measurement_belongs_to_its_parts(changes: dict[str, str], parts: set[str]) -> None:
    """What is loaded before the first step is no peak; lengths are certain where texts are packed or cut."""
    assert {name for name, is_wanted in PARTS.items() if is_wanted(case(**changes))} == parts


@pytest.mark.parametrize(
    ("arch", "changes", "name"),
    [
        ("Qwen/Qwen3-8B", {}, "dense"),
        ("zai-org/GLM-4.5-Air", {}, "mixture_of_experts"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", {}, "vision"),
        ("Qwen/Qwen3-8B", {"notes": "sharding=fsdp", "n_gpus": "2"}, "sharded"),
        ("zai-org/GLM-4.5-Air", {"task": "inference", "quantity": "vllm_non_kv_per_gpu"}, "serving"),
    ],
)
def test_a_run_has_one_class(arch: str, changes: dict[str, str], name: str) -> None:
    """How it runs comes before what it is."""
    judged = judge(case(arch=arch, **changes), CALIBRATED)

    scores = class_scores([judged])

    assert judged.case.memory_class == name
    assert [key for key, of in scores.items() if of["n"]] == [name, "overall"]


def test_safe_of_tokens_is_the_memory_of_one() -> None:
    """Twice the tokens that there are is half the memory that each of them needs, with the margin on top."""
    tokens = case(task="inference", quantity="kv_tokens")
    tokens = replace(tokens, measured=tokens.expected(CALIBRATED) / 2)

    judged = judge(tokens, CALIBRATED)

    assert judged.error == pytest.approx(1)
    assert judged.safe_ratio == pytest.approx(0.5 * (1 + tokens.estimate(CALIBRATED).margin))


def test_scores_are_in_percent() -> None:
    """Of two runs, one 10 % over and one 20 % under; `safe` is 10 % more."""
    some = case()
    judged = [Judged(some, 1.1e10, 0.1, 1.21), Judged(some, 0.8e10, -0.2, 0.88)]

    assert part_scores(judged)["training"] == {
        "n": 2,
        "mape": 15.0,
        "median": 15.0,
        "p90": 19.0,
        "bias": -5.0,
        "under5": 50.0,
        "safe_under5": 50.0,
    }
    assert class_scores(judged)["dense"] == {"n": 2, "mape": 15.0, "safe_under5": 50.0, "safe_ratio": 1.045}
    assert [line["error"] for line in row_lines(judged)] == [10.0, -20.0]


def test_what_is_loaded_is_weights_and_adapters() -> None:
    """Nothing that a step makes; weights that were quantised while loading leave gaps."""
    for loaded, gaps in (
        (case(quantity="loaded_reserved", quant="bf16"), 0),
        (case(quantity="loaded_reserved", quant="nf4-dq", method="qlora"), 2 * CALIBRATED.slack),
    ):
        parts = loaded.estimate(CALIBRATED).parts
        there = parts["weights"] + parts["adapters"]

        assert loaded.expected(CALIBRATED) == pytest.approx(there + min(gaps * there, CALIBRATED.quantizing_gaps_bytes))
    with pytest.raises(ValueError, match="serving loads no adapters"):
        case(task="inference", quantity="loaded_reserved").expected(CALIBRATED)


def test_a_cache_without_its_memory_cannot_be_scored() -> None:
    """Bytes a token are a share of it."""
    with pytest.raises(ValueError, match="no memory of the cache"):
        case(task="inference", quantity="kv_bytes_per_token_per_gpu").expected(CALIBRATED)
    with pytest.raises(ValueError, match="no memory of the GPU"):
        case(task="inference", quantity="kv_tokens", gpu="").expected(CALIBRATED)
    with pytest.raises(ValueError, match="training has no cache"):
        replace(case(), row={**case().row, "quantity": "kv_tokens"}).expected(CALIBRATED)
