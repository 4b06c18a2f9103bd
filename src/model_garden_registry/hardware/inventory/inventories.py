"""The nodes of a cluster and the pools that they are in, as values."""

from __future__ import annotations

from dataclasses import dataclass

from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.offers import Offer

#: Most entries of one inventory, and most nodes that one entry stands for. A larger number is a mistake.
MOST_ENTRIES = 100_000
MOST_NODES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryNode:
    """
    A node of a cluster, or several identical ones.

    A node with several kinds of GPUs, or of MIG slices, has an entry of the same name for each kind: a job takes GPUs
    of one kind.

    Args:
        name: Its name; of several nodes all names, as a range: ``dgx[01-02]``.

        count: The number of identical nodes.

        pool: What a job is sent to: a node pool, a label, or partitions with commas between them.

        hardware: Hardware of one node, with all its GPUs; None if it is unknown. If the name of its GPUs means several
            sizes, they are its ``alternatives``.

        exact: Whether the memory of its GPUs is the node's own statement, not taken from the table of known GPUs.

        reason: Why the hardware is unknown or ambiguous, or why no job can be sent to the node, as half a sentence.

        free_gpus: The GPUs, or MIG slices, of each node that a job can take now; None if unknown.

        offered: How a job asks for its GPUs; None if the source does not say.
    """

    name: str
    count: int
    pool: str
    hardware: Hardware | None
    exact: bool
    reason: str | None = None
    free_gpus: int | None = None
    offered: Offer | None = None

    @property
    def is_ambiguous(self) -> bool:
        """Whether the name of its GPUs means several sizes."""
        return self.hardware is not None and bool(self.hardware.alternatives)

    @property
    def is_judged(self) -> bool:
        """Whether models can be judged on it: its hardware is known, or one of a few, and it takes jobs."""
        return self.hardware is not None and (self.reason is None or self.is_ambiguous)

    @property
    def is_placeable(self) -> bool:
        """Whether jobs can be placed on it: its hardware is known, and it takes jobs."""
        return self.hardware is not None and self.reason is None and not self.is_ambiguous


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """
    The nodes of one or several clusters.

    Args:
        source: Where they are from: ``slurm``, ``kubernetes``, ``dra``, ``ray``, or other words.

        as_of: The moment when the source knew this, in ISO 8601 with UTC offset; None if it does not say.

        nodes: The nodes, identical ones once.
    """

    source: str
    as_of: str | None
    nodes: tuple[InventoryNode, ...]

    def pools(self) -> dict[str, tuple[InventoryNode, ...]]:
        """Return the nodes of each pool, in the order in which pools appear."""
        found: dict[str, list[InventoryNode]] = {}
        for node in self.nodes:
            found.setdefault(node.pool, []).append(node)
        return {pool: tuple(nodes) for pool, nodes in found.items()}
