"""The machines that defaults must fit, the most common first."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.memory.fitting.gpu_sizes import gpu_bytes


class Machine(NamedTuple):
    """
    Equal GPUs in one host.

    Args:
        gpus: How many.

        gpu_gb: Most memory of each, in whole decimal GB as the driver reports it: 85 for an "80 GB" GPU.
    """

    gpus: int
    gpu_gb: int

    @property
    def gpu_bytes_each(self) -> int:
        """Memory of each GPU."""
        return gpu_bytes(self.gpu_gb)


#: One GPU, then several of the usual data-centre size, then hosts of eight larger ones.
#: Source: the sizes in storage/gpus.json; hosts as vendors sell them.
MACHINES = (*(Machine(gpus, 85) for gpus in (1, 2, 4, 8)), *(Machine(8, size) for size in (150, 192, 288)))
