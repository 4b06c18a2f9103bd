"""One device against a need: its memory, what it can compute, its state."""

from __future__ import annotations

from collections.abc import Iterator

from model_garden_registry.checks.hardware.need import Need
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import Cause, Device, Fact, Gpu, HostMemory, Slice, Unread
from model_garden_registry.memory.fitting.budgets import HAIR
from model_garden_registry.units import GB, gigabytes_text, mebibytes_text
from model_garden_registry.visible_text import visible

#: No device has more; a driver that says so is confused.
_ABSURD_BYTES = 2**50
#: How many processes a message names.
_NAMED = 3


def device_findings(
    device: Device, need: Need, *, ram: Fact[HostMemory] | None = None, must_be_free: bool = False
) -> Iterator[Finding]:
    """
    Judge a device.

    Args:
        ram: Memory of the host, which bounds a device that shares it.

        must_be_free: Whether memory that is not free now is a failure.
    """
    yield from _capability(device, need)
    yield from _integrated(device, need, ram) if device.is_integrated else _memory(device, need)
    yield from _free(device, need, must_be_free=must_be_free)
    if isinstance(device, Gpu) and isinstance(device.ecc_errors, int) and device.ecc_errors > 0:
        message = f"{device_text(device)} has {device.ecc_errors} uncorrected ECC errors: reset it, or replace it"
        yield _finding(device, Code.ECC_ERRORS, Severity.WARNING, message)


def place_of(device: Device) -> str:
    """Say where a device stands: ``gpu 0``, ``gpu 0 slice 1``."""
    match device:
        case Gpu(index=index):
            return f"gpu {index}"
        case Slice(gpu_index=gpu, index=index):
            return f"gpu {gpu} slice {index}"
        case _:
            return "gpu"


def device_text(device: Device) -> str:
    """Name a device for people: ``GPU 0 (NVIDIA L4)``."""
    name = "name unreadable" if isinstance(device.name, Unread) else visible(device.name)
    return f"{place_of(device).replace('gpu', 'GPU')} ({name})"


def version_text(version: tuple[int, int]) -> str:
    """Write a compute capability as NVIDIA does: ``8.9``."""
    return f"{version[0]}.{version[1]}"


def _capability(device: Device, need: Need) -> Iterator[Finding]:
    wanted, found = need.compute_capability, device.compute_capability
    if wanted is None:
        return
    if isinstance(found, Unread) and found.cause is Cause.NOT_ASKED:
        message = f"the compute capability of {device_text(device)} is not stated; {version_text(wanted)} is needed"
        yield _finding(device, Code.CC_UNKNOWN, Severity.NOTE, message)
    elif isinstance(found, Unread):
        message = f"the compute capability of {device_text(device)} cannot be read ({visible(found.reason)})"
        yield _finding(device, Code.CC_UNKNOWN, Severity.UNKNOWN, f"{message}; {version_text(wanted)} is needed")
    elif found < wanted:
        message = f"{device_text(device)} has compute capability {version_text(found)}, needs {version_text(wanted)}"
        yield _finding(device, Code.CC_LOW, Severity.FAIL, message)


def _memory(device: Device, need: Need) -> Iterator[Finding]:
    total = device.total_bytes
    if isinstance(total, Unread):
        kind = "a slice" if isinstance(device, Slice) else "the GPU"
        reason = f"no permission to read the memory of {kind}" if total.cause is Cause.NO_PERMISSION else total.reason
        message = f"the memory of {device_text(device)} is not known: {visible(reason)}"
        yield _finding(device, Code.VRAM_UNKNOWN, Severity.UNKNOWN, message)
    elif total <= 0 or total > _ABSURD_BYTES or _is_beyond(device.free_bytes, total):
        message = f"the driver says that {device_text(device)} has {_amounts(device, total)}, which cannot be"
        yield _finding(device, Code.VRAM_UNKNOWN, Severity.UNKNOWN, message)
    else:
        yield from _size(device, need, total)


