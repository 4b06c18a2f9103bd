"""Ids in users' files that are out of date, and their replacement in place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError, RegistryWriteError
from model_garden_registry.files.documents import parse_document
from model_garden_registry.files.positions import position_of
from model_garden_registry.files.reading import LARGEST_CONFIG_BYTES, read_bytes
from model_garden_registry.files.writing.replacing import edit_file
from model_garden_registry.findings import Code
from model_garden_registry.lifecycle.known_ids import Fate, Ids, Kind, KnownIds
from model_garden_registry.lifecycle.outdated.mentions import Lines, Mention, follows_a_key, has_a_size, mentions
from model_garden_registry.lifecycle.outdated.user_files import user_files

#: What may be written into a file of any kind without quotes.
_PLAIN = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9_])?", re.ASCII)
#: What is replaced; a model with a newer one is still the one that was chosen.
_FIXED = frozenset({Kind.WITHDRAWN, Kind.RENAMED})
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedId:
    """
    An id that is out of date.

    Args:
        path: The file.

        line: 1-based.

        column: 1-based, in characters.

        id: As it was written.

        kind: Why it is out of date.

        what: The same in words, without the id to use.

        use: The id to use instead, if there is one.

        is_fixed: Whether that was written.
    """

    path: Path
    line: int
    column: int
    id: str
    kind: Kind
    what: str
    use: str | None = None
    is_fixed: bool = False

    @property
    def message(self) -> str:
        """One line: what is out of date, and what to use instead."""
        if self.is_fixed:
            return f"{self.id}: {self.what}; now {self.use}"
        return f"{self.id}: {self.what}{f'; use {self.use}' if self.use else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedFiles:
    """
    What is out of date in files.

    Args:
        found: Every id, by file and place.

        files: How many files were read.

        problems: Why files could not be read or written.
    """

    found: tuple[OutdatedId, ...]
    files: int
    problems: tuple[RegistryReadError | RegistryWriteError, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether nothing is left that is out of date."""
        return all(one.is_fixed for one in self.found)


def find_outdated(
    registry: Ids, paths: Iterable[Path], *, fix: bool = False, ignored: Collection[Kind] = ()
) -> OutdatedFiles:
    """
    Find ids that are out of date in files.

    In folders, files of known kinds are read, such as YAML, JSON, Python, shell, Dockerfile and Markdown. Registry
    files are left out: their aliases are meant to be former ids.

    Args:
        registry: What is known, such as a ``ModelRegistry``.

        fix: Whether to write what to use instead of renamed and withdrawn ids; nothing else in a file changes.

        ignored: Kinds that are neither reported nor replaced.
    """
    known = KnownIds(registry)
    found: list[OutdatedId] = []
    problems: list[RegistryReadError | RegistryWriteError] = []
    count = 0

    def note(error: OSError) -> None:
        problems.append(RegistryReadError(Path(error.filename), f"cannot be read: {error.strerror}"))

    for path, is_named in user_files(paths, note):
        try:
            found += _outdated(path, known, fix=fix, ignored=ignored)
            count += 1
        except RegistryReadError as error:
            if is_named:
                problems.append(error)
        except RegistryWriteError as error:
            found += _outdated(path, known, fix=False, ignored=ignored)
            count += 1
            problems.append(error)
    return OutdatedFiles(found=tuple(found), files=count, problems=tuple(problems))


def _outdated(path: Path, known: KnownIds, *, fix: bool, ignored: Collection[Kind]) -> Iterable[OutdatedId]:
    """Return what is out of date in a file, after what can be replaced is."""
    looked = _looked_at(_read(path), path, known, ignored)
    if not fix or looked.new == looked.old:
        return looked.found

    def change(content: bytes | None) -> bytes:
        nonlocal looked
        if content is None:
            raise RegistryNotFoundError(path)
        looked = _looked_at(content, path, known, ignored)
        return looked.new

    edit_file(path, change)
    return [replace(one, is_fixed=_is_replaced(one.kind, one.use)) for one in looked.found]


class _Looked(NamedTuple):
    """The content of a file, with its ids replaced, and those that are out of date."""

    old: bytes
    new: bytes
    found: Sequence[OutdatedId]


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, LARGEST_CONFIG_BYTES)
    except RegistryNotFoundError:
        raise RegistryReadError(path, "no such file or folder", code="not-found") from None


def _looked_at(content: bytes, path: Path, known: KnownIds, ignored: Collection[Kind]) -> _Looked:
    """
    Look for ids in the content of a file.

    Raises:
        RegistryReadError: It is not UTF-8.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        place = position_of(before, len(before))
        problem = f"is not UTF-8: byte 0x{content[error.start]:02x}"
        raise RegistryReadError(path, problem, code=Code.NOT_UTF8, line=place.line, column=place.column) from None
    if _is_registry(content, path):
        return _Looked(content, content, ())
    lines, found, pieces, end = Lines(text.removeprefix(_MARK)), [], [], 0
    for mention, fate in _fates(text, known):
        if fate.kind in ignored:
            continue
        line, column = lines.place(mention.start - text.startswith(_MARK))
        found.append(OutdatedId(path=path, line=line, column=column, id=mention.id, **fate._asdict()))
        if fate.use is not None and _is_replaced(fate.kind, fate.use):
            pieces += [text[end : mention.start], fate.use.replace("/", mention.slash)]
            end = mention.stop
    return _Looked(content, "".join([*pieces, text[end:]]).encode(), found)


def _fates(text: str, known: KnownIds) -> Iterator[tuple[Mention, Fate]]:
    for mention in mentions(text):
        fate = None
        if mention.id in known:
            fate = known.fate(mention.id)
        elif follows_a_key(text, mention) or (
            known.has_organisation(mention.id.partition("/")[0]) and has_a_size(text, mention)
        ):
            fate = known.unknown(mention.id)
        if fate is not None:
            yield mention, fate


def _is_replaced(kind: Kind, use: str | None) -> bool:
    return kind in _FIXED and use is not None and _PLAIN.fullmatch(use) is not None


def _is_registry(content: bytes, path: Path) -> bool:
    """Return whether a file is a registry."""
    if b'"models"' not in content or b'"version"' not in content:
        return False
    with suppress(RegistryReadError):
        document = parse_document(content, path)
        return isinstance(document.get("models"), dict) and isinstance(document.get("version"), str)
    return False
