"""What each training stack does when nobody says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from model_garden_registry.entries.defaults import TrainingStack

AttentionImplementation = Literal["sdpa", "flash_attention_2", "flash_attention_3", "eager"]
Loss = Literal["full", "chunked", "fused"]
AdapterDtype = Literal["float32", "bfloat16", "float16"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackDefaults:
    """
    Settings that a stack chooses where neither the entry nor the user does.

    Args:
        gradient_checkpointing: Whether activations are computed again instead of kept.

        attn_implementation: Attention kernel, as transformers names it.

        loss: Whether logits exist in full, in chunks, or never (fused into the head).

        adapter_dtype: Type of LoRA weights.
    """

    gradient_checkpointing: bool
    attn_implementation: AttentionImplementation
    loss: Loss
    adapter_dtype: AdapterDtype


#: PEFT casts half-precision adapters to float32 (`autocast_adapter_dtype=True`), whatever stack runs it.
STACK_DEFAULTS: dict[TrainingStack, StackDefaults] = {
    # `use_gradient_checkpointing="unsloth"` and the fused cross-entropy are what its own notebooks use.
    "unsloth": StackDefaults(
        gradient_checkpointing=True, attn_implementation="sdpa", loss="fused", adapter_dtype="float32"
    ),
    # SFTConfig: gradient_checkpointing=True, loss_type="nll" on full logits.
    "trl": StackDefaults(gradient_checkpointing=True, attn_implementation="sdpa", loss="full", adapter_dtype="float32"),
    # axolotl leaves gradient_checkpointing off unless the file says so.
    "axolotl": StackDefaults(
        gradient_checkpointing=False, attn_implementation="sdpa", loss="full", adapter_dtype="float32"
    ),
    # LLaMA-Factory: disable_gradient_checkpointing=False, flash_attn="auto".
    "llama-factory": StackDefaults(
        gradient_checkpointing=True, attn_implementation="sdpa", loss="full", adapter_dtype="float32"
    ),
}
