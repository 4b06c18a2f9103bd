"""Adding an entry to a registry file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from model_garden_registry.entries.format_version import FORMAT_VERSION, is_overlay
from model_garden_registry.errors import (
    EntryExistsError,
    RegistryNotFoundError,
    RegistryReadError,
    RegistryWriteError,
)
from model_garden_registry.files.documents import Document, parse_document
from model_garden_registry.files.loading import RegistryFile
from model_garden_registry.files.writing.members import insert_member, remove_member, replace_value
from model_garden_registry.files.writing.replacing import edit_file
from model_garden_registry.visible_text import found_words, visible


def add_entry(path: Path, entry: Mapping[str, Any], *, categories: Mapping[str, Any], moment: str) -> None:
    """
    Add an entry at the end of a registry file, or create the file with it; its other content stays unchanged.

    Args:
        path: The file; other writers wait.

        entry: Any entry with an id; it is not validated here.

        categories: Definitions; that of the entry's category is added if the file has none. For an overlay, those
            that the registry below it does not have.

        moment: The date of a new file, with UTC offset.

    Raises:
        EntryExistsError: The file has an entry with its id.

        RegistryReadError: The file is not a registry.

        RegistryWriteError: It cannot be written (see ``edit_file``), or the entry has values that JSON cannot express.
    """
    edit_file(path, partial(_with_entry, path=path, entry=entry, categories=categories, moment=moment))


def remove_entry(path: Path, model_id: str, *, hides: bool) -> None:
    """
    Remove what a registry file states of an entry; an overlay may hide the one below it by null.

    Args:
        hides: Whether to write null, which hides the entry below an overlay.

    Raises:
        RegistryReadError: The file is not a registry.

        RegistryWriteError: It cannot be written; see ``edit_file``.
    """
    edit_file(path, partial(_without_entry, path=path, model_id=model_id, hides=hides))


def refuse_known(models: Mapping[str, Any], path: Path, model_id: str, *, written: Path | None = None) -> None:
    """
    Refuse an id that an entry has, also as a former id or in another case.

    Args:
        models: Raw entries of a file.

        path: The file, for the error.

        written: The file that is to be written, for the error, if it is another.

    Raises:
        EntryExistsError: An entry has it; the error carries that entry's id.
    """
    wanted = model_id.casefold()
    for key, entry in models.items():
        former = entry.get("aliases") if isinstance(entry, Mapping) else None
        ids = (key, *former) if isinstance(former, list) else (key,)
        if any(isinstance(one, str) and one.casefold() == wanted for one in ids):
            remedy = "to replace it, delete it from that file, or name another file with --registry"
            if written is not None:
                remedy = f"to change it, state what differs in {written}, or copy it there: mgr registry copy {key}"
            raise EntryExistsError(path, key, remedy)


def document_text(document: Mapping[str, Any]) -> str:
    """Return a document as registry files are written: one value a line."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _without_entry(content: bytes | None, *, path: Path, model_id: str, hides: bool) -> bytes:
    if content is None:
        raise RegistryNotFoundError(path)
    content, models = _with_models(content, parse_document(content, path), path)
    if not hides:
        return remove_member(content, ("models",), model_id) if model_id in models else content
    if model_id in models:
        return replace_value(content, ("models", model_id), None)
    return insert_member(content, ("models",), model_id, None)


def _with_models(content: bytes, document: Document, path: Path) -> tuple[bytes, Mapping[str, Any]]:
    """Return the entries that a file states, and its content with an object for them."""
    if not is_overlay(document):
        return content, RegistryFile(document, path).models
    models = document.get("models", {})
    if not isinstance(models, dict):
        raise RegistryReadError(path, f"is not valid at /models: an object is required, found {found_words(models)}")
    return content if "models" in document else insert_member(content, (), "models", {}), models


def _with_entry(
    content: bytes | None, *, path: Path, entry: Mapping[str, Any], categories: Mapping[str, Any], moment: str
) -> bytes:
    if content is None:
        head = {"version": FORMAT_VERSION, "last_updated": moment, "categories": {}}
        content = f"{document_text({**head, 'models': {}})}\n".encode()
    document = parse_document(content, path)
    content, models = _with_models(content, document, path)
    if models.get(entry["id"], ...) is None:  # an overlay that has removed it
        content = remove_member(content, ("models",), entry["id"])
    else:
        refuse_known(models, path, entry["id"])
    key, known = str(entry.get("category")), document.get("categories")
    takes = isinstance(known, dict) or (known is None and is_overlay(document))
    missing = {key: categories[key]} if takes and key in categories and key not in (known or ()) else {}
    try:
        for name, value in missing.items():
            if known is None:
                content = insert_member(content, (), "categories", {})
            content = insert_member(content, ("categories",), name, value)
        return insert_member(content, ("models",), entry["id"], entry)
    except ValueError:  # not a number, or half a surrogate pair
        problem = f"cannot store the entry {visible(entry['id'])!r}: it has a value that JSON cannot express"
        raise RegistryWriteError(path, problem) from None
