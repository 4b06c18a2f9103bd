"""Settings that cannot stand together, however each of them is right for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import Settings, TrainingSettings
from model_garden_registry.errors import InvalidOverrideError
from model_garden_registry.families.stacks import Stack, stack_of

#: How weights must be divided so that they can wait in main memory.
_MOVES_WEIGHTS = ("zero3", "fsdp", "fsdp2")


class Refusal(NamedTuple):
    """
    A value that others forbid.

    Args:
        setting: Its setting.

        allowed: What must be otherwise.
    """

    setting: str
    allowed: str


def check_refusals(entry: ModelInfo, settings: Settings) -> None:
    """
    Check that settings can stand together.

    Raises:
        InvalidOverrideError: They cannot: the first of them.
    """
    for setting, allowed in _training(entry, settings) if isinstance(settings, TrainingSettings) else ():
        raise InvalidOverrideError(
            setting, getattr(settings, setting), allowed, origin=str(settings.origins.get(setting) or "")
        )


def _training(entry: ModelInfo, settings: TrainingSettings) -> Iterator[Refusal]:
    stack = stack_of(settings.stack, settings.stack_version)
    if settings.algorithm not in stack.algorithms:
        yield Refusal("algorithm", f"{settings.tool} teaches {', '.join(stack.algorithms)}")
    if settings.base_quantization and settings.method != "lora":
        yield Refusal("base_quantization", f"it is for method lora, and method is {settings.method}")
    if settings.base_quantization and entry.quantization.method:
        yield Refusal("base_quantization", "the weights are published quantised")
    yield from _divided(settings, stack)


def _divided(settings: TrainingSettings, stack: Stack) -> Iterator[Refusal]:
    """Give what is refused of GPUs that divide a run, and of main memory."""
    parts = settings.context_parallel_size
    if parts > 1 and not stack.divides_sequences:
        yield Refusal("context_parallel_size", f"{settings.tool} does not divide sequences")
    if settings.n_gpus % parts:
        yield Refusal("context_parallel_size", f"it must divide n_gpus, which is {settings.n_gpus}")
    if settings.offload == "optimizer" and settings.sharder != "deepspeed":
        yield Refusal("offload", "the optimizer waits in main memory only where sharding is zero1, zero2, zero3")
    if settings.offload == "weights" and settings.sharding not in _MOVES_WEIGHTS:
        yield Refusal("offload", f"weights wait in main memory only where sharding is {', '.join(_MOVES_WEIGHTS)}")
