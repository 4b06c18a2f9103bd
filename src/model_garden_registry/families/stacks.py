"""The defaults and behaviour of a training stack, by its release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple

from model_garden_registry.families.ranges import Package, package_of
from model_garden_registry.families.tables import table

AttentionImplementation = Literal["sdpa", "flash_attention_2", "flash_attention_3", "eager"]
Loss = Literal["full", "chunked", "tiled", "fused"]
FrozenTower = Literal["left", "checkpointed", "kept", "always"]
FusedLoss = Literal["liger", "rows", "capped", "whole"]
AdapterDtype = Literal["float32", "bfloat16", "float16"]
#: The library that synchronises the weights of several GPUs, or shards them.
Sharder = Literal["plain", "deepspeed", "fsdp1", "fsdp2"]


class Zero(NamedTuple):
    """
    A stack's settings of DeepSpeed's ZeRO; None stands for "auto", which follows the width of the model.

    Args:
        reduce_bucket: Gradients that are reduced at once.

        overlaps: Whether communication overlaps with computation.

        live: Weights that may be whole at once (stage 3, as what follows).

        persistent: Largest tensor that is not sharded, in weights.

        sub_group: Weights of a GPU that one optimizer step takes; 0: one tensor.
    """

    reduce_bucket: int | None
    overlaps: bool
    live: int = 0
    persistent: int | None = 0
    sub_group: int = 0


class WithoutBfloat16(NamedTuple):
    """
    What a stack casts to float32 on a GPU without bfloat16, apart from adapters.

    Args:
        all_weights: Whether all weights, if all are trained.

        families: Model types whose residual stream and norms compute in float32.
    """

    all_weights: bool
    families: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FullyShard:
    """
    Behaviour of FSDP2 as accelerate prepares it.

    Args:
        fsdp2_float32: What it casts to float32 under mixed precision.

        fsdp2_divides_packed: Whether packed 4-bit weights that are stored as bytes are sharded.

        fsdp2_splits_ends: Whether embeddings, and the head with its norm, are separate units.
    """

    fsdp2_float32: Literal["all", "trained", "nothing"]
    fsdp2_divides_packed: bool
    fsdp2_splits_ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """
    A training stack at one release: its behaviour where neither the entry nor the user chooses.

    Args:
        package: The project over all its releases.

        version: The release.

        gradient_checkpointing: Whether activations are recomputed instead of saved.

        attn_implementation: Attention kernel, as transformers names it.

        loss: Whether logits are stored in full, in chunks of tokens, in tiles of tokens and words, or not at all.

        loss_tile: Tokens and words of a chunk or tile; None for all words.

        adapter_dtype: Type of LoRA weights over a base model in half precision.

        quantized_adapter_dtype: The same over a quantised one.

        load_dtype: Type in which a model given by id is loaded by default.

        transformers: Release of transformers that was the newest when it came out, if it takes any; None: the newest
            that was read.

        autocasts: Whether the forward pass runs under autocast.

        prepares_kbit: Whether it calls PEFT's ``prepare_model_for_kbit_training``.

        upcasts_rest: Whether everything in a quantised model that is not quantised is in float32.

        double_quantizes: Whether bitsandbytes quantises the scales too.

        quantizes_fused_experts: Whether fused experts are quantised.

        quantizes_towers: Whether the vision tower is quantised with the rest.

        trains_towers: Whether the vision tower is trained: with method full, and with adapters: always, never, or
            if target module names match some of its layers.

        frozen_towers: How the backward pass treats a frozen tower, by method: it skips it, passes through it with
            gradient checkpointing while its layers are recomputed or save everything, or always.

        adapts_experts: Whether names of feed-forward layers give adapters to fused experts, too.

        names_parameters: Whether adapters can be put on fused experts by parameter name.

        copies_adapted_experts: Whether the weights of such experts and their adapters' delta become one tensor
            while a layer runs.

        unpacked_expert_matrices: Matrices of each quantised expert of a layer that are unpacked at once.

        losses: Losses for supervised fine-tuning that it offers beside its own and the full one, with what each needs.

        image_pixels: Most pixels of an image; None: as many as the processor allows.

        fused_loss: How the fused loss cuts its tokens.

        preference_loss: The loss of preference training.

        algorithms: The algorithms that it offers.

        trained_ends_dtype: Type of embeddings and head that are trained beside adapters.

        reference_models: Algorithms for which a reference model is loaded if all weights are trained.

        offloads_activations: Whether checkpoints are offloaded to main memory.

        fuses: Whether chains of element-wise operations keep one result.

        capability: Lowest CUDA compute capability; None if the stack sets none.

        master_weights: Type of the trained weights, by the library that synchronises GPUs.

        deepspeed: Its settings for ZeRO, by stage.

        divides_sequences: Whether GPUs can split a sequence (context parallelism).

        stores_packed_as_floats: Whether packed 4-bit weights are stored in a floating-point type.

        float32_ends: Attention kernels with which embeddings and norms are trained in float32 if all weights are.

        emulates_bfloat16: Whether it computes in bfloat16 on a GPU without it, emulated by PyTorch; otherwise in
            float16.

        without_bfloat16: What it casts to float32 on a GPU without bfloat16; None: nothing.

        fsdp2: Behaviour of FSDP2 with its accelerate release.

        config_defaults: Default values of its configuration class, by their names there.
    """

    package: Package
    version: str
    gradient_checkpointing: bool
    attn_implementation: AttentionImplementation
    loss: Loss
    loss_tile: tuple[int, int | None] | None
    adapter_dtype: AdapterDtype
    quantized_adapter_dtype: AdapterDtype
    load_dtype: Literal["checkpoint", "float32", "bfloat16"]
    autocasts: bool
    prepares_kbit: bool
    upcasts_rest: bool
    double_quantizes: bool
    quantizes_fused_experts: bool
    quantizes_towers: bool
    trains_towers: Mapping[str, Any]
    frozen_towers: Mapping[str, FrozenTower]
    adapts_experts: bool
    names_parameters: bool = True
    copies_adapted_experts: bool
    unpacked_expert_matrices: int | None
    losses: Mapping[Loss, Mapping[str, Any]]
    image_pixels: int | None
    fused_loss: FusedLoss
    preference_loss: Loss
    algorithms: Sequence[str]
    trained_ends_dtype: Literal["float32", "base"]
    reference_models: Sequence[str]
    offloads_activations: bool
    fuses: bool
    transformers: str | None = None
    capability: str | None = None
    master_weights: Mapping[Sharder, str]
    deepspeed: Mapping[str, Zero]
    divides_sequences: bool
    stores_packed_as_floats: bool
    float32_ends: tuple[str, ...]
    emulates_bfloat16: bool
    without_bfloat16: WithoutBfloat16 | None
    fsdp2: FullyShard
    config_defaults: Mapping[str, Any]

    @property
    def named(self) -> str:
        """Its name and release, for people."""
        return self.package.named(self.version)

    def adapter_dtype_of(self, method: str) -> AdapterDtype:
        """Return the type of LoRA weights with a training method."""
        return self.quantized_adapter_dtype if method == "qlora" else self.adapter_dtype

    def loss_of(self, algorithm: str) -> Loss:
        """Return the loss of an algorithm; ORPO reads the logits of the preferred answers once more."""
        if algorithm == "sft":
            return self.loss
        return "full" if algorithm == "orpo" and self.preference_loss == "tiled" else self.preference_loss

    def zero(self, stage: str) -> Zero:
        """Return its settings for a stage of ZeRO; stages 1 and 2 share them."""
        return self.deepspeed["zero3" if stage == "zero3" else "zero2"]


@cache
def stack_package(name: str) -> Package:
    """Return a stack over all its releases."""
    return package_of(table("stacks")["stacks"][name])


@cache
def library_package(name: str) -> Package:
    """Return a library that stacks build on, over all its releases, such as ``peft``."""
    return package_of(table("stacks")["libraries"][name])


@cache
def library_release(stack: str, library: str) -> str:
    """Return the newest release of a library that a stack accepts."""
    release: str | None = table("stacks")["stacks"][stack]["brings"].get(library)
    return release or library_package(library).read


@cache
def library_facts(stack: str, library: str, version: str | None = None) -> Mapping[str, Any]:
    """
    Return the facts of a library at the newest release that a stack accepts.

    Args:
        version: A release of the library instead of that.
    """
    return library_package(library).at(version or library_release(stack, library))


@cache
def stack_of(name: str, version: str | None = None) -> Stack:
    """
    Return a stack at a release.

    Args:
        version: A covered release; None: the newest that was read.
    """
    package = stack_package(name)
    version = version or package.read
    facts = package.at(version)
    facts["loss_tile"] = facts["loss_tile"] and tuple(facts["loss_tile"])
    facts["float32_ends"] = tuple(facts["float32_ends"])
    without = facts["without_bfloat16"]
    facts["without_bfloat16"] = without and WithoutBfloat16(**without)
    facts["deepspeed"] = {stage: Zero(**each) for stage, each in facts["deepspeed"].items()}
    fsdp2 = FullyShard(**library_facts(name, "accelerate"))
    return Stack(package=package, version=version, fsdp2=fsdp2, **facts)


def kernel_capability(attn_implementation: str) -> str | None:
    """Return the lowest CUDA compute capability of an attention kernel; None if it runs on every GPU."""
    capability: str | None = table("stacks")["kernels"].get(attn_implementation)
    return capability
