"""Whether what a training run leaves behind can be served, and how the engine is told of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sound_entry import ENTRY

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.handover.continuity import (
    ADAPTER_KEYS,
    OUTPUTS,
    BrokenContinuityError,
    Continuity,
    continuity,
)
from model_garden_registry.dialects.targets import written_dialects
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings


def settings(
    entry: ModelInfo, training: dict[str, Any], serving: dict[str, Any]
) -> tuple[TrainingSettings, InferenceSettings]:
    """Return an entry's settings for both tasks."""
    trained, served = merge(entry, "training", Layer(training)), merge(entry, "inference", Layer(serving))
    assert isinstance(trained, TrainingSettings)
    assert isinstance(served, InferenceSettings)
    return trained, served


def judged(
    training: dict[str, Any] | None = None,
    serving: dict[str, Any] | None = None,
    *,
    is_merged: bool = False,
    **changes: Any,
) -> Continuity:
    """Judge a sound entry with changes to it."""
    entry = ModelInfo.model_validate(ENTRY | changes)
    return continuity(entry, *settings(entry, training or {}, serving or {}), is_merged=is_merged)


def broken(*arguments: Any, **more: Any) -> str:
    """Return the reasons why something cannot be served."""
    with pytest.raises(BrokenContinuityError) as caught:
        judged(*arguments, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("rank", "engine", "made"),
    [
        pytest.param(16, "vllm", 16, id="a rank of vLLM"),
        pytest.param(24, "vllm", 32, id="the next one of vLLM"),
        pytest.param(3, "vllm", 8, id="a small one"),
        pytest.param(400, "vllm", 512, id="a large one"),
        pytest.param(24, "sglang", 24, id="any of SGLang"),
    ],
)
def test_the_engine_makes_place_for_the_rank(rank: int, engine: str, made: int) -> None:
    """The least that it can and that holds the adapter."""
    found = judged({"lora_config.r": rank}, {"engine": engine})

    assert found == Continuity(
        base="org/model", is_adapter=True, path="outputs", changes={"served_loras": 1, "max_lora_rank": made}, notes=()
    )


def test_what_was_asked_for_stays() -> None:
    """More adapters, and a larger rank than this one needs."""
    assert judged({}, {"served_loras": 4, "max_lora_rank": 64}).changes == {"served_loras": 4, "max_lora_rank": 64}


@pytest.mark.parametrize(
    ("training", "serving", "reason"),
    [
        pytest.param(
            {"lora_config.r": 1024}, {}, "has rank 1024, and vLLM 0.33.0 serves 512 at most: merge", id="rank, vLLM"
        ),
        pytest.param(
            {"lora_config.r": 64}, {"max_lora_rank": 32}, "rank 64, and max_lora_rank=32", id="rank, asked for"
        ),
        pytest.param(
            {"lora_config.r": 64},
            {"engine": "sglang", "max_lora_rank": 32},
            "rank 64, and max_lora_rank=32",
            id="rank, SGLang",
        ),
        pytest.param(
            {"lora_config.use_rslora": True},
            {"engine": "sglang"},
            "SGLang 0.5.23 ignores use_rslora and would scale the adapter 4 times too little",
            id="rsLoRA, SGLang",
        ),
        pytest.param({"trains_embeddings": True}, {}, "and vLLM 0.33.0 refuses that", id="embeddings, vLLM"),
        pytest.param(
            {"trains_embeddings": True},
            {"engine": "sglang"},
            "and SGLang 0.5.23 ignores that",
            id="embeddings, SGLang",
        ),
        pytest.param(
            {"lora_config.target_modules": ["q_proj", "fc1"]},
            {"engine": "sglang"},
            "SGLang 0.5.23 takes no adapters on fc1",
            id="layers, SGLang",
        ),
        pytest.param({}, {"engine": "transformers"}, "serves no adapters", id="no adapters at all"),
    ],
)
def test_what_an_engine_does_not_load_is_refused(
    training: dict[str, Any], serving: dict[str, Any], reason: str
) -> None:
    """Before it is trained, with what to do; merged it is served by every engine."""
    assert reason in broken(training, serving)
    assert not judged(training, serving, is_merged=True).is_adapter


