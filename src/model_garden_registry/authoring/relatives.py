"""Entries made from another entry: a fine-tune of a known base, or a copy under another id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from model_garden_registry.authoring.own_config import provider_of
from model_garden_registry.catalogue.tags import FINE_TUNE
from model_garden_registry.checks.entry.consistency import entry_flaws, surroundings_of
from model_garden_registry.checks.entry.derived_requirements import derive
from model_garden_registry.entries.defaults import Hyperparameters, InferenceDefaults, TrainingDefaults
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge, read_layers
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings, setting_fields
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError
from model_garden_registry.files.loading import expected_words
from model_garden_registry.findings import Severity
from model_garden_registry.memory.network.shape import states_shape
from model_garden_registry.visible_text import found_words

#: What holds of a base alone: its pages, its results, its fate, its commit.
_OF_THE_BASE = ("aliases", "benchmarks", "deprecation", "superseded_by", "revision", "released", "gated", "license")
#: Tags that recommend a model, or count how it is known.
_PRAISE = frozenset({"recommended", "popular", "tested", "latest"})
_REQUIREMENTS = "/requirements"


def fine_tune_of(
    base: Mapping[str, Any], model_id: str, *, changes: Mapping[str, Any] | None = None, as_of: str
) -> dict[str, Any]:
    """
    Return the entry of a model that was fine-tuned from a known one: its shape, defaults and requirements.

    Args:
        base: The raw entry of the base, without unknown keys.

        model_id: The id of the fine-tune.

        changes: Settings by name, as ``--set`` takes them, for the defaults of the task that has them; the
            requirements are then computed again.

        as_of: Today, as YYYY-MM-DD.

    Raises:
        InvalidOverrideError: A setting does not exist, has another type, has no field in an entry, or would make the
            entry invalid.
    """
    entry = {key: deepcopy(value) for key, value in base.items() if key not in _OF_THE_BASE}
    base_id = str(base["id"])
    entry |= {
        "id": model_id,
        "name": model_id.rpartition("/")[2],
        "provider": provider_of(model_id.partition("/")[0]),
        "description": f"Fine-tune of {base['name']}: its shape, defaults and requirements.",
        "tags": [*(tag for tag in base["tags"] if tag not in {*_PRAISE, FINE_TUNE}), FINE_TUNE],
        "status": "stable" if base["status"] == "deprecated" else base["status"],
        "base_model": base_id,
        "urls": {"huggingface": f"https://huggingface.co/{model_id}", "docs": None},
    }
    _state_stack(entry, ModelInfo.model_validate(dict(base)))
    entry["sources"] = {
        pointer: {**source, "source": f"as {base_id}: {source['source']}"}
        for pointer, source in entry.get("sources", {}).items()
        if pointer.startswith("/") and pointer.split("/")[1] in entry
    }
    return _sound(_with_settings(deepcopy(entry), changes, as_of), entry, changes) if changes else entry


def copy_of(entry: Mapping[str, Any], model_id: str) -> dict[str, Any]:
    """Return an entry under another id: the same weights at another place."""
    copied = deepcopy(dict(entry))
    if model_id != entry["id"]:
        copied |= {"id": model_id, "urls": {"huggingface": f"https://huggingface.co/{model_id}", "docs": None}}
        copied.pop("aliases", None)
    return copied


def _state_stack(entry: dict[str, Any], base: ModelInfo) -> None:
    """State the stack that the base has by its provider, which the fine-tune does not share."""
    if base.training_defaults is not None and base.training_defaults.stack is None:
        entry["training_defaults"]["stack"] = merge(base, "training").stack


def _sound(entry: dict[str, Any], before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return an entry with settings, if they bring no failure that ``mgr schema check`` would report.

    Raises:
        InvalidOverrideError: They do.
    """
    name, value = next(iter(changes.items())) if len(changes) == 1 else (", ".join(changes), [*changes.values()])
    try:
        ModelInfo.model_validate(entry)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        words = f"with it, {where} would be {found_words(problem['input'])}: {expected_words(problem)}"
        raise InvalidOverrideError(name, value, words) from None
    known = set(_failures(before))
    if new := [message for message in _failures(entry) if message not in known]:
        raise InvalidOverrideError(name, value, new[0])
    return entry


def _failures(entry: Mapping[str, Any]) -> Iterator[str]:
    around = surroundings_of({entry["id"]: entry}, None)
    yield from (flaw.message for flaw in entry_flaws(entry["id"], entry, around) if flaw.severity is Severity.FAIL)


def _with_settings(entry: dict[str, Any], changes: Mapping[str, Any], as_of: str) -> dict[str, Any]:
    """Return an entry with other defaults, and the requirements that follow."""
    for name, value in changes.items():
        for where, read in _placed(name, value, entry):
            target = entry
            for key in where[:-1]:
                target = target.setdefault(key, {})
            target[where[-1]] = read
            entry["sources"][f"/{'/'.join(where)}"] = {"kind": "declared", "source": "--set", "as_of": as_of}
    draft = ModelInfo.model_validate(entry)
    for task in ("training", "inference"):
        if draft.supports(task):
            merge(draft, task)  # refuses settings that exclude each other
    if not states_shape(draft):
        return entry  # nothing to compute from: the requirements of the base stay
    kept = {key: source for key, source in entry["sources"].items() if not key.startswith(f"{_REQUIREMENTS}/")}
    derived = {"kind": "derived", "source": "memory model, for these settings", "as_of": as_of}
    entry["sources"] = {**kept, _REQUIREMENTS: derived}
    for where, number in derive(ModelInfo.model_validate(entry)).numbers.items():
        target = entry
        for key in where[:-1]:
            target = target[key]
        target[where[-1]] = number
    return entry


def _placed(name: str, value: object, entry: Mapping[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    """
    Return where an entry states a setting, with its value.

    Raises:
        InvalidOverrideError: No task has the setting, its value has another type, or an entry has no field for it.
    """
    task = _task_of(name)
    if entry.get(f"{task}_defaults") is None:
        raise InvalidOverrideError(name, value, f"the base has no {task} defaults")
    placed: list[tuple[tuple[str, ...], Any]] = []
    for path, (read, _) in read_layers(task, (Layer({name: value}),)).items():
        first, *rest = path.split(".")
        if task == "training" and first in Hyperparameters.model_fields:
            placed.append((("training_defaults", "hyperparameters", first), read))
        elif first in (TrainingDefaults if task == "training" else InferenceDefaults).model_fields:
            placed.append(((f"{task}_defaults", first, *rest), read))
        else:
            raise InvalidOverrideError(name, value, "an entry has no field for it: give it where the model is used")
    return placed


def _task_of(name: str) -> Task:
    """Return the task that has a setting of this name; training if none has, for the error."""
    leaf = name.rpartition(".")[2]
    of_serving = {path.rpartition(".")[2] for path in setting_fields(InferenceSettings)}
    of_training = {path.rpartition(".")[2] for path in setting_fields(TrainingSettings)}
    return "inference" if leaf in of_serving - of_training or name.startswith("inference_defaults.") else "training"
