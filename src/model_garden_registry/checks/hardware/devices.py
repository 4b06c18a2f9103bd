"""Whether one device meets a need: its memory, what it can compute, its state."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from model_garden_registry.checks.hardware.need import Bounds, Need
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import ASSUMED, Cause, Device, Fact, Gpu, HostMemory, Slice, Unread
from model_garden_registry.memory.fitting.budgets import HAIR
from model_garden_registry.units import GB, gigabytes_text
from model_garden_registry.visible_text import visible

#: No device has more; a driver that reports more is wrong.
MOST_BYTES = 2**50
#: How many processes a message names.
_NAMED = 3


class Named(NamedTuple):
    """
    The name of one device, or of several equal ones, in findings.

    Args:
        where: As ``where`` of a finding: ``gpu 0``, ``gpu 0-7``, ``gpu 0 slice 1``.

        text: For people: ``GPU 0 (NVIDIA L4)``, ``each of 8 x NVIDIA L4 (GPU 0-7)``.
    """

    where: str
    text: str


class Ruled(NamedTuple):
    """The result of a rule, before its message is written."""

    code: Code
    severity: Severity


def device_findings(
    device: Device, named: Named, need: Need, *, ram: Fact[HostMemory] | None = None, must_be_free: bool = False
) -> Iterator[Finding]:
    """
    Judge a device.

    Args:
        ram: Memory of the host, the upper bound for a device that shares it.

        must_be_free: Whether memory that is not free now is a failure.
    """
    yield from capability_findings(device, named, need.compute_capability)
    yield from _integrated(device, named, need, ram) if device.is_integrated else _memory(device, named, need)
    yield from _free(device, named, need, must_be_free=must_be_free)
    if isinstance(device, Gpu) and isinstance(device.ecc_errors, int) and device.ecc_errors > 0:
        errors = f"{device.ecc_errors} uncorrected ECC error{'s' if device.ecc_errors > 1 else ''}"
        message = f"{named.text} has {errors}: reset it, or replace it"
        yield _finding(named, Code.ECC_ERRORS, Severity.WARNING, message)


def named_alike(devices: Sequence[Device]) -> Named:
    """Return the name of one or more equal devices in findings."""
    first = devices[0]
    name = "name unreadable" if isinstance(first.name, Unread) else visible(first.name)
    if len(devices) > 1 and all(isinstance(device, Gpu) for device in devices):
        places = _ranges(sorted(device.index for device in devices if isinstance(device, Gpu)))
        return Named(f"gpu {places}", f"each of {len(devices)} x {name} (GPU {places})")
    match first:
        case Gpu(index=index):
            where = f"gpu {index}"
        case Slice(gpu_index=gpu, index=index):
            where = f"gpu {gpu} slice {index}"
        case _:
            where = "gpu"
    return Named(where, f"{where.replace('gpu', 'GPU')} ({name})")


def _ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as ranges: ``0-3,6``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ",".join("-".join(map(str, run)) for run in runs)


def version_text(version: tuple[int, int]) -> str:
    """Return a compute capability as NVIDIA writes it: ``8.9``."""
    return f"{version[0]}.{version[1]}"


def capability_findings(device: Device, named: Named, wanted: tuple[int, int] | None) -> Iterator[Finding]:
    """Judge a device by the compute capability that the entry states; None: it states none."""
    found = device.compute_capability
    if wanted is None or found == ASSUMED:
        return
    if isinstance(found, Unread) and found.cause is Cause.NOT_ASKED:
        message = f"the compute capability of {named.text} is not stated; {version_text(wanted)} is needed"
        yield _finding(named, Code.CC_UNKNOWN, Severity.NOTE, message)
    elif isinstance(found, Unread):
        message = f"the compute capability of {named.text} cannot be read ({visible(found.reason)})"
        yield _finding(named, Code.CC_UNKNOWN, Severity.UNKNOWN, f"{message}; {version_text(wanted)} is needed")
    elif found < wanted:
        message = f"{named.text} has compute capability {version_text(found)}, needs {version_text(wanted)}"
        yield _finding(named, Code.CC_LOW, Severity.FAIL, message)


def _memory(device: Device, named: Named, need: Need) -> Iterator[Finding]:
    total = device.total_bytes
    if isinstance(total, Unread):
        kind = "a slice" if isinstance(device, Slice) else "the GPU"
        reason = f"no permission to read the memory of {kind}" if total.cause is Cause.NO_PERMISSION else total.reason
        message = f"the memory of {named.text} is not known: {visible(reason)}"
        yield _finding(named, Code.VRAM_UNKNOWN, Severity.UNKNOWN, message)
    elif total <= 0 or total > MOST_BYTES or _is_beyond(device.free_bytes, total):
        message = f"the driver says that {named.text} has {_amounts(device, total)}, which is impossible"
        yield _finding(named, Code.VRAM_UNKNOWN, Severity.UNKNOWN, message)
    else:
        yield from _size(named, need, total)


#: The results of the memory rules, worst first.
LOW = Ruled(Code.VRAM_LOW, Severity.FAIL)
_BORDERLINE = Ruled(Code.VRAM_BORDERLINE, Severity.WARNING)
BELOW_RECOMMENDED = Ruled(Code.VRAM_BELOW_RECOMMENDED, Severity.WARNING)
_SHARED = Ruled(Code.UNIFIED_MEMORY, Severity.WARNING)


def size_code(bounds: Bounds, total: int) -> Ruled | None:
    """Return the result for a device with this much memory of its own; None if that is comfortable."""
    if total < bounds.least_bytes * (HAIR if bounds.is_stated else 1):
        return LOW
    if total < bounds.least_bytes:
        return _BORDERLINE
    return BELOW_RECOMMENDED if total < bounds.comfortable_bytes else None


def size_cuts(bounds: Bounds, totals: Sequence[int]) -> tuple[int, int, int]:
    """Return how many of ascending sizes are low, borderline at most, and below what is recommended."""
    least = bounds.least_bytes * (HAIR if bounds.is_stated else 1)
    return (
        bisect_left(totals, least),
        bisect_left(totals, bounds.least_bytes),
        bisect_left(totals, bounds.comfortable_bytes),
    )


def shared_code(bounds: Bounds, bound: int) -> Ruled:
    """Return the result for a device that shares this much memory with the host."""
    return LOW if bound < bounds.least_bytes else _SHARED


def _size(named: Named, need: Need, total: int) -> Iterator[Finding]:
    ruled = size_code(need.bounds, total)
    if ruled is None:
        return
    has, least = f"{named.text} has {gigabytes_text(total)}", need.least_bytes
    wanted, message = least, f"{has}, just below the {gigabytes_text(least)} that are needed"
    if ruled.code is Code.VRAM_LOW:
        message = f"{has}, needs {_share_text(least, total)}{f': {need.explanation}' if need.explanation else ''}"
    elif ruled.code is Code.VRAM_BELOW_RECOMMENDED:
        wanted = need.comfortable_bytes
        message = f"{has}, needs {_share_text(least, total)}, better {gigabytes_text(wanted)}"
    yield _sized(named, *ruled, message, have=total, need=wanted)


def _share_text(size: int, total: int) -> str:
    """Return a need with its share of a GPU: ``18.2 GB (71 %)``."""
    return f"{gigabytes_text(size)} ({ceil(100 * size / total)} %)"


def _integrated(device: Device, named: Named, need: Need, ram: Fact[HostMemory] | None) -> Iterator[Finding]:
    """Judge a device that shares the host's memory: the driver's number and the RAM are both upper bounds."""
    own = device.total_bytes
    bounds = [own] if isinstance(own, int) and 0 < own <= MOST_BYTES else []
    bounds += [ram.total_bytes] if isinstance(ram, HostMemory) else []
    if not bounds:
        message = f"{named.text} shares the memory of the host, whose size cannot be read"
        yield _finding(named, Code.VRAM_UNKNOWN, Severity.UNKNOWN, message)
        return
    bound = min(bounds)
    shared = f"{named.text} shares {gigabytes_text(bound)} with the system"
    ruled = shared_code(need.bounds, bound)
    message = f"{shared}, needs {gigabytes_text(need.least_bytes)}"
    if ruled.code is Code.UNIFIED_MEMORY:
        message = f"{shared}: unified, so what the system uses is missing"
    yield _sized(named, *ruled, message, have=bound, need=need.least_bytes)


def _free(device: Device, named: Named, need: Need, *, must_be_free: bool) -> Iterator[Finding]:
    free, total = device.free_bytes, device.total_bytes
    if isinstance(free, Unread) or isinstance(total, Unread) or not 0 <= free <= total <= MOST_BYTES:
        return
    wanted = min(need.free_bytes, total)
    is_enough = free >= min(need.taken_bytes, total) and free >= HAIR * wanted
    if is_enough or total < HAIR * need.least_bytes:
        return
    used = f"{gigabytes_text(total - free)} are in use{_holders(device)}"
    message = f"{named.text} has {gigabytes_text(free)} free, needs {_share_text(wanted, total)}; {used}"
    yield _sized(
        named, Code.FREE_LOW, Severity.FAIL if must_be_free else Severity.WARNING, message, have=free, need=wanted
    )


def _holders(device: Device) -> str:
    """Return the processes that use most memory, if the driver tells."""
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
    return gigabytes_text(total) + (f", of which {gigabytes_text(free)} free" if isinstance(free, int) else "")


def _sized(named: Named, code: Code, severity: Severity, message: str, *, have: int, need: int) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=message,
        where=named.where,
        have=round(have / GB, 2),
        need=round(need / GB, 2),
        unit="GB",
    )


def _finding(named: Named, code: Code, severity: Severity, message: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, where=named.where)
