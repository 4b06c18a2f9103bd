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
    LoraConfig,
    Sampling,
    SelectiveLoss,
    ServingDefaults,
)
from model_garden_registry.entries.part import Gigabytes, Part, ReadOnly, Whole
from model_garden_registry.entries.tasks import InferenceEngine, TrainingStack
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.stacks import AdapterDtype, AttentionImplementation, Loss, Sharder, stack_of

Sharding = Literal["none", "zero1", "zero2", "zero3", "fsdp", "fsdp2", "device_map"]
#: The library that synchronises the GPUs with each sharding.
_SHARDERS: Mapping[Sharding, Sharder] = {
    **dict.fromkeys(("none", "device_map"), "plain"),
    **dict.fromkeys(("zero1", "zero2", "zero3"), "deepspeed"),
    "fsdp": "fsdp1",
    "fsdp2": "fsdp2",
}
Algorithm = Literal["sft", "dpo", "kto", "orpo", "grpo", "reward"]
Offload = Literal["none", "activations", "optimizer", "weights"]


class OriginKind(StrEnum):
    """Who chose a value, weakest first."""

    BUILT_IN = "built-in"
    STACK = "stack"
    METHOD = "method"
    ENTRY = "entry"
    FILE = "file"
    OVERRIDE = "override"


#: Detail of the origin of a value chosen to match the number of GPUs in the machine.
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
    """Common part of both kinds of settings."""

    model_config = ConfigDict(extra="forbid")

    origins: Annotated[Mapping[str, Origin], ReadOnly] = Field(
        exclude=True, repr=False, strict=False, description="Origin of every setting, by dotted path."
    )

    def as_dict(self) -> dict[str, Any]:
        """Return a fresh plain dict of all settings, groups nested; groups that the model lacks are left out."""
        return {
            name: value
            for name, value in self.known().items()
            if name != "origins" and not (value is None and name in GROUPS)
        }

    def overrides(self) -> dict[str, Any]:
        """Return the values that override defaults, by dotted path; not those chosen for the hardware."""
        chosen = {
            path: path.rpartition(".")
            for path, origin in self.origins.items()
            if origin.kind in (OriginKind.FILE, OriginKind.OVERRIDE) and origin.detail != FOR_HARDWARE
        }
        return {
            path: getattr(getattr(self, group) if group else self, leaf) for path, (group, _, leaf) in chosen.items()
        }

    def origin(self, path: str) -> Origin:
        """
        Return where the value of a setting comes from.

        Args:
            path: Leaf or dotted path, such as ``"r"`` or ``"lora_config.r"``.

        Raises:
            KeyError: There is no such setting.
        """
        leaves = {full.rpartition(".")[2]: full for full in self.origins}
        return self.origins[leaves.get(path, path)]


class TrainingSettings(Hyperparameters, _Settings):
    """All settings that a training run's memory depends on."""

    lora_config: LoraConfig = Field(description="The adapter.")
    selective_loss: SelectiveLoss | None = Field(description="Selective loss, for vision models.")
    method: Literal["full", "lora", "qlora"] = Field(description="What is trained: all weights, or an adapter.")
    stack: TrainingStack = Field(description="Training stack.")
    stack_version: str = Field(description="Release of the stack; one newer than was read counts as the newest read.")
    gradient_checkpointing: bool = Field(description="Whether activations are recomputed instead of saved.")
    attn_implementation: AttentionImplementation = Field(description="Attention kernel, as transformers names it.")
    loss: Loss = Field(description="Whether logits are stored in full, in chunks or tiles, or not at all.")
    adapter_dtype: AdapterDtype = Field(description="Type of LoRA weights.")
    expert_quantization: bool = Field(description="Whether fused experts are quantised with everything else.")
    offload: Offload = Field(description="What is offloaded to main memory: the inputs of layers, or more.")
    images_per_sample: Whole = Field(ge=0, description="Images in one training sequence.")
    n_gpus: Whole = Field(ge=1, description="GPUs that train together.")
    nodes: Whole = Field(ge=1, description="Machines that n_gpus is spread over, the same number on each.")
    sharding: Sharding = Field(description="What is split over the GPUs; none: every GPU has a full copy; fsdp: FSDP1.")
    context_parallel_size: Whole = Field(ge=1, description="GPUs that split each sequence; included in n_gpus.")
    algorithm: Algorithm = Field(description="What the run teaches; all but sft compare or score sequences.")
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        description="Type in which weights are loaded; auto: that of the checkpoint, or the stack's for method full."
    )
    master_weights: bool = Field(description="Whether trained weights have a float32 master copy for the optimizer.")
    base_quantization: Literal["8bit"] | None = Field(
        description="Bits of the base model with method lora; null: as published."
    )
    trains_embeddings: bool = Field(description="Whether embeddings and head are trained in full beside an adapter.")
    trains_vision_tower: bool = Field(description="Whether the vision tower is trained, or gets adapters too.")
    chat_template: str | None = Field(
        description="Chat template, as LLaMA-Factory names it; null: that of the tokenizer."
    )
    image_pixels: Whole | None = Field(ge=1, description="Pixels of one image; null: as many as the processor allows.")
    eval_batch_size: Whole | None = Field(ge=1, description="Sequences of an evaluation step; null: no evaluation.")

    @property
    def gpus_of_node(self) -> int:
        """Number of GPUs of each machine."""
        return self.n_gpus // self.nodes

    @property
    def tool(self) -> str:
        """The training stack and its release, for people: ``TRL 1.16.0``."""
        return stack_of(self.stack, self.stack_version).named

    @property
    def sharder(self) -> Sharder:
        """The library that synchronises the GPUs."""
        return sharder_of(self.sharding)


