"""The files of a site, written and removed: what is not ours is never touched."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError, RegistryWriteError
from model_garden_registry.files.documents import read_document
from model_garden_registry.files.reading import is_there, read_bytes
from model_garden_registry.files.writing.replacing import make_folder, write_file
from model_garden_registry.units import MIB

#: Names the files that a site consists of, with their digests: what an earlier run wrote may be replaced and removed.
LIST_NAME = "site-files.json"
_LARGEST_BYTES = 256 * MIB
#: A shorter file is one packet either way.
_LEAST_GZIPPED_BYTES = 1024
_GZIP_LEVEL = 9
#: Endings of what is compressed itself.
_COMPRESSED = frozenset({".gz", ".whl", ".zip"})
_DIGEST_BYTES = 8


class SiteFiles:
    """
    The files of a site in a folder, some of them perhaps of an earlier run.

    A file is written whole or not at all, and only if its content differs. ``site-files.json`` names files before they
    are written, so that a run which was interrupted can be repeated.

    Args:
        folder: Where the site is; it is created if missing.

    Raises:
        RegistryReadError: The list of an earlier run cannot be read.

        RegistryWriteError: The folder cannot be created.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._folder = folder
        self._old = _listed(folder / LIST_NAME)
        self._new: dict[str, str] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """The files of this run, from the folder, with slashes."""
        return tuple(self._new)

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """
        Write files, each with its compressed form beside it if that is worth it.

        Args:
            files: Path from the folder, with slashes, and content.

        Raises:
            RegistryWriteError: One cannot be written, or something else is there.
        """
        contents = dict(_with_compressed(files))
        digests = {path: _digest(content) for path, content in contents.items()}
        changed = {path: content for path, content in contents.items() if self._differs(path, content)}
        self._new |= digests
        if changed.keys() - self._old.keys():
            self._old |= {path: self._old.get(path, digest) for path, digest in digests.items()}
            self._list(self._old)
        for path, content in changed.items():
            make_folder((self._folder / path).parent)
            write_file(self._folder / path, content, is_forced=True, is_durable=False)

    def finish(self) -> None:
        """
        Remove what an earlier run wrote and this one did not, unless it has been changed since.

        Raises:
            RegistryWriteError: A file cannot be removed.
        """
        for path in sorted(self._old.keys() - self._new.keys()):
            target = self._folder / path
            content = _content(target)
            if content is not None and _digest(content) == self._old[path]:
                _remove(target, self._folder)
        self._list(self._new)

    def _differs(self, path: str, content: bytes) -> bool:
        """Return whether a file must be written; if it is there with other content, it must be of an earlier run."""
        target = self._folder / path
        if not is_there(target):
            return True
        if _content(target) == content:
            return False
        if path not in self._old:
            raise RegistryWriteError(target, "was not written by mgr site build, and is not replaced: move it away")
        return True

    def _list(self, files: dict[str, str]) -> None:
        content = json.dumps({"files": dict(sorted(files.items()))}, indent=0)
        write_file(self._folder / LIST_NAME, f"{content}\n".encode(), is_forced=True)


def compressed(content: bytes) -> bytes:
    """Return a file's compressed form: the same bytes whenever it is made."""
    return gzip.compress(content, _GZIP_LEVEL, mtime=0)


def _with_compressed(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for path, content in files:
        yield path, content
        if len(content) >= _LEAST_GZIPPED_BYTES and PurePosixPath(path).suffix not in _COMPRESSED:
            yield f"{path}.gz", compressed(content)


def _listed(path: Path) -> dict[str, str]:
    """Return the files of an earlier run, each with its digest."""
    try:
        files = read_document(path, _LARGEST_BYTES).get("files")
    except RegistryNotFoundError:
        return {}
    if not isinstance(files, dict) or not all(_is_ours(*item) for item in files.items()):
        raise RegistryReadError(path, "is no list of a site's files: remove it, or name another folder")
    return files


def _is_ours(path: str, digest: object) -> bool:
    """Return whether a line of a list is one that we write: nothing outside of the folder is ever removed."""
    parts = path.split("/")
    return isinstance(digest, str) and not any(part in {"", ".", ".."} or ":" in part or "\\" in part for part in parts)


def _content(path: Path) -> bytes | None:
    """Return what is in a file; None if it is none, or cannot be read."""
    try:
        return read_bytes(path, _LARGEST_BYTES)
    except RegistryReadError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()


def _remove(target: Path, folder: Path) -> None:
    """Remove a file, and the folders that are then empty."""
    try:
        target.unlink()
    except OSError as error:
        raise RegistryWriteError(target, f"cannot be removed: {error.strerror or error}") from None
    parent = target.parent
    while parent != folder and not any(parent.iterdir()):
        parent.rmdir()
        parent = parent.parent
