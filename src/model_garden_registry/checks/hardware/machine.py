"""Hardware that models are judged on: its facts, and what CUDA would see of them."""

from __future__ import annotations

from dataclasses import dataclass

from model_garden_registry.checks.hardware.need import memory_of
from model_garden_registry.hardware.gpus import Device, Hardware
from model_garden_registry.hardware.visible_devices import VisibleDevices, visible_devices
from model_garden_registry.memory.gpu_memory import GpuMemory


@dataclass(frozen=True, slots=True)
class Machine:
    """
    Hardware to judge models on, worked out once for a question.

    Args:
        hardware: Its facts.

        seen: What CUDA would see of it.
    """

    hardware: Hardware
    seen: VisibleDevices

    @property
    def largest(self) -> Device | None:
        """The device with most memory of those that CUDA would see; None where no memory is known."""
        sized = [(device.total_bytes, device) for device in self.seen.devices if isinstance(device.total_bytes, int)]
        return max(sized, key=lambda pair: pair[0])[1] if sized else None

    @property
    def largest_bytes(self) -> GpuMemory | None:
        """Memory of that device, with what else is known of it; None where none is known."""
        return memory_of(self.largest) if self.largest else None


def machine_of(hardware: Hardware) -> Machine:
    """Return hardware as what models are judged on."""
    return Machine(hardware, visible_devices(hardware))