class InferenceSettings(ServingDefaults, _Settings):
    """All settings that serving memory depends on."""

    engine: InferenceEngine = Field(description="Serving engine.")
    engine_version: str = Field(description="Release of the engine; one newer than was read counts as the newest read.")
    sampling: Sampling = Field(description="Sampling that the maker recommends.")
    max_num_batched_tokens: Whole | None = Field(
        ge=1, description="Tokens in one batch; null: the engine's choice for the GPU."
    )
    enforce_eager: bool = Field(description="Whether CUDA graphs are left out.")
    images_per_prompt: Whole = Field(ge=0, description="Images in one prompt.")
    concurrent: Whole = Field(ge=1, description="Sequences at full length that must fit at once.")
    mem_fraction_static: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        description="SGLang: share of a GPU for weights and cache; null: by its own rule."
    )
    kv_cache_memory_gb: Gigabytes | None = Field(
        description="vLLM: cache memory per GPU, in decimal GB; null: what the share leaves."
    )
    pipeline_parallel_size: Whole = Field(ge=1, description="GPUs that divide the layers.")
    data_parallel_size: Whole = Field(ge=1, description="Copies of the model, each with its own requests.")
    nodes: Whole = Field(ge=1, description="Machines over which all GPUs are spread, the same number on each.")
    decode_context_parallel_size: Whole = Field(
        ge=1, description="GPUs of a tensor-parallel group that split a cache by tokens."
    )
    enable_expert_parallel: bool = Field(description="Whether GPUs divide whole experts among them.")
    speculative_tokens: Whole = Field(ge=0, description="Tokens drafted per step; 0: none.")
    draft_model: str | None = Field(description="Id of the model that drafts; null: the model's own layers.")
    enable_prefix_caching: bool | None = Field(
        description="Whether cached prefixes of prompts, states included, are reused; null: the release's default."
    )
    language_model_only: bool = Field(description="Whether a vision-language model is served without its tower.")
    mamba_ssm_dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        description="Type of the states of layers without a cache; auto: as the engine and the model choose."
    )
    served_loras: Whole = Field(ge=0, description="Adapters on the GPU at once; 0: none are served.")
    cpu_offload_gb: Gigabytes = Field(description="Weights of each GPU offloaded to main memory, in decimal GB.")

    @property
    def gpus(self) -> int:
        """Number of GPUs that the model is divided over and copied to."""
        return self.tensor_parallel_size * self.pipeline_parallel_size * self.data_parallel_size

    @property
    def gpus_of_node(self) -> int:
        """Number of GPUs of each machine."""
        return self.gpus // self.nodes

    @property
    def tool(self) -> str:
        """The serving engine and its release, for people: ``vLLM 0.33.0``."""
        return engine_of(self.engine, self.engine_version).named


Settings = TrainingSettings | InferenceSettings


def sharder_of(sharding: Sharding) -> Sharder:
    """Return the library that synchronises the GPUs with a sharding."""
    return _SHARDERS[sharding]


#: Settings that belong to one object.
GROUPS: dict[str, type[Part]] = {
    "lora_config": LoraConfig,
    "selective_loss": SelectiveLoss,
    "sampling": Sampling,
}


@cache
def setting_fields(kind: type[Settings]) -> Mapping[str, FieldInfo]:
    """Return the field of every setting, by dotted path."""
    return dict(_fields(kind))


def _fields(kind: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in kind.model_fields.items():
        if name in GROUPS:
            yield from _fields(GROUPS[name], f"{name}.")
        elif name != "origins":
            yield prefix + name, field
