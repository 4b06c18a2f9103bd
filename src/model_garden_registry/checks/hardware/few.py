"""Why a process sees fewer GPUs than a machine may have: CUDA_VISIBLE_DEVICES, a MIG slice, the container."""

from __future__ import annotations

from model_garden_registry.hardware.gpus import Hardware, Slice
from model_garden_registry.hardware.visible_devices import VisibleDevices
from model_garden_registry.visible_text import visible


def few_reason(hardware: Hardware, seen: VisibleDevices) -> str:
    """
    Return why there are not more GPUs, as the end of a sentence; empty if nothing is known to hide any.

    Args:
        seen: What CUDA would see of the hardware.
    """
    if any(isinstance(device, Slice) for device in seen.devices):
        return ": a process uses one MIG slice, and slices do not combine"
    if seen.hidden and seen.mask is not None:
        ended = "" if seen.ended_at is None else f"; its entry '{visible(seen.ended_at)}' names none, and ends the list"
        hidden = f"{len(seen.hidden)} more {'GPU' if len(seen.hidden) == 1 else 'GPUs'}"
        return f": CUDA_VISIBLE_DEVICES='{visible(seen.mask)}' hides {hidden}{ended}"
    lost = sum(gpu.problem is not None for gpu in hardware.gpus)
    if lost:
        return f": {lost} {'does' if lost == 1 else 'do'} not answer"
    return f": {visible(' '.join(hardware.hints)).rstrip('.')}" if hardware.source == "nvml" and hardware.hints else ""
