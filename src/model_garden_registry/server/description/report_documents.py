"""The types of verdicts, hardware and errors, as clients get them; they describe, and check nothing that is sent."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from model_garden_registry.entries.part import Number
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Severity, Verdict
from model_garden_registry.hardware.gpus import Cause, DriverState, Source


class FindingDocument(BaseModel):
    """One thing that a check has to say."""

    code: str = Field(description="Which rule it is about; docs/findings.md lists all.")
    severity: Severity
    where: str = Field(description='The subject within the report, such as "gpu 0"; often empty.')
    message: str = Field(description="One sentence for people.")
    have: Number | None = Field(description="What is there, in `unit`.")
    need: Number | None = Field(description="What is needed, in `unit`.")
    unit: str | None


class MemoryDocument(BaseModel):
    """An estimate of the memory of each GPU, in decimal GB."""

    expected_gb: Number
    safe_gb: Number
    per_gpu: Literal[True]
    parts_gb: dict[str, Number]


class UnreadDocument(BaseModel):
    """Why a fact is not known."""

    cause: Cause
    reason: str


class ProcessDocument(BaseModel):
    """A process that holds memory of a device."""

    pid: int
    name: str | None
    used_bytes: int | None


class DeviceDocument(BaseModel):
    """What CUDA would see as one device; a fact that is not known is null, with its reason under `unread`."""

    index: int
    uuid: str | None
    name: str | None
    total_mib: int | None
    free_mib: int | None
    compute_capability: str | None
    visible: bool | None = Field(description="Whether CUDA sees it; null where that depends on how CUDA counts.")
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


class RamDocument(BaseModel):
    """Main memory that a process may use."""

    total_bytes: int
    limited_by: Literal["host", "container"]


class MachineDocument(BaseModel):
    """A machine, or GPUs that somebody named, as facts."""

    source: Source
    state: DriverState | None = Field(description="Whether the driver answers; null where nobody looked.")
    problem: str | None
    driver_version: str | None
    cuda_version: str | None
    gpus: list[GpuDocument]
    alternatives: list[list[GpuDocument]] = Field(description="Where a name means several cards: each of them.")
    ram_gb: Number | None
    ram: RamDocument | None
    environment: dict[str, str | None]
    hints: list[str]
    unread: dict[str, UnreadDocument]


class RemedyDocument(BaseModel):
    """Changes of settings under which the verdict would be another."""

    changes: dict[str, Any]
    safe_gb: Number
    verdict: Verdict


class ReportDocument(BaseModel):
    """The whole answer about one model and one task: what `mgr validate --json` gives."""

    format: Literal["mgr.report/1"]
    subject: str = Field(description="Id of the model.")
    task: Task
    method: Literal["full", "lora", "qlora"] | None = Field(description="What is trained; null for inference.")
    verdict: Verdict
    is_valid: bool = Field(description="Whether nothing stands against going on.")
    error_message: str | None = Field(description="The first failure in one sentence.")
    settings: dict[str, Any] | None = Field(description="The settings that were judged, groups nested.")
    memory: MemoryDocument | None
    hardware: MachineDocument
    findings: list[FindingDocument]
    remedies: list[RemedyDocument]


class ErrorFacts(BaseModel):
    """Why there is no answer, in a sentence and as facts; further keys depend on the error."""

    model_config = ConfigDict(extra="allow")

    format: Literal["mgr.error/1"]
    error: str = Field(description="Class of the error.")
    message: str = Field(description="One sentence.")


class UnknownModelDocument(ErrorFacts):
    """There is no such model."""

    is_valid: Literal[False]
    error_message: str
    model_id: str
    close: list[str] = Field(description="Ids that may have been meant.")


class VerdictReply(BaseModel):
    """A verdict, with what clients read at the top level beside it."""

    success: Literal[True]
    data: ReportDocument | UnknownModelDocument
    valid: bool = Field(description="`data.is_valid`.")
    errors: list[str] = Field(description="Every failure, in one sentence each.")
    warnings: list[str] = Field(description="Every warning, in one sentence each.")


class HardwareDocument(MachineDocument):
    """What this machine has: what `mgr hardware --json` gives."""

    format: Literal["mgr.hardware/1"]


class HardwareReply(BaseModel):
    """The hardware of the machine that the server runs on."""

    success: Literal[True]
    data: HardwareDocument


class Failure(ErrorFacts):
    """No answer: what `mgr --json` gives, with the sentence under `detail`."""

    detail: str


class UnknownModelFailure(Failure):
    """There is no such model."""

    model_id: str
    close: list[str] = Field(description="Ids that may have been meant.")


class Refusal(BaseModel):
    """A request that could not be read as a question."""

    detail: str


class WrongPart(BaseModel):
    """One thing that is wrong with a request."""

    type: str
    loc: list[str | int] = Field(description="Where: `body` or `query`, then the name.")
    msg: str


class WrongRequest(BaseModel):
    """What is wrong with a request, part by part."""

    detail: list[WrongPart]


class RegistryDocument(BaseModel):
    """The registry in use."""

    file: str = Field(description="Name of the file.")
    version: str = Field(description="Version of its format.")
    last_updated: str = Field(description="When its data last changed, as it states.")
    models: int = Field(description="How many models it lists.")


class HealthReply(BaseModel):
    """Whether the server answers, from what, and what is wrong with the file as it is now."""

    status: Literal["ok", "degraded", "unavailable"]
    version: str = Field(description="Version of the server's package.")
    registry: RegistryDocument | None
    problem: ErrorFacts | None = Field(description="Why the file, as it is now, is not in use.")


class ReadyReply(BaseModel):
    """Whether questions about models can be answered."""

    ready: bool
