"""From registry defaults and overrides to settings, each value with its origin."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, TypeVar, overload

from pydantic import ConfigDict, TypeAdapter, ValidationError

from model_garden_registry.entries.allowed import allowed_words
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import MOST_KEPT, ById, Part, read_only
from model_garden_registry.entries.settings.following import learning_rate_of, with_followers
from model_garden_registry.entries.settings.other_names import plain_name, setting_of
from model_garden_registry.entries.settings.own_defaults import Chosen, defaults_of
from model_garden_registry.entries.settings.refusals import check_refusals
from model_garden_registry.entries.settings.task_settings import (
    GROUPS,
    InferenceSettings,
    Origin,
    OriginKind,
    Settings,
    TrainingSettings,
    setting_fields,
)
from model_garden_registry.entries.tasks import Task, check_task
from model_garden_registry.errors import NO_SUCH_SETTING, InvalidOverrideError
from model_garden_registry.near_names import close_names
from model_garden_registry.units import parse_whole

#: Characters that may surround a name in a list.
_AROUND = " \t\"'"
#: The separator between several settings written as one.
_BETWEEN_SETTINGS = re.compile(r"[,;\s]\s*(?=[A-Za-z_][\w.]*\s*=)")
#: Objects of a registry entry whose settings are named without the object's name.
_ENTRY_GROUPS = ("training_defaults", "inference_defaults", "hyperparameters")

S = TypeVar("S", TrainingSettings, InferenceSettings, Settings)

_KINDS: dict[Task, type[Settings]] = {"training": TrainingSettings, "inference": InferenceSettings}


@dataclass(frozen=True, slots=True)
class Layer:
    """
    Overrides from one place.

    Args:
        values: Settings by leaf name, dotted path or nested mapping; texts are read as the setting's type.

        origin: The place.
    """

    values: Mapping[str, Any]
    origin: Origin = Origin(OriginKind.OVERRIDE, "")  # noqa: RUF009  (frozen, so one for all is fine)


@overload
def merge(entry: ModelInfo, task: Literal["training"], *layers: Layer) -> TrainingSettings: ...
@overload
def merge(entry: ModelInfo, task: Literal["inference"], *layers: Layer) -> InferenceSettings: ...
@overload
def merge(entry: ModelInfo, task: Task, *layers: Layer) -> Settings: ...
def merge(entry: ModelInfo, task: Task, *layers: Layer) -> Settings:
    """
    Return an entry's defaults merged with overrides; a later layer wins, value by value.

    Raises:
        UnsupportedTaskError: The entry has no defaults for the task.

        InvalidOverrideError: A setting does not exist, or a value does not fit it.
    """
    check_task(task)
    overrides = read_layers(task, layers)
    if not overrides:
        _check_own(ById(entry), task)
        return own_settings(entry, task)
    settings = _build(_KINDS[task], defaults_of(entry, task, overrides) | overrides)
    check_refusals(entry, settings)
    return settings


def read_layers(task: Task, layers: Iterable[Layer]) -> Chosen:
    """
    Return the overrides of layers by dotted path, for any model; a later layer wins.

    Raises:
        InvalidOverrideError: A setting does not exist, or a value does not fit it.
    """
    kind = _KINDS[task]
    overrides: Chosen = {}
    for layer in layers:
        for path, value in _flatten(layer.values, kind, layer.origin):
            overrides[path] = (_read_value(kind, path, value, layer.origin), layer.origin)
    return overrides


@overload
def own_settings(entry: ModelInfo, task: Literal["training"]) -> TrainingSettings: ...
@overload
def own_settings(entry: ModelInfo, task: Literal["inference"]) -> InferenceSettings: ...
@overload
def own_settings(entry: ModelInfo, task: Task) -> Settings: ...
def own_settings(entry: ModelInfo, task: Task) -> Settings:
    """
    Return an entry's own settings: its defaults without overrides; always the same object.

    Raises:
        UnsupportedTaskError: The entry has no defaults for the task.
    """
    return _own(ById(entry), task)


@lru_cache(maxsize=MOST_KEPT)
def _own(asked: ById[ModelInfo], task: Task) -> Settings:
    return _build(_KINDS[task], defaults_of(asked.value, task, {}))


@lru_cache(maxsize=MOST_KEPT)
def _check_own(asked: ById[ModelInfo], task: Task) -> None:
    """Check once that an entry's own settings do not exclude each other."""
    check_refusals(asked.value, _own(asked, task))


def with_changes(entry: ModelInfo, settings: S, changes: Mapping[str, Any], detail: str) -> S:
    """
    Return settings with other values at the top level, which are not checked.

    With another method or sharding, the stack's choices for it follow, where nothing was chosen.

    Args:
        detail: Who chose them, for the origin.
    """
    chosen = dict.fromkeys(changes, Origin(OriginKind.OVERRIDE, detail))
    values = with_followers(entry, settings, changes)
    if "learning_rate" in values and "learning_rate" not in changes:  # its origin follows the method
        _, chosen["learning_rate"] = learning_rate_of(entry, changes["method"])
    return settings.model_copy(update={**values, "origins": read_only({**settings.origins, **chosen})})


def parse_overrides(pairs: Iterable[str]) -> dict[str, str]:
    """
    Return the settings of ``name=value`` texts, as ``--set`` gets them; the last of a repeated name counts.

    Raises:
        InvalidOverrideError: A text has no ``=`` or no name, or contains several settings.
    """
    overrides = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name.strip():
            raise InvalidOverrideError("--set", pair, "write it as NAME=VALUE")
        if len(each := _BETWEEN_SETTINGS.split(pair.strip())) > 1:
            raise InvalidOverrideError("--set", pair, f"one --set for each: --set {' --set '.join(each)}")
        overrides[name.strip()] = value
    return overrides


