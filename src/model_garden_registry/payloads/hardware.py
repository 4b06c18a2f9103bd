"""Hardware as a JSON document: within a report, or alone as a snapshot."""

from __future__ import annotations

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


def _visible(hardware: Hardware) -> frozenset[Device] | None:
    seen = visible_devices(hardware)
    return None if seen.is_ambiguous else frozenset(seen.devices)
