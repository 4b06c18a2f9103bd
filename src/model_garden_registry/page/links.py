"""Where a page and the files around it are: all links of a page are relative, so that it works below any path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from urllib.parse import quote

#: Whether a server answers questions, or files and the browser itself do.
Mode = Literal["served", "static"]

#: Ids that are paths below any folder, on any system; of an id as Hugging Face allows it, nearly all.
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?", re.ASCII)
#: What Windows takes for a device or drops, and names of our own files beside which a folder cannot be.
_NO_PATH = re.compile(
    r"(?:^|/)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|/|$)|\.(?:/|$)|\.(?:html|json|gz)/", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Place:
    """
    A page's place.

    Args:
        mode: Who answers its questions.

        root: The relative path from the page to the list: ``./``, or ``../../`` from the page of ``Qwen/Qwen3-8B``.

        first: The file name of the list; empty where a server finds it.

        ending: What follows the id in the name of a model's page.

        computes: Whether questions with other settings are answered: by a server, or by Python in the browser.
    """

    mode: Mode = "served"
    root: str = "./"
    first: str = ""
    ending: str = ""
    computes: bool = True

    def list_link(self) -> str:
        """Return the path to the list."""
        return f"{self.root}{self.first}"

    def model_link(self, model_id: str) -> str:
        """Return the path to the page of a model."""
        name = page_name(model_id) if self.mode == "static" else model_id
        return f"{self.root}models/{quote(name, errors='replace')}{self.ending}"

    def reference_link(self) -> str:
        """Return the path to the reference of the HTTP API."""
        return f"{self.root}docs/{self.first}" if self.mode == "static" else f"{self.root}docs"

    def asset_link(self, name: str) -> str:
        """Return the path to a file that pages load."""
        return f"{self.root}assets/{name}"


def model_place(model_id: str) -> Place:
    """Return the place of a model's page under a server."""
    return Place(root="../" * (1 + model_id.count("/")))


def static_place(model_id: str | None = None, *, computes: bool = False) -> Place:
    """
    Return the place of a page among static files: of a model, or the list.

    Args:
        model_id: The id of the model.

        computes: Whether the site has Python for the browser.
    """
    root = "./" if model_id is None else "../" * (1 + page_name(model_id).count("/"))
    return Place("static", root, first="index.html", ending=".html", computes=computes)


def page_name(model_id: str) -> str:
    """
    Return the name of a model's files in a static site, without ending: its id, or a digest if that is no safe path.

    A registry may have any text as an id: one that leads out of the folder, or that a system takes for something else.
    """
    if _PATH.fullmatch(model_id) and not _NO_PATH.search(model_id):
        return model_id
    return f"-/{sha256(model_id.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
