"""The matrices of a vision tower, and what its layers keep of an image while it is trained."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from model_garden_registry.entries.architecture import VisionTower
from model_garden_registry.families.family import Family

#: Input and output of a tower's matrices, by their names in the families that have a tower: in widths of the tower, or
#: 0 for that of its feed-forward layers.
_SIDES = {
    **dict.fromkeys(("q_proj", "k_proj", "v_proj", "wq", "wk", "wv", "proj", "out_proj", "o_proj", "wo"), (1, 1)),
    **dict.fromkeys(("qkv", "qkv_proj", "wqkv"), (1, 3)),
    **dict.fromkeys(("fc1", "fc0", "linear_fc1", "gate_proj", "up_proj"), (1, 0)),
    **dict.fromkeys(("fc2", "linear_fc2", "down_proj"), (0, 1)),
}


class TowerMatrix(NamedTuple):
    """A matrix that each layer of a tower has: its name, and the widths of its input and output."""

    name: str
    d_in: int
    d_out: int


def tower_matrices(tower: VisionTower, family: Family) -> tuple[TowerMatrix, ...]:
    """Return the matrices of a layer of a tower; none where the entry does not say how wide it is."""
    width = tower.hidden_size
    if width is None:
        return ()
    inner = tower.intermediate_size or 4 * width
    sides = ((name, *_SIDES[name]) for name in family.tower if name in _SIDES)
    return tuple(TowerMatrix(name, (d_in * width) or inner, (d_out * width) or inner) for name, d_in, d_out in sides)


def tower_adapter_parameters(tower: VisionTower, family: Family, *, rank: int, names: Collection[str] | None) -> int:
    """
    Count the weights of adapters on a tower.

    Args:
        names: Target modules; None: all of its matrices.
    """
    layers = tower.num_hidden_layers or 0
    tails = None if names is None else {name.rpartition(".")[2] for name in names}
    return sum(
        layers * rank * (matrix.d_in + matrix.d_out)
        for matrix in tower_matrices(tower, family)
        if tails is None or matrix.name in tails
    )


def tower_kept_bytes(tower: VisionTower, family: Family) -> int:
    """
    Return what a layer of a tower keeps of each patch for its backward pass, in half precision.

    Norms their inputs, attention queries, keys, values and output, the feed-forward layer what its activation function
    reads and gives, and both the inputs of their first matrices.
    """
    width = tower.hidden_size or 0
    inner = tower.intermediate_size or 4 * width
    is_gated = "gate_proj" in family.tower
    return 2 * (8 * width + (3 if is_gated else 2) * inner)
