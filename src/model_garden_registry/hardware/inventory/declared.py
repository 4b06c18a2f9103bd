"""GPUs of a node from what a cluster says of them: a name and a number, and memory where it is stated."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from model_garden_registry.errors import UnknownGpuError
from model_garden_registry.hardware.gpu_names import MOST_SLICES, parse_gpu_name
from model_garden_registry.hardware.gpus import MOST_GPUS, NOT_ASKED, Gpu, Hardware, HostMemory, Slice
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.units import GB, GIB, MIB, gigabytes_text

#: A statement that differs more from the table is about something else.
_ALIKE = 0.1
#: Memory of one GPU as the table has it, divided among that many processes at most by MPS or a hypervisor, or changed
#: by hand to that many times as much: whatever is further away is of another unit.
_MOST_SHARES, _MOST_TIMES = 64, 4
#: Memory of GPUs that are not in the table.
_SMALLEST, _LARGEST = 256 * MIB, 4096 * GIB
_LARGEST_CAPABILITY = 99
#: A reason is one line.
_LONGEST = 200


class Declared(NamedTuple):
    """
    GPUs of a node.

    Args:
        hardware: They; None if unknown.

        exact: Whether their memory is stated, not taken from the table of known GPUs.

        reason: Why they are unknown, or known except for their size.
    """

    hardware: Hardware | None
    exact: bool = False
    reason: str | None = None


#: A node without GPUs.
NO_GPUS = Declared(Hardware(source="file"), exact=True)


def unknown(reason: str) -> Declared:
    """Return GPUs of which nothing is known."""
    return Declared(None, reason=reason if len(reason) <= _LONGEST else f"{reason[: _LONGEST - 1]}…")


@lru_cache(maxsize=4096)
def named_gpus(name: str, count: int, sizes: frozenset[int] = frozenset()) -> Declared:
    """
    Return GPUs, or MIG slices, of which only the name is given.

    Args:
        sizes: Sizes in GB that something else says of the node; they decide if the name means several sizes.
    """
    try:
        found = _one(name, sizes)
    except UnknownGpuError as error:
        return unknown(str(error).partition("; ")[0])  # what to write instead is for people who type a name
    if problem := _count_problem(count):
        return unknown(problem)
    if found.alternatives:
        each = tuple(_times(gpus, count) for gpus in found.alternatives)
        return Declared(replace(found, alternatives=each), reason=found.hints[0])
    return Declared(replace(found, gpus=_times(found.gpus, count)))


def _times(gpus: tuple[Gpu, ...], count: int) -> tuple[Gpu, ...]:
    """Return ``count`` of one GPU, or as few GPUs as have ``count`` of its one slice: 1g.5gb is a seventh of one."""
    (gpu,) = gpus
    if not gpu.slices:
        return tuple(replace(gpu, index=index) for index in range(count))
    (piece,) = gpu.slices
    sevenths = int(str(piece.profile).partition("g")[0])
    each = max(MOST_SLICES // max(sevenths, 1), 1)
    return tuple(
        replace(
            gpu,
            index=index,
            slices=tuple(
                replace(piece, gpu_index=index, index=place) for place in range(min(each, count - index * each))
            ),
        )
        for index in range(-(-count // each))
    )


def _one(name: str, sizes: frozenset[int]) -> Hardware:
    """Return one GPU of this name; of several sizes, the one that is stated beside it."""
    if parse_gpu_name(name).count is not None:
        raise UnknownGpuError(name, problem="it contains a number of GPUs")
    found = known_gpu(name)
    if not found.alternatives or not sizes:
        return found
    narrowed: dict[Hardware, None] = {}
    for size in sizes:
        try:
            narrowed[known_gpu(f"{name} {size}GB")] = None
        except UnknownGpuError:
            continue
    return next(iter(narrowed)) if len(narrowed) == 1 else found


def _count_problem(count: int) -> str | None:
    return None if 1 <= count <= MOST_GPUS else f"{count} is no number of GPUs: a node has 1 to {MOST_GPUS}"


@lru_cache(maxsize=4096)
def stated_gpus(
    name: str,
    count: int,
    *,
    total_bytes: int,
    capability: tuple[int, int] | None = None,
    driver_version: str | None = None,
    ram_bytes: int | None = None,
) -> Declared:
    """
    Return GPUs, or MIG slices, whose memory is stated.

    Args:
        name: As the cluster says it; the table's name of the GPU where it has one.

        capability: Compute capability; None: that of the table.

        ram_bytes: Main memory; rounded down to whole GB, so that nodes that differ in nothing else are alike.
    """
    if problem := _count_problem(count):
        return unknown(problem)
    known, profile = _closest(name, total_bytes), _profile(name)
    if profile and known is not None and abs(_size(known) - total_bytes) > _ALIKE * _size(known):
        said, told = gigabytes_text(total_bytes), gigabytes_text(_size(known))
        return unknown(f"a slice {profile} has {told}, and {said} are stated")
    if problem := _size_problem(known, total_bytes):
        return unknown(problem)
    gpu = _stated(name, total_bytes, _possible(capability), known)
    hardware = Hardware(
        source="file",
        gpus=_times((_cut(gpu, profile, known) if profile else gpu,), count),
        driver_version=driver_version if driver_version and len(driver_version) <= _LONGEST else NOT_ASKED,
        ram=HostMemory(total_bytes=ram_bytes // GB * GB) if ram_bytes else None,
    )
    return Declared(hardware, exact=True)


def _size_problem(known: Gpu | None, total_bytes: int) -> str | None:
    """Return what is wrong with stated memory: of another unit, it is far from that of the GPU, or of any GPU."""
    if known is None:
        is_possible, told = _SMALLEST <= total_bytes <= _LARGEST, "no GPU has that"
    else:
        size = _size(known)
        is_possible = size / _MOST_SHARES <= total_bytes <= size * _MOST_TIMES
        told = f"the {known.name} has {gigabytes_text(size)}"
    return None if is_possible else f"{total_bytes / GB:,.3f} GB of memory are stated, and {told}"


def _possible(capability: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return a compute capability if it can be one; else it is that of the table."""
    is_one = capability is not None and 1 <= capability[0] <= max(capability) <= _LARGEST_CAPABILITY
    return capability if is_one else None


