"""
From a document to a registry file: its head is checked at once, an entry on first use.

Unknown keys are ignored with one warning each, so that a file which an application reads today keeps loading; a
bad entry is an error of its own and leaves the others alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy, deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from model_garden_registry.entries.envelope import Category, Envelope
from model_garden_registry.entries.format_version import FORMAT_VERSION, newer_major, release_of
from model_garden_registry.entries.part import EXTENSION_PATTERN, Part
from model_garden_registry.entries.patterns import pattern_words
from model_garden_registry.errors import (
    EntryProblem,
    InvalidEntryError,
    RegistryReadError,
    closing,
    warn,
)
from model_garden_registry.files.documents import Document
from model_garden_registry.files.location import Location, NamedBy
from model_garden_registry.files.overlays import RegistryLayer
from model_garden_registry.files.positions import locate, pointer_segments, pointer_text
from model_garden_registry.findings import Code
from model_garden_registry.near_names import close_names
from model_garden_registry.visible_text import found_words

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo

P = TypeVar("P", bound=Part)
Where = tuple[str | int, ...]

#: Location of the layer list in an entry.
_LAYERS: Where = ("architecture", "layers")

#: Placeholder for a missing date while the rest of the head is read.
_NO_DATE = {"last_updated": "1970-01-01T00:00:00Z"}

#: Number of unknown keys of a file that get a hint; more than this are not typing mistakes.
_HINTED = 20


class RegistryFile:
    """
    A registry: its head as values, its entries as raw objects that are validated on demand.

    Args:
        document: The raw document.

        path: The path of the file, for messages; if there are overlays, of the strongest.

        named_by: What names the file.

    Raises:
        RegistryReadError: The file is in a newer major version of the format.

        InvalidEntryError: The head of the file has errors outside its date and its categories.
    """

    def __init__(self, document: Document, path: Path, named_by: NamedBy = NamedBy.ARGUMENT) -> None:
        self.path = path
        self.document = document
        #: The files that it is made of, the weakest first.
        self.layers: tuple[RegistryLayer, ...] = (RegistryLayer(path, named_by, document),)
        self._warned: set[str] = set()
        self._stated_version = _stated_version(document)
        _refuse_newer_format(document.get("version"), path)
        envelope = self._parse_head({key: value for key, value in document.items() if key != "models"})
        self.version: str = envelope.version
        self.last_updated: str = envelope.last_updated  # empty if the file has no readable date
        self.categories: Mapping[str, Category] = envelope.categories
        self.models: dict[str, Any] = _models(document)

    def parse_entry(self, key: str) -> ModelInfo:
        """
        Validate one entry.

        Raises:
            InvalidEntryError: The entry does not follow the format.
        """
        from model_garden_registry.entries.model import ModelInfo  # late: lists need no models

        return self._parse_part(ModelInfo, self.models[key], key, ("models", key))

    def with_entry(self, entry: Mapping[str, Any]) -> RegistryFile:
        """Return this registry with an entry added, or replaced if its id exists."""
        file = copy(self)
        file.models = {**self.models, entry["id"]: dict(entry)}
        file.document = {**self.document, "models": file.models}
        return file

    def path_of(self, key: str) -> Path:
        """Return the strongest file that states something of an entry."""
        stating = (layer.path for layer in reversed(self.layers) if key in layer.models)
        return next(stating, self.path)

    def _parse_head(self, head: Document) -> Envelope:
        """Return the head, without the date or categories that are not valid; each is a warning."""
        try:
            return self._parse_part(Envelope, head, None, ())
        except InvalidEntryError as error:
            where = [pointer_segments(problem.where) for problem in error.problems]
            if {first for first, *_ in where} - {"last_updated", "categories"}:
                raise
            _models(self.document)  # without models it is not a registry, whatever its head
            for problem in error.problems:
                warn(f"{self.path}: not valid at {problem.where}, left out: {problem.expected}, found {problem.found}")
        stated = {} if ("categories",) in where else head["categories"]
        bad = {key for first, *rest in where if first == "categories" for key in rest[:1]}
        kept = {key: value for key, value in stated.items() if key not in bad}
        sound = self._parse_part(Envelope, {**head, **_NO_DATE, "categories": kept}, None, ())
        is_dated = ("last_updated",) not in where
        return sound.model_copy(update={"last_updated": head["last_updated"] if is_dated else ""})

    def _parse_part(self, kind: type[P], raw: Any, model_id: str | None, base: Where) -> P:
        try:
            return kind.model_validate(raw)
        except ValidationError as error:
            problems = error.errors(include_url=False)
            unknown = [problem["loc"] for problem in problems if _is_unknown_key(problem)]
            if self._is_newer:
                # The remaining layers would be another network.
                unknown += [_LAYERS[:1]] if any(map(_is_unknown_layer, problems)) else []
            if not unknown:
                raise InvalidEntryError(model_id, _problems(error, raw, base)) from None
        for location in unknown:
            self._warn_of_unknown_key(kind, base, location)
        known = _without(raw, unknown)
        try:
            return kind.model_validate(known)
        except ValidationError as error:
            raise InvalidEntryError(model_id, _problems(error, known, base)) from None

    @property
    def _is_newer(self) -> bool:
        return release_of(self._stated_version) > release_of(FORMAT_VERSION)

    def _warn_of_unknown_key(self, kind: type[Part], base: Where, location: Where) -> None:
        key = str(location[-1])
        is_newer = self._is_newer
        reason = "newer format" if is_newer else key
        if reason in self._warned:
            return
        self._warned.add(reason)
        pointer = pointer_text((*base, *location))
        if is_newer:
            formats = f"written in format {self._stated_version}, read as {FORMAT_VERSION}"
            text = f"{self.path}: {formats}: unknown keys are ignored, the first at {pointer}"
        else:
            fields = _part_at(kind, location[:-1]).model_fields
            names = [field.alias or name for name, field in fields.items()]
            close = close_names(key, names) if len(self._warned) <= _HINTED else ()
            text = f"{self.path}: unknown key {key!r} at {pointer} is ignored{closing(close)}"
        warn(text)


def read_registry_file(document: Document, content: bytes, found: Location) -> RegistryFile:
    """
    Return the registry of a document.

    Args:
        content: The bytes that it was read from.

    Raises:
        RegistryReadError: Its head is not valid; with the position in the content.
    """
    path = found.path
    try:
        return RegistryFile(document, path, found.named_by)
    except RegistryReadError as error:
        where, problem, code = "/version", error.problem, error.code
    except InvalidEntryError as error:
        where, problem = error.where, f"is not valid at {error.where}: {error.expected}, found {error.found}"
        code = Code.MISSING_KEY if error.found == "nothing" else Code.WRONG_TYPE
    place = locate(content.decode("utf-8-sig"), pointer_segments(where))
    raise RegistryReadError(path, problem, code=code, line=place.line, column=place.column)


def _refuse_newer_format(version: object, path: Path) -> None:
    if newer_major(version):
        problem = f"is in format {version}; this release reads up to {FORMAT_VERSION}: upgrade model-garden-registry"
        raise RegistryReadError(path, problem, code=Code.VERSION_UNSUPPORTED)


def _models(document: Document) -> dict[str, Any]:
    models = document.get("models")
    if isinstance(models, dict):
        return models
    found = found_words(models) if "models" in document else "nothing"
    raise InvalidEntryError(None, (EntryProblem("/models", "an object of entries by id is required", found, "models"),))


def _stated_version(document: Document) -> str:
    """Return the stated version if it is one; else our own, so that the envelope's check reports the error."""
    version = document.get("version")
    parts = version.split(".") if isinstance(version, str) else []
    return ".".join(parts) if len(parts) == 3 and all(map(str.isdecimal, parts)) else FORMAT_VERSION


