"""The machines that defaults are made to fit, the most common first."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.units import GB


class Machine(NamedTuple):
    """
    Equal GPUs in one host.

    Args:
        gpus: How many.

        card_gb: Memory of each at most, in decimal GB, as the box says. The driver reports at least as much: 85.0 GB of
            an "80 GB" card.
    """

    gpus: int
    card_gb: int

    @property
    def card_bytes(self) -> int:
        """Memory of each GPU."""
        return self.card_gb * GB


#: One card, then several of the usual data-centre size, then hosts of eight larger ones.
#: Source: the sizes in storage/gpus.json; hosts as their makers sell them.
MACHINES = (*(Machine(gpus, 80) for gpus in (1, 2, 4, 8)), *(Machine(8, size) for size in (141, 180, 288)))
