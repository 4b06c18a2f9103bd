"""A machine, or GPUs that are named."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model_garden_registry.entries.part import Number
from model_garden_registry.hardware.gpu_table import TotalKind
from model_garden_registry.hardware.gpus import Cause, DriverState, Source
from model_garden_registry.payloads.shapes.shape import Shape, absent


class UnreadDocument(Shape):
    """Why a fact is unknown."""

    cause: Cause
    reason: str


class ProcessDocument(Shape):
    """A process that uses memory of a device."""

    pid: int
    name: str | None
    used_bytes: int | None


class DeviceDocument(Shape):
    """What CUDA would see as one device; an unknown fact is null, with its reason under `unread`."""

    index: int
    uuid: str | None
    name: str | None
    total_mib: int | None
    free_mib: int | None
    compute_capability: str | None
    visible: bool | None = Field(description="Whether CUDA sees it; null if that depends on CUDA's device order.")
    total_bytes: int | None
    free_bytes: int | None
    is_integrated: bool
    processes: list[ProcessDocument] | None
    unread: dict[str, UnreadDocument]


class SliceDocument(DeviceDocument):
    """A MIG device: a part of a GPU with memory of its own."""

    gpu_index: int
    profile: str | None
    gpu_instance_id: int | None
    compute_instance_id: int | None


class GpuDocument(DeviceDocument):
    """A whole GPU."""

    pci_bus_id: str | None
    mig_enabled: bool | None
    slices: list[SliceDocument]
    ecc_errors: int | None
    problem: UnreadDocument | None


class RamDocument(Shape):
    """Main memory that a process may use."""

    total_bytes: int
    limited_by: Literal["host", "container"]


class MachineDocument(Shape):
    """A machine, or GPUs that are named, as facts."""

    source: Source
    state: DriverState | None = Field(description="Whether the driver answers; null if it was not queried.")
    problem: str | None
    driver_version: str | None
    cuda_version: str | None
    gpus: list[GpuDocument] = absent("The GPUs; missing if a name means several and `alternatives` has them.")
    alternatives: list[list[GpuDocument]] = Field(description="If a name means several GPUs: each of them.")
    ram_gb: Number | None
    ram: RamDocument | None
    environment: dict[str, str | None]
    hints: list[str]
    unread: dict[str, UnreadDocument]


class FreeDocument(Shape):
    """What a job can take now of each node."""

    gpus: int = Field(description="GPUs, or MIG slices.")


class OfferDocument(Shape):
    """How a job asks for the GPUs."""

    resource: str = Field(description="`gpu:h100` in Slurm, `nvidia.com/mig-1g.10gb` in Kubernetes.")
    feature: str | None = Field(description="Slurm's feature that names the GPUs where the resource does not, or two.")
    labels: dict[str, str] = Field(description="Labels by which Kubernetes finds the nodes.")


class HardwareDocument(MachineDocument):
    """The hardware of a machine; `--hardware FILE` reads it."""

    format: Literal["mgr.hardware/1"]


class NodeDocument(Shape):
    """A node of a cluster, or several identical ones; a node with several kinds of GPUs has an entry for each kind."""

    name: str = Field(description="Its name; of several nodes all names, as in `dgx[01-02]`.")
    count: int = Field(description="How many nodes.")
    pool: str = Field(description="What a job is sent to: a node pool, or partitions with commas.")
    hardware: HardwareDocument | None = Field(description="Hardware of one node; null if unknown.")
    exact: bool = Field(description="Whether the memory of its GPUs is the node's own statement.")
    reason: str | None = Field(description="Why the hardware is unknown or ambiguous, or why it takes no jobs.")
    free: FreeDocument | None = Field(description="What is free of each node; null if unknown.")
    offered: OfferDocument = absent("How a job asks for the GPUs; missing if the source does not say.")


class InventoryDocument(Shape):
    """The nodes of a cluster; `--inventory FILE` reads it."""

    format: Literal["mgr.inventory/1"]
    source: str = Field(description="Where it is from: `slurm`, `kubernetes`, `dra`, `ray`, `probe`, or several.")
    as_of: str | None = Field(description="When the source knew this; null if it does not say.")
    nodes: list[NodeDocument]


class KnownSliceDocument(Shape):
    """A kind of MIG slice of a GPU."""

    profile: str
    total_mib: int


class KnownGpuDocument(Shape):
    """A GPU that can be named."""

    name: str = Field(description="Its unique name.")
    family: str = Field(description="The common name of several, such as `A100`.")
    aliases: list[str] = Field(description="Other names in use.")
    total_gb: Number = Field(description="Memory of the whole GPU, in decimal GB.")
    total_mib: int
    source: TotalKind = Field(
        description="How the memory is known: as NVML reports it, derived from a GPU of the same kind, or shared with "
        "the host."
    )
    compute_capability: str
    architecture: str = Field(description="NVIDIA's name of the generation.")
    form_factor: str = Field(description="Such as `SXM5` or `laptop`.")
    integrated: bool = Field(description="Whether it uses the memory of the host.")
    mig: list[KnownSliceDocument] = Field(description="The kinds of MIG slices that it can be divided into.")


class GpusDocument(Shape):
    """The GPUs that can be named."""

    format: Literal["mgr.gpus/1"]
    gpus: list[KnownGpuDocument]
