"""The judged GPUs, and how much of each is needed, as text."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from model_garden_registry.units import GB

if TYPE_CHECKING:  # the report of a file needs no hardware
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.reports import Report

#: Two sizes are both named; of more, the smallest and the largest.
_TWO = 2


def judged_text(machine: Hardware) -> str | None:
    """
    Return on which GPUs the verdict was made, with the memory of each; None if there was none.

    A single named GPU has its own finding.
    """
    from model_garden_registry.hardware.labels import gpu_sizes
    from model_garden_registry.hardware.visible_devices import visible_devices

    seen = visible_devices(machine)
    is_told = machine.source == "named" and len(seen.devices) == 1
    names = gpu_sizes(machine)
    return f"judged: {names}" if names and not is_told else None


def memory_of_gpus(machine: Hardware | None) -> dict[str, int]:
    """Return the bytes of each kind of device that CUDA would see, in any reading, smallest first, by its words."""
    if machine is None:
        return {}

    from model_garden_registry.hardware.labels import device_kind
    from model_garden_registry.hardware.visible_devices import visible_devices

    devices = [device for devices in visible_devices(machine).readings for device in devices]
    sizes = {device_kind(device, has_memory=True): device.total_bytes for device in devices}
    return dict(sorted(((name, size) for name, size in sizes.items() if isinstance(size, int)), key=itemgetter(1)))


def memory_words(report: Report) -> str:
    """
    Return what is needed of each GPU: ``9.8 GB expected, 10.8 safe, of 25.8 GB (42 %)``.

    The share is that of ``safe``. Empty without an estimate; no share without a GPU of known size.
    """
    estimate = report.estimate
    if estimate is None:
        return ""
    about = "about " if estimate.is_coarse else ""
    needed = f"{about}{estimate.expected_bytes / GB:.1f} GB expected, {estimate.safe_bytes / GB:.1f} safe"
    sizes = [size for size in memory_of_gpus(report.hardware).values() if size]
    if not sizes:
        return needed
    each = " each" if report.split and report.split.gpus > 1 else ""
    return f"{needed}, of {_ends([f'{size / GB:.1f}' for size in sizes])} GB{each} ({share_words(report)})"


def share_words(report: Report) -> str:
    """Return the safe share of a GPU: ``42 %``; empty without an estimate, or a GPU of known size."""
    sizes = [size for size in memory_of_gpus(report.hardware).values() if size]
    if report.estimate is None or not sizes:
        return ""
    safe = report.estimate.safe_bytes
    return f"{_ends([f'{safe / size:.0%}'.removesuffix('%') for size in sizes])} %"


def _ends(texts: Sequence[str]) -> str:
    """Return one or two values, or of more the first and the last."""
    first, *_, last = (*texts, texts[-1])
    if first == last:
        return first
    return f"{first} or {last}" if len(texts) == _TWO else f"{first} to {last}"
