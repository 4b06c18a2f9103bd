"""How an engine divides its cache into blocks, by its release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Checkpoints(NamedTuple):
    """
    A kernel of the delta rule that keeps a state inside a prompt.

    Args:
        capabilities: Compute capabilities of the GPUs that it runs on, or their majors.

        tokens: A multiple of so many lies between two of them.

        blocks: Blocks of a sequence that it needs.
    """

    capabilities: tuple[str, ...]
    tokens: int
    blocks: int


class Paging(NamedTuple):
    """
    How an engine divides its cache into blocks.

    Args:
        near_groups: How many times more layers than the rarest kind the commonest may have, if both are to be one
            group each.

        frees_chunks: Whether layers that attend in chunks give blocks back; else no layer does.

        counts_flights: Whether each batch that is under way counts in a window, not one only.

        prints_sequences: Whether the tokens that it prints are sequences at full length times that length.

        spare_blocks: Blocks that no sequence gets.

        state_blocks: Blocks of a sequence for a state, where beginnings of prompts are kept; else one.

        keeps_prefixes: Whether they are for networks with states, where nobody says.

        states_by_block: Kinds of states that are kept for each block of tokens then.

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
        """Return what holds where beginnings of prompts are kept, or not; None: as the engine does by itself."""
        keeps = self.keeps_prefixes if prefixes is None else prefixes
        return self if keeps else self._replace(state_blocks=1, states_by_block=(), checkpoints=None)

    def checkpoints_on(self, capability: tuple[int, int] | None) -> Checkpoints | None:
        """Return what a kernel keeps on a GPU; None if nothing, or where the GPU is not known."""
        if self.checkpoints is None or capability is None:
            return None
        major, minor = capability
        runs = {str(major), f"{major}.{minor}"} & {*self.checkpoints.capabilities}
        return self.checkpoints if runs else None


def paging_of(record: Mapping[str, Any] | None) -> Paging | None:
    """Return what a record says; None if there is none."""
    if record is None:
        return None
    told, kept = dict(record), record.get("checkpoints")
    told["states_by_block"] = tuple(record.get("states_by_block", ()))
    told["checkpoints"] = kept and Checkpoints(tuple(kept["capabilities"]), kept["tokens"], kept["blocks"])
    return Paging(**told)
