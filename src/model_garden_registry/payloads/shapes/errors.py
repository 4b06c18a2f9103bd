"""Why there is no answer: a message, and the facts of each class of errors."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import Field

from model_garden_registry.entries.tasks import Task
from model_garden_registry.payloads.shapes.shape import Shape


class _Facts(Shape):
    format: Literal["mgr.error/1"]
    message: str = Field(description="One sentence for people.")


class _NearFacts(_Facts):
    close: list[str] = Field(description="Names that may have been meant.")


class OtherFacts(_Facts):
    """Invalid usage, or a bug of ours: a class that has no facts."""

    error: str = Field(description="Class of the error.", examples=["NoSuchOption"])


class _ReadFacts(_Facts):
    path: str = Field(description="The file.")
    problem: str = Field(description="What is wrong with it, as half a sentence.")
    code: str = Field(description="The finding code of the problem; docs/findings.md lists all.")
    line: int | None = Field(description="1-based line, where there is one.")
    column: int | None = Field(description="1-based column, in characters.")


class RegistryReadFacts(_ReadFacts):
    """A file cannot be opened, or is not valid."""

    error: Literal["RegistryReadError"]


class RegistryNotFoundFacts(_ReadFacts):
    """There is no such file."""

    error: Literal["RegistryNotFoundError"]


class RegistryWriteFacts(_Facts):
    """A file was not written; its former content is still there."""

    error: Literal["RegistryWriteError"]
    path: str
    problem: str


class LockedFacts(_Facts):
    """A file was not written, because another process is still writing it."""

    error: Literal["LockedError"]
    path: str
    problem: str
    holder: str = Field(description="The process and host that lock it.")


class EntryExistsFacts(_Facts):
    """An entry was not added to a file that has one with its id."""

    error: Literal["EntryExistsError"]
    path: str
    problem: str
    model_id: str


class EntryProblemDocument(Shape):
    """One thing that is wrong with an entry."""

    where: str = Field(description="JSON pointer from the root of the file.")
    expected: str
    found: str
    kind: str


class InvalidEntryFacts(_Facts):
    """An entry, or the head of the file, does not follow the format."""

    error: Literal["InvalidEntryError"]
    model_id: str | None = Field(description="Null if it is the head of the file.")
    problems: list[EntryProblemDocument]


class UnknownModelFacts(_NearFacts):
    """There is no such model."""

    error: Literal["UnknownModelError"]
    model_id: str
    problem: str | None = Field(
        description="What is known about such a name: that it is Ollama's, or that of several models."
    )


class UnknownGpuFacts(_NearFacts):
    """There is no such GPU, or the text names none."""

    error: Literal["UnknownGpuError"]
    name: str
    problem: str | None = Field(description="What is wrong with the text; null if the name is only not in the table.")


class UnsupportedTaskFacts(_Facts):
    """The model is not for this task."""

    error: Literal["UnsupportedTaskError"]
    model_id: str
    task: Task


class InvalidOverrideFacts(_NearFacts):
    """There is no setting of this name, or the value is not valid for it."""

    error: Literal["InvalidOverrideError"]
    setting: str
    value: Any
    allowed: str
    origin: str | None = Field(description="Where the value was given.")


class MissingShapeFacts(_Facts):
    """The entry does not state a number of the network's shape."""

    error: Literal["MissingShapeError"]
    model_id: str
    field: str


class UnknownArchitectureFacts(_NearFacts):
    """No entry can be made for a model of this kind."""

    error: Literal["UnknownArchitectureError"]
    model_type: str | None


class HardwareFileFacts(_Facts):
    """A document is no snapshot of hardware."""

    error: Literal["HardwareFileError"]
    where: str = Field(description="JSON pointer of the first problem.")
    expected: str
    found: str


class UnsupportedExportFacts(_Facts):
    """A model cannot be written for a tool."""

    error: Literal["UnsupportedExportError"]
    target: str
    model_id: str
    why: str = Field(description="Why not, as half a sentence.")


class _ForeignFacts(_Facts):
    path: str = Field(description="The file.")
    problem: str = Field(description="What is wrong with it, as half a sentence.")
    line: int | None = Field(description="1-based line, where there is one.")
    column: int | None = Field(description="1-based column, in characters.")
    tool: str | None = Field(description="The tool of the file, if known.")


class ForeignFileFacts(_ForeignFacts):
    """Another tool's file cannot be read."""

    error: Literal["ForeignFileError"]


class UnrecognisedFileFacts(_ForeignFacts):
    """A file is of no known tool, or not in the language of its suffix."""

    error: Literal["UnrecognisedFileError"]


class RemoteRegistryFacts(_Facts):
    """An address gives no registry that can be used."""

    error: Literal["RemoteRegistryError"]
    address: str = Field(description="Without user, password and query.")
    why: str = Field(description="The reason, as half a sentence.")
    kept: str | None = Field(description="When the registry was downloaded that stays in use; null: there is none.")


class MissingExtraFacts(_Facts):
    """An optional library is not installed."""

    error: Literal["MissingExtraError"]
    extra: str
    module: str


class InventoryFacts(_Facts):
    """A text is no inventory, or not the output of the program that it should be of."""

    error: Literal["InventoryError"]
    problem: str = Field(description="What is wrong, as half a sentence.")
    where: str | None = Field(description="JSON pointer of the value that is wrong.")
    line: int | None = Field(description="1-based line, in other texts than JSON documents.")
    column: int | None = Field(description="1-based column, in characters.")
    path: str | None = Field(description="The file; `-` is standard input.")


class ClusterFacts(_Facts):
    """A cluster does not answer."""

    error: Literal["ClusterError"]
    address: str
    why: str = Field(description="The reason, as half a sentence.")


class HubFacts(_Facts):
    """The Hugging Face Hub gives no answer."""

    error: Literal["HubError"]
    address: str
    why: str = Field(description="Why not, as half a sentence.")


ErrorDocument: TypeAlias = (
    RegistryReadFacts
    | RegistryNotFoundFacts
    | RegistryWriteFacts
    | LockedFacts
    | EntryExistsFacts
    | InvalidEntryFacts
    | UnknownModelFacts
    | UnknownGpuFacts
    | UnsupportedTaskFacts
    | InvalidOverrideFacts
    | MissingShapeFacts
    | UnknownArchitectureFacts
    | HardwareFileFacts
    | UnsupportedExportFacts
    | ForeignFileFacts
    | UnrecognisedFileFacts
    | RemoteRegistryFacts
    | MissingExtraFacts
    | InventoryFacts
    | ClusterFacts
    | HubFacts
    | OtherFacts
)
