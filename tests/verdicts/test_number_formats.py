"""What a GPU computes in, through a compiled driver: number formats, types and engines, of shipped models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[[str], Any]

FP8, NVFP4 = "inference Qwen/Qwen3-8B-FP8", "inference nvidia/Llama-3.3-70B-Instruct-NVFP4"


@pytest.mark.parametrize(
    ("scenario", "question", "verdict", "findings"),
    [
        pytest.param("L4", FP8, "ok", "", id="FP8 where it is native"),
        pytest.param("A100 80GB", FP8, "ok", "weight-only:note", id="FP8 weights on Ampere"),
        pytest.param("V100", FP8, "fail", "engine-unsupported:fail cc-low:fail", id="FP8 below 7.5"),
        pytest.param("H100", NVFP4, "ok", "weight-only:note", id="NVFP4 weights on Hopper"),
        pytest.param("T4", "training unsloth/Llama-3.2-3B-Instruct-bnb-4bit", "ok", "", id="QLoRA on a T4"),
        pytest.param("P40", "training unsloth/Llama-3.2-3B-Instruct-bnb-4bit", "ok", "", id="NF4 from 6.0"),
        pytest.param(
            "M60", "training unsloth/Llama-3.2-3B-Instruct-bnb-4bit", "fail", "cc-low:fail", id="NF4 below 6.0"
        ),
        pytest.param(
            "V100", "inference Qwen/Qwen3-8B", "fail", "engine-unsupported:fail", id="the engine's wheel below 7.5"
        ),
        pytest.param(
            "V100", "inference Qwen/Qwen3-8B --engine sglang", "fail", "engine-unsupported:fail", id="SGLang below 7.5"
        ),
        pytest.param("T4", "inference Qwen/Qwen3-4B", "ok", "", id="bfloat16 weights on a T4"),
    ],
)
def test_a_format_on_a_gpu(scenario: str, question: str, verdict: str, findings: str, machine: Ask, mgr: Ask) -> None:
    """Native, served another way, or not at all: by engine, version and format."""
    machine(scenario)

    answer = mgr(f"validate {question} --json")

    assert (answer.verdict, answer.findings) == (verdict, findings), answer.messages
