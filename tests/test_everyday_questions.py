"""Questions behind public reports, and everyday ones, each with its right answer: by capability, split and rank."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.known_gpus import known_gpu

REGISTRY = load_registry(bundled_registry())

#: Codes that decide something here; others, such as those of memory, have tests of their own.
DECIDING = {
    *("cc-low", "bf16-unsupported", "weight-only", "engine-unsupported", "plugin-needed"),
    *("group-indivisible", "heads-indivisible", "lora-rank-flag", "rate-unusual"),
}


def asked(task: Task, model_id: str, gpu: str, **settings: Any) -> tuple[str, list[str]]:
    """Give the verdict on a GPU that is named, and what decides it."""
    name, _, count = gpu.partition(":")
    report = REGISTRY.validate(model_id, task, hardware=known_gpu(name, count=int(count or 1)), overrides=settings)
    return str(report.verdict), [str(finding.code) for finding in report.findings if finding.code in DECIDING]


@pytest.mark.parametrize(
    ("question", "settings", "found"),
    [
        pytest.param(
            ("training", "meta-llama/Llama-3.2-1B-Instruct", "T4"), {}, ("ok", ["bf16-unsupported"]), id="LoRA on a T4"
        ),
        pytest.param(
            ("training", "unsloth/Llama-3.2-3B-Instruct-bnb-4bit", "T4"),
            {},
            ("ok", ["bf16-unsupported"]),
            id="the free notebook",
        ),
        pytest.param(
            ("inference", "Qwen/Qwen3-8B-FP8", "A100 80GB"), {}, ("ok", ["weight-only"]), id="vllm#5975: FP8 on an A100"
        ),
        pytest.param(
            ("inference", "nvidia/Llama-3.3-70B-Instruct-NVFP4", "H100"),
            {},
            ("ok", ["weight-only"]),
            id="vllm#38728: NVFP4 on an H100",
        ),
        pytest.param(
            ("inference", "openai/gpt-oss-20b", "T4"), {}, ("fail", ["cc-low"]), id="vllm#22288: MXFP4 on a T4"
        ),
        pytest.param(
            ("inference", "openai/gpt-oss-20b", "RTX 2080 Ti"),
            {"engine_version": "0.11.0"},
            ("fail", ["cc-low"]),
            id="vllm#28572: and on an RTX 2080 Ti",
        ),
        pytest.param(("inference", "openai/gpt-oss-20b", "L4"), {}, ("ok", ["weight-only"]), id="one that unpacks it"),
        pytest.param(
            ("inference", "google/gemma-3-4b-it", "T4"),
            {"engine_version": "0.7.3"},
            ("fail", ["bf16-unsupported"]),
            id="vllm#14817: Gemma 3 on a T4, before dtype auto fell back",
        ),
        pytest.param(
            ("inference", "Qwen/Qwen3-0.6B", "T4"),
            {"dtype": "bfloat16"},
            ("fail", ["bf16-unsupported"]),
            id="vllm#1157: bfloat16 asked for on a T4",
        ),
        pytest.param(
            ("inference", "deepseek-ai/DeepSeek-V4-Flash", "A100 80GB:4"),
            {},
            ("fail", ["engine-unsupported"]),
            id="vllm#40851: sparse latent attention on an A100",
        ),
        pytest.param(
            ("inference", "deepseek-ai/DeepSeek-V3.2", "RTX PRO 6000:8"),
            {"engine_version": "0.20.0"},
            ("fail", ["engine-unsupported"]),
            id="vllm#31936: on a workstation's Blackwell, before 0.24",
        ),
        pytest.param(
            ("inference", "google/gemma-4-E2B-it", "T4"),
            {"dtype": "float16"},
            ("fail", ["engine-unsupported"]),
            id="vllm#57712: Gemma 4 on a T4",
        ),
        pytest.param(
            ("inference", "google/gemma-3-1b-it", "T4"),
            {"dtype": "float32"},
            ("ok", []),
            id="heads of 256 fit there",
        ),
        pytest.param(
            ("inference", "Qwen/Qwen3-0.6B", "V100 32GB"),
            {},
            ("fail", ["engine-unsupported"]),
            id="vllm's wheel on a V100",
        ),
        pytest.param(
            ("inference", "Qwen/Qwen3-0.6B", "V100 32GB"),
            {"engine": "sglang"},
            ("fail", ["engine-unsupported"]),
            id="SGLang on a V100",
        ),
        pytest.param(
            ("inference", "Qwen/Qwen3-235B-A22B-FP8", "H100:8"),
            {"tensor_parallel_size": 8},
            ("ok", []),
            id="vllm#17569: experts of 192 on each GPU",
        ),
        pytest.param(
            ("inference", "Qwen/Qwen3-235B-A22B-FP8", "H100:8"),
            {"tensor_parallel_size": 8, "engine_version": "0.8.5"},
            ("fail", ["group-indivisible"]),
            id="vllm#17569: and the vLLM of then",
        ),
        pytest.param(
            ("inference", "LGAI-EXAONE/EXAONE-4.0-32B-AWQ", "RTX 4090:4"),
            {"tensor_parallel_size": 4},
            ("fail", ["group-indivisible"]),
            id="vllm#21695: groups that are cut",
        ),
        pytest.param(
            ("inference", "LGAI-EXAONE/EXAONE-4.0-32B-AWQ", "RTX 4090:2"),
            {"tensor_parallel_size": 2},
            ("ok", []),
            id="and groups that are not",
        ),
        pytest.param(
            ("inference", "Qwen/Qwen2.5-72B-Instruct-AWQ", "L40S:2"),
            {"tensor_parallel_size": 2, "max_model_len": 8192},
            ("ok", []),
            id="Qwen3-VL#231: a checkpoint that was filled up for that",
        ),
        pytest.param(
            ("inference", "Qwen/Qwen3-Coder-Next-FP8", "H100:8"),
            {"tensor_parallel_size": 8, "engine": "sglang"},
            ("fail", ["group-indivisible"]),
            id="sglang#10852: a shared expert of 64 on each GPU",
        ),
        pytest.param(
            ("inference", "unsloth/Qwen3-8B-bnb-4bit", "L4"),
            {"engine": "vllm"},
            ("warning", ["plugin-needed"]),
            id="worker-vllm#332: bitsandbytes since vLLM 0.28",
        ),
        pytest.param(
            ("training", "Qwen/Qwen3-8B", "H100"), {"r": 128}, ("ok", ["lora-rank-flag"]), id="unsloth#2097: rank 128"
        ),
        pytest.param(
            ("training", "Qwen/Qwen3-0.6B", "H100"),
            {"method": "full", "learning_rate": 2e-4},
            ("warning", ["rate-unusual"]),
            id="all weights with an adapter's rate",
        ),
        pytest.param(
            ("training", "Qwen/Qwen3-0.6B", "T4"),
            {"stack": "trl", "method": "qlora", "dtype": "float16", "batch_size": 1},
            ("fail", ["bf16-unsupported"]),
            id="trl#4901: float16 with adapters in bfloat16",
        ),
    ],
)
def test_an_everyday_question_gets_its_answer(
    question: tuple[Task, str, str], settings: dict[str, Any], found: tuple[str, list[str]]
) -> None:
    """The verdict, and the reason that people were told, or found out."""
    assert asked(*question, **settings) == found


def test_a_flag_is_given_with_the_place_that_vllm_has() -> None:
    """A rank between two of them is served in the larger one."""
    report = REGISTRY.validate("Qwen/Qwen3-8B", "training", hardware=known_gpu("H100"), overrides={"r": 24})

    assert "serve the adapter with --max-lora-rank 32: vLLM 0.33.0 takes rank 16 unless told otherwise" in {
        finding.message for finding in report.findings
    }
