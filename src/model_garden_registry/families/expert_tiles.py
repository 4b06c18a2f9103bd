"""What an engine's kernels make of experts in a number format: widths are rounded up to whole tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any, NamedTuple


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


def expert_tiles_of(rows: Iterable[Mapping[str, Any]]) -> tuple[ExpertTiles, ...]:
    """Return the layouts of a record, the first of which fits."""
    return tuple(ExpertTiles(**{**row, "capabilities": tuple(row["capabilities"])}) for row in rows)


def tiles_on(layouts: Iterable[ExpertTiles], capability: tuple[int, int] | None) -> ExpertTiles | None:
    """Return the layout on a GPU; of one that is not known that of most others."""
    names = {str(capability[0]), f"{capability[0]}.{capability[1]}"} if capability else set()
    return next((tiles for tiles in layouts if not tiles.capabilities or names & {*tiles.capabilities}), None)
