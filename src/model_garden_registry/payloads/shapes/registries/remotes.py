"""Files that a registry is made of, and the configured remote registry."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model_garden_registry.files.location import NamedBy
from model_garden_registry.lifecycle.remote.updating import UpdateState
from model_garden_registry.payloads.shapes.shape import Shape


class LayerDocument(Shape):
    """A file that the registry is made of."""

    path: str
    named_by: NamedBy = Field(description="What names it.")
    overlay: bool = Field(description="Whether it lies on other files.")
    entries: int = Field(description="How many models it states, or parts of them.")
    last_updated: str | None = Field(description="The date that it states.")
    problem: str | None = Field(description="Why it is left out; null: it is used.")


class DownloadDocument(Shape):
    """The last good download of a remote registry."""

    path: str = Field(description="Where it is stored.")
    sha256: str = Field(description="The digest of its bytes.")
    version: str = Field(description="The version of its format.")
    last_updated: str = Field(description="The date that it states.")
    fetched_at: str = Field(description="When it was downloaded.")
    checked_at: str = Field(description="When the server last said that it is current.")


class RemoteDocument(Shape):
    """A configured remote registry."""

    address: str = Field(description="Without user, password and query.")
    configured_in: str = Field(description="The file that names it.")
    pin: str | None = Field(description="The digest that it must have; null: any.")
    download: DownloadDocument | None = Field(description="Null if there is none.")
    usable: bool = Field(
        description="Whether it takes the place of the shipped registry, or lies on it, where that is in use."
    )
    why_unusable: str | None = Field(description="Why not, as half a sentence; null if it is.")


class IndexDocument(Shape):
    """The index of a published registry: it is on the web server, beside the registry."""

    format: Literal["mgr.index/1"]
    sha256: str = Field(description="The digest of the registry's bytes.")
    version: str = Field(description="The version of the registry's format.")
    last_updated: str = Field(description="The date that the registry states.")
    lowest_mgr: str = Field(description="The lowest release of mgr that can use it.")
    file: str = Field(description="The registry's name in the folder of the index: `registry-SHA256.json`.")


class RegistryStatusDocument(Shape):
    """The files that the registry is made of."""

    format: Literal["mgr.status/1"]
    layers: list[LayerDocument] = Field(description="The weakest first.")
    remote: RemoteDocument | None = Field(description="Null if none is configured.")
    offline: bool = Field(description="Whether `MGR_OFFLINE` forbids the network.")


class RegistryUpdateDocument(Shape):
    """What came of an update of the remote registry."""

    format: Literal["mgr.update/1"]
    state: UpdateState
    remote: RemoteDocument
