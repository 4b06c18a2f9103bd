"""The blocks of an engine's cache, by its release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Checkpoints(NamedTuple):
    """
    A kernel of the delta rule that keeps a state inside a prompt.

    Args:
        capabilities: Compute capabilities of the GPUs that it runs on, or their majors.

        tokens: The multiple that the distance between two of them is rounded to.

        blocks: Blocks that it needs per sequence.
    """

    capabilities: tuple[str, ...]
    tokens: int
    blocks: int


class Paging(NamedTuple):
    """
    How an engine divides its cache into blocks.

    Args:
        near_groups: How many times more layers than the rarest kind the commonest may have, for both to be one
            group each.

        frees_chunks: Whether chunked attention layers free blocks; else no layer does.

        counts_flights: Whether each batch in flight counts in a window, not only one.

        prints_sequences: Whether the tokens that it prints are whole sequences times the full length.

        spare_blocks: Blocks that no sequence uses.

        state_blocks: Blocks per sequence for a state, with prefix caching; else one.

        keeps_prefixes: Default of prefix caching for networks with states.

        states_by_block: Kinds of states that are kept for each block of tokens with prefix caching.

        checkpoints: None if no kernel keeps any.
    """

    near_groups: float
    frees_chunks: bool
    counts_flights: bool
    prints_sequences: bool
    spare_blocks: int
    state_blocks: int
    keeps_prefixes: bool
    states_by_block: tuple[str, ...] = ()
    checkpoints: Checkpoints | None = None

    def keeping(self, prefixes: bool | None) -> Paging:  # noqa: FBT001
        """Return the paging with prefix caching on or off; None: the engine's default."""
        keeps = self.keeps_prefixes if prefixes is None else prefixes
        return self if keeps else self._replace(state_blocks=1, states_by_block=(), checkpoints=None)

    def checkpoints_on(self, capability: tuple[int, int] | None) -> Checkpoints | None:
        """Return what a kernel keeps on a GPU; None if nothing, or if the GPU is unknown."""
        if self.checkpoints is None or capability is None:
            return None
        major, minor = capability
        runs = {str(major), f"{major}.{minor}"} & {*self.checkpoints.capabilities}
        return self.checkpoints if runs else None


def paging_of(record: Mapping[str, Any] | None) -> Paging | None:
    """Return the paging in a record; None if there is none."""
    if record is None:
        return None
    told, kept = dict(record), record.get("checkpoints")
    told["states_by_block"] = tuple(record.get("states_by_block", ()))
    told["checkpoints"] = kept and Checkpoints(tuple(kept["capabilities"]), kept["tokens"], kept["blocks"])
    return Paging(**told)
