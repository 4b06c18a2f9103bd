"""A model on several machines: how it is divided, what is estimated, and the verdict on one of them."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import ModelRegistry, Report, Verdict, known_gpu, load_registry

pytestmark = pytest.mark.sweep

LARGE, SMALL, DENSE = "deepseek-ai/DeepSeek-V3.1", "Qwen/Qwen3-8B", "Qwen/Qwen3-32B"
GIB = 2**30
REGISTRY: ModelRegistry = load_registry()


def verdict(model: str, gpu: str, count: int, task: Any = "inference", **asked: Any) -> Report:
    """Return the verdict on one of the machines."""
    return REGISTRY.validate(model, task, hardware=known_gpu(gpu, count=count), overrides=asked)


def split(report: Report) -> tuple[int, str, int]:
    """Return over how many GPUs a model is divided, how, and on how many machines."""
    assert report.split is not None
    return report.split.gpus, report.split.how, report.split.nodes


def test_what_is_too_large_for_one_machine_is_divided_over_two() -> None:
    """Tensor parallel inside each, a pipeline stage on each, and the answer says so."""
    alone, both = (verdict(LARGE, "H100 SXM5 80GB", 8, nodes=nodes) for nodes in (1, 2))

    assert (alone.verdict, both.verdict) == (Verdict.FAIL, Verdict.OK)
    assert split(both) == (16, "tensor_parallel + pipeline_parallel", 2)
    assert both.estimate is not None
    assert "8 GPUs on each of 2 machines" in both.estimate.assumptions
    ends = "embeddings are on the first, the head is on the last"
    assert f"2 pipeline stages of up to 31 of 61 layers; {ends}" in both.estimate.assumptions


@pytest.mark.parametrize(("task", "count"), [("inference", 1), ("inference", 8), ("training", 2)])
def test_one_machine_is_judged_as_before(task: Any, count: int) -> None:
    """A setting that says so changes nothing."""
    plain, said = (verdict(DENSE, "A100 80GB", count, task, **asked) for asked in ({}, {"nodes": 1}))

    assert (plain.verdict, split(plain)) == (said.verdict, split(said))
    assert [finding.message for finding in plain.findings] == [finding.message for finding in said.findings]


def test_the_split_inside_a_machine_is_chosen_for_it() -> None:
    """As many GPUs of each as are needed; the machine has to have no more."""
    found = verdict("Qwen/Qwen3-235B-A22B", "H100 SXM5 80GB", 8, nodes=2, tensor_parallel_size=4)
    chosen = verdict(DENSE, "RTX 4080", 4, nodes=2)

    assert split(found) == (8, "tensor_parallel + pipeline_parallel", 2)
    assert split(chosen) == (8, "tensor_parallel + pipeline_parallel", 2)
    assert chosen.settings is not None
    assert chosen.split is not None
    assert (chosen.split.chosen, chosen.settings.gpus_of_node) == (True, 4)


def test_machines_may_share_each_layer() -> None:
    """Where the links between them are as fast: tensor parallelism over all GPUs, and no stages."""
    asked = {"nodes": 2, "tensor_parallel_size": 16, "pipeline_parallel_size": 1}

    found = verdict("Qwen/Qwen3-235B-A22B", "H100 SXM5 80GB", 8, **asked)
    assert (found.verdict, split(found)) == (Verdict.OK, (16, "tensor_parallel", 2))
    few = verdict("Qwen/Qwen3-235B-A22B", "H100 SXM5 80GB", 4, **asked)
    assert few.verdict is Verdict.FAIL


def test_sizes_that_do_not_divide_are_left_out() -> None:
    """With one stage on two machines an odd number of GPUs is none; with two stages each size is doubled."""
    found = verdict(SMALL, "T4", 2, nodes=2, pipeline_parallel_size=1, tensor_parallel_size=2)

    assert split(found) == (2, "tensor_parallel", 2)
    assert found.settings is not None
    assert found.settings.gpus_of_node == 1


def test_a_failure_says_what_each_machine_lacks() -> None:
    """No remedy divides the model over more GPUs: the machines were named."""
    found = verdict(LARGE, "L4", 1, nodes=2)

    assert found.verdict is Verdict.FAIL
    assert not {"tensor_parallel_size", "nodes"} & {name for remedy in found.remedies for name in remedy.changes}


@pytest.mark.parametrize(
    ("stack", "method", "how"),
    [("trl", "full", "zero3"), ("trl", "qlora", "none"), ("unsloth", "lora", "none"), ("axolotl", "lora", "zero3")],
)
def test_a_run_is_divided_as_its_stack_can(stack: str, method: str, how: str) -> None:
    """One process splits by layers on one machine only: on several, each GPU has a full copy instead."""
    found = verdict(DENSE, "A100 80GB", 8, "training", stack=stack, method=method, nodes=2, optim="adamw_torch")

    assert found.split is not None
    assert found.split.how in {how, "none"}
    assert found.split.gpus % 2 == 0
    assert found.estimate is not None
    assert any("of 2 machines" in sentence for sentence in found.estimate.assumptions)


@pytest.mark.parametrize(
    ("model", "tokens", "gib"),
    [
        pytest.param("Qwen/Qwen3-Coder-30B-A3B-Instruct", 262_144, 24.0, id="vllm-project/vllm 34076"),
        pytest.param("zai-org/GLM-4.6", 202_752, 71.16, id="vllm-project/vllm 32105"),
    ],
)
def test_stages_divide_the_cache_that_logs_report(model: str, tokens: int, gib: float) -> None:
    """VLLM 0.14 and 0.15 print what one sequence takes in all layers, under a pipeline too."""
    whole, stage = (
        REGISTRY.estimate(model, "inference", max_model_len=tokens, tensor_parallel_size=1, **asked).parts["kv_cache"]
        for asked in ({}, {"nodes": 2})
    )

    assert whole / GIB == pytest.approx(gib, rel=1e-3)
    assert stage / whole == pytest.approx(0.5, rel=1e-3)


def test_stages_hold_their_layers_and_ends() -> None:
    """The fullest is counted: of two, half of the layers with the larger end."""
    whole, stage = (
        REGISTRY.estimate(DENSE, "inference", tensor_parallel_size=1, **asked).parts["weights"]
        for asked in ({}, {"nodes": 2})
    )
    ends = 151_936 * 5120 * 2

    assert stage == pytest.approx((whole - 2 * ends) / 2 + ends, rel=1e-3)


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_both_servers_are_divided_alike(engine: str) -> None:
    """Each has options for machines and stages."""
    found = verdict("Qwen/Qwen3-235B-A22B", "H100 SXM5 80GB", 4, nodes=2, engine=engine)

    assert split(found) == (8, "tensor_parallel + pipeline_parallel", 2)
    assert found.estimate is not None
    assert "4 GPUs on each of 2 machines" in found.estimate.assumptions
