"""The matrices of a vision tower, and what its layers compute with."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from model_garden_registry.entries.architecture import VisionTower
from model_garden_registry.families.family import Family

#: Input and output of a tower's matrices, by their names in the families that have a tower: multiples of the tower's
#: width, or 0 for the width of its feed-forward layers.
_SIDES = {
    **dict.fromkeys(("q_proj", "k_proj", "v_proj", "wq", "wk", "wv", "proj", "out_proj", "o_proj", "wo"), (1, 1)),
    **dict.fromkeys(("qkv", "qkv_proj", "wqkv"), (1, 3)),
    **dict.fromkeys(("fc1", "fc0", "linear_fc1", "gate_proj", "up_proj"), (1, 0)),
    **dict.fromkeys(("fc2", "linear_fc2", "down_proj"), (0, 1)),
}

#: Matrices after attention, and matrices that read the product of the feed-forward layer.
_OUTPUTS = ("proj", "out_proj", "o_proj", "wo")
_FROM_INNER = tuple(name for name, (d_in, _) in _SIDES.items() if not d_in)


class TowerMatrix(NamedTuple):
    """A matrix that each layer of a tower has: its name, and the widths of its input and output."""

    name: str
    d_in: int
    d_out: int


def tower_matrices(tower: VisionTower, family: Family) -> tuple[TowerMatrix, ...]:
    """Return the matrices of a tower layer; none if the entry does not state the tower's width."""
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
        names: Target modules; None: all matrices of the tower.
    """
    layers = tower.num_hidden_layers or 0
    tails = None if names is None else {name.rpartition(".")[2] for name in names}
    return sum(
        layers * rank * (matrix.d_in + matrix.d_out)
        for matrix in tower_matrices(tower, family)
        if tails is None or matrix.name in tails
    )


class TowerReads(NamedTuple):
    """
    The tensors that a tower layer reads and keeps.

    Args:
        width: Width of the tower.

        inner: Width of its feed-forward layers.

        attention: Elements per patch that attention saves: queries, keys, values and output.

        is_gated: Whether its feed-forward layers have a gate.

        has_rms_norms: Whether its norms are RMSNorm rather than LayerNorm.

        joins_images: Whether images pass attention one by one, so that the outputs are concatenated.
    """

    width: int
    inner: int
    attention: int
    is_gated: bool
    has_rms_norms: bool
    joins_images: bool

    def tensor(self, matrix: TowerMatrix) -> str | None:
        """Return the name of the tensor that a matrix reads; None if attention saves it anyway."""
        if matrix.name in _OUTPUTS:
            return "joined output" if self.joins_images else None
        if matrix.name in _FROM_INNER:
            return "product"
        return "feed-forward input" if matrix.d_out == self.inner else "attention input"


def tower_reads(tower: VisionTower, family: Family) -> TowerReads:
    """
    Return the tensors that a tower layer reads and keeps.

    Source:
        transformers: towers with a gate have RMSNorm (Qwen2.5-VL, GLM-4V, EXAONE 4.5, Pixtral), others LayerNorm;
        those that merge neighbouring patches and have one matrix for queries, keys and values rotate queries and keys
        into new tensors, and pass images one by one (`Qwen3VLVisionAttention`).
    """
    width = tower.hidden_size or 0
    is_gated = "gate_proj" in family.tower
    is_packed = "qkv" in family.tower and tower.spatial_merge_size is not None
    return TowerReads(
        width=width,
        inner=tower.intermediate_size or 4 * width,
        attention=(6 if is_packed else 4) * width,
        is_gated=is_gated,
        has_rms_norms=is_gated,
        joins_images=is_packed,
    )
