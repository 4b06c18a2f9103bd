"""
Which devices CUDA would see: ``CUDA_VISIBLE_DEVICES`` and ``CUDA_DEVICE_ORDER``, as CUDA reads them.

NVML lists every GPU whatever the variables say, so they are applied here.

Source:
    CUDA Programming Guide, "CUDA Environment Variables": order, invalid entries, abbreviated UUIDs, MIG identifiers.
    NVIDIA Multi-Instance GPU User Guide, "CUDA Device Enumeration": one slice, and no whole GPU beside it.
    PyTorch, ``torch/cuda/__init__.py`` and ``test/test_cuda_nvml_based_avail.py``, where its reading of the variable is
    held against the driver (525): numbers by their leading digits, repeats, kinds that do not mix, unique prefixes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, permutations
from typing import TypeAlias

from model_garden_registry.hardware.gpus import Gpu, Hardware, Slice

#: What CUDA enumerates.
CudaDevice: TypeAlias = Gpu | Slice

#: Of so many models every order is tried; of more, only some, so that a zoo of sixteen costs no factorials.
_ALL_ORDERS = 4

#: As of C's ``strtol`` in base ten: blanks, a sign, digits; what follows does not matter ("1gpu", "0x1" is 0).
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?)([0-9]+)")
#: The old name of a slice: its GPU, its GPU instance, its compute instance.
_OLD_SLICE = re.compile(r"MIG-(GPU-[^/]+)/([0-9]+)/([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleDevices:
    """
    What CUDA would see, or may see where the variables leave it open.

    Args:
        readings: Each possible list of devices, in CUDA's order; at least one. The first counts GPUs as NVML does, by
            bus. Lists that differ only in order, or in nothing that tells one device from another, are one.

        mask: ``CUDA_VISIBLE_DEVICES``, None where it is not set or does not matter (named GPUs).

        hidden: Working GPUs that the mask leaves out in the first reading.
    """

    readings: tuple[tuple[CudaDevice, ...], ...]
    mask: str | None = None
    hidden: tuple[Gpu, ...] = ()

    @property
    def devices(self) -> tuple[CudaDevice, ...]:
        """The first reading."""
        return self.readings[0]

    @property
    def is_ambiguous(self) -> bool:
        """Whether more than one list is possible: a mixed host without ``CUDA_DEVICE_ORDER``, or an unclear name."""
        return len(self.readings) > 1


def visible_devices(hardware: Hardware) -> VisibleDevices:
    """
    Give the devices that CUDA would see on this hardware, in every reading that the variables allow.

    A GPU that gives no answer (``problem``) keeps its number, as it does in NVML, and gives no device: an entry that
    names it is passed over. CUDA's own numbering is not documented for that case. A GPU in MIG mode without a slice is
    treated alike.

    Named GPUs are all visible; where the name means several cards, each of them is a reading.
    """
    if hardware.source == "named":
        choices = hardware.alternatives or (hardware.gpus,)
        return VisibleDevices(readings=_distinct(_devices(gpus) for gpus in choices))
    mask = hardware.cuda_visible_devices
    orders = list(_orders(hardware))
    chosen = [order if mask is None else _choose(mask, order) for order in orders]
    names = {_gpu_index(device) for device in chosen[0]}
    return VisibleDevices(
        readings=_distinct(map(_devices, chosen)),
        mask=mask,
        hidden=tuple(gpu for gpu in orders[0] if gpu.problem is None and gpu.index not in names),
    )


def _devices(chosen: Iterable[CudaDevice]) -> tuple[CudaDevice, ...]:
    """Give what CUDA makes of the chosen: a GPU in MIG mode is its first slice, a GPU that does not answer nothing."""
    devices: list[CudaDevice] = []
    for device in chosen:
        if isinstance(device, Slice):
            devices.append(device)
        elif device.problem is None:
            devices += device.slices[:1] if device.mig_enabled is True or device.slices else [device]
    return _only_slice(devices)


def _only_slice(devices: list[CudaDevice]) -> tuple[CudaDevice, ...]:
    """
    Keep the first slice alone, where there is one: CUDA then enumerates no other slice and no whole GPU.

    Newer drivers may relax it; this is the only place that knows it.
    """
    first = next((device for device in devices if isinstance(device, Slice)), None)
    return tuple(devices) if first is None else (first,)


# The mask


def _choose(mask: str, gpus: tuple[Gpu, ...]) -> tuple[CudaDevice, ...]:
    """
    Give what the entries name, up to the first that names nothing.

    The kind of the first entry (``GPU-…``, ``MIG-…``, a number) is that of all: another kind names nothing. Naming one
    device twice voids the list. Case matters, and blanks may stand before a number only: so PyTorch reads it, and
    NVIDIA's guides do not say.
    """
    find = next((find for kind, find in _KINDS.items() if mask.startswith(kind)), _by_number)
    chosen: list[CudaDevice] = []
    for entry in mask.split(","):
        device = find(entry, gpus)
        if device is None:
            break
        if device in chosen:
            return ()
        chosen.append(device)
    return tuple(chosen)


def _by_number(entry: str, gpus: tuple[Gpu, ...]) -> Gpu | None:
    """Find by place in the order: ``"1"``, ``" +1"``, ``"1gpu"``; ``"-0"`` is 0."""
    match = _NUMBER.match(entry)
    if match is None:
        return None
    digits = match[2].lstrip("0")
    if len(digits) > 9 or (digits and match[1] == "-"):  # no host has as many; and Python reads no endless number
        return None
    number = int(digits or "0")
    return gpus[number] if number < len(gpus) else None


def _by_uuid(entry: str, gpus: tuple[Gpu, ...]) -> Gpu | None:
    """Find by UUID, or by a beginning of it that only one GPU has; ``"GPU-"`` alone will do where there is one GPU."""
    if not entry.startswith("GPU-"):
        return None
    found = [gpu for gpu in gpus if isinstance(gpu.uuid, str) and gpu.uuid.startswith(entry)]
    return found[0] if len(found) == 1 else None


def _by_slice(entry: str, gpus: tuple[Gpu, ...]) -> Slice | None:
    """Find by the UUID of a slice, whole, or by its old name ``MIG-GPU-<uuid>/<gi>/<ci>``."""
    slices = [(gpu, part) for gpu in gpus if gpu.problem is None for part in gpu.slices]
    if match := _OLD_SLICE.fullmatch(entry):
        place = (match[1], int(match[2]), int(match[3]))
        found = [part for gpu, part in slices if (gpu.uuid, part.gpu_instance_id, part.compute_instance_id) == place]
    else:
        found = []
    found += [part for _, part in slices if part.uuid == entry and part not in found]
    return found[0] if found else None


_KINDS: dict[str, Callable[[str, tuple[Gpu, ...]], CudaDevice | None]] = {"GPU-": _by_uuid, "MIG-": _by_slice}


# The order


def _orders(hardware: Hardware) -> Iterator[tuple[Gpu, ...]]:
    """
    Give the orders in which CUDA may count the GPUs; by bus, as NVML, first.

    With ``CUDA_DEVICE_ORDER=PCI_BUS_ID`` that is the only one. Otherwise CUDA puts the fastest first, by a rule that is
    not documented; the rest follow from fast to slow (newer guides), or in an order that is left open (older ones).
    GPUs of one model are equally fast and keep their order by bus. Hence one model after the other, in every order of
    models, and each model's first GPU in front of the others by bus.
    """
    by_bus = tuple(sorted(hardware.gpus, key=lambda gpu: gpu.index))
    yield by_bus
    working = [gpu for gpu in by_bus if gpu.problem is None]
    models: dict[object, list[Gpu]] = {}
    for gpu in working:
        models.setdefault(_model(gpu), []).append(gpu)
    if hardware.cuda_device_order == "PCI_BUS_ID" or len(models) < 2:
        return
    for order in _sequences(list(models.values())):
        yield _in_place(chain.from_iterable(order), by_bus)
    for first, *_ in models.values():
        yield _in_place([first, *(gpu for gpu in working if gpu is not first)], by_bus)


def _sequences(blocks: list[list[Gpu]]) -> Iterator[Iterable[list[Gpu]]]:
    """Give every order of a few models; of many, each model in each place once, forwards and backwards."""
    if len(blocks) <= _ALL_ORDERS:
        yield from permutations(blocks)
        return
    for order in (blocks, blocks[::-1]):
        yield from (order[start:] + order[:start] for start in range(len(order)))


def _in_place(order: Iterable[Gpu], by_bus: tuple[Gpu, ...]) -> tuple[Gpu, ...]:
    """Put working GPUs in another order; the others keep their number."""
    working = iter(order)
    return tuple(next(working) if gpu.problem is None else gpu for gpu in by_bus)


def _model(gpu: Gpu) -> object:
    return (gpu.name, gpu.total_bytes, gpu.compute_capability, gpu.is_integrated)


def _distinct(readings: Iterable[tuple[CudaDevice, ...]]) -> tuple[tuple[CudaDevice, ...], ...]:
    """Keep one of those whose devices are alike, the first."""
    found: dict[object, tuple[CudaDevice, ...]] = {}
    for reading in readings:
        found.setdefault(frozenset(Counter(map(_traits, reading)).items()), reading)
    return tuple(found.values())


def _traits(device: CudaDevice) -> object:
    """Give what matters of a device to whoever judges it."""
    return (device.name, device.total_bytes, device.free_bytes, device.compute_capability, device.is_integrated)


def _gpu_index(device: CudaDevice) -> int:
    return device.gpu_index if isinstance(device, Slice) else device.index
