"""What a training process does beside what settings say: what its stack does, and where the count of bytes ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.families.stacks import stack_of

#: What is counted: live tensors, what torch's allocator reserves for them, or that and the CUDA context.
Reading = Literal["allocated", "reserved", "process"]


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

        keeps_master_weights: Whether weights in half precision have a copy in float32 that is trained.

        steps_in_backward: Whether each gradient is used and dropped as soon as it is there.

        offloads_activations: Whether checkpoints wait in main memory.

        fuses: Whether chains of element-wise operations keep one result, by a compiler or by kernels written for them.

        copies_logits: Whether the loss reads a shifted copy of the logits (transformers before 4.45).

        halves_loss: Whether the loss is computed in half precision.

        repeats_heads: Whether keys and values are copied for each of the heads that share them.

        unties_head: Whether a tied head is a matrix of its own all the same.

        quantizes_head: Whether the head is quantised like other linear layers.

        loads_all_kernels: Whether all CUDA kernels are loaded at the start (CUDA before 12.2).

        loss_tile: Tokens and words of the logits that the loss holds at once, where that is known; None for all words.

        is_handwritten: Whether the model's code is not that of transformers (litgpt).
    """

    reading: Reading = "process"
    upcasts_rest: bool = False
    double_quantizes: bool = False
    autocasts: bool = False
    keeps_outputs: bool = False
    trains_ends: bool = False
    keeps_master_weights: bool = False
    steps_in_backward: bool = False
    offloads_activations: bool = False
    fuses: bool = False
    copies_logits: bool = False
    halves_loss: bool = False
    repeats_heads: bool = False
    unties_head: bool = False
    quantizes_head: bool = False
    loads_all_kernels: bool = False
    loss_tile: tuple[int, int | None] | None = None
    is_handwritten: bool = False


def training_runtime(settings: TrainingSettings) -> TrainingRuntime:
    """
    Return what the stack that the settings name does by itself.

    Source:
        storage/stacks.json
    """
    stack = stack_of(settings.stack, settings.stack_version)
    return TrainingRuntime(
        upcasts_rest=stack.upcasts_rest,
        double_quantizes=stack.double_quantizes,
        autocasts=stack.autocasts,
        offloads_activations=settings.offload == "activations",
        fuses=stack.fuses,
        loss_tile=stack.loss_tile if settings.loss == stack.loss else None,
    )
