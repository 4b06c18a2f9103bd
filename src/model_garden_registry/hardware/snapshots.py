"""Hardware to a document, and back: for snapshots, and for the process that asks the driver."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any, get_args

from model_garden_registry.errors import HardwareFileError
from model_garden_registry.hardware.gpus import (
    MOST_GPUS,
    Device,
    DriverState,
    Fact,
    Gpu,
    GpuProcess,
    Hardware,
    HostMemory,
    Slice,
    Source,
    Unread,
)
from model_garden_registry.hardware.nodes import Node, boolean, natural, number, text, unread
from model_garden_registry.units import GB, MIB

Document = dict[str, Any]

#: The name of this snapshot format, in a file of its own.
FORMAT = "mgr.hardware/1"
_CAPABILITY = re.compile(r"([1-9][0-9]{0,2})\.([0-9]{1,3})")
#: All facts of a GPU but its index.
_FACTS = attrgetter(*(field.name for field in fields(Gpu) if field.name != "index"))


def hardware_document(hardware: Hardware, *, visible: Container[Device] | None = None) -> Document:
    """
    Return plain values for JSON, from which ``parse_hardware`` builds the same hardware again.

    A fact that was not asked for is ``null``; one that could not be read is ``null`` with its reason under
    ``unread`` of the same object. If a name means several GPUs, they are under ``alternatives`` and there is no
    ``gpus``.

    Args:
        visible: The devices that CUDA would see; without it ``visible`` is ``null`` everywhere.
    """
    ram = hardware.ram
    is_ambiguous = bool(hardware.alternatives) and not hardware.gpus
    gpus = {} if is_ambiguous else {"gpus": [*_gpu_documents(hardware.gpus, visible)]}
    return {
        "source": hardware.source,
        "state": hardware.state.value,
        "problem": hardware.problem,
        "driver_version": _known(hardware.driver_version),
        "cuda_version": _known(hardware.cuda_version),
        **gpus,
        "alternatives": [[*_gpu_documents(gpus, visible)] for gpus in hardware.alternatives],
        "ram_gb": round(ram.total_bytes / GB, 1) if isinstance(ram, HostMemory) else None,
        "ram": {"total_bytes": ram.total_bytes, "limited_by": ram.limited_by} if isinstance(ram, HostMemory) else None,
        "environment": {
            "CUDA_VISIBLE_DEVICES": hardware.cuda_visible_devices,
            "CUDA_DEVICE_ORDER": hardware.cuda_device_order,
        },
        "hints": list(hardware.hints),
        "unread": _reasons(hardware),
    }


def _gpu_documents(gpus: Iterable[Gpu], visible: Container[Device] | None) -> Iterator[Document]:
    """Yield a document for each GPU; a thousand of one name cost little more than one: they differ in few values."""
    last, document = None, Document()
    for gpu in gpus:
        facts = _FACTS(gpu)
        if facts != last:
            last, document = facts, _gpu_document(gpu, visible)
        elif _is_flat(document):
            is_visible = None if visible is None else gpu in visible
            document = {**document, "index": gpu.index, "visible": is_visible, "slices": [], "unread": {}}
        else:
            document = _gpu_document(gpu, visible)
        yield document


def _is_flat(document: Document) -> bool:
    """Return whether a document of a GPU has no value that two of them must not share."""
    mutable = document["slices"] or document["unread"] or document["problem"]
    return not mutable and document["processes"] is None


def _gpu_document(gpu: Gpu, visible: Container[Device] | None) -> Document:
    return {
        "index": gpu.index,
        **_device_document(gpu, visible),
        "pci_bus_id": _known(gpu.pci_bus_id),
        "mig_enabled": _known(gpu.mig_enabled),
        "slices": [_slice_document(piece, visible) for piece in gpu.slices],
        "ecc_errors": _known(gpu.ecc_errors),
        "problem": None if gpu.problem is None else _reason(gpu.problem),
        "unread": _reasons(gpu),
    }


def _slice_document(piece: Slice, visible: Container[Device] | None) -> Document:
    return {
        "gpu_index": piece.gpu_index,
        "index": piece.index,
        **_device_document(piece, visible),
        "profile": piece.profile,
        "gpu_instance_id": _known(piece.gpu_instance_id),
        "compute_instance_id": _known(piece.compute_instance_id),
        "unread": _reasons(piece),
    }


def _device_document(device: Device, visible: Container[Device] | None) -> Document:
    total, free = _known(device.total_bytes), _known(device.free_bytes)
    capability = _known(device.compute_capability)
    processes = _known(device.processes)
    return {
        "uuid": _known(device.uuid),
        "name": _known(device.name),
        "total_mib": None if total is None else total // MIB,
        "free_mib": None if free is None else free // MIB,
        "compute_capability": None if capability is None else "{}.{}".format(*capability),
        "visible": None if visible is None else device in visible,
        "total_bytes": total,
        "free_bytes": free,
        "is_integrated": device.is_integrated,
        "processes": None if processes is None else [_process_document(process) for process in processes],
    }


def _process_document(process: GpuProcess) -> Document:
    return {"pid": process.pid, "name": process.name, "used_bytes": process.used_bytes}


def _known(fact: Fact[Any]) -> Any:
    return None if isinstance(fact, Unread) else fact


def _reasons(value: Hardware | Device) -> Document:
    """Return the reasons of facts that could not be read; facts that were not asked for are missing."""
    named = ((field.name, getattr(value, field.name), field.default) for field in fields(value))
    return {
        name: _reason(fact)
        for name, fact, default in named
        if name != "problem" and isinstance(fact, Unread) and fact != default
    }


def _reason(fact: Unread) -> Document:
    return {"cause": fact.cause.value, "reason": fact.reason}


def parse_hardware(document: object, *, source: Source | None = None) -> Hardware:
    """
    Return the hardware of a document: the exact inverse of ``hardware_document``, and lenient with hand-written files.

    A GPU needs ``name`` and ``total_mib``; missing facts count as not asked. Unknown keys are ignored.
    ``gpus`` may be missing or empty if ``alternatives`` is there.

    Args:
        source: Source of the facts, to override the document's. Named GPUs stay named: a name means
            the same wherever it is written.

    Raises:
        HardwareFileError: A value is of the wrong kind.
    """
    root = Node(document, "")
    root.require_object()
    root.choice("format", (FORMAT,), FORMAT)
    environment = root.member("environment")
    alternatives = tuple(map(_gpus, root.items("alternatives")))
    gpus = () if alternatives and "gpus" not in root.value else _gpus(root.required("gpus"))
    said = root.choice("source", get_args(Source), "file")
    is_named = said == "named" and all(map(_may_be_named, alternatives or (gpus,)))
    return Hardware(
        source=said if source is None or is_named else source,
        state=DriverState(root.choice("state", tuple(DriverState), DriverState.READ)),
        problem=root.optional("problem", text),
        driver_version=root.fact("driver_version", text),
        cuda_version=root.fact("cuda_version", text),
        gpus=gpus,
        alternatives=alternatives,
        ram=_ram(root),
        cuda_visible_devices=environment.optional("CUDA_VISIBLE_DEVICES", text),
        cuda_device_order=environment.optional("CUDA_DEVICE_ORDER", text),
        hints=tuple(map(text, root.items("hints"))),
    )


def _gpus(node: Node) -> tuple[Gpu, ...]:
    gpus = tuple(_gpu(item, index) for index, item in enumerate(node.members(MOST_GPUS)))
    if len({gpu.index for gpu in gpus}) < len(gpus):
        raise HardwareFileError(node.where, "a unique index for each GPU", "one that appears twice")
    return gpus


def _may_be_named(gpus: tuple[Gpu, ...]) -> bool:
    """Return whether these can be named GPUs: there are some, and each is a device or cut into some."""
    return bool(gpus) and all(
        isinstance(gpu.name, str) and gpu.problem is None and (gpu.slices or gpu.mig_enabled is False) for gpu in gpus
    )


def _gpu(node: Node, position: int) -> Gpu:
    index = node.optional("index", natural)
    return Gpu(
        index=position if index is None else index,
        pci_bus_id=node.fact("pci_bus_id", text),
        mig_enabled=node.fact("mig_enabled", boolean, default=False),
        slices=tuple(_slice(item) for item in node.items("slices")),
        ecc_errors=node.fact("ecc_errors", natural),
        problem=node.optional("problem", unread),
        **_device(node),
    )


def _slice(node: Node) -> Slice:
    return Slice(
        gpu_index=natural(node.required("gpu_index")),
        index=natural(node.required("index")),
        profile=node.optional("profile", text),
        gpu_instance_id=node.fact("gpu_instance_id", natural),
        compute_instance_id=node.fact("compute_instance_id", natural),
        **_device(node),
    )


def _device(node: Node) -> dict[str, Any]:
    node.required("name")
    node.required("total_mib", "total_bytes")
    return {
        "name": node.fact("name", text),
        "uuid": node.fact("uuid", text),
        "total_bytes": _bytes(node, "total"),
        "free_bytes": _bytes(node, "free"),
        "compute_capability": node.fact("compute_capability", _capability),
        "is_integrated": node.optional("is_integrated", boolean) or False,
        "processes": node.fact("processes", lambda member: tuple(map(_process, member.members()))),
    }


def _bytes(node: Node, what: str) -> Fact[int]:
    """Return a size given in bytes, in MiB, or in both, which must then agree."""
    size: Fact[int] = node.fact(f"{what}_bytes", natural)
    rounded = node.member(f"{what}_mib")
    if rounded.value is None:
        return size
    mib = number(rounded, MIB)
    if isinstance(size, int) and size // MIB != int(mib):
        rounded.refuse(f"{size // MIB}, as {what}_bytes says")
    return size if isinstance(size, int) else int(mib * MIB)


def _ram(root: Node) -> Fact[HostMemory] | None:
    """Return the memory of the host, which hand-written files give in GB."""
    ram: Fact[HostMemory] | None = root.fact("ram", _host_memory, default=None)
    rounded = root.member("ram_gb")
    if rounded.value is None:
        return ram
    gigabytes = number(rounded, GB)
    if isinstance(ram, HostMemory) and round(ram.total_bytes / GB, 1) != gigabytes:
        rounded.refuse(f"{round(ram.total_bytes / GB, 1)}, as ram says")
    return ram if isinstance(ram, HostMemory) else HostMemory(total_bytes=round(gigabytes * GB))


def _host_memory(node: Node) -> HostMemory:
    total = natural(node.required("total_bytes"))
    return HostMemory(total_bytes=total, limited_by=node.choice("limited_by", ("host", "container"), "host"))


def _process(node: Node) -> GpuProcess:
    pid = natural(node.required("pid"))
    return GpuProcess(pid=pid, name=node.optional("name", text), used_bytes=node.optional("used_bytes", natural))


def _capability(node: Node) -> tuple[int, int]:
    match = _CAPABILITY.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is None:
        node.refuse('a text such as "8.9"')
    return int(match[1]), int(match[2])
