"""Errors: facts first, one sentence last."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path

import pytest

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
    RegistryWarning,
    RegistryWriteError,
    UnknownArchitectureError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
    closing,
)

FILE = Path("models.json")
PROBLEM = EntryProblem("/models/a/name", "should be a valid string", "5", "string_type")
OTHER = EntryProblem("/models/a/tags", "a required key is missing", "nothing", "missing")

SENTENCES = [
    pytest.param(RegistryReadError(FILE, "is empty"), "models.json: is empty", id="a file"),
    pytest.param(RegistryWriteError(FILE, "is a pipe"), "models.json: is a pipe", id="a file that is not written"),
    pytest.param(
        LockedError(FILE, "process 1"),
        "models.json: is locked by process 1: try again when that has finished",
        id="a file that another writes",
    ),
    pytest.param(
        EntryExistsError(FILE, "a", "to replace it, delete it"),
        "models.json: has an entry 'a' already: mgr show a prints it; to replace it, delete it",
        id="an entry that exists",
    ),
    pytest.param(RegistryReadError(FILE, "is odd", line=3), "models.json:3: is odd", id="a line of a file"),
    pytest.param(
        RegistryReadError(FILE, "is not JSON", code="not-json", line=3, column=7),
        "models.json:3:7: is not JSON",
        id="a place in a file",
    ),
    pytest.param(RegistryNotFoundError(FILE), "Registry not found: models.json", id="no such file"),
    pytest.param(
        InvalidEntryError("a", (PROBLEM,)),
        "entry 'a' is not valid at /models/a/name: should be a valid string, found 5",
        id="one problem of an entry",
    ),
    pytest.param(
        InvalidEntryError("a", (PROBLEM, OTHER, OTHER)),
        "entry 'a' is not valid at /models/a/name: should be a valid string, found 5 (and 2 more)",
        id="three problems of an entry",
    ),
    pytest.param(
        InvalidEntryError(None, (OTHER,)),
        "the registry file is not valid at /models/a/tags: a required key is missing, found nothing",
        id="the head of a file",
    ),
    pytest.param(
        UnknownArchitectureError("qwen33", ("qwen3",)),
        f"unknown architecture 'qwen33'; if it is built like a known one, pass that as --as TYPE{closing(('qwen3',))}",
        id="an unknown architecture",
    ),
    pytest.param(
        UnknownArchitectureError(None),
        "config.json has no model_type: is it a model's? If so, name a known one with --as TYPE",
        id="no architecture",
    ),
    pytest.param(
        HardwareFileError("/gpus/0/name", "a text", "1"),
        "not a hardware snapshot at /gpus/0/name: a text, found 1",
        id="a value of a snapshot",
    ),
    pytest.param(
        HardwareFileError("", "an object", "1"),
        "not a hardware snapshot at the top: an object, found 1",
        id="a snapshot as a whole",
    ),
    pytest.param(UnknownModelError("qwen"), "no model 'qwen' in the registry", id="an id like no other"),
    pytest.param(
        UnknownModelError("a/b", ("a/c", "a/d")),
        "no model 'a/b' in the registry; did you mean a/c or a/d?",
        id="a misspelt id",
    ),
    pytest.param(
        UnknownGpuError("L5", ("L4", "L40")),
        "no GPU 'L5' in the table of known GPUs; did you mean L4 or L40?",
        id="a misspelt GPU",
    ),
    pytest.param(
        UnknownGpuError("L4:0", problem="0 is no number of GPUs"),
        "GPU 'L4:0': 0 is no number of GPUs",
        id="a GPU in bad form",
    ),
    pytest.param(
        UnsupportedTaskError("a/b", "training"),
        "model 'a/b' does not support training: the registry has no training defaults for it",
        id="no defaults for a task",
    ),
    pytest.param(InvalidOverrideError("r", 0, "an integer ≥ 1"), "r = 0 is not valid: an integer ≥ 1", id="a value"),
    pytest.param(
        InvalidOverrideError("rank", 8, "there is no such setting", ("r",), origin="file: o.toml"),
        "unknown setting 'rank' (from file: o.toml); did you mean r?",
        id="a name, with its origin",
    ),
    pytest.param(
        MissingShapeError("a/b", "hidden_size"),
        "model 'a/b' has no architecture.hidden_size: its memory cannot be estimated exactly",
        id="a number of the shape",
    ),
    pytest.param(
        MissingExtraError("yaml", "PyYAML"),
        "PyYAML is not installed; in a checkout run: pip install '.[yaml]'",
        id="a missing extra",
    ),
]


@pytest.mark.parametrize(("error", "sentence"), SENTENCES)
def test_every_error_says_its_facts_in_one_sentence(error: RegistryError, sentence: str) -> None:
    """The sentence is made of the facts and nothing else: no quotation marks of a KeyError, no errno."""
    assert str(error) == sentence


@pytest.mark.parametrize(("error", "sentence"), SENTENCES)
def test_every_error_pickles_with_all_its_facts(error: RegistryError, sentence: str) -> None:
    """An error that crosses a process boundary is the same error."""
    copy = pickle.loads(pickle.dumps(error))

    assert (type(copy), str(copy), vars(copy)) == (type(error), sentence, vars(error))


def test_errors_are_also_what_scripts_already_catch() -> None:
    """A missing file is a FileNotFoundError, an unknown id a KeyError, and everything a RegistryError."""
    missing = RegistryNotFoundError(FILE)

    assert isinstance(missing, (RegistryReadError, FileNotFoundError))
    assert (missing.errno, missing.filename) == (errno.ENOENT, "models.json")
    assert isinstance(UnknownModelError("a"), (RegistryError, KeyError))
    assert issubclass(RegistryWarning, UserWarning)


def test_an_entry_error_names_its_first_problem() -> None:
    """`where`, `expected` and `found` are those of the first problem; all are in `problems`."""
    error = InvalidEntryError("a", (PROBLEM, OTHER))

    assert (error.where, error.expected, error.found) == ("/models/a/name", "should be a valid string", "5")
    assert error.problems == (PROBLEM, OTHER)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("x" * 100, f"'{'x' * 78}…", id="a long text"),
        pytest.param(10**5000, "a very long number", id="an integer that Python does not write out"),
    ],
)
def test_a_long_value_is_cut_in_the_sentence_only(value: object, shown: str) -> None:
    """The error carries the value whole, whatever its length."""
    error = InvalidOverrideError("r", value, "an integer ≥ 1")

    assert str(error) == f"r = {shown} is not valid: an integer ≥ 1"
    assert error.value == value


@pytest.mark.parametrize(
    ("close", "end"),
    [
        pytest.param((), "", id="none"),
        pytest.param(("a",), "; did you mean a?", id="one"),
        pytest.param(("a", "b"), "; did you mean a or b?", id="two"),
    ],
)
def test_near_names_end_a_sentence(close: tuple[str, ...], end: str) -> None:
    """Without near names the sentence ends as it is."""
    assert closing(close) == end


def test_a_value_nested_too_deeply_has_a_sentence() -> None:
    """The error carries it, the sentence does without it."""
    value: list[object] = []
    for _ in range(100_000):
        value = [value]

    error = InvalidOverrideError("r", value, "an integer")

    assert str(error) == "r = a deeply nested value is not valid: an integer"


def test_sentences_hold_nothing_that_a_terminal_acts_on() -> None:
    """Names and paths come from files; Python prints an error as it is."""
    hostile = "\x1b[2J\n"
    problem = EntryProblem(f"/models/{hostile}", "should be", "5", "int_type")
    errors = [
        RegistryReadError(Path(hostile), f"has {hostile}"),
        RegistryWriteError(Path(hostile), f"has {hostile}"),
        LockedError(Path(hostile), hostile),
        EntryExistsError(Path(hostile), hostile),
        RegistryNotFoundError(Path(hostile)),
        InvalidEntryError("m", (problem,)),
        UnknownGpuError(hostile, (hostile,)),
        UnknownModelError(hostile, (hostile,)),
        InvalidOverrideError(hostile, hostile, "a number", (hostile,)),
    ]

    assert not [str(error) for error in errors if not str(error).isprintable()]
