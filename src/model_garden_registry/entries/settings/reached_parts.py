"""Parts of a model that names match, and parts that a stack trains or quantises by itself."""

from __future__ import annotations

from collections.abc import Sequence

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.families.family import Family, ends, family_of
from model_garden_registry.families.stacks import Stack

#: Names of embeddings and head in nearly all transformers checkpoints.
ENDS = ("embed_tokens", "lm_head")


def quantizes_experts(entry: ModelInfo, stack: Stack, base_quantization: str | None) -> bool:
    """
    Return whether a stack quantises fused experts: only in 4 bits, and only if gate and up are one tensor.

    Source:
        unsloth_zoo, `temporary_patches/moe_utils_bnb4bit.py`, which looks for `gate_up_proj` beside `down_proj`.
    """
    fused = _family(entry).fused_experts.values()
    reaches = not fused or any(len(matrices) > 1 for matrices in fused)
    return stack.quantizes_fused_experts and base_quantization is None and reaches


def trains_tower(entry: ModelInfo, stack: Stack, *, method: str, targets: Sequence[str] | str) -> bool:
    """Return whether a stack trains the vision tower; if names decide, whether one matches one of its layers."""
    if not entry.is_vision_model:
        return False
    if method == "full":
        return bool(stack.trains_towers["full"])
    how = stack.trains_towers["adapters"]
    return how == "always" or (how == "named" and reaches_tower(targets, _family(entry)))


def names_end(name: str) -> bool:
    """Return whether a module name means embeddings or head."""
    return name.rpartition(".")[2] in (*ends("embeddings"), *ends("heads"))


def saves_ends(names: Sequence[str]) -> bool:
    """Return whether the names of fully trained modules mean embeddings or head; one counts as both."""
    return any(map(names_end, names))


def reaches_tower(targets: Sequence[str] | str, family: Family) -> bool:
    """Return whether target module names match layers of the vision tower."""
    if isinstance(targets, str):
        return True
    tails = {name.rpartition(".")[2] for name in targets}
    return any(name in targets or name in tails for name in family.tower)


def _family(entry: ModelInfo) -> Family:
    return family_of(entry.architecture.model_type if entry.architecture else None)
