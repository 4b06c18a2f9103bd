"""Devices and machines as values: every fact is known, or carries the reason why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias, TypeVar

T = TypeVar("T")

#: More GPUs than any host has. A larger count is a mistake.
MOST_GPUS = 1024


class Cause(StrEnum):
    """Why a fact could not be read."""

    NOT_SUPPORTED = "not-supported"
    NO_PERMISSION = "no-permission"
    LOST = "lost"
    GARBLED = "garbled"
    FAILED = "failed"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True)
class Unread:
    """
    Placeholder for a fact that is not known.

    Args:
        cause: The cause.

        reason: The cause for people, as half a sentence; the driver's own words if it gave some.
    """

    cause: Cause
    reason: str

    def __hash__(self) -> int:
        """Return the hash of the reason, which the text knows: a host has a dozen such facts for each GPU."""
        return hash(self.reason)


#: A fact: its value, or the reason why there is none.
Fact: TypeAlias = T | Unread

#: Every unknown fact of a GPU that is only named, or that was not asked.
NOT_ASKED = Unread(Cause.NOT_ASKED, "not asked")

#: The compute capability of a GPU known only by its memory size: it is not judged.
ASSUMED = Unread(Cause.NOT_ASKED, "8.0 or later assumed")


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuProcess:
    """
    A process that uses memory of a device.

    Args:
        pid: As the driver reports it; inside a container it may be another number.

        name: The program; None if not visible.

        used_bytes: Device memory in use by it; None if the driver does not say.
    """

    pid: int
    name: str | None = None
    used_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """
    A device as CUDA sees it: a whole GPU, or a slice of one.

    Args:
        name: The driver's name.

        uuid: ``GPU-…`` or ``MIG-…``.

        total_bytes: Device memory as the driver reports it.

        free_bytes: Memory that is free now.

        compute_capability: Major and minor.

        is_integrated: Whether the part shares the memory of the host (Jetson, Thor, GB10).

        processes: Processes that use its memory.
    """

    name: Fact[str]
    uuid: Fact[str] = NOT_ASKED
    total_bytes: Fact[int] = NOT_ASKED
    free_bytes: Fact[int] = NOT_ASKED
    compute_capability: Fact[tuple[int, int]] = NOT_ASKED
    is_integrated: bool = False
    processes: Fact[tuple[GpuProcess, ...]] = NOT_ASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Device):
    """
    A MIG device: a part of a GPU with memory of its own.

    Args:
        gpu_index: Index of the GPU that it is a part of.

        index: Index of the slice within that GPU.

        profile: Such as ``1g.5gb``; None if the name does not contain it.

        gpu_instance_id: As in ``MIG-GPU-<uuid>/<gi>/<ci>``.

        compute_instance_id: The second of these.
    """

    gpu_index: int
    index: int
    profile: str | None = None
    gpu_instance_id: Fact[int] = NOT_ASKED
    compute_instance_id: Fact[int] = NOT_ASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu(Device):
    """
    A whole GPU.

    Args:
        index: NVML's index: by PCI bus.

        pci_bus_id: Domain, bus, device, function.

        mig_enabled: Whether it is cut into slices; the GPU itself is then not a device.

        slices: Its slices, if any.

        ecc_errors: Uncorrected ECC errors since the last reset.

        problem: Why the GPU does not answer at all (lost, for example); None if it does.
    """

    index: int
    pci_bus_id: Fact[str] = NOT_ASKED
    mig_enabled: Fact[bool] = False
    slices: tuple[Slice, ...] = ()
    ecc_errors: Fact[int] = NOT_ASKED
    problem: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory:
    """
    RAM that a process may use, without swap.

    Args:
        total_bytes: The smallest of the machine's memory and every limit above the process.

        limited_by: The source of that number.
    """

    total_bytes: int
    limited_by: Literal["host", "container"] = "host"


class DriverState(StrEnum):
    """Whether the NVIDIA driver answers; each state except ``read`` is also the code of its finding."""

    READ = "read"
    NO_LIBRARY = "no-library"
    DRIVER_NOT_LOADED = "driver-not-loaded"
    VERSION_MISMATCH = "version-mismatch"
    NO_PERMISSION = "no-permission"
    INIT_FAILED = "init-failed"
    NO_ANSWER = "no-answer"


#: Texts for machines on which a driver would not help: the problem on macOS, and a hint elsewhere.
MACOS = "macOS has no NVIDIA driver"
NO_NVIDIA_GPU = "No NVIDIA GPU is in this machine."

Source = Literal["nvml", "named", "file", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """
    A machine, or GPUs given by name, as facts.

    Args:
        source: Source of the facts: the driver, the table of known GPUs, a snapshot, or none.

        state: The driver's state.

        problem: The driver's or loader's message if there was no answer, with its code.

        driver_version: Version of the NVIDIA driver.

        cuda_version: Newest CUDA that the driver supports, such as ``13.0``.

        gpus: All GPUs that the driver lists, visible to CUDA or not; or the named GPUs.

        alternatives: If a name means several GPUs: the GPUs of each meaning; ``gpus`` is then empty.

        ram: Memory of the host; None if it does not matter (named GPUs).

        cuda_visible_devices: The environment variable; None if not set.

        cuda_device_order: The environment variable; None if not set.

        hints: Other observations that explain the state, one sentence each: a container without GPU access, an AMD
            GPU, a library outside the loader's search path.
    """

    source: Source
    state: DriverState = DriverState.READ
    problem: str | None = None
    driver_version: Fact[str] = NOT_ASKED
    cuda_version: Fact[str] = NOT_ASKED
    gpus: tuple[Gpu, ...] = ()
    alternatives: tuple[tuple[Gpu, ...], ...] = ()
    ram: Fact[HostMemory] | None = None
    cuda_visible_devices: str | None = None
    cuda_device_order: str | None = None
    hints: tuple[str, ...] = ()

    @property
    def is_without_nvidia(self) -> bool:
        """Whether the machine appears to have no NVIDIA GPU: a driver would not help."""
        return self.problem == MACOS or NO_NVIDIA_GPU in self.hints
