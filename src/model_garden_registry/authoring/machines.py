"""The machines that defaults are made to fit, the most common first."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.memory.fitting.gpu_sizes import gpu_bytes


class Machine(NamedTuple):
    """
    Equal GPUs in one host.

    Args:
        gpus: How many.

        card_gb: Memory of each at most, in whole decimal GB of what the driver reports: 85 of an "80 GB" card.
    """

    gpus: int
    card_gb: int

    @property
    def card_bytes(self) -> int:
        """Memory of each GPU."""
        return gpu_bytes(self.card_gb)


#: One card, then several of the usual data-centre size, then hosts of eight larger ones.
#: Source: the sizes in storage/gpus.json; hosts as their makers sell them.
MACHINES = (*(Machine(gpus, 85) for gpus in (1, 2, 4, 8)), *(Machine(8, size) for size in (150, 192, 288)))
