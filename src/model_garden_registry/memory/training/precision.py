"""Number types of a training run: weights, gradients, optimizer states, and computation."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.memory.training.runtime import TrainingRuntime

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


class Precision(NamedTuple):
    """
    Bytes per element.

    Args:
        rest: A weight that is neither quantised nor trained.

        trained: A trained weight, as the layers read it.

        gradients: A gradient.

        states: An optimizer state, if the optimizer does not fix its type.

        master: The master copy of a trained weight; 0: the optimizer updates the weights themselves.

        stream: The residual stream: 4 where norms compute in float32.
    """

    rest: int
    trained: int
    gradients: int
    states: int
    master: int = 0
    stream: int = 2

    @property
    def is_cast(self) -> bool:
        """Whether float32 weights are multiplied in half precision, with a copy of each made by autocast."""
        return self.rest == self.stream == 4


def precision_of(
    entry: ModelInfo, settings: TrainingSettings, runtime: TrainingRuntime, *, is_quantized: bool
) -> Precision:
    """
    Return the number types of a run.

    Args:
        is_quantized: Whether linear layers of the base model are quantised.

    Source:
        DeepSpeed, `DeepSpeedEngine._configure_distributed_model`: everything in half precision, and `BF16_Optimizer`,
        `stage_1_and_2.py`, `stage3.py`: a float32 copy of what is trained; accelerate, `fsdp2_prepare_model` and
        `Accelerator.prepare_model`: what is trained in float32, gathered in half precision.
    """
    has_master = settings.master_weights
    if settings.sharder == "deepspeed":
        return Precision(2, 2, 2, states=4 if has_master else 2, master=4 if has_master else 0)
    loaded = _loaded_bytes(entry, settings)
    stack = stack_of(settings.stack, settings.stack_version)
    without = stack.without_bfloat16 if runtime.lacks_bfloat16 else None
    if settings.method == "full":
        width = 4 if has_master or (without and without.all_weights) else loaded
        stream = 4 if settings.sharder == "plain" and (width == 4 or runtime.keeps_float32_ends) else 2
        return Precision(width, width, width, width, stream=stream)
    # Adapters in float32, and those that FSDP casts to it.
    width = 4 if has_master else _BYTES[settings.adapter_dtype]
    rest = 4 if (is_quantized and runtime.upcasts_rest) or (_casts_all(settings) and not is_quantized) else loaded
    model_type = entry.architecture.model_type if entry.architecture else None
    stream = 4 if without and model_type in without.families else rest
    return Precision(rest, width, width, width, stream=stream if settings.sharder == "plain" else 2)


def _loaded_bytes(entry: ModelInfo, settings: TrainingSettings) -> int:
    """Return the bytes of a loaded weight; a float32 checkpoint stays float32 if its type is kept."""
    published = entry.architecture.dtype if entry.architecture else None
    if settings.dtype == "auto":
        keeps = stack_of(settings.stack, settings.stack_version).load_dtype == "checkpoint"
        return 4 if keeps and published == "float32" else 2
    return _BYTES[settings.dtype]


def _casts_all(settings: TrainingSettings) -> bool:
    """Return whether FSDP2 casts the whole model to float32, whichever part of it is trained."""
    if settings.sharder != "fsdp2" or not settings.master_weights:
        return False
    return stack_of(settings.stack, settings.stack_version).fsdp2.fsdp2_float32 == "all"
