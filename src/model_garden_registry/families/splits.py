"""What an engine asks of a model that GPUs divide among them, whatever their memory, by its release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Splits(NamedTuple):
    """
    How an engine divides the matrices of a layer.

    Args:
        whole_blocks: Whether scales for blocks of weights are divided as whole blocks.

        least_expert_block: Weights of the smallest block that it makes of such blocks in experts where whole ones do
            not divide; None: it makes none.

        pads_experts: Whether it fills such experts up to whole blocks where a kernel for experts is named.

        whole_groups: Whether groups of weights that share a scale are divided as whole groups.

        whole_expert_groups: Whether those of experts in compressed-tensors are.

        least_expert_group: Weights of the smallest group that it makes of those of experts in AWQ and GPTQ where whole
            ones do not divide; None: not known.
    """

    whole_blocks: bool
    least_expert_block: int | None
    pads_experts: bool
    whole_groups: bool
    whole_expert_groups: bool
    least_expert_group: int | None


def splits_of(record: Mapping[str, Any] | None) -> Splits | None:
    """Return what a record says; None if there is none."""
    return None if record is None else Splits(**record)
