"""
The devices that CUDA would see: ``CUDA_VISIBLE_DEVICES`` and ``CUDA_DEVICE_ORDER``, as CUDA reads them.

NVML lists every GPU whatever the variables say, so they are applied here.

Source:
    CUDA Programming Guide, "CUDA Environment Variables": order, invalid entries, abbreviated UUIDs, MIG identifiers.
    NVIDIA Multi-Instance GPU User Guide, "CUDA Device Enumeration": one slice, and no whole GPU beside it.
    PyTorch, ``torch/cuda/__init__.py`` and ``test/test_cuda_nvml_based_avail.py``, which compare its reading of the
    variable with the driver (525): numbers by their leading digits, repeats, kinds that do not mix, unique prefixes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, permutations
from typing import TypeAlias

from model_garden_registry.hardware.gpus import Gpu, Hardware, Slice

#: A device that CUDA enumerates.
CudaDevice: TypeAlias = Gpu | Slice
#: Finds the device that an entry of the mask names.
_Find: TypeAlias = Callable[[str], CudaDevice | None]

#: The most readings that are judged; a host where a number may mean more cannot be judged.
_MOST_READINGS = 256
#: Up to this many models, every order of them is tried: 720. Real hosts have at most four.
_MOST_MODELS = 6

#: A number for C's ``strtol`` in base ten: blanks, a sign, digits; the rest does not matter ("1gpu", "0x1" is 0).
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?)([0-9]+)")
#: The old name of a slice: its GPU, its GPU instance, its compute instance.
_OLD_SLICE = re.compile(r"MIG-(GPU-[^/]+)/([0-9]{1,9})/([0-9]{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleDevices:
    """
    The devices that CUDA would see, or may see if the variables leave it open.

    Args:
        readings: Each possible list of devices, in CUDA's order; at least one. The first counts GPUs as NVML does, by
            bus. Lists that differ only in order, or in nothing that distinguishes devices, are merged.

        mask: ``CUDA_VISIBLE_DEVICES``; None if not set or irrelevant (named GPUs).

        hidden: Working GPUs that the mask leaves out in the first reading.

        ended_at: The entry of the mask that names no device, and so ends the list; None if each names one.

        is_complete: Whether the readings are all that are possible. On a host with more than six models they are only
            some of them: agreement among these says nothing about the others.
    """

    readings: tuple[tuple[CudaDevice, ...], ...]
    mask: str | None = None
    hidden: tuple[Gpu, ...] = ()
    ended_at: str | None = None
    is_complete: bool = True

    @property
    def devices(self) -> tuple[CudaDevice, ...]:
        """The first reading."""
        return self.readings[0]

    @property
    def fewest(self) -> int:
        """The number of devices in the reading that has the fewest."""
        return min(map(len, self.readings))

    @property
    def is_ambiguous(self) -> bool:
        """Whether more than one list is possible: a mixed host without ``CUDA_DEVICE_ORDER``, or an unclear name."""
        return len(self.readings) > 1 or not self.is_complete


def visible_devices(hardware: Hardware) -> VisibleDevices:
    """
    Return the devices that CUDA would see on this hardware, in every reading that the variables allow.

    A GPU that does not answer (``problem``) keeps its number, as in NVML, and gives no device: an entry that
    names it is skipped. CUDA's own numbering is not documented for that case. A GPU in MIG mode without a slice is
    treated alike.

    Named GPUs are all visible; if the name means several GPUs, each of them is a reading.
    """
    if hardware.source == "named":
        alternatives = hardware.alternatives
        readings = _distinct(map(_devices, alternatives)) if alternatives else (_devices(hardware.gpus),)
        return VisibleDevices(readings=readings)
    mask = hardware.cuda_visible_devices
    by_bus = tuple(sorted(hardware.gpus, key=lambda gpu: gpu.index))
    chosen, ended_at = (by_bus, None) if mask is None else _choose(mask, by_bus)
    names = {_gpu_index(device) for device in chosen}
    choices, is_all = _choices(hardware, by_bus, chosen)
    readings = _distinct(map(_devices, choices))
    return VisibleDevices(
        readings=readings[:_MOST_READINGS],
        mask=mask,
        hidden=tuple(gpu for gpu in by_bus if gpu.problem is None and gpu.index not in names),
        ended_at=ended_at,
        is_complete=is_all and len(readings) <= _MOST_READINGS,
    )


def _choices(
    hardware: Hardware, by_bus: tuple[Gpu, ...], chosen: tuple[CudaDevice, ...]
) -> tuple[Iterable[tuple[CudaDevice, ...]], bool]:
    """Return the possible choices of the mask, by bus order first, and whether these are all."""
    mask = hardware.cuda_visible_devices
    if hardware.cuda_device_order == "PCI_BUS_ID" or (mask is not None and mask.startswith(tuple(_KINDS))):
        return (chosen,), True
    named = [_gpu_index(device) for device in chosen]
    working = [gpu for gpu in by_bus if gpu.problem is None]
    answering = {gpu.index for gpu in working}
    if answering.isdisjoint(named) or (answering <= set(named) and not any(gpu.slices for gpu in working)):
        return (chosen,), True  # none or all, in any order
    models: dict[object, list[Gpu]] = {}
    for gpu in working:
        models.setdefault((gpu.name, gpu.total_bytes, gpu.compute_capability, gpu.is_integrated), []).append(gpu)
    places = {gpu.index: number for number, gpu in enumerate(by_bus)}
    counts = _counts(by_bus, tuple(models.values()))
    return (tuple(count[places[index]] for index in named) for count in counts), len(models) <= _MOST_MODELS


def _counts(by_bus: Sequence[Gpu], models: Sequence[Sequence[Gpu]]) -> Iterator[list[Gpu]]:
    """
    Yield the orders in which CUDA may count GPUs, by bus first; not all of them for very many models.

    CUDA puts the fastest GPU first, by an undocumented rule. The rest follow from fast to slow (newer guides),
    or in an unspecified order (older ones). GPUs of one model are equally fast and keep their order by bus. Hence
    each model's first GPU in front of the others by bus, and one model after the other, in every order of models. A GPU
    that does not answer keeps its number.
    """
    working = [gpu for gpu in by_bus if gpu.problem is None]
    fastest_first = ([first, *(gpu for gpu in working if gpu is not first)] for first, *_ in models)
    by_model = permutations(models) if len(models) <= _MOST_MODELS else ()
    for order in chain([working], fastest_first, map(chain.from_iterable, by_model)):
        following = iter(order)
        yield [next(following) if gpu.problem is None else gpu for gpu in by_bus]


def _devices(chosen: Iterable[CudaDevice]) -> tuple[CudaDevice, ...]:
    """Return CUDA's devices for the chosen ones: a GPU in MIG mode is its first slice, a silent GPU is none."""
    devices: list[CudaDevice] = []
    for device in chosen:
        if isinstance(device, Slice):
            devices.append(device)
        elif device.problem is None:
            devices += device.slices[:1] if device.mig_enabled is True or device.slices else [device]
    return _only_slice(devices)


