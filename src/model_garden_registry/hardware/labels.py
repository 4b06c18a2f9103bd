"""The GPUs of a machine in words."""

from __future__ import annotations

from collections.abc import Sequence

from model_garden_registry.hardware.gpus import Device, Hardware
from model_garden_registry.hardware.visible_devices import VisibleDevices, visible_devices
from model_garden_registry.units import gigabytes_text
from model_garden_registry.visible_text import visible


def gpu_names(machine: Hardware) -> str:
    """Return the GPUs that CUDA would see: ``2x L4``; for an ambiguous name, each GPU; empty if there is none."""
    return _each_reading(machine, has_memory=False)


def gpu_sizes(machine: Hardware) -> str:
    """Return the GPUs that CUDA would see, with the memory of each: ``2x L4 (24.15 GB)``."""
    return _each_reading(machine, has_memory=True)


def distinct_names(seen: VisibleDevices) -> str:
    """Return the name of each kind of device once, as the driver writes it; for an ambiguous name, of each GPU."""
    each = ([device.name for device in devices if isinstance(device.name, str)] for devices in seen.readings)
    return " or ".join(dict.fromkeys(", ".join(dict.fromkeys(names)) for names in each if names))


def device_kind(device: Device, *, has_memory: bool) -> str:
    """Return the name of a device, with its memory if asked for."""
    name = visible(device.name) if isinstance(device.name, str) else "GPU"
    if not has_memory:
        return name
    total = device.total_bytes
    return f"{name} ({gigabytes_text(total) if isinstance(total, int) else 'size not known'})"


def _each_reading(machine: Hardware, *, has_memory: bool) -> str:
    each = (", ".join(_words(devices, has_memory=has_memory)) for devices in visible_devices(machine).readings)
    return " or ".join(dict.fromkeys(filter(None, each)))


def _words(devices: Sequence[Device], *, has_memory: bool) -> list[str]:
    """Return each kind of device once, with how many there are."""
    kinds = [device_kind(device, has_memory=has_memory) for device in devices]
    times = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return [f"{number}x {kind}" if number > 1 else kind for kind, number in times.items()]
