"""Ids in users' files that are out of date."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model_garden_registry.payloads.shapes.shape import Shape, absent


class OutdatedIdDocument(Shape):
    """An id that is out of date."""

    file: str = Field(description="As it was named, or below the folder that was.")
    line: int = Field(description="1-based.")
    column: int = Field(description="1-based, in characters.")
    id: str = Field(description="As it was written.")
    kind: Literal["withdrawn", "renamed", "unknown", "superseded"]
    message: str = Field(description="The line of the text output, without its place.")
    use: str = absent("The id to use instead.")
    fixed: bool = Field(description="Whether that was written into the file.")


class FileProblemDocument(Shape):
    """A file that could not be read or written."""

    file: str
    message: str


class OutdatedDocument(Shape):
    """Ids in files that are out of date."""

    format: Literal["mgr.outdated/1"]
    is_valid: bool = Field(description="Whether nothing is left that is out of date.")
    files: int = Field(description="How many files were read.")
    total: int = Field(description="How many ids are out of date; the list may be shorter.")
    ids: list[OutdatedIdDocument]
    problems: list[FileProblemDocument]