def _only_slice(devices: list[CudaDevice]) -> tuple[CudaDevice, ...]:
    """
    Return only the first slice, if there is one: CUDA then enumerates no other slice and no whole GPU.

    Newer drivers may relax this; no other place depends on it.
    """
    first = next((device for device in devices if isinstance(device, Slice)), None)
    return tuple(devices) if first is None else (first,)


# The mask


def _choose(mask: str, gpus: tuple[Gpu, ...]) -> tuple[tuple[CudaDevice, ...], str | None]:
    """
    Return the devices that the entries name, up to the first that names none, and that entry.

    The kind of the first entry (``GPU-…``, ``MIG-…``, a number) is that of all: another kind names no device. Naming
    one device twice voids the list. Case matters, and blanks may come before a number only: so PyTorch reads it;
    NVIDIA's guides do not say.
    """
    find = next((kind for start, kind in _KINDS.items() if mask.startswith(start)), _by_number)(gpus)
    chosen: dict[object, CudaDevice] = {}
    for entry in mask.split(","):
        device = find(entry)
        if device is None:
            return tuple(chosen.values()), entry
        if _identity(device) in chosen:
            return (), entry
        chosen[_identity(device)] = device
    return tuple(chosen.values()), None


def _by_number(gpus: tuple[Gpu, ...]) -> _Find:
    """Return a lookup by position: ``"1"``, ``" +1"``, ``"1gpu"``; ``"-0"`` is 0."""

    def find(entry: str) -> Gpu | None:
        match = _NUMBER.match(entry)
        if match is None:
            return None
        digits = match[2].lstrip("0")
        if len(digits) > 9 or (digits and match[1] == "-"):  # no host has that many GPUs
            return None
        number = int(digits or "0")
        return gpus[number] if number < len(gpus) else None

    return find


def _by_uuid(gpus: tuple[Gpu, ...]) -> _Find:
    """Return a lookup by UUID, or by a prefix that only one GPU has; ``"GPU-"`` alone is enough with one GPU."""

    def find(entry: str) -> Gpu | None:
        if not entry.startswith("GPU-"):
            return None
        found = [gpu for gpu in gpus if isinstance(gpu.uuid, str) and gpu.uuid.startswith(entry)]
        return found[0] if len(found) == 1 else None

    return find


def _by_slice(gpus: tuple[Gpu, ...]) -> _Find:
    """Return a lookup by the UUID of a slice, whole, or by its old name ``MIG-GPU-<uuid>/<gi>/<ci>``."""
    named: dict[object, Slice] = {}
    for gpu in gpus:
        for part in gpu.slices if gpu.problem is None else ():
            named.setdefault((gpu.uuid, part.gpu_instance_id, part.compute_instance_id), part)
            named.setdefault(part.uuid, part)

    def find(entry: str) -> Slice | None:
        old = _OLD_SLICE.fullmatch(entry)
        return (old and named.get((old[1], int(old[2]), int(old[3])))) or named.get(entry)

    return find


_KINDS: dict[str, Callable[[tuple[Gpu, ...]], _Find]] = {"GPU-": _by_uuid, "MIG-": _by_slice}


# What distinguishes devices


def _distinct(readings: Iterable[tuple[CudaDevice, ...]]) -> tuple[tuple[CudaDevice, ...], ...]:
    """Return one of each group of readings with equal devices, the first."""
    found: dict[object, tuple[CudaDevice, ...]] = {}
    for reading in readings:
        found.setdefault(frozenset(Counter(map(_traits, reading)).items()), reading)
    return tuple(found.values())


def _traits(device: CudaDevice) -> object:
    """Return the facts of a device that matter to a check."""
    return (device.name, device.total_bytes, device.free_bytes, device.compute_capability, device.is_integrated)


def _identity(device: CudaDevice) -> object:
    return (device.gpu_index, device.index) if isinstance(device, Slice) else device.index


def _gpu_index(device: CudaDevice) -> int:
    return device.gpu_index if isinstance(device, Slice) else device.index
