"""What an engine's kernels need, and what they make of experts, whose widths are rounded up to whole tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any, NamedTuple

from model_garden_registry.families.versions import known_capability


class ExpertTiles(NamedTuple):
    """
    The layout of a kernel.

    Args:
        capabilities: Compute capabilities of the GPUs that it is for, or their majors; empty: all others.

        width: What an expert's own width is rounded up to, as it is on one GPU.

        hidden: What the width around it is rounded up to.

        scales: How many times the scales of blocks are kept.
    """

    capabilities: tuple[str, ...]
    width: int
    hidden: int
    scales: int

    def growth(self, width: float, hidden: int, *, scale_share: float) -> float:
        """
        Return how many times larger an expert of these widths is.

        Args:
            scale_share: What part of its bytes are scales.
        """
        padded = ceil(width / self.width) * self.width / width * ceil(hidden / self.hidden) * self.hidden / hidden
        return padded * (1 + (self.scales - 1) * scale_share)


class AttentionNeed(NamedTuple):
    """
    What an engine's kernels for a kind of attention need.

    Args:
        of: The kind, for people.

        least: Lowest CUDA compute capability that has such kernels.

        majors: Majors of the capabilities that have them; empty: all from the lowest on.

        families: Values of ``model_type`` of the networks that it is for.

        wider_than: Width of a head above which it is for any network; None: for those families alone.
    """

    of: str
    least: str
    majors: tuple[int, ...] = ()
    families: tuple[str, ...] = ()
    wider_than: int | None = None

    @property
    def least_capability(self) -> tuple[int, int]:
        """The lowest capability as numbers."""
        return known_capability(self.least)

    def is_for(self, model_type: str | None, widest_head: int) -> bool:
        """Return whether a network needs these kernels, whose widest head is so wide."""
        return model_type in self.families or (self.wider_than is not None and widest_head > self.wider_than)


def attention_of(rows: Iterable[Mapping[str, Any]]) -> tuple[AttentionNeed, ...]:
    """Return what a record says."""
    words = ("majors", "families")
    return tuple(AttentionNeed(**{**row, **{word: tuple(row.get(word, ())) for word in words}}) for row in rows)


def expert_tiles_of(rows: Iterable[Mapping[str, Any]]) -> tuple[ExpertTiles, ...]:
    """Return the layouts of a record, the first of which fits."""
    return tuple(ExpertTiles(**{**row, "capabilities": tuple(row["capabilities"])}) for row in rows)


def tiles_on(layouts: Iterable[ExpertTiles], capability: tuple[int, int] | None) -> ExpertTiles | None:
    """Return the layout on a GPU; of one that is not known that of most others."""
    names = {str(capability[0]), f"{capability[0]}.{capability[1]}"} if capability else set()
    return next((tiles for tiles in layouts if not tiles.capabilities or names & {*tiles.capabilities}), None)
