"""Models side by side: the fields to choose by, and where models differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.network.weights import published_weight_bytes
from model_garden_registry.units import GB

#: A model's value of a field; None: not stated, or not a field of this model.
Value = str | int | float | bool | None

_IDENTITY = (
    "category",
    "provider",
    "base_architecture",
    "parameters",
    "status",
    "license",
    "gated",
    "released",
)
_CAPABILITIES = ("vision", "reasoning", "function_calling", "structured_outputs")
_MEMORY = ("min_vram_gb", "recommended_vram_gb", "min_gpus")
_HYPERPARAMETERS = ("learning_rate", "batch_size", "gradient_accumulation_steps", "max_seq_length")
_ADAPTER = ("r", "lora_alpha")
_SERVING = ("max_model_len", "dtype", "gpu_memory_utilization", "tensor_parallel_size")


@dataclass(frozen=True, slots=True)
class ComparedField:
    """
    One field of several models.

    Args:
        name: Its name, with a dot between group and field.

        values: Values in the order of the models.
    """

    name: str
    values: tuple[Value, ...]

    @property
    def is_capability(self) -> bool:
        """Whether it is a capability, which is unknown if not stated."""
        return self.name in _CAPABILITIES

    @property
    def is_different(self) -> bool:
        """Whether the models have different values."""
        return any(value != self.values[0] for value in self.values)


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    Models side by side.

    Args:
        models: Their ids.

        fields: All fields that at least one of them states.
    """

    models: tuple[str, ...]
    fields: tuple[ComparedField, ...]

    @property
    def differing(self) -> Comparison:
        """The same models with only the fields in which they differ."""
        return Comparison(self.models, tuple(field for field in self.fields if field.is_different))


def compare(entries: Mapping[str, ModelInfo], further: Sequence[Mapping[str, Value]] = ()) -> Comparison:
    """
    Compare models side by side.

    Args:
        entries: At least one, by id.

        further: More fields of each of them, in the same order, all with the same names.
    """
    said = [dict(_fields(entry)) for entry in entries.values()]
    for one, more in zip(said, further, strict=False):
        one.update(more)
    fields = (ComparedField(name, tuple(one[name] for one in said)) for name in said[0])
    return Comparison(tuple(entries), tuple(field for field in fields if set(field.values) != {None}))


def disk_bytes(entry: ModelInfo) -> int | None:
    """Return the bytes of the published weights, computed from the shape; None if the entry does not state it."""
    try:
        return published_weight_bytes(entry)
    except MissingShapeError:
        return None


def quantization_text(entry: ModelInfo) -> str:
    """Return method and library of quantised weights: ``4bit bitsandbytes``, or ``fp8`` if both are equal."""
    stated = (entry.quantization.method, entry.quantization.type)
    return " ".join(dict.fromkeys(filter(None, stated))) or "none"


def _fields(entry: ModelInfo) -> Iterator[tuple[str, Value]]:
    """Yield every field, the same for each entry and in the same order."""
    for name in _IDENTITY:
        yield name, getattr(entry, name)
    yield "max_position_embeddings", entry.architecture.max_position_embeddings if entry.architecture else None
    yield "quantization", quantization_text(entry)
    size = disk_bytes(entry)
    yield "disk_gb", None if size is None else round(size / GB, 2)
    for name in _CAPABILITIES:
        yield name, getattr(entry.capabilities, name)
    for task in get_args(Task):
        needed = entry.requirements_for(task) if entry.supports(task) else None
        for name in _MEMORY:
            yield f"{task}.{name}", getattr(needed, name, None)
    yield "min_ram_gb", entry.requirements.min_ram_gb
    yield "cuda_compute_capability", entry.requirements.cuda_compute_capability
    yield from _defaults(entry)


def _defaults(entry: ModelInfo) -> Iterator[tuple[str, Value]]:
    training = entry.training_defaults if entry.supports("training") else None
    yield "training_defaults.stack", entry.training_stack if training else None
    yield "training_defaults.method", entry.training_method if training else None
    for name in _HYPERPARAMETERS:
        yield f"training_defaults.{name}", getattr(training.hyperparameters, name) if training else None
    for name in _ADAPTER:
        yield f"training_defaults.{name}", getattr(training.lora_config, name) if training else None
    serving = entry.inference_defaults if entry.supports("inference") else None
    yield "inference_defaults.engine", entry.inference_engine if serving else None
    for name in _SERVING:
        yield f"inference_defaults.{name}", getattr(serving, name, None)
