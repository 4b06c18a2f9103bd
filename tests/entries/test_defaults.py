"""Training and inference defaults, as an entry states them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from model_garden_registry.entries.defaults import (
    FullDefaults,
    Hyperparameters,
    InferenceDefaults,
    LoraConfig,
    SelectiveLoss,
    TrainingDefaults,
)

LORA = {"r": 16, "lora_alpha": 16, "lora_dropout": 0.0, "target_modules": ["q_proj"]}
SERVING = {"max_model_len": 8192, "dtype": "auto", "gpu_memory_utilization": 0.0}


def test_full_defaults_are_kept_as_written(full: dict[str, Any]) -> None:
    """Every documented key reads back."""
    assert TrainingDefaults.model_validate(full["training_defaults"]).known() == full["training_defaults"]
    assert InferenceDefaults.model_validate(full["inference_defaults"]).known() == full["inference_defaults"]


def test_what_is_not_stated_has_the_documented_default() -> None:
    """No rsLoRA, one GPU, no quantisation to be told; selective loss is off and conservative."""
    assert LoraConfig.model_validate(LORA).known() == LORA | {
        "use_rslora": False,
        "target_parameters": [],
        "modules_to_save": [],
        "use_dora": False,
    }
    assert InferenceDefaults.model_validate(SERVING).known() == SERVING | {
        "quantization": None,
        "tensor_parallel_size": 1,
        "trust_remote_code": False,
        "kv_cache_dtype": "auto",
        **dict.fromkeys(("engine", "sampling", "tool_call_parser", "reasoning_parser")),
        **dict.fromkeys(("max_num_seqs", "max_lora_rank", "limit_mm_per_prompt")),
    }
    assert SelectiveLoss.model_validate({}).known() == {
        "supported": False,
        "default_level": "conservative",
        "recommended": False,
    }


def test_full_training_may_have_a_rate_of_its_own() -> None:
    """Absent, it follows from that of the adapter."""
    assert FullDefaults.model_validate({"learning_rate": 1e-5}).learning_rate == 1e-5
    with pytest.raises(ValidationError):
        FullDefaults.model_validate({"learning_rate": -1e-5})


@pytest.mark.parametrize("missing", ["learning_rate", "num_epochs", "batch_size", "warmup_steps", "optim"])
def test_hyperparameters_are_stated_in_full(full: dict[str, Any], missing: str) -> None:
    """A training set-up with a hole is none."""
    hyperparameters = full["training_defaults"]["hyperparameters"]
    del hyperparameters[missing]

    with pytest.raises(ValidationError, match="Field required"):
        Hyperparameters.model_validate(hyperparameters)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"r": 0}, id="rank 0"),
        pytest.param({"lora_alpha": 0}, id="alpha 0"),
        pytest.param({"lora_dropout": 1}, id="dropout of everything"),
        pytest.param({"lora_dropout": -0.01}, id="negative dropout"),
        pytest.param({"target_modules": "q_proj"}, id="a module that is no list"),
        pytest.param({"target_modules": [1]}, id="a module that is no text"),
        pytest.param({"target_modules": None}, id="no modules"),
        pytest.param({"use_rslora": "true"}, id="true as a text"),
        pytest.param({"target_parameters": "experts.down_proj"}, id="a parameter that is no list"),
        pytest.param({"use_dora": None}, id="neither yes nor no"),
    ],
)
def test_an_impossible_adapter_is_refused(change: dict[str, Any]) -> None:
    """The bounds are PEFT's."""
    with pytest.raises(ValidationError):
        LoraConfig.model_validate(LORA | change)


@pytest.mark.parametrize("modules", ["all-linear", ["q_proj"], ["q_proj", "v_proj"]])
def test_target_modules_are_a_list_or_all_linear(modules: str | list[str]) -> None:
    """The one text that PEFT understands is told from a list."""
    assert LoraConfig.model_validate(LORA | {"target_modules": modules}).known()["target_modules"] == modules


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"max_model_len": 127}, id="a context too short to use"),
        pytest.param({"gpu_memory_utilization": 1.01}, id="more than the whole memory"),
        pytest.param({"gpu_memory_utilization": -0.01}, id="less than no memory"),
        pytest.param({"gpu_memory_utilization": 0.0099}, id="less than a hundredth of it"),
        pytest.param({"gpu_memory_utilization": 5e-324}, id="next to nothing of it"),
        pytest.param({"dtype": "fp16"}, id="an abbreviated type"),
        pytest.param({"quantization": "4bit"}, id="a method where the engine's word belongs"),
        pytest.param({"tensor_parallel_size": 0}, id="no GPU"),
        pytest.param({"engine": "tgi"}, id="an engine that is not known"),
        pytest.param({"sampling": {"temperature": -1}}, id="a negative temperature"),
        pytest.param({"sampling": {"top_p": 0}}, id="nothing to choose from"),
        pytest.param({"sampling": {"top_k": -2}}, id="fewer tokens than none"),
        pytest.param({"sampling": {"repetition_penalty": 0}}, id="a penalty that divides by 0"),
        pytest.param({"kv_cache_dtype": "int3"}, id="a cache of a type that is not known"),
        pytest.param({"limit_mm_per_prompt": {"image": -1}}, id="fewer images than none"),
    ],
)
def test_an_impossible_serving_set_up_is_refused(change: dict[str, Any]) -> None:
    """The bounds are those of the engines."""
    with pytest.raises(ValidationError):
        InferenceDefaults.model_validate(SERVING | change)


@pytest.mark.parametrize("share", [0, 0.0, 0.01, 0.9, 1, 1.0])
def test_a_share_is_nothing_or_a_hundredth_or_more(share: float) -> None:
    """And keeps its spelling."""
    assert repr(
        InferenceDefaults.model_validate(SERVING | {"gpu_memory_utilization": share}).gpu_memory_utilization
    ) == (repr(share))


def test_automatic_is_a_value() -> None:
    """`0.0` and `auto` mean automatic: they are stated, not missing."""
    defaults = InferenceDefaults.model_validate(SERVING)

    assert defaults.known()["gpu_memory_utilization"] == 0.0
    assert {"dtype", "gpu_memory_utilization"} <= defaults.model_fields_set