def _stated(name: str, total_bytes: int, capability: tuple[int, int] | None, known: Gpu | None) -> Gpu:
    label = " ".join(name.replace("-", " ").replace("_", " ").split())
    if known is None:
        return Gpu(name=label, index=0, total_bytes=total_bytes, compute_capability=capability or NOT_ASKED)
    return replace(known, total_bytes=total_bytes, compute_capability=capability or known.compute_capability, slices=())


def _cut(gpu: Gpu, profile: str, known: Gpu | None) -> Gpu:
    """Return a GPU with one slice of it, which has the memory that is stated."""
    piece = Slice(
        name=known.slices[0].name if known else gpu.name,
        total_bytes=gpu.total_bytes,
        compute_capability=gpu.compute_capability,
        gpu_index=0,
        index=0,
        profile=profile,
    )
    return replace(gpu, total_bytes=known.total_bytes if known else NOT_ASKED, mig_enabled=True, slices=(piece,))


def _profile(name: str) -> str | None:
    try:
        return parse_gpu_name(name).profile
    except UnknownGpuError:
        return None


def _closest(name: str, total_bytes: int) -> Gpu | None:
    """Return the GPU of a name; of several sizes, the closest to the stated one, or None."""
    try:
        found = known_gpu(name)
    except UnknownGpuError:
        return None
    meanings = found.alternatives or (found.gpus,)
    return min((gpu for (gpu,) in meanings), key=lambda gpu: abs(_size(gpu) - total_bytes))


def _size(gpu: Gpu) -> int:
    size = gpu.slices[0].total_bytes if gpu.slices else gpu.total_bytes
    return size if isinstance(size, int) else 0


def table_bytes(name: str) -> int | None:
    """Return the memory of a GPU by its name alone; None if no GPU has the name, or several sizes have."""
    declared = named_gpus(name, 1)
    if declared.hardware is None or declared.reason:
        return None
    return _size(declared.hardware.gpus[0])
