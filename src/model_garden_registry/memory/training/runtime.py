"""What a training process does beside what settings say: what its stack does, and where the count of bytes ends."""

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
    What a training loop does by itself.

    Args:
        reading: Where the count ends.

        upcasts_rest: Whether everything that is not quantised is turned into float32
            (PEFT's ``prepare_model_for_kbit_training``).

        double_quantizes: Whether bitsandbytes quantises the scales too, where it quantises while loading.

        autocasts: Whether the forward pass runs under autocast (``bf16=True``, ``fp16=True``).

        keeps_outputs: Whether the logits stay alive during the backward pass.

        trains_ends: Whether embeddings and head are trained in full beside an adapter (``modules_to_save``).

        keeps_float32_ends: Whether embeddings and norms are trained in float32 beside layers in half precision.

        steps_in_backward: Whether each gradient is used and dropped as soon as it is there.

        offloads_activations: Whether checkpoints wait in main memory.

        lacks_bfloat16: Whether the GPU has no bfloat16.

        emulates_bfloat16: Whether PyTorch emulates it there, so that no fused kernel of attention takes it.

        fuses: Whether chains of element-wise operations keep one result, by a compiler or by kernels written for them.

        copies_logits: Whether the loss reads a shifted copy of the logits (transformers before 4.45).

        halves_loss: Whether the loss is computed in half precision.

        repeats_heads: Whether keys and values are copied for each of the heads that share them.

        unties_head: Whether a tied head is a matrix of its own all the same.

        quantizes_head: Whether the head is quantised like other linear layers.

        loads_all_kernels: Whether all CUDA kernels are loaded at the start (CUDA before 12.2).

        loss_tile: Tokens and words of the logits that the loss holds at once, where that is known; None for all words.

        is_handwritten: Whether the model's code is not that of transformers (litgpt).

        leaves_fused_experts: Whether a quantiser passes over experts that are one tensor.

        expert_bytes: Bytes of a weight of such experts, where it does.

        unpacked_expert_matrices: How many matrices of each quantised expert of a layer are unpacked at once.

        quantizes_tower: Whether the vision tower is quantised with the rest.

        adapts_whole_tower: Whether all matrices of a tower get an adapter, whatever names are among the targets.

        frozen_tower: What becomes of a frozen vision tower: the backward pass leaves it out, goes
            through it with gradient checkpointing while its layers are computed again or keep all they save, or always.

        fuses_experts: Whether the experts of a layer are one tensor, in the families that have such.

        converts_targets: Whether PEFT turns names of experts' layers into parameters, for the families that it knows.

        adapts_experts: Whether names of feed-forward layers give adapters to such experts, too.

        copies_adapted_experts: Whether the weights of such experts and what adapters add to them are made one tensor.

        fused_loss: How the fused loss cuts its tokens.

        trained_end_bytes: Bytes of a weight of embeddings and head that are trained beside adapters.

        references: Algorithms with a second, frozen model where all weights are trained.
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
    The settings that decide what a process does, by their names.

    Args:
        lacks_bfloat16: Whether the GPU has none.

        published: Type of the published weights, where it is known.
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
    Say whether a run computes in bfloat16, if its stack does not turn to float16 by itself.

    Args:
        published: Type of the published weights; None: not known, and taken for bfloat16.

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
    Return what the stack that the settings name does by itself.

    Args:
        gpu: The GPU that it is for; one that is not known has bfloat16.

        published: Type of the published weights; None: not known, and taken for bfloat16.

    Source:
        storage/stacks.json
    """
    lacks = gpu is not None and gpu.lacks_bfloat16
    return _runtime(_Choices._make((*_CHOSEN(settings), lacks, published)))


@lru_cache(maxsize=1024)
def _runtime(chosen: _Choices) -> TrainingRuntime:
    stack = stack_of(chosen.stack, chosen.stack_version)
    # DeepSpeed turns everything into half precision.
    keeps_types = chosen.sharder != "deepspeed"
    transformers = library_facts(chosen.stack, "transformers", stack.transformers)
    peft = library_facts(chosen.stack, "peft")
    base = "qlora" if chosen.base_quantization else chosen.method
    # Where loading does it, a type that somebody names prevents it.
    upcasts = stack.upcasts_rest and (stack.prepares_kbit or chosen.dtype in ("auto", "float32"))
    return TrainingRuntime(
        upcasts_rest=upcasts,
        double_quantizes=stack.double_quantizes,
        # Weights that are trained in float32 are multiplied under autocast.
        autocasts=stack.autocasts or (chosen.method == "full" and chosen.master_weights),
        # Where a stack moves them by itself, its gradient checkpointing does it.
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
