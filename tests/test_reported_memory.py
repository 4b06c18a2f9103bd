"""Questions about memory from public reports, with the answers that turned out to be right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.memory.constants import CONTEXT_BYTES
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.units import GB, GIB

REGISTRY = load_registry(bundled_registry())
GEMMA = {"tensor_parallel_size": 1, "max_model_len": 262_144}


def estimated(model_id: str, task: Task, **settings: Any) -> MemoryEstimate:
    return REGISTRY.estimate(model_id, task, **settings)


@pytest.mark.parametrize(
    ("settings", "gigabytes"),
    [
        pytest.param({"engine_version": "0.25.0", "max_num_batched_tokens": 2048}, 24.0, id="one batch in flight"),
        pytest.param({"max_num_batched_tokens": 2048}, 25.7, id="since 0.26 two"),
        pytest.param({"max_num_batched_tokens": 8192}, 35.7, id="of a large batch"),
    ],
)
def test_window_layers_hold_what_is_in_flight(settings: Mapping[str, Any], gigabytes: float) -> None:
    """Gemma 4 31B at 262,144 tokens: ten global layers of 4 x 512, fifty of 1024 tokens with 16 x 256 (vllm#43308)."""
    cache = estimated("google/gemma-4-31B-it", "inference", **GEMMA, **settings).parts["kv_cache"] / GB

    assert cache == pytest.approx(gigabytes, abs=0.06)


@pytest.mark.parametrize(
    ("model_id", "task", "gpu", "count", "settings", "verdicts"),
    [
        pytest.param(
            *("openai/gpt-oss-120b", "inference", "H100 80GB", 1),
            *({"tensor_parallel_size": 1, "max_model_len": 32_768}, {Verdict.OK}),
            id="gpt-oss-120b was made for one such GPU",
        ),
        pytest.param(
            *("Qwen/Qwen3-32B", "inference", "B200", 1),
            *({"tensor_parallel_size": 1}, {Verdict.OK}),
            id="65 GB of weights on 192",
        ),
        pytest.param(
            *("Qwen/Qwen3.6-27B-FP8", "inference", "RTX 3090", 2),
            {
                "tensor_parallel_size": 2,
                "max_model_len": 262_144,
                "kv_cache_dtype": "fp8",
                "max_num_seqs": 2,
                "gpu_memory_utilization": 0.92,
            },
            {Verdict.OK, Verdict.WARNING},
            id="a hybrid that runs (club-3090#594)",
        ),
        pytest.param(
            *("Qwen/Qwen3.6-27B", "inference", "L40S", 8),
            *({"tensor_parallel_size": 8, "max_model_len": 262_144}, {Verdict.OK}),
            id="the vendor's own command",
        ),
        pytest.param(
            *("Qwen/Qwen3-235B-A22B-FP8", "inference", "H100 80GB", 4),
            *({"engine_version": "0.9.2", "tensor_parallel_size": 4}, {Verdict.OK}),
            id="235 B in FP8 on four of 80 GB (vllm#21348)",
        ),
        pytest.param(
            *("deepseek-ai/DeepSeek-R1", "inference", "H200 NVL", 8),
            {
                "engine_version": "0.7.3",
                "tensor_parallel_size": 8,
                "max_model_len": 131_072,
                "max_num_batched_tokens": 65_536,
                "gpu_memory_utilization": 0.8,
            },
            {Verdict.OK},
            id="DeepSeek-R1 on eight H200 (DeepSeek-R1#507)",
        ),
        pytest.param(
            *("deepseek-ai/DeepSeek-R1", "inference", "H100 80GB", 16),
            {
                "engine_version": "0.7.0",
                "tensor_parallel_size": 8,
                "pipeline_parallel_size": 2,
                "max_model_len": 16_384,
                "gpu_memory_utilization": 0.85,
            },
            {Verdict.OK},
            id="and over two machines (open-r1, slurm/generate.slurm)",
        ),
        pytest.param(
            *("zai-org/GLM-5.2-FP8", "inference", "A100 40GB", 32),
            {"engine_version": "0.33.0", "tensor_parallel_size": 2, "pipeline_parallel_size": 16},
            {Verdict.FAIL},
            id="sparse attention that has no kernel (vllm#38476)",
        ),
        pytest.param(
            *("Qwen/Qwen3-VL-30B-A3B-Instruct", "training", "H100 80GB", 32),
            {
                "method": "full",
                "stack": "trl",
                "batch_size": 1,
                "max_seq_length": 8192,
                "n_gpus": 32,
                "sharding": "zero2",
                "optim": "adamw_torch_fused",
                "gradient_checkpointing": True,
            },
            {Verdict.FAIL},
            id="experts on each of 32, with their gradients (Qwen3-VL#2053)",
        ),
        pytest.param(
            *("HuggingFaceTB/SmolLM2-1.7B", "training", "H100 80GB", 1),
            {
                "method": "full",
                "stack": "axolotl",
                "batch_size": 1,
                "max_seq_length": 16_384,
                "optim": "adamw_bnb_8bit",
                "gradient_checkpointing": False,
            },
            {Verdict.FAIL},
            id="every activation of 16 K kept (axolotl#2412)",
        ),
        pytest.param(
            *("nvidia/gemma-4-31B-it-NVFP4", "inference", "RTX 5090", 1),
            *({"engine_version": "0.19.0", "tensor_parallel_size": 1, "max_model_len": 8192}, {Verdict.FAIL}),
            id="attention left in 16 bits (vllm#40291)",
        ),
        pytest.param(
            *("Qwen/Qwen3-30B-A3B", "training", "RTX 5090", 1),
            *({"method": "qlora", "stack": "trl", "batch_size": 1}, {Verdict.FAIL}),
            id="experts that are not quantised (bitsandbytes#1849)",
        ),
        pytest.param(
            *("Qwen/Qwen2.5-7B", "training", "A100 40GB", 4),
            {
                "method": "full",
                "sharding": "zero3",
                "n_gpus": 4,
                "batch_size": 1,
                "max_seq_length": 16_384,
                "loss": "fused",
                "optim": "adamw_torch",
            },
            {Verdict.FAIL},
            id="sixteen bytes a parameter",
        ),
        pytest.param(
            *("google/gemma-3-27b-it", "training", "A100 40GB", 4),
            *({"stack": "llama-factory", "n_gpus": 4}, {Verdict.FAIL}),
            id="every GPU has a full copy (LlamaFactory#7559)",
        ),
        pytest.param(
            *("nvidia/NVIDIA-Nemotron-Nano-9B-v2", "inference", "L40S", 1),
            *({"max_num_seqs": 1024}, {Verdict.FAIL, Verdict.WARNING}),
            id="137 MiB of state a sequence (vllm#23230)",
        ),
        pytest.param(
            *("unsloth/Llama-3.2-3B-Instruct-bnb-4bit", "training", "T4", 1),
            *({}, {Verdict.OK}),
            id="the free notebook",
        ),
    ],
)
def test_verdicts_are_those_that_turned_out_right(
    model_id: str, task: Task, gpu: str, count: int, settings: dict[str, Any], verdicts: set[Verdict]
) -> None:
    """On the GPUs of the report."""
    report = REGISTRY.validate(model_id, task, overrides=settings, hardware=known_gpu(gpu, count=count))

    assert report.verdict in verdicts


@pytest.mark.parametrize(
    ("dtype", "gigabytes"), [pytest.param("bfloat16", 59, id="bfloat16"), pytest.param("float32", 118, id="float32")]
)
def test_only_attention_of_a_mixture_is_quantised(dtype: str, gigabytes: float) -> None:
    """0.9 of the 30.5 billion parameters of Qwen3-30B-A3B (bitsandbytes#1849)."""
    weights = estimated("Qwen/Qwen3-30B-A3B", "training", method="qlora", stack="trl", dtype=dtype).parts["weights"]

    assert weights / GB == pytest.approx(gigabytes, rel=0.04)


@pytest.mark.parametrize(
    ("version", "gibibytes"), [pytest.param("2026.5", 46, id="before"), pytest.param("2026.6.4", 14.2, id="since")]
)
def test_unsloth_quantises_experts_that_are_one_tensor(version: str, gibibytes: float) -> None:
    """Gemma 4 26B-A4B: about 46 GiB, then about 15 GB (unsloth#5344)."""
    settings = {"method": "qlora", "stack": "unsloth", "stack_version": version, "batch_size": 1}
    estimate = estimated("google/gemma-4-26B-A4B-it", "training", **settings)
    attention = estimated(
        "google/gemma-4-26B-A4B-it", "training", **settings, target_modules=ATTENTION, target_parameters=[]
    )

    assert estimate.parts["weights"] / GIB == pytest.approx(gibibytes, rel=0.02)
    assert attention.parts["adapters"] < 0.3 * GB


def test_states_grow_with_the_sequences_and_not_with_their_length() -> None:
    """Nemotron-Nano-9B-v2: 137 MiB each in float32 (vllm#23230)."""
    model_id = "nvidia/NVIDIA-Nemotron-Nano-9B-v2"
    one, long, ten = (
        estimated(model_id, "inference", engine="sglang", mamba_ssm_dtype="float32", **settings).parts["state_cache"]
        for settings in ({}, {"max_model_len": 131_072}, {"concurrent": 10})
    )

    assert one == long < ten


def test_experts_are_layers_before_transformers_5() -> None:
    """Mixtral-8x7B under a TRL of early 2025 is quantised as a whole: 27 GB of nf4."""
    settings = {"method": "qlora", "stack": "trl", "stack_version": "0.13.0", "n_gpus": 1, "sharding": "none"}
    weights = estimated("mistralai/Mixtral-8x7B-Instruct-v0.1", "training", **settings).parts["weights"]

    assert weights / GB == pytest.approx(27, rel=0.03)


ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
LAYERS = [*ATTENTION, "gate_proj", "up_proj", "down_proj"]


@pytest.mark.parametrize(
    ("model_id", "run", "gibibytes"),
    [
        (
            "google/gemma-4-31B-it",
            (1, 5120, 16, None, {"stack_version": "2026.9.5", "trains_vision_tower": False, "images_per_sample": 0}),
            21.588,
        ),
        ("google/gemma-4-31B-it", (1, 512, 32, "all-linear", {"trains_vision_tower": True}), 21.363),
        (
            "google/gemma-4-26B-A4B-it",
            (1, 512, 32, "all-linear", {"trains_vision_tower": True, "target_parameters": []}),
            46.926,
        ),
        ("meta-llama/Llama-3.3-70B-Instruct", (2, 2048, 16, LAYERS, {"n_gpus": 1, "sharding": "none"}), 42.789),
        ("mistralai/Magistral-Small-2506", (2, 2048, 32, LAYERS, {}), 18.139),
        ("Qwen/Qwen2.5-Coder-14B-Instruct", (1, 2048, 16, LAYERS, {"optim": "paged_adamw_8bit"}), 13.24),
        ("zai-org/GLM-4.7-Flash", (4, 2048, 8, LAYERS, {"method": "lora"}), 65.738),
    ],
)
def test_peaks_that_unsloths_notebooks_print(
    model_id: str, run: tuple[int, int, int, str | list[str] | None, dict[str, Any]], gibibytes: float
) -> None:
    """Peak reserved by torch, without the context, in GiB: within 15 %."""
    batch, length, rank, modules, more = run
    settings: dict[str, Any] = {
        "stack": "unsloth",
        "stack_version": "2026.5",
        "method": "qlora",
        "optim": "adamw_8bit",
        "batch_size": batch,
        "max_seq_length": length,
        "r": rank,
        **({"target_modules": modules} if modules else {}),
        **more,
    }
    peak = estimated(model_id, "training", **settings).expected_bytes - CONTEXT_BYTES

    assert peak / GIB == pytest.approx(gibibytes, rel=0.15)


def test_divided_sequences_and_offloaded_weights_as_a_published_run_has_them() -> None:
    """QwQ-32B, LoRA, 512,000 tokens over eight GPUs of 80 GiB, which it fills (ms-swift, sequence_parallel_512k.sh)."""
    settings: dict[str, Any] = {
        **dict.fromkeys(("n_gpus", "context_parallel_size", "r"), 8),
        "stack": "ms-swift",
        "method": "lora",
        "batch_size": 1,
        "max_seq_length": 512_000,
        "packing": True,
        "sharding": "zero3",
        "offload": "weights",
        "loss": "fused",
        "attn_implementation": "flash_attention_2",
    }
    peak = estimated("Qwen/QwQ-32B", "training", **settings).expected_bytes

    assert peak / GIB == pytest.approx(80, rel=0.15)


@pytest.mark.parametrize(
    ("model_id", "settings", "gibibytes"),
    [
        pytest.param("openai/gpt-oss-20b", {"engine_version": "0.19.0"}, 13.72, id="MXFP4"),
        pytest.param("google/gemma-4-26B-A4B", {"engine_version": "0.19.0"}, 48.5, id="experts in bfloat16"),
        pytest.param(
            "Qwen/Qwen3.8-27B-FP8", {"tensor_parallel_size": 2}, 14.28, id="FP8, divided by two (recipes#810)"
        ),
    ],
)
def test_weights_are_what_start_up_logs_say(model_id: str, settings: Mapping[str, Any], gibibytes: float) -> None:
    """Within 2 %: "Model loading took 13.72 GiB" (myoceane.fr, ai-vllm-a100-gemma-4)."""
    parts = estimated(model_id, "inference", **{"tensor_parallel_size": 1, **settings}).parts

    assert parts["weights"] / GIB == pytest.approx(gibibytes, rel=0.02)