def test_rslora_is_followed_by_vllm() -> None:
    """``PEFTHelper`` divides by the root of the rank."""
    assert judged({"lora_config.use_rslora": True}).is_adapter


def test_all_linear_layers_are_left_to_the_engine() -> None:
    """They are looked for in the model, by PEFT and by SGLang alike."""
    assert judged({"lora_config.target_modules": "all-linear"}, {"engine": "sglang"}).is_adapter


def test_an_architecture_may_be_served_without_adapters_only() -> None:
    """LLaVA-OneVision has no ``SupportsLoRA`` in vLLM."""
    architecture = ENTRY["architecture"] | {"architecture_class": "LlavaOnevisionForConditionalGeneration"}

    assert "LlavaOnevisionForConditionalGeneration without adapters: merge" in broken(architecture=architecture)


def test_a_vision_tower_is_passed_over() -> None:
    """By both engines, in silence."""
    vision = {"capabilities": ENTRY["capabilities"] | {"vision": True}}

    for engine in ("vllm", "sglang"):
        reason = broken({"trains_vision_tower": True}, {"engine": engine}, **vision)
        assert "ignores the part of an adapter for the vision tower: set trains_vision_tower=false" in reason


def test_all_reasons_are_given_at_once() -> None:
    """Nobody trains twice to hear the second one."""
    reason = broken({"lora_config.use_rslora": True, "trains_embeddings": True}, {"engine": "sglang"})

    assert "use_rslora" in reason
    assert "trains_embeddings" in reason


def test_what_is_trained_in_full_is_a_model_itself() -> None:
    """No adapter, no rank, no merge."""
    found = judged({"method": "full"})

    assert found == Continuity(base="org/model", is_adapter=False, path="outputs", changes={}, notes=())


def test_quantised_weights_are_served_in_16_bits() -> None:
    """What is trained on weights of four bits is served on those that they were made of."""
    quantized = {"quantization": {"method": "4bit", "type": "bitsandbytes"}}

    found = judged({}, {}, base_model="org/base", **quantized)
    merged = judged({}, {}, is_merged=True, base_model="org/base", **quantized)

    assert (found.base, merged.base) == ("org/base", "org/base")
    assert found.notes == (
        "the adapter is served on the 16-bit weights of org/base",
        "training used quantised weights and serving uses 16-bit ones: outputs differ slightly",
    )
    assert merged.notes[0] == "the adapter is merged into the 16-bit weights of org/base"
    assert "names no base_model" in broken(**quantized)


def test_weights_that_training_quantises_are_served_as_published() -> None:
    """The same model, with a word of it."""
    found = judged({"method": "qlora"})

    assert found.base == "org/model"
    assert found.notes == ("training used quantised weights and serving uses 16-bit ones: outputs differ slightly",)


TRAINERS = [dialect for dialect in written_dialects() if dialect.constants.get("stack")]


@pytest.mark.parametrize("dialect", TRAINERS, ids=lambda dialect: dialect.name)
def test_every_training_file_leaves_its_result_in_one_place(dialect: Dialect) -> None:
    """From which it is served."""
    entry = ModelInfo.model_validate(ENTRY)
    merged = merge(entry, "training", Layer(dict(dialect.constants)))
    request = ExportRequest(target=dialect.name, model_id=entry.id, entry=entry, settings=merged)

    found = re.findall(r"output_dir['\"]?\s*[:=]\s*['\"]?(?:\./)?([\w/]+)", dialect.export(request).text)
    assert found == [OUTPUTS]


@pytest.mark.parametrize("engine", ADAPTER_KEYS)
def test_the_option_that_loads_an_adapter_is_the_engines_own(engine: str) -> None:
    """A key of its vocabulary, of a list."""
    assert "array" in vocabulary(engine).keys[ADAPTER_KEYS[engine]].types


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry()


def test_every_model_that_is_trained_can_be_served_after_it(registry: ModelRegistry) -> None:
    """Merged at the least; and the model below it is in the registry, so that it has settings."""
    for model_id in registry:
        entry = registry[model_id]
        if entry.supports("training"):
            trained, served = settings(entry, {}, {})
            found = continuity(entry, trained, served, is_merged=True)
            assert found.base in registry
