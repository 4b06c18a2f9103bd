"""Every error has its shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from model_garden_registry.dialects.errors import ForeignFileError, UnrecognisedFileError, UnsupportedExportError
from model_garden_registry.errors import (
    EntryExistsError,
    EntryProblem,
    HardwareFileError,
    InvalidEntryError,
    InvalidOverrideError,
    LockedError,
    MissingExtraError,
    MissingShapeError,
    RegistryError,
    RegistryNotFoundError,
    RegistryReadError,
    RegistryWriteError,
    UnknownArchitectureError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
)
from model_garden_registry.lifecycle.hub import HubError
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.payloads.errors import error_document, failure_document
from model_garden_registry.payloads.shapes.errors import ErrorDocument

FILE = Path("a.json")
ERRORS = [
    RegistryReadError(FILE, "is not JSON", code="not-json", line=2, column=7),
    RegistryReadError(FILE, "may not be read"),
    RegistryNotFoundError(FILE),
    RegistryWriteError(FILE, "has changed"),
    LockedError(FILE, "process 1"),
    EntryExistsError(FILE, "a"),
    InvalidEntryError("a", (EntryProblem(where="/models/a", expected="a text", found="4", kind="string_type"),)),
    InvalidEntryError(None, (EntryProblem(where="/version", expected="a text", found="4", kind="string_type"),)),
    UnknownModelError("lama", ("llama",)),
    UnknownModelError(""),
    UnknownGpuError("L5", ("L4",)),
    UnknownGpuError("L4:x", problem="x is no count"),
    UnsupportedTaskError("a", "training"),
    InvalidOverrideError("r", 0, "an integer"),
    InvalidOverrideError("r", {"a": [None, 1.5]}, "an integer", ("lora_config.r",), origin="override: --set"),
    MissingShapeError("a", "head_dim"),
    UnknownArchitectureError("llamo", ("llama",)),
    UnknownArchitectureError(None),
    HardwareFileError("/gpus", "a list", "{}"),
    MissingExtraError("yaml", "PyYAML"),
    HubError("https://hub.test", "gives no answer"),
    RemoteRegistryError("https://x/r", "answers 404"),
    RemoteRegistryError("https://x/r", "answers 404", kept="2030-01-01T00:00:00+00:00"),
    UnsupportedExportError("vllm", "a", "no words"),
    ForeignFileError(FILE, "has 2 commands", line=2, column=7, tool="vllm"),
    UnrecognisedFileError(FILE, "is not UTF-8"),
]
ADAPTER: TypeAdapter[Any] = TypeAdapter(ErrorDocument)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_the_document_of_an_error_has_the_shape_of_its_class(error: RegistryError) -> None:
    """Exactly: each fact is named there, and each one named is there."""
    parsed = ADAPTER.validate_json(json.dumps(error_document(error)))

    assert type(parsed).__name__ == f"{type(error).__name__.removesuffix('Error')}Facts"


def subclasses(kind: type[RegistryError]) -> Iterator[type[RegistryError]]:
    for inner in kind.__subclasses__():
        yield from (inner, *subclasses(inner))


def test_every_class_of_errors_is_among_them() -> None:
    """A new one needs a shape."""
    known = (RegistryError, ForeignFileError, HubError, RemoteRegistryError)
    modules = {kind.__module__ for kind in known}
    classes = {kind for kind in subclasses(RegistryError) if kind.__module__ in modules}

    assert {type(error) for error in ERRORS} == classes


def test_what_is_no_error_of_ours_has_a_sentence_and_no_facts() -> None:
    """Invalid usage, or a bug; the class is one of the command line's library, or of Python."""
    parsed = ADAPTER.validate_json(json.dumps(failure_document(KeyError("x"), "no option --x")))

    assert type(parsed).__name__ == "OtherFacts"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_fact_that_no_shape_names_is_refused(error: RegistryError) -> None:
    """The shape of wrong arguments takes in no other error."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        ADAPTER.validate_json(json.dumps({**error_document(error), "more": 1}))
