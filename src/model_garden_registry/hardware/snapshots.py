"""Hardware as a document, and back: what a snapshot holds, and what the process that asks the driver answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, fields
from typing import Any, NoReturn, TypeVar, get_args

from model_garden_registry.errors import HardwareFileError, found_words
from model_garden_registry.hardware.gpus import (
    NOT_ASKED,
    Cause,
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
from model_garden_registry.units import GB, MIB

T = TypeVar("T")
Document = dict[str, Any]

#: The word for this form of a snapshot, where it stands alone in a file.
FORMAT = "mgr.hardware/1"
#: More than any machine has, of anything; and no text in a snapshot is longer.
_MOST_ITEMS = 10_000
_LONGEST_TEXT = 100_000
#: What a driver can say: 64 bits.
_LARGEST = 2**64 - 1
_CAPABILITY = re.compile(r"([1-9][0-9]{0,2})\.([0-9]{1,3})")


def hardware_document(hardware: Hardware, *, visible: Container[Device] | None = None) -> Document:
    """
    Give plain values for JSON, from which ``parse_hardware`` makes the same hardware again.

    A fact that was not asked for is ``null``; one that could not be read is ``null`` and has its reason under
    ``unread`` of the same object.

    Args:
        visible: The devices that CUDA would see; without it ``visible`` is ``null`` everywhere.
    """
    ram = hardware.ram
    return {
        "source": hardware.source,
        "state": hardware.state.value,
        "problem": hardware.problem,
        "driver_version": _known(hardware.driver_version),
        "cuda_version": _known(hardware.cuda_version),
        "gpus": [_gpu_document(gpu, visible) for gpu in hardware.gpus],
        "alternatives": [[_gpu_document(gpu, visible) for gpu in gpus] for gpus in hardware.alternatives],
        "ram_gb": round(ram.total_bytes / GB, 1) if isinstance(ram, HostMemory) else None,
        "ram": {"total_bytes": ram.total_bytes, "limited_by": ram.limited_by} if isinstance(ram, HostMemory) else None,
        "environment": {
            "CUDA_VISIBLE_DEVICES": hardware.cuda_visible_devices,
            "CUDA_DEVICE_ORDER": hardware.cuda_device_order,
        },
        "hints": list(hardware.hints),
        "unread": _reasons(hardware),
    }


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
    """Give the facts that could not be read; one that was not asked for is missing and needs no reason."""
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
    Make hardware from a document: the exact inverse of ``hardware_document``, and lenient with what people write.

    A GPU needs ``name`` and ``total_mib``; what is missing was not asked for. Keys that are not known are passed over.

    Args:
        source: Where the facts come from, when not from where the document says.

    Raises:
        HardwareFileError: Something in it is not what belongs there.
    """
    root = _Node(document, "")
    root.require_object()
    root.choice("format", (FORMAT,), FORMAT)
    environment = root.member("environment")
    return Hardware(
        source=source or root.choice("source", get_args(Source), "file"),
        state=DriverState(root.choice("state", tuple(DriverState), DriverState.READ)),
        problem=root.optional("problem", _text),
        driver_version=root.fact("driver_version", _text),
        cuda_version=root.fact("cuda_version", _text),
        gpus=_gpus(root.required("gpus")),
        alternatives=tuple(map(_gpus, root.items("alternatives"))),
        ram=_ram(root),
        cuda_visible_devices=environment.optional("CUDA_VISIBLE_DEVICES", _text),
        cuda_device_order=environment.optional("CUDA_DEVICE_ORDER", _text),
        hints=tuple(map(_text, root.items("hints"))),
    )


@dataclass(frozen=True, slots=True)
class _Node:
    """A value of a document, and the JSON pointer to it."""

    value: Any
    where: str

    def refuse(self, expected: str) -> NoReturn:
        raise HardwareFileError(self.where, expected, found_words(self.value))

    def require_object(self) -> None:
        if not isinstance(self.value, dict):
            self.refuse("an object")

    def member(self, key: str) -> _Node:
        """Give what stands under a key of an object; of ``null``, ``null``."""
        if self.value is None:
            return _Node(None, f"{self.where}/{key}")
        self.require_object()
        return _Node(self.value.get(key), f"{self.where}/{key}")

    def required(self, *keys: str) -> _Node:
        """Give what stands under the first of some keys that is there; one has to be."""
        self.require_object()
        for key in keys:
            if key in self.value:
                return self.member(key)
        raise HardwareFileError(f"{self.where}/{keys[0]}", "a required key", "nothing")

    def members(self) -> Iterator[_Node]:
        if not isinstance(self.value, list):
            self.refuse("a list")
        if len(self.value) > _MOST_ITEMS:
            raise HardwareFileError(self.where, f"at most {_MOST_ITEMS} items", str(len(self.value)))
        for index, item in enumerate(self.value):
            yield _Node(item, f"{self.where}/{index}")

    def items(self, key: str) -> Iterator[_Node]:
        """Go through a list under a key; one that is missing is empty."""
        member = self.member(key)
        return iter(()) if member.value is None else member.members()

    def choice(self, key: str, allowed: tuple[str, ...], default: T) -> Any:
        member = self.member(key)
        if member.value is None:
            return default
        if member.value not in allowed:
            member.refuse(f"one of {', '.join(allowed)}")
        return member.value

    def optional(self, key: str, read: Callable[[_Node], T]) -> T | None:
        member = self.member(key)
        return None if member.value is None else read(member)

    def fact(self, name: str, read: Callable[[_Node], T], default: Any = NOT_ASKED) -> Any:
        """Give a fact: its value, else the reason under ``unread``, else the default."""
        value = self.optional(name, read)
        if value is not None:
            return value
        reason = self.member("unread").optional(name, _unread)
        return default if reason is None else reason


