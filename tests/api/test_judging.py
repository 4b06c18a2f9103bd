"""Questions about one model, and about models side by side; what they answer is compared in test_faces_agree."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.api.asked import (
    CompareQuestion,
    ExportQuestion,
    InferenceEstimateQuestion,
    TrainingEstimateQuestion,
)
from model_garden_registry.api.invalid_questions import InvalidQuestionError
from model_garden_registry.api.judging import compare_answer, estimate_answer, export_answer
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.errors import UnknownGpuError, UnknownModelError
from model_garden_registry.payloads.estimates import estimate_document

REGISTRY = load_registry(bundled_registry())
TEXT = "Qwen/Qwen3-8B"


def test_an_estimate_is_the_assessment() -> None:
    """On the named GPU, with the settings of the question."""
    question = TrainingEstimateQuestion(model_id=TEXT, gpu="L4", gpus=2, method="lora", config={"batch_size": 1})

    assert estimate_answer(REGISTRY, question) == estimate_document(
        REGISTRY.assess(
            TEXT, "training", overrides={"method": "lora", "batch_size": 1}, hardware=known_gpu("L4", count=2)
        )
    )


def test_an_estimate_without_a_gpu_is_no_verdict() -> None:
    """This machine is not read."""
    assert "report" not in estimate_answer(REGISTRY, InferenceEstimateQuestion(model_id=TEXT))


def test_what_does_not_exist_is_the_error_of_the_library() -> None:
    """With near names."""
    with pytest.raises(UnknownModelError):
        estimate_answer(REGISTRY, InferenceEstimateQuestion(model_id="Qwen/Qwen3-8C"))
    with pytest.raises(UnknownGpuError):
        estimate_answer(REGISTRY, InferenceEstimateQuestion(model_id=TEXT, gpu="L5"))


@pytest.mark.parametrize(
    ("keys", "task", "form"),
    [
        pytest.param({"target": "axolotl"}, "training", "yaml", id="one task"),
        pytest.param({"target": "skypilot"}, "inference", "yaml", id="the first of two tasks"),
        pytest.param({"target": "skypilot", "task": "training"}, "training", "yaml", id="the other"),
        pytest.param({"target": "vllm", "form": "yaml"}, "inference", "yaml", id="another form"),
    ],
)
def test_an_export_says_what_it_is(keys: dict[str, Any], task: str, form: str) -> None:
    """Task and form, also where the question leaves them open."""
    made = export_answer(REGISTRY, ExportQuestion(model_id=TEXT, **keys))

    assert (made["format"], made["id"], made["target"], made["task"], made["form"]) == (
        "mgr.export/1",
        TEXT,
        keys["target"],
        task,
        form,
    )


def test_an_export_is_split_for_its_gpus() -> None:
    """And has the settings of the question."""
    question = ExportQuestion(model_id=TEXT, target="vllm", gpu="T4", gpus=2, config={"max_model_len": 1024})

    assert "--tensor-parallel-size 2" in export_answer(REGISTRY, question)["text"]
    assert "--max-model-len 1024" in export_answer(REGISTRY, question)["text"]


def test_an_export_may_start_several_servers() -> None:
    """Where the tool does."""
    question = ExportQuestion(model_id=TEXT, target="kubernetes", gpu="L4:2", replicas=3)

    assert "replicas: 3" in export_answer(REGISTRY, question)["text"]


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        pytest.param({"target": "vllm", "replicas": 2}, "one server, which .*slurm do several times", id="copies"),
        pytest.param({"target": "vlm"}, "did you mean vllm", id="no such target"),
        pytest.param({"target": "train+serve"}, "no such target", id="two files"),
        pytest.param({"target": "vllm", "task": "training"}, "no files for training", id="another task"),
        pytest.param({"target": "axolotl", "form": "script"}, "script", id="another form"),
    ],
)
def test_a_tool_that_cannot_is_said(keys: dict[str, Any], why: str) -> None:
    """With the reason."""
    with pytest.raises(UnsupportedExportError, match=why):
        export_answer(REGISTRY, ExportQuestion(model_id=TEXT, **keys))


def test_a_comparison_is_of_different_models() -> None:
    """A former id is the same one."""
    alias = next(iter(REGISTRY["unsloth/tinyllama-bnb-4bit"].aliases), "unsloth/tinyllama-bnb-4bit")

    with pytest.raises(InvalidQuestionError, match="named twice"):
        compare_answer(REGISTRY, CompareQuestion(id=["unsloth/tinyllama-bnb-4bit", TEXT, alias]))


def test_a_comparison_may_have_verdicts() -> None:
    """On each of the GPUs."""
    compared = compare_answer(REGISTRY, CompareQuestion(id=[TEXT, "Qwen/Qwen3-4B"], gpu=["L4", "T4:2"]))

    names = [field["field"] for field in compared["fields"]]
    assert {"on L4.training", "on 2x T4.inference"} <= {*names}
