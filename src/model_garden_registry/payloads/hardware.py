"""Hardware as a JSON document: within a report, or alone as a snapshot."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from model_garden_registry.hardware.gpus import Device, Hardware
from model_garden_registry.hardware.snapshots import FORMAT, hardware_document
from model_garden_registry.hardware.visible_devices import visible_devices


def snapshot_document(hardware: Hardware) -> dict[str, Any]:
    """Return ``mgr.hardware/1``, which ``--hardware FILE`` reads."""
    return {"format": FORMAT, **machine_document(hardware)}


def machine_document(hardware: Hardware | None) -> dict[str, Any]:
    """Return the hardware of a report; ``visible`` is null if it depends on CUDA's device order."""
    if hardware is None:
        return {**hardware_document(Hardware(source="none")), "state": None}
    return hardware_document(hardware, visible=_visible(hardware))


def _visible(hardware: Hardware) -> Container[Device] | None:
    seen = visible_devices(hardware)
    return None if seen.is_ambiguous else _These(seen.devices)


class _These:
    """Devices by their identity: comparing the facts of a thousand GPUs takes longer than judging them."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._by_identity = {id(device): device for device in devices}

    def __contains__(self, device: object) -> bool:
        return id(device) in self._by_identity
