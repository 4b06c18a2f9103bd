"""Hardware as a JSON document: within a report, or alone as a snapshot; and the GPUs that can be named."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from model_garden_registry.hardware.gpus import Device, Hardware
from model_garden_registry.hardware.snapshots import FORMAT, hardware_document
from model_garden_registry.hardware.visible_devices import visible_devices
from model_garden_registry.units import GB, MIB

if TYPE_CHECKING:  # a machine needs no table
    from model_garden_registry.hardware.gpu_table import KnownGpu


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


def gpus_document(rows: Iterable[KnownGpu]) -> dict[str, Any]:
    """Return ``mgr.gpus/1``: the GPUs that can be named, in the order of the table."""
    return {"format": "mgr.gpus/1", "gpus": [_known(row) for row in rows]}


def _known(row: KnownGpu) -> dict[str, Any]:
    major, minor = row.compute_capability
    return {
        "name": row.name,
        "family": row.family,
        "aliases": list(row.aliases),
        "total_gb": round(row.total_bytes / GB, 3),
        "total_mib": row.total_bytes // MIB,
        "source": str(row.total_kind),
        "compute_capability": f"{major}.{minor}",
        "architecture": row.architecture,
        "form_factor": row.form_factor,
        "integrated": row.is_integrated,
        "mig": [{"profile": profile, "total_mib": mib} for profile, mib in row.mig_total_mib],
    }
