"""Devices and machines, as values: every fact is known, or carries the reason why it is not."""

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
    The place of a fact that is not known.

    Args:
        cause: Why.

        reason: The same for people, as half a sentence; the driver's own words where it gave some.
    """

    cause: Cause
    reason: str


#: A fact: its value, or why there is none.
Fact: TypeAlias = T | Unread

#: What a GPU that is only named, or that nobody asked, says of everything else.
NOT_ASKED = Unread(Cause.NOT_ASKED, "not asked")

#: The compute capability of a GPU of which only the memory is named: it is not judged.
ASSUMED = Unread(Cause.NOT_ASKED, "8.0 or later assumed")


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuProcess:
    """
    A process that holds memory of a device.

    Args:
        pid: As the driver reports it; in a container that may be another number than inside.

        name: The program; None if it cannot be seen.

        used_bytes: Device memory that it holds; None if the driver does not say.
    """

    pid: int
    name: str | None = None
    used_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """
    What CUDA would see as one device: a whole GPU, or a slice of one.

    Args:
        name: As the driver calls it.

        uuid: ``GPU-…`` or ``MIG-…``.

        total_bytes: Device memory as the driver reports it.

        free_bytes: What nobody holds now.

        compute_capability: Major and minor.

        is_integrated: Whether the part shares the memory of the host (Jetson, Thor, GB10).

        processes: Who holds memory of it.
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

        profile: Such as ``1g.5gb``; None if the name does not tell.

        gpu_instance_id: As in ``MIG-GPU-<uuid>/<gi>/<ci>``.

        compute_instance_id: Likewise.
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
        index: As NVML counts: by PCI bus.

        pci_bus_id: Domain, bus, device, function.

        mig_enabled: Whether it is cut into slices; then the GPU itself is not a device.

        slices: Its slices, as far as there are any.

        ecc_errors: Uncorrected ECC errors since the last reset.

        problem: Why the GPU gives no answer at all (lost, for example); None if it does.
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
        total_bytes: The smallest of the machine's own and every limit above the process.

        limited_by: Whose limit that is.
    """

    total_bytes: int
    limited_by: Literal["host", "container"] = "host"


class DriverState(StrEnum):
    """Whether the NVIDIA driver answers; a state other than ``read`` is also the code of its finding."""

    READ = "read"
    NO_LIBRARY = "no-library"
    DRIVER_NOT_LOADED = "driver-not-loaded"
    VERSION_MISMATCH = "version-mismatch"
    NO_PERMISSION = "no-permission"
    INIT_FAILED = "init-failed"
    NO_ANSWER = "no-answer"


#: What is said of machines that no driver would help: the problem on macOS, and a hint elsewhere.
MACOS = "macOS has no NVIDIA driver"
NO_NVIDIA_GPU = "No NVIDIA GPU is in this machine."

Source = Literal["nvml", "named", "file", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """
    A machine, or GPUs that somebody named, as facts.

    Args:
        source: Where the facts come from: the driver, the table of known GPUs, a snapshot, or nowhere.

        state: Whether the driver answers.

        problem: What the driver or the loader said where it does not, with its code.

        driver_version: Of the NVIDIA driver.

        cuda_version: Newest CUDA that the driver runs, such as ``13.0``.

        gpus: All that the driver lists, visible to CUDA or not; of named GPUs, those.

        alternatives: Where a name means several GPUs: for each of them, the GPUs; ``gpus`` is empty then.

        ram: Memory of the host; None if it does not matter (named GPUs).

        cuda_visible_devices: The variable, None if it is not set.

        cuda_device_order: Likewise.

        hints: What else was seen that explains the state, one sentence each: a container without GPU access, an AMD
            GPU, a library that lies where the loader does not look.
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
        """Whether the machine has no NVIDIA GPU, as far as could be seen: a driver would not help."""
        return self.problem == MACOS or NO_NVIDIA_GPU in self.hints
