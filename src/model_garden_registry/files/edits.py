"""A file with some of its values replaced, byte for byte the same everywhere else; or with an entry more."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from codecs import BOM_UTF8
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from model_garden_registry.entries.format_version import FORMAT_VERSION
from model_garden_registry.errors import EntryExistsError, RegistryWriteError
from model_garden_registry.files.documents import parse_document, read_bytes
from model_garden_registry.files.loading import RegistryFile
from model_garden_registry.files.positions import Places


def replace_numbers(content: bytes, numbers: Mapping[tuple[str, ...], int]) -> bytes:
    """
    Put other numbers in the place of values.

    Args:
        content: A JSON document in UTF-8, with or without a byte order mark.

        numbers: New values by the segments of a JSON pointer; each pointer leads to a value.
    """
    mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
    text = content.removeprefix(mark).decode()
    places = Places(text)
    spans = sorted((*places.span(where), str(number)) for where, number in numbers.items())
    pieces, end = [], 0
    for start, stop, written in spans:
        pieces += [text[end:start], written]
        end = stop
    return mark + "".join([*pieces, text[end:]]).encode()


def refuse_known(models: Mapping[str, Any], path: Path, model_id: str) -> None:
    """
    Refuse an id that an entry has, or a former id or another case of it.

    Args:
        models: Raw entries of a file.

        path: The file, for the error.

    Raises:
        EntryExistsError: It has one; the error carries its id.
    """
    wanted = model_id.casefold()
    for key, entry in models.items():
        former = entry.get("aliases") if isinstance(entry, Mapping) else None
        ids = (key, *former) if isinstance(former, list) else (key,)
        if any(isinstance(one, str) and one.casefold() == wanted for one in ids):
            raise EntryExistsError(path, key)


def start_registry(path: Path, entry: Mapping[str, Any], categories: Mapping[str, Any], moment: str) -> None:
    """
    Make a registry file of one entry.

    Args:
        path: There is no such file yet.

        categories: Definitions, of which the entry's own is taken.

        moment: When it is made, with offset.

    Raises:
        RegistryWriteError: It cannot be made, or is there by now.
    """
    kept = {key: value for key, value in categories.items() if key == entry["category"]}
    head = {"version": FORMAT_VERSION, "last_updated": moment, "categories": kept}
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(f"{document_text({**head, 'models': {entry['id']: entry}})}\n")
    except OSError as error:
        raise RegistryWriteError(path, f"cannot be made: {error.strerror or error}") from None


def add_entry(path: Path, entry: Mapping[str, Any], categories: Mapping[str, Any] | None = None) -> None:
    """
    Put an entry at the end of a registry file, which is laid out anew.

    Args:
        categories: Definitions, of which the entry's own is added where the file has none.

    Raises:
        EntryExistsError: The file has an entry with its id.

        RegistryReadError: The file is no registry.

        RegistryWriteError: It cannot be written (see ``rewrite_file``).
    """
    content = read_bytes(path)
    document = parse_document(content, path)
    models = RegistryFile(document, path).models
    refuse_known(models, path, entry["id"])
    known, key = document["categories"], str(entry.get("category"))
    missing = {key: categories[key]} if categories and key in categories and key not in known else {}
    added = {**document, "categories": {**known, **missing}, "models": {**models, entry["id"]: entry}}
    rewrite_file(path, f"{document_text(added)}\n".encode(), read=content)


def document_text(document: Mapping[str, Any]) -> str:
    """Return a document as registry files are written: one value a line."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def rewrite_file(path: Path, content: bytes, *, read: bytes) -> None:
    """
    Replace a file's content at once: whoever reads it sees the old or the new, and on failure the old stays.

    Args:
        read: What the file held when the new content was made from it.

    Raises:
        RegistryWriteError: It is a link or no file at all, has other names, may not be written, has changed since it
            was read, or there is no room for it.
    """
    try:
        _refuse_odd_file(path)
        if path.read_bytes() != read:
            raise RegistryWriteError(path, "has changed since it was read; nothing is written")
        _replace(path, content)
    except OSError as error:
        raise RegistryWriteError(path, f"cannot be written: {error.strerror or error}") from None


def _refuse_odd_file(path: Path) -> None:
    """Refuse what a replacement would turn into something else."""
    status = path.lstat()
    mode = status.st_mode
    if stat.S_ISLNK(mode):
        raise RegistryWriteError(path, "is a link; to change what it leads to, name that file itself")
    if not stat.S_ISREG(mode):
        raise RegistryWriteError(path, "is no file that could be changed")
    if status.st_nlink > 1:
        raise RegistryWriteError(path, "has other names (hard links), which would keep the old content")
    if not os.access(path, os.W_OK):
        raise RegistryWriteError(path, "may not be written by this user")


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, name)
        Path(name).replace(path)
    except BaseException:  # also when interrupted: nothing half-written stays
        with suppress(OSError):
            Path(name).unlink()
        raise
