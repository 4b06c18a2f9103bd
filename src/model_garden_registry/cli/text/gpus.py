"""Which GPUs were judged, in words for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model_garden_registry.units import gigabytes_text
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:  # the report of a file needs no hardware
    from model_garden_registry.hardware.gpus import Device, Hardware


def gpu_names(machine: Hardware) -> str:
    """Name the GPUs that CUDA would see; of a name that means several cards, each; where there is none, nothing."""
    return _each_reading(machine, has_memory=False)


def gpu_sizes(machine: Hardware) -> str:
    """Name the GPUs that CUDA would see, with the memory of each: ``2x L4 (24.15 GB)``."""
    return _each_reading(machine, has_memory=True)


def judged_text(machine: Hardware) -> str | None:
    """
    Say on which GPUs the verdict was found, and how much memory each has; None where there was none.

    A single GPU that was only named is told by its own finding.
    """
    from model_garden_registry.hardware.visible_devices import visible_devices

    seen = visible_devices(machine)
    is_told = machine.source == "named" and len(seen.devices) == 1
    names = _each_reading(machine, has_memory=True)
    return f"judged: {names}" if names and not is_told else None


def _each_reading(machine: Hardware, *, has_memory: bool) -> str:
    from model_garden_registry.hardware.visible_devices import visible_devices

    each = (", ".join(_words(devices, has_memory=has_memory)) for devices in visible_devices(machine).readings)
    return " or ".join(dict.fromkeys(filter(None, each)))


def _words(devices: Sequence[Device], *, has_memory: bool) -> list[str]:
    """Give each kind of device once, with how many there are."""
    kinds = [_kind(device, has_memory=has_memory) for device in devices]
    times = {kind: kinds.count(kind) for kind in kinds}
    return [f"{number}x {kind}" if number > 1 else kind for kind, number in times.items()]


def _kind(device: Device, *, has_memory: bool) -> str:
    name = visible(device.name) if isinstance(device.name, str) else "GPU"
    if not has_memory:
        return name
    total = device.total_bytes
    return f"{name} ({gigabytes_text(total) if isinstance(total, int) else 'size not known'})"