def _is_unknown_key(problem: Mapping[str, Any]) -> bool:
    return problem["type"] == "string_pattern_mismatch" and bool(problem["ctx"]["pattern"] == EXTENSION_PATTERN)


def _is_unknown_layer(problem: Mapping[str, Any]) -> bool:
    """Return whether a problem is an unknown kind of layer, as in a newer format: the whole list is then useless."""
    return bool(problem["type"] == "literal_error" and problem["loc"][: len(_LAYERS)] == _LAYERS)


def _part_at(kind: type[BaseModel], location: Where) -> type[BaseModel]:
    """Return the model class at a location."""
    for segment in location:
        field = kind.model_fields.get(str(segment))
        inner = _part_in(field.annotation) if field else None
        kind = inner or kind
    return kind


def _part_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model class in ``Model``, ``Model | None``, ``tuple[Model, ...]`` or ``Mapping[str, Model]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_part_in, getattr(annotation, "__args__", ()))), None)


def _without(raw: Any, locations: Iterable[Where]) -> Any:
    """Return a copy of a raw object without the values at some locations."""
    changed = deepcopy(raw)
    for *parents, key in locations:
        inner = changed
        for segment in parents:
            inner = inner[segment]
        inner.pop(key)
    return changed


def _problems(error: ValidationError, raw: Any, base: Where) -> tuple[EntryProblem, ...]:
    return tuple(
        EntryProblem(
            where=pointer_text((*base, *_real(problem["loc"], raw, is_missing=problem["type"] == "missing"))),
            expected="a required key is missing" if problem["type"] == "missing" else expected_words(problem),
            found="nothing" if problem["type"] == "missing" else found_words(problem["input"]),
            kind=problem["type"],
        )
        for problem in error.errors(include_url=False)
    )


def _real(location: Where, raw: Any, *, is_missing: bool) -> Where:
    """Return a location without the union alternatives that pydantic adds to it."""
    real: list[str | int] = []
    for segment in location:
        if isinstance(raw, dict) and isinstance(segment, str) and (segment in raw or is_missing):
            raw = raw.get(segment)
        elif isinstance(raw, list) and isinstance(segment, int):
            raw = raw[segment]
        else:
            continue
        real.append(segment)
    return tuple(real)


def expected_words(problem: Mapping[str, Any]) -> str:
    """Return pydantic's message about a value in our words."""
    if problem["type"] == "string_pattern_mismatch":
        return f"should be {pattern_words(problem['ctx']['pattern'])}"
    message = str(problem["msg"])
    for theirs, ours in _WORDS.items():
        message = message.replace(theirs, ours)
    return re.sub(r"a valid dictionary(?: or instance of \w+)?", "an object", message)


#: pydantic's words for types that have a name in JSON.
_WORDS = {
    "Input should": "should",
    "String": "text",
    "Tuple": "List",
    "a valid tuple": "a list",
    "a valid dictionary or object": "an object",
}
