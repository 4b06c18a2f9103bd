"""Hardware to judge models on: its facts, and what CUDA would see of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from model_garden_registry.checks.hardware.devices import MOST_BYTES, Named, named_alike
from model_garden_registry.checks.hardware.need import memory_of
from model_garden_registry.entries.part import ById
from model_garden_registry.hardware.gpus import Device, DriverState, Gpu, Hardware, Unread
from model_garden_registry.hardware.visible_devices import VisibleDevices, visible_devices
from model_garden_registry.lazy import lazy
from model_garden_registry.memory.fitting.budgets import HAIR
from model_garden_registry.memory.gpu_memory import GpuMemory


@dataclass(frozen=True, eq=False)
class Alike:
    """
    Visible devices that are equal in everything that is judged; each group is only equal to itself.

    Args:
        devices: At least one.
    """

    devices: tuple[Device, ...]

    @property
    def first(self) -> Device:
        """The one that is judged for all."""
        return self.devices[0]

    @lazy
    def named(self) -> Named:
        """Their name in findings."""
        return named_alike(self.devices)

    @lazy
    def memory(self) -> GpuMemory | None:
        """Memory of each, with the other facts of the GPU; None if unknown."""
        return memory_of(self.first)


@dataclass(frozen=True)
class Machine:
    """
    Hardware to judge models on, worked out once for a question.

    Args:
        hardware: Its facts.

        seen: What CUDA would see of it.
    """

    hardware: Hardware
    seen: VisibleDevices

    @lazy
    def kinds(self) -> tuple[tuple[Alike, ...], ...]:
        """The devices of each reading, in groups of those that are alike."""
        if len(self.seen.readings) == 1:
            return (tuple(map(Alike, alike_devices(self.seen.devices))),)
        known: dict[tuple[Device, ...], Alike] = {}
        return tuple(
            tuple(known.setdefault(group, Alike(group)) for group in alike_devices(reading))
            for reading in self.seen.readings
        )

    @lazy
    def plain(self) -> Alike | None:
        """
        The named GPUs, where they are equal and only their kind and number decide.

        None where free memory, the host or a choice among devices matters.
        """
        hardware, device = self.hardware, self.largest
        is_named = hardware.source == "named" and hardware.state is DriverState.READ and hardware.ram is None
        if device is None or not is_named or self.seen.is_ambiguous or len(self.kinds[0]) > 1:
            return None
        is_told = isinstance(device, Gpu) and isinstance(device.ecc_errors, int)
        is_sound = isinstance(device.free_bytes, Unread) and not is_told
        return self.kinds[0][0] if is_sound and 0 < (self.largest_bytes or 0) <= MOST_BYTES else None

    @lazy
    def largest(self) -> Device | None:
        """The device with most memory of those that CUDA would see; None where no memory is known."""
        sized = [(device.total_bytes, device) for device in self.seen.devices if isinstance(device.total_bytes, int)]
        return max(sized, key=lambda pair: pair[0])[1] if sized else None

    @lazy
    def largest_bytes(self) -> GpuMemory | None:
        """Memory of that device, with the other facts of the GPU; None if unknown."""
        return memory_of(self.largest) if self.largest else None


def machine_of(hardware: Hardware) -> Machine:
    """Return hardware as what models are judged on; the same for the next question on it."""
    return _machine(ById(hardware))


@lru_cache(maxsize=16)
def _machine(hardware: ById[Hardware]) -> Machine:
    return Machine(hardware.value, visible_devices(hardware.value))


def alike_devices(devices: Iterable[Device]) -> list[tuple[Device, ...]]:
    """Return devices in groups that are judged alike; for idle ones, free memory does not matter."""
    groups: dict[object, list[Device]] = {}
    for device in devices:
        groups.setdefault(_traits(device), []).append(device)
    return [tuple(group) for group in groups.values()]


def _traits(device: Device) -> object:
    free, total = device.free_bytes, device.total_bytes
    is_idle = isinstance(free, int) and isinstance(total, int) and HAIR * total <= free <= total
    used = None if is_idle else (free, device.processes)
    errors = device.ecc_errors if isinstance(device, Gpu) else (type(device), device.uuid)
    return (device.name, total, device.compute_capability, device.is_integrated, used, errors)
