"""Losses that a training stack offers, and what each of them needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.families.stacks import Loss, library_facts, stack_of

#: The library with fused-loss kernels, for the model types that it supports.
_LIGER = "liger-kernel"


def offered_losses(
    stack: str, version: str | None = None, *, algorithm: str, sharding: str, model_type: str | None
) -> Mapping[Loss, str]:
    """
    Return the losses that a stack offers for a model, each with the extra package that it needs; empty: none.

    The stack's own comes first, then those that need nothing, then the others. For preference and reward training
    only its own is known.

    Args:
        version: Release of the stack; None: the newest that was read.

    Source:
        storage/stacks.json: `losses` of the stack, and `fused_loss` of Liger Kernel
    """
    facts = stack_of(stack, version)
    own: dict[Loss, str] = {facts.loss_of(algorithm): ""}
    if algorithm != "sft":
        return own
    fused = library_facts(stack, _LIGER)["fused_loss"]
    offers = {loss: offer for loss, offer in facts.losses.items() if _is_there(offer, sharding, model_type, fused)}
    needed = sorted(((loss, offer.get("needs", "")) for loss, offer in offers.items()), key=lambda pair: pair[1])
    return own | dict(needed)


def _is_there(offer: Mapping[str, Any], sharding: str, model_type: str | None, fused: list[str]) -> bool:
    """Return whether a stack takes a loss with this sharding, and whether the loss supports the model type."""
    types = offer.get("model_types", fused if offer.get("needs") == _LIGER else None)
    return sharding not in offer.get("not_with", ()) and (types is None or model_type in types)
