"""Levers of training: what to change so that a GPU is enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import with_changes
from model_garden_registry.entries.settings.task_settings import Settings, TrainingSettings
from model_garden_registry.families.family import family_of
from model_garden_registry.families.stacks import Loss
from model_garden_registry.memory.fitting.levers import Bench, Choice, Gpus, Length, Lever, Price
from model_garden_registry.memory.fitting.offered_losses import offered_losses
from model_garden_registry.memory.network.weight_formats import published_format

#: No lever makes a sequence shorter than this, unless it is already.
SHORTEST_TRAINED = 512
#: 8-bit optimizers, and paged ones with states in main memory, by their kind.
_LIGHTER = {
    "adamw": ("adamw_8bit", "paged_adamw_8bit"),
    "ademamix": ("ademamix_8bit", "paged_ademamix_8bit"),
    "lion": ("lion_8bit", "paged_lion_8bit"),
}


def losses_of(entry: ModelInfo, settings: TrainingSettings) -> Mapping[Loss, str]:
    """Return the losses that the stack of the settings offers, each with the extra package that it needs."""
    return offered_losses(
        settings.stack,
        settings.stack_version,
        algorithm=settings.algorithm,
        sharding=settings.sharding,
        model_type=_model_type(entry),
    )


class Attention(Choice[TrainingSettings]):
    """The attention kernel: one that never stores the scores of all pairs of tokens."""

    moves = ("attn_implementation",)

    def values(self, settings: TrainingSettings, bench: Bench) -> Iterator[Any]:
        family = family_of(_model_type(bench.entry))
        if settings.attn_implementation == "eager" and family.model_type and family.sdpa:
            yield "sdpa"


class OfferedLoss(Choice[TrainingSettings]):
    """The loss: one that the stack offers and that never stores all logits."""

    moves = ("loss",)

    def values(self, settings: TrainingSettings, bench: Bench) -> Iterator[Any]:
        yield from (loss for loss in losses_of(bench.entry, settings) if loss not in (settings.loss, "full"))


class Checkpointing(Choice[TrainingSettings]):
    """Whether activations are recomputed instead of saved."""

    moves = ("gradient_checkpointing",)

    def values(self, settings: TrainingSettings, bench: Bench) -> Iterator[Any]:  # noqa: ARG002
        if not settings.gradient_checkpointing:
            yield True


class LighterOptimizer(Choice[TrainingSettings]):
    """
    The same optimizer with 8-bit states, then with paged states in main memory.

    Source:
        bitsandbytes.optim; transformers passes them to DeepSpeed as well, FSDP cannot shard their state.
    """

    moves = ("optim",)

    def values(self, settings: TrainingSettings, bench: Bench) -> Iterator[Any]:  # noqa: ARG002
        eight_bits, paged = _LIGHTER.get(str(settings.optim).partition("_")[0], ("", ""))
        if not eight_bits or settings.sharder not in ("plain", "deepspeed"):
            return
        if "8bit" not in settings.optim:
            yield eight_bits
        yield paged


class Batch(Lever[TrainingSettings]):
    """Sequences per step; gradient accumulation makes up for fewer, so that the effective batch stays the same."""

    moves = ("batch_size", "gradient_accumulation_steps")

    def minimized(self, settings: TrainingSettings, bench: Bench) -> TrainingSettings | None:  # noqa: ARG002
        return _with_batch(settings, 1) if settings.batch_size > 1 else None

    def relaxed(self, settings: TrainingSettings, bench: Bench, asked: TrainingSettings) -> TrainingSettings:
        most = min(bench.largest(settings, "batch_size"), asked.batch_size)
        effective = settings.batch_size * settings.gradient_accumulation_steps
        return _with_batch(settings, next(size for size in range(most, 0, -1) if effective % size == 0))


class Method(Lever[TrainingSettings]):
    """What is trained: an adapter instead of all weights, on quantised weights instead of published ones."""

    moves = ("method",)
    price = Price.OTHER
    leads = True

    def minimized(self, settings: TrainingSettings, bench: Bench) -> TrainingSettings | None:
        is_half = published_format(bench.entry.quantization) == "half" and not settings.base_quantization
        if settings.method != "qlora" and is_half:
            return with_changes(bench.entry, settings, {"method": "qlora"}, "remedy")
        return None

    def relaxed(self, settings: TrainingSettings, bench: Bench, asked: TrainingSettings) -> TrainingSettings:
        adapter = with_changes(bench.entry, settings, {"method": "lora"}, "remedy")
        return adapter if asked.method == "full" and bench.fits(adapter) else settings


#: In order of cost: what costs only time, then another method; shorter sequences last, as they change what is learnt.
TRAINING_LEVERS: tuple[Lever[TrainingSettings] | Lever[Settings], ...] = (
    Attention(),
    OfferedLoss(),
    Checkpointing(),
    LighterOptimizer(),
    Batch(),
    Gpus(),
    Method(),
    Length("max_seq_length", SHORTEST_TRAINED),
)


def _with_batch(settings: TrainingSettings, batch_size: int) -> TrainingSettings:
    effective = settings.batch_size * settings.gradient_accumulation_steps
    return settings.model_copy(
        update={"batch_size": batch_size, "gradient_accumulation_steps": effective // batch_size}
    )


def _model_type(entry: ModelInfo) -> str | None:
    return entry.architecture.model_type if entry.architecture else None