def _build(kind: type[Settings], chosen: Chosen) -> Settings:
    """Return settings of values that were checked before: those of an entry when it was read, overrides one by one."""
    top: dict[str, Any] = {"selective_loss": None} if kind is TrainingSettings else {}
    grouped: dict[str, dict[str, Any]] = {}
    for path, (value, _) in chosen.items():
        group, _, leaf = path.rpartition(".")
        (grouped.setdefault(group, {}) if group else top)[leaf] = value
    for group, values in grouped.items():
        top[group] = _blank(GROUPS[group]).model_copy(update=values)
    top["origins"] = read_only({path: chosen[path][1] for path in setting_fields(kind) if path in chosen})
    settings: Settings = _blank(kind).model_copy(update=top)
    return settings


@cache
def _blank(kind: type[Part]) -> Any:
    """Return an object to copy with other values, which takes a third of the time of ``model_construct``."""
    return kind.model_construct(**{name: None for name, field in kind.model_fields.items() if field.is_required()})


def _flatten(
    values: Mapping[str, Any], kind: type[Settings], origin: Origin, prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) for every setting in a nested mapping."""
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and _is_group(kind, path):
            yield from _flatten(value, kind, origin, f"{path}.")
        else:
            yield _find_setting(kind, path, value, origin), value


def _is_group(kind: type[Settings], path: str) -> bool:
    rest = _below_entry(f"{path}.")
    return any(known.startswith(rest) for known in setting_fields(kind))


def _below_entry(path: str) -> str:
    for group in _ENTRY_GROUPS:
        path = path.removeprefix(f"{group}.")
    return path


def _find_setting(kind: type[Settings], path: str, value: object, origin: Origin) -> str:
    """Return the full path of a setting named by leaf or path."""
    known = setting_fields(kind)
    wanted = _below_entry(path)
    if wanted in known:
        return wanted
    for candidate in known:
        if candidate.rpartition(".")[2] == wanted:
            return candidate
    members = [candidate for candidate in known if candidate.startswith(f"{wanted}.")]
    if members:
        raise InvalidOverrideError(path, value, f"an object with {', '.join(members)}", origin=str(origin))
    raise _unknown_setting(kind, path, value, origin)


def _unknown_setting(kind: type[Settings], path: str, value: object, origin: Origin) -> InvalidOverrideError:
    """Return the error with a guess: another tool's name, a similar name, or a setting of the other task."""
    leaf = _below_entry(path).rpartition(".")[2]
    names = [name for candidate in setting_fields(kind) for name in candidate.split(".")]
    if plain_name(leaf) in names:
        return InvalidOverrideError(path, value, NO_SUCH_SETTING, (plain_name(leaf),), origin=str(origin))
    if (meant := setting_of(leaf, kind)) is not None:
        return InvalidOverrideError(path, value, NO_SUCH_SETTING, (meant,), origin=str(origin))
    for task, other in _KINDS.items():
        if any(leaf == known.rpartition(".")[2] for known in setting_fields(other)):
            return InvalidOverrideError(path, value, f"it is a setting for {task}", origin=str(origin))
    return InvalidOverrideError(
        path, value, NO_SUCH_SETTING, close_names(leaf, dict.fromkeys(names)), origin=str(origin)
    )


def _read_value(kind: type[Settings], path: str, value: object, origin: Origin) -> object:
    """Return one value checked against its setting; a text for a setting of another type is read as JSON."""
    adapter, schema = _adapter(kind, path)
    candidate = _read_text(value, schema) if isinstance(value, str) else value
    words = [alternative["const"] for alternative in schema.get("anyOf", ()) if "const" in alternative]
    if isinstance(candidate, list) and len(candidate) == 1 and candidate[0] in words:
        candidate = candidate[0]  # a word that stands for all, in a list of one
    try:
        return adapter.validate_python(candidate)
    except ValidationError:
        close = close_names(candidate, schema.get("enum", ())) if isinstance(candidate, str) else ()
        raise InvalidOverrideError(path, value, allowed_words(schema), close, origin=str(origin)) from None


@cache
def _adapter(kind: type[Settings], path: str) -> tuple[TypeAdapter[Any], dict[str, Any]]:
    field = setting_fields(kind)[path]
    annotated: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotated, config=ConfigDict(strict=True, allow_inf_nan=False))
    return adapter, adapter.json_schema()


def _read_text(text: str, schema: Mapping[str, Any]) -> object:
    """Return a text as the type that the schema asks for; unreadable text stays a text and fails the check."""
    alternatives = schema.get("anyOf", [schema])
    types = {alternative.get("type") for alternative in alternatives}
    stripped = text.strip()
    if "null" in types and stripped.lower() in ("null", "none"):
        return None
    if "boolean" in types and stripped.lower() in ("true", "false"):
        return stripped.lower() == "true"
    if "integer" in types and (whole := parse_whole(stripped)) is not None:
        return whole
    if types & {"integer", "number"}:
        return _read_number(stripped)
    if "array" in types:
        return _read_list(stripped)
    return text


def _read_number(text: str) -> object:
    if "_" in text or not text.isascii():  # Python accepts 1_6 and digits of other scripts
        return text
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _read_list(text: str) -> object:
    """Return a JSON list, or comma-separated names; quotes around a name come from the shell."""
    if text.startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return [name for part in text.split(",") if (name := part.strip(_AROUND))] or text
