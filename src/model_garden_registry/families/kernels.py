"""Requirements of an engine's kernels, and layouts that pad experts to whole tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any, NamedTuple

from model_garden_registry.families.versions import known_capability


class FormatSupport(NamedTuple):
    """
    An engine's support for a number format.

    Args:
        name: The engine's name for it.

        least: Lowest CUDA compute capability that it runs on.

        native: Lowest capability that computes in it; below, weights are unpacked for each product.

        unpacks: Whether, below the lowest capability, weights are unpacked into half precision at load time instead
            of refused.
    """

    name: str
    least: str
    native: str
    unpacks: bool = False

    @property
    def least_capability(self) -> tuple[int, int]:
        """The lowest capability as numbers."""
        return known_capability(self.least)

    @property
    def native_capability(self) -> tuple[int, int]:
        """The lowest native capability as numbers."""
        return known_capability(self.native)


class ExpertTiles(NamedTuple):
    """
    The layout of an expert kernel.

    Args:
        capabilities: Compute capabilities of its GPUs, or their majors; empty: all others.

        width: The multiple that an expert's own width is padded to, on one GPU.

        hidden: The multiple that the surrounding width is padded to.

        scales: How many times the block scales are stored.
    """

    capabilities: tuple[str, ...]
    width: int
    hidden: int
    scales: int

    def growth(self, width: float, hidden: int, *, scale_share: float) -> float:
        """
        Return the factor by which an expert of these widths grows.

        Args:
            scale_share: The share of scales in its bytes.
        """
        padded = ceil(width / self.width) * self.width / width * ceil(hidden / self.hidden) * self.hidden / hidden
        return padded * (1 + (self.scales - 1) * scale_share)


class AttentionNeed(NamedTuple):
    """
    The requirement of an engine's kernels for a kind of attention.

    Args:
        of: The kind, for people.

        least: Lowest CUDA compute capability that has such kernels.

        majors: Major capabilities that have them; empty: all from the lowest on.

        families: Values of ``model_type`` that need these kernels.

        wider_than: Width of a head above which any network needs them; None: only those families.
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
        """Return whether a network with this widest head needs these kernels."""
        return model_type in self.families or (self.wider_than is not None and widest_head > self.wider_than)


def attention_of(rows: Iterable[Mapping[str, Any]]) -> tuple[AttentionNeed, ...]:
    """Return the requirements in a record."""
    words = ("majors", "families")
    return tuple(AttentionNeed(**{**row, **{word: tuple(row.get(word, ())) for word in words}}) for row in rows)


def expert_tiles_of(rows: Iterable[Mapping[str, Any]]) -> tuple[ExpertTiles, ...]:
    """Return the layouts in a record; the first that fits is used."""
    return tuple(ExpertTiles(**{**row, "capabilities": tuple(row["capabilities"])}) for row in rows)


def tiles_on(layouts: Iterable[ExpertTiles], capability: tuple[int, int] | None) -> ExpertTiles | None:
    """Return the layout on a GPU; for an unknown GPU that of most others."""
    names = {str(capability[0]), f"{capability[0]}.{capability[1]}"} if capability else set()
    return next((tiles for tiles in layouts if not tiles.capabilities or names & {*tiles.capabilities}), None)


def formats_of(supports: Mapping[str, Mapping[str, Any] | None]) -> Mapping[str, FormatSupport | None]:
    """Read how an engine takes number formats; None for one that it does not load."""
    return {
        name: FormatSupport(**{"native": support["least"], **support}) if support else None
        for name, support in supports.items()
    }
