"""The settings of a task as a JSON schema (draft 2020-12) without references, for a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from model_garden_registry.api.asked import InferenceSettingsQuestion, TrainingSettingsQuestion
from model_garden_registry.api.invalid_questions import wrong_part
from model_garden_registry.api.naming import layers_of
from model_garden_registry.entries.settings.task_settings import GROUPS
from model_garden_registry.entries.tasks import Task
from model_garden_registry.payloads.json_schema import plain_schema
from model_garden_registry.payloads.shapes.settings import InferenceSettingsDocument, TrainingSettingsDocument
from model_garden_registry.registry.model_registry import ModelRegistry

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SHAPES: dict[Task, type[BaseModel]] = {"training": TrainingSettingsDocument, "inference": InferenceSettingsDocument}
#: Parts of names that are written otherwise in a title.
_WORDS = {
    "gpu": "GPU",
    "gpus": "GPUs",
    "gb": "(GB)",
    "lora": "LoRA",
    "loras": "LoRAs",
    "cpu": "CPU",
    "dora": "DoRA",
    "rslora": "rsLoRA",
    "kv": "KV",
}
#: Keywords that a form has from the model, or does not need.
_LEFT_OUT = ("default", "examples")


def settings_form(
    registry: ModelRegistry, question: TrainingSettingsQuestion | InferenceSettingsQuestion
) -> dict[str, Any]:
    """
    Return the JSON schema of ``config`` for a task.

    Every setting has its type, bounds, allowed values and a title; with a model, also the model's default, and
    selective loss only if the model has it.

    Raises:
        UnknownModelError: No entry has the id.

        UnsupportedTaskError: The model has no defaults for the task.

        InvalidQuestionError: A method, a stack or an engine is named, but no model.
    """
    layers = layers_of(question)
    if question.model_id is None:
        if layers:
            raise wrong_part("missing", ["query", "model_id"], "name the model whose defaults these are")
        return _form(question.task, None)
    return _form(question.task, registry.settings(question.model_id, question.task, *layers).as_dict())


def _form(task: Task, defaults: Mapping[str, Any] | None) -> dict[str, Any]:
    schema = _SHAPES[task].model_json_schema()
    own = plain_schema(schema)["properties"]
    groups = {name: plain_schema(schema["$defs"][kind.__name__]) for name, kind in GROUPS.items() if name in own}
    properties = {
        name: _group(name, field, groups[name], defaults) if name in GROUPS else _setting(name, field, defaults)
        for name, field in own.items()
        if name != "origins" and not (name in GROUPS and defaults is not None and name not in defaults)
    }
    return {
        "$schema": _DIALECT,
        "title": f"Settings for {task}",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _group(
    name: str, field: Mapping[str, Any], group: Mapping[str, Any], defaults: Mapping[str, Any] | None
) -> dict[str, Any]:
    stated = None if defaults is None else defaults[name]
    properties = {leaf: _setting(leaf, schema, stated) for leaf, schema in group["properties"].items()}
    return {
        "title": _title(name),
        "description": field["description"],
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _setting(name: str, schema: Mapping[str, Any], defaults: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the schema of a setting: with the model's default, or the format's if there is no model."""
    described = {keyword: value for keyword, value in _one_field(schema).items() if keyword not in _LEFT_OUT}
    if defaults is not None:
        described["default"] = _plain(defaults[name])
    elif "default" in schema:
        described["default"] = schema["default"]
    return {"title": _title(name), **described}


def _one_field(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return "this or null" as one schema with two types, which forms show as one field."""
    match schema.get("anyOf"):
        case [{"type": str(kind)} as stated, {"type": "null"}]:
            choices = stated.get("enum", [stated["const"]] if "const" in stated else None)
            values = {} if choices is None else {"enum": [*choices, None]}
            kept = {keyword: value for keyword, value in (schema | stated).items() if keyword not in ("anyOf", "const")}
            return {**kept, "type": [kind, "null"], **values}
    return schema


def _plain(value: Any) -> Any:
    return [*value] if isinstance(value, tuple) else value


def _title(name: str) -> str:
    """Return the name of a setting in words: ``Max seq length``."""
    words = " ".join(_WORDS.get(part, part) for part in name.split("_"))
    return words[:1].upper() + words[1:]
