"""Conditions of an engine for dividing a model among GPUs, whatever their memory, by its release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Splits(NamedTuple):
    """
    How an engine divides the matrices of a layer.

    Args:
        whole_blocks: Whether scales for blocks of weights are divided as whole blocks.

        least_expert_block: Weights of the smallest block that it makes in experts if whole blocks do
            not divide; None: it makes none.

        pads_experts: Whether it pads such experts to whole blocks if a kernel for experts is named.

        whole_groups: Whether groups of weights that share a scale are divided as whole groups.

        whole_expert_groups: Whether those of experts in compressed-tensors are.

        least_expert_group: Weights of the smallest group that it makes in AWQ and GPTQ experts if whole
            groups do not divide; None: unknown.
    """

    whole_blocks: bool
    least_expert_block: int | None
    pads_experts: bool
    whole_groups: bool
    whole_expert_groups: bool
    least_expert_group: int | None


def splits_of(record: Mapping[str, Any] | None) -> Splits | None:
    """Return the conditions in a record; None if there is none."""
    return None if record is None else Splits(**record)
