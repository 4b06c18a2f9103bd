"""The questions for training stacks: methods, number formats of the weights, and features of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from model_garden_registry.checks.matrix.judging import FORMATS, Question, format_of
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import Algorithm, TrainingSettings
from model_garden_registry.entries.tasks import Method
from model_garden_registry.families.family import Family, family_of
from model_garden_registry.families.tables import table
from model_garden_registry.memory.network.adapters import Reach, adapted
from model_garden_registry.memory.network.shape import shape_of, states_shape
from model_garden_registry.memory.training.runtime import training_runtime

#: The fact that shows a method is known: the type in which it loads or keeps trained weights.
_OF_METHOD: Mapping[Method, str] = {
    "full": "load_dtype",
    "lora": "adapter_dtype",
    "qlora": "quantized_adapter_dtype",
}
#: The newest GPUs without bfloat16.
_TURING = (7, 5)


def training_questions() -> Iterator[Question]:
    """Yield the questions for every model that they apply to."""
    for method, fact in _OF_METHOD.items():
        yield Question(group="methods", name=method, settings={"method": method}, facts=(fact,))
    eight_bits = {"method": "lora", "base_quantization": "8bit"}
    yield Question(group="methods", name="lora over 8 bits", settings=eight_bits, facts=(_OF_METHOD["qlora"],))
    for algorithm in get_args(Algorithm):
        yield Question(group="methods", name=algorithm, settings={"algorithm": algorithm}, facts=("algorithms",))
    yield from _features()


def training_format(entry: ModelInfo) -> Question:
    """Return the question whether adapters can be trained over a model's weights, as they are published."""
    known = not entry.is_quantized or entry.quantization.is_bitsandbytes
    fact = _OF_METHOD[entry.training_method] if known else f"{FORMATS}{format_of(entry)}"
    return Question(group="formats", name=format_of(entry), facts=(fact,), is_absolute=True)


def _features() -> Iterator[Question]:
    yield Question(
        group="features", name="without bfloat16", facts=("emulates_bfloat16", "without_bfloat16"), capability=_TURING
    )
    for kernel in table("stacks")["kernels"]:
        settings = {"attn_implementation": kernel}
        yield Question(group="features", name=kernel, settings=settings, facts=(f"kernels.{kernel}",))
    divided = {"context_parallel_size": 2, "n_gpus": 2}
    yield Question(group="features", name="divided sequences", settings=divided, facts=("divides_sequences",))
    yield Question(
        group="features", name="checkpointing unasked", facts=("gradient_checkpointing",), holds=_computes_again
    )
    yield Question(group="features", name="logits never whole", facts=("loss",), holds=_cuts_logits)
    yield Question(
        group="features",
        name="experts in 4 bits",
        settings={"method": "qlora"},
        facts=("quantizes_fused_experts",),
        is_about=_fuses_experts,
        holds=_quantizes_experts,
    )
    yield Question(
        group="features",
        name="adapters on experts",
        settings={"method": "lora"},
        facts=("adapts_experts", "peft.converts_expert_targets"),
        is_about=_fuses_experts,
        for_model=_names_of_experts,
        holds=_adapts_experts,
    )
    for method in get_args(Method):
        yield Question(
            group="features",
            name=f"vision tower, {method}",
            settings={"method": method},
            facts=("trains_towers",),
            is_about=_takes_images,
            holds=_trains_tower,
        )


def _computes_again(_: ModelInfo, settings: TrainingSettings) -> bool:
    return settings.gradient_checkpointing


def _cuts_logits(_: ModelInfo, settings: TrainingSettings) -> bool:
    return settings.loss != "full"


def _quantizes_experts(_: ModelInfo, settings: TrainingSettings) -> bool:
    return settings.expert_quantization


def _trains_tower(_: ModelInfo, settings: TrainingSettings) -> bool:
    return settings.trains_vision_tower


def _adapts_experts(entry: ModelInfo, settings: TrainingSettings) -> bool:
    runtime = training_runtime(settings)
    reach = Reach(
        converts=runtime.converts_targets, adds_experts=runtime.adapts_experts, is_fused=runtime.fuses_experts
    )
    found = adapted(shape_of(entry), settings.lora_config.target_modules, reach)
    return any(linear.place == "expert" for linear in found.linears)


def _fuses_experts(entry: ModelInfo) -> bool:
    return states_shape(entry) and shape_of(entry).has_experts and bool(_family(entry).fused_experts)


def _takes_images(entry: ModelInfo) -> bool:
    return entry.is_vision_model


def _names_of_experts(entry: ModelInfo) -> Mapping[str, Any]:
    return {"target_modules": list(_family(entry).feed_forward)}


def _family(entry: ModelInfo) -> Family:
    return family_of(entry.architecture.model_type if entry.architecture else None)
