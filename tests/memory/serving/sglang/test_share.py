"""What of a GPU SGLang takes; the rules are its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.entries.architecture import VisionTower
from model_garden_registry.memory.serving.deployment import Deployment, deploy
from model_garden_registry.memory.serving.sglang.share import (
    left_free_bytes,
    lost_bytes,
    reserve_bytes,
    static_share,
)
from model_garden_registry.units import GIB, MIB

Make = Callable[..., Any]


@pytest.fixture
def served(model: Make, inference: Make) -> Callable[..., Deployment]:
    """Return what is asked of SGLang on a GPU."""

    def make(gpu: int | None = 24 * GIB, entry: Any = None, **changes: Any) -> Deployment:
        entry = entry or model()
        return deploy(entry, inference(entry, engine="sglang", **changes), gpu_total_bytes=gpu)

    return make


#: Sizes of CUDA graphs of prefill up to so many tokens.
GRAPHS = {2048: 42, 4096: 50, 8192: 58, 16384: 74}


@pytest.mark.parametrize(
    ("changes", "gpu", "mebibytes"),
    [
        pytest.param({}, 24 * GIB, 512 + 1.5 * 4096 + 128 + 2 * 48 + 8 * GRAPHS[4096], id="24 GiB"),
        pytest.param({"enforce_eager": True}, 24 * GIB, 512 + 1.5 * 4096 + 128, id="no graphs"),
        pytest.param(
            {"tensor_parallel_size": 4},
            24 * GIB,
            512 + 1.5 * 4096 + 512 + 2 * 160 + 8 * GRAPHS[4096],
            id="four GPUs",
        ),
        pytest.param(
            {"pipeline_parallel_size": 2}, 24 * GIB, 512 + 1.5 * 4096 + 256 + 2 * 48, id="stages: no graphs of prefill"
        ),
        pytest.param(
            {"max_num_seqs": 4, "max_num_batched_tokens": 512},
            8 * GIB,
            512 + 1.5 * 2048 + 128 + 2 * 4 + 8 * (8 + 14 + 8),
            id="a small batch",
        ),
        pytest.param({"max_num_seqs": 900}, 8 * GIB, 512 + 3072 + 128 + 2 * 8 + 8 * 42, id="graphs for eight at most"),
        pytest.param({}, 80 * GIB, 512 + 1.5 * 8192 + 128 + 2 * 256 + 8 * GRAPHS[8192], id="80 GiB"),
        pytest.param(
            {"max_num_seqs": 8, "max_num_batched_tokens": 2048},
            80 * GIB,
            10 * 1024,
            id="ten GiB at least on a large one",
        ),
        pytest.param({}, 192 * GIB, 512 + 1.5 * 16384 + 128 + 2 * 512 + 8 * GRAPHS[16384], id="192 GiB"),
        pytest.param({}, None, 512 + 1.5 * 8192 + 128 + 2 * 256 + 8 * GRAPHS[8192], id="unknown: as 80 GB"),
        pytest.param({"engine_version": "0.5.3"}, 24 * GIB, 512 + 1.5 * 2048 + 128 + 2 * 16, id="0.5.3"),
        pytest.param({"engine_version": "0.4.9"}, 24 * GIB, 1024 * 2.9, id="0.4.9: by the size of the GPU"),
        pytest.param(
            {"engine_version": "0.4.9", "tensor_parallel_size": 8}, 141 * GIB, 1024 * 16, id="0.4.9: half a GiB a GPU"
        ),
        pytest.param({"engine_version": "0.4.5"}, 100 * MIB, 12, id="0.4.5: a share"),
        pytest.param({"engine_version": "0.4.5", "tensor_parallel_size": 8}, 100 * MIB, 19, id="0.4.5: eight GPUs"),
    ],
)
def test_what_its_own_rule_keeps_free(
    changes: dict[str, Any], gpu: int | None, mebibytes: float, served: Callable[..., Deployment]
) -> None:
    """SGLang, `handle_gpu_memory_settings`, by release."""
    assert reserve_bytes(served(gpu, **changes)) == pytest.approx(mebibytes * MIB)


def test_latent_attention_has_larger_graphs(model: Make, served: Callable[..., Deployment]) -> None:
    """One and a half GiB for those of prefill."""
    entry = model(mla={"kv_lora_rank": 512, "qk_rope_head_dim": 64, "q_lora_rank": 1536, "qk_nope_head_dim": 128})

    assert reserve_bytes(served(24 * GIB, entry)) == (512 + 1.5 * 4096 + 128 + 2 * 48 + 1536) * MIB


@pytest.mark.parametrize(
    ("mebibytes", "changes", "tower", "share"),
    [
        pytest.param(16303, {"engine_version": "0.4.10"}, None, 0.818, id="RTX 5080"),
        pytest.param(16303, {"engine_version": "0.5.6"}, None, 0.771, id="RTX 5080, another release"),
        pytest.param(183359, {"engine_version": "0.4.10", "tensor_parallel_size": 8}, None, 0.821, id="B200"),
        # gemma-4-26B-A4B on an RTX 5090: its log says 0.718.
        pytest.param(32607, {}, VisionTower(num_hidden_layers=27, hidden_size=1152), 0.7178, id="RTX 5090, images"),
        pytest.param(
            32607,
            {"language_model_only": True},
            VisionTower(num_hidden_layers=27, hidden_size=1152),
            0.777,
            id="without the encoder: graphs of prefill instead",
        ),
        pytest.param(32607, {"mem_fraction_static": 0.8}, VisionTower(), 0.8, id="as set, whatever it is served"),
        pytest.param(1024, {}, None, 0, id="a GPU that is too small for anything"),
    ],
)
def test_the_share(
    mebibytes: int,
    changes: dict[str, Any],
    tower: VisionTower | None,
    share: float,
    model: Make,
    served: Callable[..., Deployment],
) -> None:
    """As start-up logs print it, three digits before images."""
    entry = model(vision=tower) if tower else model()

    assert static_share(served(mebibytes * MIB, entry, **changes)) == pytest.approx(share, abs=5e-5)


def test_a_model_with_images_of_an_unknown_tower_has_a_usual_one(
    model: Make, served: Callable[..., Deployment]
) -> None:
    """The entry says that it takes images, and nothing of its encoder."""
    entry = model().model_copy(update={"capabilities": model().capabilities.model_copy(update={"vision": True})})
    entry = entry.model_copy(update={"category": "vision-vlm"})
    plain = served(24 * GIB, entry, language_model_only=True, enforce_eager=True)

    assert static_share(served(24 * GIB, entry, enforce_eager=True)) == pytest.approx(0.95 * static_share(plain))


@pytest.mark.parametrize(
    ("gpu", "mebibytes", "gpus", "free_gib"),
    [
        # "Load weight begin. avail mem=" of public start-up logs.
        pytest.param("RTX 5080", 16303, 1, 15.33, id="RTX 5080"),
        pytest.param("H100", 81559, 1, 78.47, id="H100"),
        pytest.param("RTX 4090", 24564, 2, 22.93, id="two RTX 4090"),
        pytest.param("RTX 4090", 24564, 4, 23.08, id="four RTX 4090"),
        pytest.param("H20", 97871, 8, 93.61, id="eight H20"),
        pytest.param("H200", 143771, 8, 137.9, id="eight H200"),
        pytest.param("B200", 183359, 4, 175.34, id="four B200"),
    ],
)
def test_what_is_free_before_loading(
    gpu: str, mebibytes: int, gpus: int, free_gib: float, served: Callable[..., Deployment]
) -> None:
    """Within one per cent of what start-up logs print."""
    asked = served(mebibytes * MIB, tensor_parallel_size=gpus)

    assert (mebibytes * MIB - lost_bytes(asked)) / GIB == pytest.approx(free_gib, rel=0.01), gpu


def test_what_is_left_free_is_the_rest_of_the_share(served: Callable[..., Deployment]) -> None:
    """Weights and pools get the share of what was free before loading, and not of the whole GPU."""
    asked = served(80 * GIB, mem_fraction_static=0.9)

    assert 80 * GIB - left_free_bytes(asked) == pytest.approx(0.9 * (80 * GIB - lost_bytes(asked)))


def test_images_get_a_hundred_mebibytes_more(model: Make, served: Callable[..., Deployment]) -> None:
    """For their embeddings, since 0.5.18."""
    entry = model(vision=VisionTower())
    before, since = (
        left_free_bytes(served(80 * GIB, entry, mem_fraction_static=0.9, engine_version=version))
        for version in ("0.5.17", "0.5.18")
    )

    assert since - before == pytest.approx(100 * MIB)
