"""Process behaviour that settings do not state: what the training stack does, and what a measurement counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Literal, NamedTuple

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.families.stacks import FrozenTower, FusedLoss, Sharder, library_facts, stack_of
from model_garden_registry.memory.gpu_memory import GpuMemory

#: What is counted: live tensors, what torch's allocator reserves for them, or that and the CUDA context.
Reading = Literal["allocated", "reserved", "process"]
#: Matrices of an expert: gate, up and down.
_MATRICES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRuntime:
    """
    Behaviour of a training loop beyond its settings.

    Args:
        reading: What is counted.

        upcasts_rest: Whether everything that is not quantised is cast to float32
            (PEFT's ``prepare_model_for_kbit_training``).

        double_quantizes: Whether bitsandbytes quantises the scales too, if it quantises at load time.

        autocasts: Whether the forward pass runs under autocast (``bf16=True``, ``fp16=True``).

        keeps_outputs: Whether the logits stay live during the backward pass.

        trains_ends: Whether embeddings and head are trained in full beside an adapter (``modules_to_save``).

        keeps_float32_ends: Whether embeddings and norms are trained in float32 beside layers in half precision.

        steps_in_backward: Whether each gradient is applied and dropped as soon as it is computed.

        offloads_activations: Whether checkpoints are offloaded to main memory.

        lacks_bfloat16: Whether the GPU has no bfloat16.

        emulates_bfloat16: Whether PyTorch emulates it there, so that no fused attention kernel accepts it.

        fuses: Whether chains of element-wise operations keep one result, by a compiler or by fused kernels.

        copies_logits: Whether the loss reads a shifted copy of the logits (transformers before 4.45).

        halves_loss: Whether the loss is computed in half precision.

        repeats_heads: Whether keys and values are copied for each of the heads that share them.

        unties_head: Whether a tied head becomes a matrix of its own.

        quantizes_head: Whether the head is quantised like other linear layers.

        loads_all_kernels: Whether all CUDA kernels are loaded at the start (CUDA before 12.2).

        loss_tile: Tokens and vocabulary entries per tile of the loss, if known; None for the whole vocabulary.

        is_handwritten: Whether the model code is not that of transformers (litgpt).

        leaves_fused_experts: Whether the quantiser skips experts that are one tensor.

        expert_bytes: Bytes of a weight of such experts, if skipped.

        unpacked_expert_matrices: Matrices of each quantised expert of a layer that are unpacked at once.

        quantizes_tower: Whether the vision tower is quantised with the rest.

        adapts_whole_tower: Whether all matrices of a tower get an adapter, whatever the target names.

        frozen_tower: How the backward pass treats a frozen vision tower: it skips it, passes
            through it with gradient checkpointing while its layers are recomputed or save everything, or always.

        fuses_experts: Whether the experts of a layer are one tensor, in the families that fuse them.

        converts_targets: Whether PEFT turns names of expert layers into parameters, for the families that it knows.

        adapts_experts: Whether names of feed-forward layers give adapters to such experts, too.

        copies_adapted_experts: Whether the weights of such experts and their adapters' delta become one tensor.

        fused_loss: How the fused loss cuts its tokens.

        trained_end_bytes: Bytes of a weight of embeddings and head that are trained beside adapters.

        references: Algorithms with a second, frozen model if all weights are trained.
    """

    reading: Reading = "process"
    upcasts_rest: bool = False
    double_quantizes: bool = False
    autocasts: bool = False
    keeps_outputs: bool = False
    trains_ends: bool = False
    keeps_float32_ends: bool = False
    steps_in_backward: bool = False
    offloads_activations: bool = False
    lacks_bfloat16: bool = False
    emulates_bfloat16: bool = False
    fuses: bool = False
    copies_logits: bool = False
    halves_loss: bool = False
    repeats_heads: bool = False
    unties_head: bool = False
    quantizes_head: bool = False
    loads_all_kernels: bool = False
    loss_tile: tuple[int, int | None] | None = None
    is_handwritten: bool = False
    leaves_fused_experts: bool = False
    expert_bytes: int = 2
    unpacked_expert_matrices: int = 0
    quantizes_tower: bool = False
    adapts_whole_tower: bool = False
    frozen_tower: FrozenTower = "left"
    fuses_experts: bool = True
    converts_targets: bool = True
    adapts_experts: bool = False
    copies_adapted_experts: bool = False
    fused_loss: FusedLoss = "liger"
    trained_end_bytes: int = 2
    references: tuple[str, ...] = ()


class _Choices(NamedTuple):
    """
    The settings that decide process behaviour, by name.

    Args:
        lacks_bfloat16: Whether the GPU has no bfloat16.

        published: Type of the published weights, if known.
    """

    stack: str
    stack_version: str
    method: str
    base_quantization: str | None
    dtype: str
    master_weights: bool
    offload: str
    gradient_checkpointing: bool
    loss: str
    attn_implementation: str
    adapter_dtype: str
    sharder: Sharder
    lacks_bfloat16: bool
    published: str | None


_CHOSEN = attrgetter(*_Choices._fields[:-2])


def computes_in_bfloat16(settings: TrainingSettings | _Choices, published: str | None) -> bool:
    """
    Return whether a run computes in bfloat16, unless its stack falls back to float16 by itself.

    Args:
        published: Type of the published weights; None: unknown, and taken for bfloat16.

    Source:
        TRL, `_BaseConfig.__post_init__`; axolotl, `resolve_dtype`; LLaMA-Factory, `infer_optim_dtype`; ms-swift,
        `get_default_torch_dtype`; transformers, `is_torch_bf16_gpu_available`, which counts what PyTorch emulates
    """
    stack = stack_of(settings.stack, settings.stack_version)
    if settings.dtype == "float16":
        return settings.adapter_dtype == "bfloat16"
    loaded: str = settings.dtype
    if loaded == "auto":
        loaded = published if stack.load_dtype == "checkpoint" and published else stack.load_dtype
    return stack.autocasts or loaded in ("bfloat16", "checkpoint") or settings.adapter_dtype == "bfloat16"


def training_runtime(
    settings: TrainingSettings, gpu: GpuMemory | None = None, *, published: str | None = None
) -> TrainingRuntime:
    """
    Return the behaviour of the stack that the settings name.

    Args:
        gpu: The GPU; an unknown GPU has bfloat16.

        published: Type of the published weights; None: unknown, and taken for bfloat16.

    Source:
        storage/stacks.json
    """
    lacks = gpu is not None and gpu.lacks_bfloat16
    return _runtime(_Choices._make((*_CHOSEN(settings), lacks, published)))


@lru_cache(maxsize=1024)
def _runtime(chosen: _Choices) -> TrainingRuntime:
    stack = stack_of(chosen.stack, chosen.stack_version)
    # DeepSpeed casts everything to half precision.
    keeps_types = chosen.sharder != "deepspeed"
    transformers = library_facts(chosen.stack, "transformers", stack.transformers)
    peft = library_facts(chosen.stack, "peft")
    base = "qlora" if chosen.base_quantization else chosen.method
    # If the upcast happens at load time, an explicit dtype prevents it.
    upcasts = stack.upcasts_rest and (stack.prepares_kbit or chosen.dtype in ("auto", "float32"))
    return TrainingRuntime(
        upcasts_rest=upcasts,
        double_quantizes=stack.double_quantizes,
        # Float32 master weights are multiplied under autocast.
        autocasts=stack.autocasts or (chosen.method == "full" and chosen.master_weights),
        # If a stack offloads them by itself, its gradient checkpointing does it.
        offloads_activations=chosen.offload == "activations"
        and (chosen.gradient_checkpointing or not stack.offloads_activations),
        keeps_float32_ends=chosen.sharder == "plain"
        and chosen.loss != "fused"
        and chosen.attn_implementation in stack.float32_ends,
        lacks_bfloat16=chosen.lacks_bfloat16,
        emulates_bfloat16=chosen.lacks_bfloat16
        and stack.emulates_bfloat16
        and computes_in_bfloat16(chosen, chosen.published),
        fuses=stack.fuses,
        loss_tile=stack.loss_tile if chosen.loss == stack.loss else None,
        leaves_fused_experts=transformers["moe_unquantized"],
        expert_bytes=4 if keeps_types and (stack.prepares_kbit or upcasts) else 2,
        unpacked_expert_matrices=stack.unpacked_expert_matrices or _MATRICES,
        quantizes_tower=stack.quantizes_towers,
        adapts_whole_tower=stack.trains_towers["adapters"] == "always",
        frozen_tower=stack.frozen_towers[base] if transformers["passes_frozen_towers"] else "left",
        fuses_experts=transformers["fuses_experts"],
        converts_targets=peft["converts_expert_targets"] and transformers["fuses_experts"],
        adapts_experts=stack.adapts_experts,
        copies_adapted_experts=stack.copies_adapted_experts and transformers["fuses_experts"],
        fused_loss=stack.fused_loss,
        trained_end_bytes=4 if keeps_types and stack.trained_ends_dtype == "float32" else 2,
        references=tuple(stack.reference_models),
    )
