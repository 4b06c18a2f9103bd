"""The types of replies: the documents of the command line in their HTTP envelopes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from model_garden_registry.entries.envelope import Category
from model_garden_registry.payloads.shapes.entries import ModelEntry, ModelRow, PartOrigin
from model_garden_registry.payloads.shapes.errors import UnknownModelFacts
from model_garden_registry.payloads.shapes.hardware import HardwareDocument
from model_garden_registry.payloads.shapes.reports import ReportDocument
from model_garden_registry.payloads.shapes.shape import absent


class ModelsReply(BaseModel):
    """A list of models, in the order of the registry file unless another is asked for."""

    success: Literal[True]
    data: list[ModelRow]
    total: int = Field(description="How many models match, whatever part of them is in the list.")


class ModelReply(BaseModel):
    """One model."""

    success: Literal[True]
    data: ModelEntry
    origins: dict[str, PartOrigin] = absent(
        "If the registry is made of several files: the file of each part, by JSON pointer below the entry."
    )


class CategoriesReply(BaseModel):
    """The categories by key."""

    success: Literal[True]
    data: dict[str, Category]


class HardwareReply(BaseModel):
    """The hardware of the machine that the server runs on."""

    success: Literal[True]
    data: HardwareDocument


class UnknownModelDocument(UnknownModelFacts):
    """There is no such model, and so no verdict."""

    is_valid: Literal[False]
    error_message: str


class VerdictReply(BaseModel):
    """A verdict, with the top-level keys that clients read."""

    success: Literal[True]
    data: ReportDocument | UnknownModelDocument
    valid: bool = Field(description="`data.is_valid`.")
    errors: list[str] = Field(description="Every failure, in one sentence each.")
    warnings: list[str] = Field(description="Every warning, in one sentence each.")


class SettingsForm(BaseModel):
    """A JSON schema (draft 2020-12) without references: the settings of a task, groups nested."""

    dialect: str = Field(alias="$schema")
    title: str
    type: Literal["object"]
    properties: dict[str, Any] = Field(description="The schema of each setting, with its default.")
    additionalProperties: Literal[False]  # noqa: N815  (a keyword of JSON Schema)


class ErrorFacts(BaseModel):
    """Why there is no answer, in a sentence and as facts; further keys depend on the error."""

    model_config = ConfigDict(extra="allow")

    format: Literal["mgr.error/1"]
    error: str = Field(description="Class of the error.")
    message: str = Field(description="One sentence.")


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


class WrongKeyReply(Refusal):
    """A key that is unknown, duplicated, or without a value."""

    close: list[str] = Field(description="Keys that may have been meant.")


class WrongPart(BaseModel):
    """One thing that is wrong with a request."""

    type: str
    loc: list[str | int] = Field(description="Where: `body` or `query`, then the name.")
    msg: str


class WrongRequest(BaseModel):
    """The errors of a request, by part."""

    detail: list[WrongPart]


class RegistryDocument(BaseModel):
    """The registry in use."""

    file: str = Field(description="Name of the file.")
    version: str = Field(description="Version of its format.")
    last_updated: str = Field(description="When its data last changed, as it states.")
    models: int = Field(description="How many models it lists.")


class HealthReply(BaseModel):
    """Whether the server answers, from which registry, and what is wrong with the current file."""

    status: Literal["ok", "degraded", "unavailable"]
    version: str = Field(description="Version of the server's package.")
    registry: RegistryDocument | None
    behind_seconds: int | None = Field(
        description="Seconds since the served data was last known to match the file; null while it matches."
    )
    problem: ErrorFacts | None = Field(description="Why the current file is not in use.")


class ReadyReply(BaseModel):
    """Whether questions about models can be answered."""

    ready: bool
