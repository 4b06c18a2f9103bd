"""Adding an entry to a registry file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from model_garden_registry.entries.format_version import FORMAT_VERSION
from model_garden_registry.errors import EntryExistsError, RegistryWriteError
from model_garden_registry.files.documents import parse_document
from model_garden_registry.files.loading import RegistryFile
from model_garden_registry.files.writing.members import insert_member
from model_garden_registry.files.writing.replacing import edit_file
from model_garden_registry.visible_text import visible


def add_entry(path: Path, entry: Mapping[str, Any], *, categories: Mapping[str, Any], moment: str) -> None:
    """
    Add an entry at the end of a registry file, or create the file with it; its other content stays unchanged.

    Args:
        path: The file; other writers wait.

        entry: Any entry with an id; it is not validated here.

        categories: Definitions; that of the entry's category is added if the file has none.

        moment: The date of a new file, with UTC offset.

    Raises:
        EntryExistsError: The file has an entry with its id.

        RegistryReadError: The file is not a registry.

        RegistryWriteError: It cannot be written (see ``edit_file``), or the entry has values that JSON cannot express.
    """
    edit_file(path, partial(_with_entry, path=path, entry=entry, categories=categories, moment=moment))


def refuse_known(models: Mapping[str, Any], path: Path, model_id: str) -> None:
    """
    Refuse an id that an entry has, also as a former id or in another case.

    Args:
        models: Raw entries of a file.

        path: The file, for the error.

    Raises:
        EntryExistsError: An entry has it; the error carries that entry's id.
    """
    wanted = model_id.casefold()
    for key, entry in models.items():
        former = entry.get("aliases") if isinstance(entry, Mapping) else None
        ids = (key, *former) if isinstance(former, list) else (key,)
        if any(isinstance(one, str) and one.casefold() == wanted for one in ids):
            raise EntryExistsError(path, key)


def document_text(document: Mapping[str, Any]) -> str:
    """Return a document as registry files are written: one value a line."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _with_entry(
    content: bytes | None, *, path: Path, entry: Mapping[str, Any], categories: Mapping[str, Any], moment: str
) -> bytes:
    if content is None:
        head = {"version": FORMAT_VERSION, "last_updated": moment, "categories": {}}
        content = f"{document_text({**head, 'models': {}})}\n".encode()
    document = parse_document(content, path)
    models = RegistryFile(document, path).models
    refuse_known(models, path, entry["id"])
    key, known = str(entry.get("category")), document.get("categories")
    missing = {key: categories[key]} if key in categories and isinstance(known, dict) and key not in known else {}
    try:
        for name, value in missing.items():
            content = insert_member(content, ("categories",), name, value)
        return insert_member(content, ("models",), entry["id"], entry)
    except ValueError:  # not a number, or half a surrogate pair
        problem = f"cannot store the entry {visible(entry['id'])!r}: it has a value that JSON cannot express"
        raise RegistryWriteError(path, problem) from None
