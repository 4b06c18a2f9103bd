"""The settings of a task as a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from kinds_of_models import one_of_each

from model_garden_registry import load_registry
from model_garden_registry.api.asked import InferenceSettingsQuestion, TrainingSettingsQuestion
from model_garden_registry.api.forms import settings_form
from model_garden_registry.api.invalid_questions import InvalidQuestionError
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings, setting_fields
from model_garden_registry.errors import UnsupportedTaskError

REGISTRY = load_registry(bundled_registry())
TEXT, VISION = "Qwen/Qwen3-8B", "Qwen/Qwen2.5-VL-7B-Instruct"


def leaves(properties: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in properties.items():
        if "properties" in schema:
            yield from leaves(schema["properties"], f"{prefix}{name}.")
        else:
            yield prefix + name, schema


@pytest.mark.parametrize(
    ("question", "kind"),
    [(TrainingSettingsQuestion(), TrainingSettings), (InferenceSettingsQuestion(), InferenceSettings)],
    ids=["training", "inference"],
)
def test_every_setting_is_described(question: Any, kind: Any) -> None:
    """With a title, a sentence and a type; the schema is a valid one without references."""
    schema = settings_form(REGISTRY, question)

    jsonschema.Draft202012Validator.check_schema(schema)
    found = dict(leaves(schema["properties"]))
    assert {*found} == {*setting_fields(kind)}
    assert all({"title", "description"} <= {*field} and {*field} & {"type", "anyOf"} for field in found.values())
    assert "$ref" not in json.dumps(schema)


def test_bounds_and_allowed_values_are_stated() -> None:
    """As the settings are checked."""
    properties = settings_form(REGISTRY, TrainingSettingsQuestion())["properties"]

    assert properties["batch_size"] == {
        "title": "Batch size",
        "description": "Sequences per step on each GPU.",
        "type": "integer",
        "minimum": 1,
        "maximum": 10**15,
    }
    assert properties["weight_decay"]["type"] == ["number", "null"]
    assert properties["weight_decay"]["minimum"] == 0
    assert properties["base_quantization"]["enum"] == ["8bit", None]
    assert properties["sharding"]["enum"][:2] == ["none", "zero1"]
    assert properties["n_gpus"]["title"] == "N GPUs"
    assert properties["lora_config"]["properties"]["use_rslora"]["default"] is False


@pytest.mark.parametrize("task", ["training", "inference"])
def test_the_defaults_are_those_of_the_model(task: Any) -> None:
    """And follow its own schema, for models of every kind."""
    asked = {"training": TrainingSettingsQuestion, "inference": InferenceSettingsQuestion}[task]
    for model_id in (one for one in one_of_each() if REGISTRY[one].supports(task)):
        own = json.loads(json.dumps(REGISTRY.settings(model_id, task).as_dict()))

        schema = settings_form(REGISTRY, asked(model_id=model_id))

        found = {path: field["default"] for path, field in leaves(schema["properties"])}
        assert found == dict(_flat(own))
        jsonschema.Draft202012Validator(schema).validate(own)


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        else:
            yield prefix + name, value


def test_a_group_that_the_model_lacks_is_left_out() -> None:
    """Selective loss is for vision models."""
    text, vision = (
        settings_form(REGISTRY, TrainingSettingsQuestion(model_id=model_id))["properties"]
        for model_id in (TEXT, VISION)
    )

    assert ("selective_loss" in text, "selective_loss" in vision) == (False, True)


def test_a_stack_and_a_method_have_their_own_defaults() -> None:
    """As ``mgr defaults --stack`` shows them."""
    asked = TrainingSettingsQuestion(model_id=TEXT, stack="axolotl", method="full")

    properties = settings_form(REGISTRY, asked)["properties"]

    expected = REGISTRY.settings(TEXT, "training", stack="axolotl", method="full")
    assert properties["stack"]["default"] == "axolotl"
    assert properties["learning_rate"]["default"] == expected.learning_rate


def test_a_stack_without_a_model_has_no_defaults() -> None:
    """They are those of a model."""
    with pytest.raises(InvalidQuestionError, match=r"query\.model_id"):
        settings_form(REGISTRY, InferenceSettingsQuestion(engine="sglang"))


def test_a_task_that_the_model_does_not_have_is_said() -> None:
    """There is nothing to fill in."""
    unable = next(key for key in REGISTRY if REGISTRY[key].training_defaults is None)

    with pytest.raises(UnsupportedTaskError):
        settings_form(REGISTRY, TrainingSettingsQuestion(model_id=unable))
