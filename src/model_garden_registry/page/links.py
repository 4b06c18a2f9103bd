"""Where a page and the files around it are: all links of a page are relative, so that it works below any path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

#: Whether a server answers questions, or files and the browser itself do.
Mode = Literal["served", "static"]


@dataclass(frozen=True, slots=True)
class Place:
    """
    A page's place.

    Args:
        mode: Who answers its questions.

        root: The relative path from the page to the list: ``./``, or ``../../`` from the page of ``Qwen/Qwen3-8B``.

        first: The file name of the list; empty where a server finds it.

        ending: What follows the id in the name of a model's page.
    """

    mode: Mode = "served"
    root: str = "./"
    first: str = ""
    ending: str = ""

    def list_link(self) -> str:
        """Return the path to the list."""
        return f"{self.root}{self.first}"

    def model_link(self, model_id: str) -> str:
        """Return the path to the page of a model."""
        return f"{self.root}models/{quote(model_id, errors='replace')}{self.ending}"

    def reference_link(self) -> str:
        """Return the path to the reference of the HTTP API."""
        return f"{self.root}docs/{self.first}" if self.mode == "static" else f"{self.root}docs"

    def asset_link(self, name: str) -> str:
        """Return the path to a file that pages load."""
        return f"{self.root}assets/{name}"


def model_place(model_id: str) -> Place:
    """Return the place of a model's page under a server."""
    return Place(root="../" * (1 + model_id.count("/")))


def static_place(model_id: str | None = None) -> Place:
    """Return the place of a page among static files: of a model, or the list."""
    root = "./" if model_id is None else "../" * (1 + model_id.count("/"))
    return Place("static", root, first="index.html", ending=".html")
