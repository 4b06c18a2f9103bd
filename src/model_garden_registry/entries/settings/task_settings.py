"""Typed, frozen settings for one task, with the origin of every value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from model_garden_registry.entries.defaults import (
    Hyperparameters,
    InferenceDefaults,
    InferenceEngine,
    LoraConfig,
    SelectiveLoss,
    TrainingStack,
)
from model_garden_registry.entries.part import Part, ReadOnly, Whole
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.stacks import AdapterDtype, AttentionImplementation, Loss, stack_of


class OriginKind(StrEnum):
    """Who chose a value, weakest first."""

    BUILT_IN = "built-in"
    STACK = "stack"
    ENTRY = "entry"
    FILE = "file"
    OVERRIDE = "override"


#: Detail of the origin of a value that was chosen for the number of GPUs there are, not by the settings.
FOR_HARDWARE = "chosen for the hardware"


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where a value comes from.

    Args:
        kind: Who chose it.

        detail: The pointer below the entry, the file, the stack, or the way it was given.
    """

    kind: OriginKind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)


class _Settings(Part):
    """What both kinds of settings share."""

    model_config = ConfigDict(extra="forbid")

    origins: Annotated[Mapping[str, Origin], ReadOnly] = Field(
        exclude=True, repr=False, strict=False, description="Origin of every setting, by dotted path."
    )

    def as_dict(self) -> dict[str, Any]:
        """Give a fresh plain dict of all settings, groups nested; a group that the model has not is left out."""
        return {
            name: value
            for name, value in self.known().items()
            if name != "origins" and not (value is None and name in _GROUPS)
        }

    def origin(self, path: str) -> Origin:
        """
        Say where the value of a setting comes from.

        Args:
            path: Leaf or dotted path, such as ``"r"`` or ``"lora_config.r"``.

        Raises:
            KeyError: There is no such setting.
        """
        leaves = {full.rpartition(".")[2]: full for full in self.origins}
        return self.origins[leaves.get(path, path)]


class TrainingSettings(Hyperparameters, _Settings):
    """Everything that decides what a training run needs."""

    lora_config: LoraConfig = Field(description="The adapter.")
    selective_loss: SelectiveLoss | None = Field(description="Selective loss, for vision models.")
    method: Literal["full", "lora", "qlora"] = Field(description="What is trained: all weights, or an adapter.")
    stack: TrainingStack = Field(description="Training stack.")
    stack_version: str = Field(description="Its release; a later one than was read is taken for that.")
    gradient_checkpointing: bool = Field(description="Whether activations are computed again instead of kept.")
    attn_implementation: AttentionImplementation = Field(description="Attention kernel, as transformers names it.")
    loss: Loss = Field(description="Whether logits exist in full, in chunks or tiles, or never.")
    adapter_dtype: AdapterDtype = Field(description="Type of LoRA weights.")
    images_per_sample: Whole = Field(ge=0, description="Images in one training sequence.")
    n_gpus: Whole = Field(ge=1, description="GPUs that train together.")
    sharding: Literal["none", "zero2", "zero3", "fsdp", "device_map"] = Field(
        description="What is split over the GPUs; none: every GPU holds everything."
    )

    @property
    def tool(self) -> str:
        """The training stack and its release, for people: ``TRL 1.16.0``."""
        return stack_of(self.stack, self.stack_version).named


class InferenceSettings(InferenceDefaults, _Settings):
    """Everything that decides what serving needs."""

    engine: InferenceEngine = Field(description="Serving engine.")
    engine_version: str = Field(description="Its release; a later one than was read is taken for that.")
    max_num_seqs: Whole | None = Field(
        ge=1, description="Sequences in one batch; null: the engine's choice for the GPU."
    )
    max_num_batched_tokens: Whole | None = Field(
        ge=1, description="Tokens in one batch; null: the engine's choice for the GPU."
    )
    kv_cache_dtype: Literal["auto", "bfloat16", "float16", "fp8", "fp8_e4m3", "fp8_e5m2"] = Field(
        description="Type of the key and value cache; auto: that of the model."
    )
    enforce_eager: bool = Field(description="Whether CUDA graphs are left out.")
    images_per_prompt: Whole = Field(ge=0, description="Images in one prompt.")
    concurrent: Whole = Field(ge=1, description="Sequences at full length that must fit at the same time.")

    @property
    def tool(self) -> str:
        """The serving engine and its release, for people: ``vLLM 0.33.0``."""
        return engine_of(self.engine, self.engine_version).named


Settings = TrainingSettings | InferenceSettings

#: Settings that stand together in one object.
_GROUPS: dict[str, type[Part]] = {"lora_config": LoraConfig, "selective_loss": SelectiveLoss}


@cache
def setting_fields(kind: type[Settings]) -> Mapping[str, FieldInfo]:
    """Give the field of every setting, by dotted path."""
    return dict(_fields(kind))


def _fields(kind: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in kind.model_fields.items():
        if name in _GROUPS:
            yield from _fields(_GROUPS[name], f"{name}.")
        elif name != "origins":
            yield prefix + name, field