def _size(device: Device, need: Need, total: int) -> Iterator[Finding]:
    has = f"{device_text(device)} has {mebibytes_text(total)}"
    least = gigabytes_text(need.least_bytes) + (f" ({need.explanation})" if need.explanation else "")
    if total < HAIR * need.least_bytes:
        message = f"{has}, needs {least}"
        yield _sized(device, Code.VRAM_LOW, Severity.FAIL, message, have=total, need=need.least_bytes)
    elif total < need.least_bytes:
        message = f"{has}, a hair below the {least} that are needed"
        yield _sized(device, Code.VRAM_BORDERLINE, Severity.WARNING, message, have=total, need=need.least_bytes)
    elif total < need.comfortable_bytes:
        better = need.comfortable_bytes
        message = f"{has}, needs {gigabytes_text(need.least_bytes)}, better {gigabytes_text(better)}"
        yield _sized(device, Code.VRAM_BELOW_RECOMMENDED, Severity.WARNING, message, have=total, need=better)


def _integrated(device: Device, need: Need, ram: Fact[HostMemory] | None) -> Iterator[Finding]:
    """Judge a part that shares the host's memory: what the driver says is an upper bound, and so is RAM."""
    own = device.total_bytes
    bounds = [own] if isinstance(own, int) and 0 < own <= _ABSURD_BYTES else []
    bounds += [ram.total_bytes] if isinstance(ram, HostMemory) else []
    if not bounds:
        message = f"{device_text(device)} shares the memory of the host, whose size cannot be read"
        yield _finding(device, Code.VRAM_UNKNOWN, Severity.UNKNOWN, message)
        return
    bound = min(bounds)
    shared = f"{device_text(device)} shares {mebibytes_text(bound)} with the system"
    if bound < need.least_bytes:
        message = f"{shared}, needs {gigabytes_text(need.least_bytes)}"
        yield _sized(device, Code.VRAM_LOW, Severity.FAIL, message, have=bound, need=need.least_bytes)
    else:
        message = f"{shared}: unified, so what the system uses is missing"
        yield _sized(device, Code.UNIFIED_MEMORY, Severity.WARNING, message, have=bound, need=need.least_bytes)


def _free(device: Device, need: Need, *, must_be_free: bool) -> Iterator[Finding]:
    free, total = device.free_bytes, device.total_bytes
    if isinstance(free, Unread) or isinstance(total, Unread) or not 0 <= free <= total <= _ABSURD_BYTES:
        return
    wanted = min(need.free_bytes, total)
    band = 1.0 if need.is_taken_at_once else HAIR
    if total < HAIR * need.least_bytes or free >= band * wanted:
        return
    used = f"{mebibytes_text(total - free)} are in use{_holders(device)}"
    message = f"{device_text(device)} has {mebibytes_text(free)} free, needs {gigabytes_text(wanted)}; {used}"
    yield _sized(
        device, Code.FREE_LOW, Severity.FAIL if must_be_free else Severity.WARNING, message, have=free, need=wanted
    )


def _holders(device: Device) -> str:
    """Name the processes that hold most memory, where the driver tells."""
    if isinstance(device.processes, Unread) or not device.processes:
        return ""
    largest = sorted(device.processes, key=lambda process: -(process.used_bytes or 0))
    named = [
        f"{visible(process.name or 'process')} ({process.pid}"
        + (f", {gigabytes_text(process.used_bytes)})" if process.used_bytes is not None else ")")
        for process in largest[:_NAMED]
    ]
    more = f" and {len(largest) - _NAMED} more" if len(largest) > _NAMED else ""
    return f" by {', '.join(named)}{more}"


def _is_beyond(free: Fact[int], total: int) -> bool:
    return isinstance(free, int) and free > total


def _amounts(device: Device, total: int) -> str:
    free = device.free_bytes
    return mebibytes_text(total) + (f", of which {mebibytes_text(free)} free" if isinstance(free, int) else "")


def _sized(device: Device, code: Code, severity: Severity, message: str, *, have: int, need: int) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=message,
        where=place_of(device),
        have=round(have / GB, 2),
        need=round(need / GB, 2),
        unit="GB",
    )


def _finding(device: Device, code: Code, severity: Severity, message: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, where=place_of(device))