def _gpus(node: _Node) -> tuple[Gpu, ...]:
    gpus = tuple(_gpu(item, index) for index, item in enumerate(node.members()))
    if len({gpu.index for gpu in gpus}) < len(gpus):
        raise HardwareFileError(node.where, "an index of its own for each GPU", "one that stands twice")
    return gpus


def _gpu(node: _Node, position: int) -> Gpu:
    index = node.optional("index", _natural)
    return Gpu(
        index=position if index is None else index,
        pci_bus_id=node.fact("pci_bus_id", _text),
        mig_enabled=node.fact("mig_enabled", _boolean, default=False),
        slices=tuple(_slice(item) for item in node.items("slices")),
        ecc_errors=node.fact("ecc_errors", _natural),
        problem=node.optional("problem", _unread),
        **_device(node),
    )


def _slice(node: _Node) -> Slice:
    return Slice(
        gpu_index=_natural(node.required("gpu_index")),
        index=_natural(node.required("index")),
        profile=node.optional("profile", _text),
        gpu_instance_id=node.fact("gpu_instance_id", _natural),
        compute_instance_id=node.fact("compute_instance_id", _natural),
        **_device(node),
    )


def _device(node: _Node) -> dict[str, Any]:
    node.required("name")
    node.required("total_mib", "total_bytes")
    return {
        "name": node.fact("name", _text),
        "uuid": node.fact("uuid", _text),
        "total_bytes": _bytes(node, "total"),
        "free_bytes": _bytes(node, "free"),
        "compute_capability": node.fact("compute_capability", _capability),
        "is_integrated": node.optional("is_integrated", _boolean) or False,
        "processes": node.fact("processes", lambda member: tuple(map(_process, member.members()))),
    }


def _bytes(node: _Node, what: str) -> Fact[int]:
    """Read a size that stands in bytes, in MiB, or in both, which then have to agree."""
    size: Fact[int] = node.fact(f"{what}_bytes", _natural)
    rounded = node.member(f"{what}_mib")
    if rounded.value is None:
        return size
    mib = _number(rounded)
    if isinstance(size, int) and size // MIB != int(mib):
        rounded.refuse(f"{size // MIB}, as {what}_bytes says")
    return size if isinstance(size, int) else int(mib * MIB)


def _ram(root: _Node) -> Fact[HostMemory] | None:
    """Read the memory of the host, which people write in GB."""
    ram: Fact[HostMemory] | None = root.fact("ram", _host_memory, default=None)
    rounded = root.member("ram_gb")
    if rounded.value is None:
        return ram
    gigabytes = _number(rounded)
    if isinstance(ram, HostMemory) and round(ram.total_bytes / GB, 1) != gigabytes:
        rounded.refuse(f"{round(ram.total_bytes / GB, 1)}, as ram says")
    return ram if isinstance(ram, HostMemory) else HostMemory(total_bytes=round(gigabytes * GB))


def _host_memory(node: _Node) -> HostMemory:
    total = _natural(node.required("total_bytes"))
    return HostMemory(total_bytes=total, limited_by=node.choice("limited_by", ("host", "container"), "host"))


def _process(node: _Node) -> GpuProcess:
    pid = _natural(node.required("pid"))
    return GpuProcess(pid=pid, name=node.optional("name", _text), used_bytes=node.optional("used_bytes", _natural))


def _unread(node: _Node) -> Unread:
    node.require_object()
    return Unread(Cause(node.choice("cause", tuple(Cause), Cause.FAILED)), node.optional("reason", _text) or "")


def _capability(node: _Node) -> tuple[int, int]:
    match = _CAPABILITY.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is None:
        node.refuse('a text such as "8.9"')
    return int(match[1]), int(match[2])


def _text(node: _Node) -> str:
    if not isinstance(node.value, str):
        node.refuse("a text")
    if len(node.value) > _LONGEST_TEXT:
        raise HardwareFileError(node.where, f"at most {_LONGEST_TEXT} characters", str(len(node.value)))
    return node.value


def _boolean(node: _Node) -> bool:
    if not isinstance(node.value, bool):
        node.refuse("true or false")
    return node.value


def _natural(node: _Node) -> int:
    if type(node.value) is not int or not 0 <= node.value <= _LARGEST:
        node.refuse("an integer from 0 to 2^64 - 1")
    return node.value


def _number(node: _Node) -> int | float:
    """Read a number of MiB or GB; as bytes it still fits into 64 bits."""
    if type(node.value) not in (int, float) or not 0 <= node.value <= _LARGEST / GB:
        node.refuse("a number from 0 up")
    number: int | float = node.value
    return number
