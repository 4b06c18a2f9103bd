"""What of the weights is on each GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.placement import stage_layers
from model_garden_registry.units import GB, GIB

Make = Callable[..., Any]

REGISTRY = load_registry(bundled_registry())
EXPERTS, OSS, HYBRID = "Qwen/Qwen3-30B-A3B-Instruct-2507", "openai/gpt-oss-120b", "Qwen/Qwen3.6-27B"


def weights(model_id: str, gpu: int | None = None, **overrides: Any) -> float:
    """Return the weights of a shipped entry on the GPU that has most of them."""
    ways = {"tensor_parallel_size": 1, **overrides}
    return deploy(REGISTRY[model_id], REGISTRY.settings(model_id, "inference", **ways), gpu_total_bytes=gpu).weights


@pytest.mark.parametrize(
    ("parallel", "capability", "version", "gibibytes"),
    [
        pytest.param(1, (9, 0), "0.33.0", 61.0, id="Triton"),
        pytest.param(2, (9, 0), "0.33.0", 31.2, id="on two GPUs"),
        pytest.param(8, (9, 0), "0.33.0", 8.2, id="on eight"),
        pytest.param(1, (9, 0), "0.14.1", 64.38, id="Triton with its scales twice (measured: 64.38)"),
        pytest.param(1, (8, 0), "0.33.0", 65.9, id="Marlin"),
        pytest.param(4, (8, 0), "0.10.1", 17.22, id="Marlin on four (measured: 17.22)"),
        pytest.param(1, (10, 0), "0.26.0", 68.6, id="TRT-LLM until 0.26"),
        pytest.param(1, (10, 0), "0.33.0", 65.9, id="TRT-LLM"),
    ],
)
def test_experts_in_mxfp4_are_as_large_as_their_kernel_makes_them(
    parallel: int, capability: tuple[int, int], version: str, gibibytes: float
) -> None:
    """Of gpt-oss-120b: 60.8 GiB without the padding."""
    gpu = GpuMemory(80 * GIB, capability=capability)
    found = weights(OSS, gpu, tensor_parallel_size=parallel, engine_version=version)

    assert found / GIB == pytest.approx(gibibytes, rel=0.02)


def test_experts_are_divided_over_all_copies() -> None:
    """In their width, or as a whole: 128 of them on 3 GPUs are 43 at most."""
    one, two = (weights(EXPERTS, data_parallel_size=copies) for copies in (1, 2))
    wide, whole = (weights(EXPERTS, tensor_parallel_size=3, enable_expert_parallel=ways) for ways in (False, True))
    experts = 2 * 48 * 128 * 3 * 2048 * 768

    assert one - two == pytest.approx(experts / 2)
    assert whole - wide == pytest.approx(experts * (43 / 128 - 1 / 3))
    assert weights(EXPERTS, enable_expert_parallel=True) == one


@pytest.mark.parametrize(
    ("layers", "stages", "parts"),
    [
        (32, 1, (32,)),
        (32, 2, (16, 16)),
        (33, 2, (17, 16)),
        (30, 4, (7, 8, 8, 7)),
        (31, 4, (8, 8, 8, 7)),
        (2, 4, (0, 1, 1, 0)),
    ],
)
def test_stages_have_equally_many_layers(layers: int, stages: int, parts: tuple[int, ...]) -> None:
    """Those that are left over go to stages before the last, from behind."""
    assert stage_layers(layers, stages) == parts


def test_the_fullest_stage_counts(model: Make, inference: Make) -> None:
    """Llama-3.1-8B on two: half of the layers, and embeddings or head, which are as large; more where they are one."""
    entry = model()
    whole, half = (deploy(entry, inference(entry, pipeline_parallel_size=stages)).weights for stages in (1, 2))
    tied = model("llama-3.2-1b")
    tied_whole, tied_half = (deploy(tied, inference(tied, pipeline_parallel_size=stages)).weights for stages in (1, 2))

    assert half == pytest.approx(whole / 2)
    assert tied_half - tied_whole / 2 == pytest.approx(128_256 * 2048 * 2 / 2)


def test_a_tower_stands_in_the_first_stage(model: Make, inference: Make) -> None:
    """Unless it is left out."""
    entry = model("qwen2.5-vl-7b")
    ways = ({}, {"language_model_only": True})
    seeing, blind = (deploy(entry, inference(entry, pipeline_parallel_size=2, **way)).weights for way in ways)

    assert seeing - blind == pytest.approx(2 * 676_550_144)


def test_layers_that_predict_are_loaded_where_something_is_drafted() -> None:
    """Qwen3.6-27B: a layer with attention, and the projection in front of it; another model that drafts is none."""
    plain, drafting = weights(HYBRID), weights(HYBRID, speculative_tokens=3)

    assert 0.3 * GB < drafting - plain < 1.5 * GB
    assert weights(HYBRID, speculative_tokens=3, draft_model="Qwen/Qwen3-0.6B") == plain
    assert weights(EXPERTS, speculative_tokens=3) == weights(EXPERTS)


def test_what_waits_in_main_memory_is_not_on_the_gpu() -> None:
    """Embeddings and head stay, and of a pipeline the layers of each stage may leave."""
    ends = 2 * 2 * 151_936 * 2048
    assert weights(EXPERTS) - weights(EXPERTS, cpu_offload_gb=5) == 5 * GB
    assert weights(EXPERTS, cpu_offload_gb=1000) == ends
    assert weights(EXPERTS, cpu_offload_gb=1000, pipeline_parallel_size=2) == pytest.approx(ends / 2)


def adapters(entry: Any, settings: Any) -> float:
    """Return the bytes of the places for adapters."""
    return deploy(entry, settings).adapters


def test_every_linear_layer_has_places_for_adapters(model: Make, inference: Make) -> None:
    """Llama-3.1-8B, rank 16 unless told otherwise; embeddings and head as well."""
    entry = model()
    attention, feed_forward = 2 * (4096 + 4096) + 2 * (4096 + 1024), 3 * (4096 + 14336)
    whole = 2 * 16 * (32 * (attention + feed_forward) + 2 * (128_256 + 4096))

    assert adapters(entry, inference(entry)) == 0
    assert adapters(entry, inference(entry, served_loras=1)) == whole
    assert adapters(entry, inference(entry, served_loras=4, max_lora_rank=32)) == 8 * whole


def test_ends_have_places_only_in_vllm(model: Make, inference: Make) -> None:
    """SGLang's adapters rarely have matrices there; its rank is theirs."""
    entry = model()
    vllm, sglang = (
        adapters(entry, inference(entry, engine=engine, served_loras=1, max_lora_rank=16))
        for engine in ("vllm", "sglang")
    )

    assert vllm - sglang == 2 * 16 * 2 * (128_256 + 4096)
    assert adapters(entry, inference(entry, engine="sglang", served_loras=1)) == 0


def test_one_side_of_an_adapter_is_divided(model: Make, inference: Make) -> None:
    """That which its matrix is divided at: the output, of matrices that come last the input."""
    entry = model()
    ends = 2 * (128_256 + 4096)
    divided = 32 * ((4096 + 2 * 1024 + 2 * 14336) + 4096 + 14336)
    whole = 32 * (3 * 4096 + 2 * 4096 + 4096 + 4096)

    assert adapters(entry, inference(entry, served_loras=1, tensor_parallel_size=2)) == 32 * (
        divided / 2 + whole + ends
    )


def test_adapters_of_experts_are_where_the_experts_are(model: Make, inference: Make) -> None:
    """All of them with half of their width, or half of them as a whole."""
    entry = model("qwen3-30b-a3b")
    ways = {"served_loras": 1, "tensor_parallel_size": 2}
    wide, whole = (adapters(entry, inference(entry, **ways, enable_expert_parallel=way)) for way in (False, True))

    assert wide - whole == pytest.approx(32 * 48 * 128 * 3 * 2048 / 2)
