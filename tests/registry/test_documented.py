"""What the model-garden application documents of its registry: models by id, lists, and answers."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.errors import InvalidEntryError, RegistryWarning
from model_garden_registry.registry.documented import DocumentedRegistry
from model_garden_registry.registry.entry_cache import EntryCache
from model_garden_registry.registry.model_registry import ModelRegistry

Write = Callable[..., Path]

TINY = "unsloth/tinyllama-bnb-4bit"
VISION = "Qwen/Qwen2.5-VL-7B-Instruct"
OLD = "mosaicml/mpt-7b"
FP8 = "Qwen/Qwen3-8B-FP8"
#: Served alone, as all of its kind: there is nothing to train instead.
SERVED = "deepseek-ai/DeepSeek-V3.2"
#: The eight that are documented; an entry may state more.
HYPERPARAMETERS = (
    *("learning_rate", "num_epochs", "batch_size", "gradient_accumulation_steps", "warmup_steps", "max_seq_length"),
    *("optim", "lr_scheduler_type"),
)


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return ModelRegistry()


def raw_entries(registry: ModelRegistry) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every entry as it stands in the file."""
    return ((key, registry.raw(key)) for key in registry)


def test_the_documented_part_alone_is_no_registry() -> None:
    """Its answers are those of the verb, which ModelRegistry brings."""
    with pytest.raises(TypeError, match="abstract"):
        DocumentedRegistry()  # type: ignore[abstract]


def test_documented_lists(registry: ModelRegistry) -> None:
    """The getters of the application give lists of models, in file order."""
    by_category = {
        key: [k for k, raw in raw_entries(registry) if raw["category"] == key] for key in ("text-llm", "vision-vlm")
    }
    tagged = [(key, raw["category"]) for key, raw in raw_entries(registry) if "recommended" in raw["tags"]]

    def ids(entries: list[Any]) -> list[str]:
        return [entry.id for entry in entries]

    assert (
        ids(registry.get_text_models()) == ids(registry.get_models_by_category("text-llm")) == by_category["text-llm"]
    )
    assert ids(registry.get_vision_models()) == by_category["vision-vlm"]
    assert registry.get_models_by_category("none") == []
    assert ids(registry.get_recommended_models()) == [key for key, _ in tagged]
    assert ids(registry.get_recommended_models("vision-vlm")) == [key for key, name in tagged if name == "vision-vlm"]
    assert ids(registry.get_models_by_tag("quantized")) == ids(registry.filter(tags=("quantized",)))
    assert ids(registry.get_stable_models()) == ids(registry.filter(status="stable"))


def test_all_models_are_a_fresh_plain_dict(registry: ModelRegistry) -> None:
    """By id, in file order; changing it changes nobody else's."""
    models = registry.get_all_models()

    assert type(models) is dict
    assert list(models) == list(registry)
    models.clear()
    assert list(registry.get_all_models()) == list(registry)


def test_a_model_or_none(write: Write) -> None:
    """No entry of this id is None; a bad entry is an error; a former id is its entry."""
    registry = ModelRegistry(write({"org/new": {"aliases": ["org/old"]}, "org/bad": {"name": 5}}))

    assert registry.get_model("org/none") is None
    assert registry.get_model("org/old") is registry["org/new"]
    with pytest.raises(InvalidEntryError):
        registry.get_model("org/bad")


def test_existence_is_asked_without_validation(write: Write) -> None:
    """A bad entry exists, and so does a former id."""
    registry = ModelRegistry(write({"org/new": {"aliases": ["org/old"]}, "org/bad": {"name": 5}}))

    answers = [registry.check_model_exists(name) for name in ("org/new", "org/old", "org/bad", "org/none")]

    assert answers == [True, True, True, False]


def test_categories_are_fresh_plain_dicts(registry: ModelRegistry, shipped: dict[str, Any]) -> None:
    """As the file states them, nothing added; changing one changes nobody else's."""
    categories = registry.get_categories()

    assert categories == shipped["categories"]
    assert {type(category) for category in categories.values()} == {dict}
    categories["text-llm"]["name"] = "x"
    assert registry.get_categories() == shipped["categories"]


def test_a_category_without_icon_has_none(write: Write) -> None:
    """What a category leaves out is not made up."""
    category = {"name": "Own", "description": "Text."}

    assert ModelRegistry(write({}, categories={"own": category})).get_categories() == {"own": category}


def test_rows_for_user_interfaces(registry: ModelRegistry) -> None:
    """Eleven columns each, in file order; of one category or of all; fresh."""
    rows = registry.get_model_list_for_ui()
    raw = registry.raw(TINY)

    assert rows[0] == {
        **{key: raw[key] for key in ("id", "name", "category", "parameters", "description", "tags", "status")},
        "is_vision": False,
        "is_quantized": True,
        "min_vram_gb": 4,
        "recommended_vram_gb": 6,
    }
    assert [row["id"] for row in rows] == list(registry)
    assert {row["category"] for row in registry.get_model_list_for_ui("vision-vlm")} == {"vision-vlm"}
    rows[0]["tags"].append("x")
    assert registry.get_model_list_for_ui()[0]["tags"] == raw["tags"]


def test_getters_of_an_entry_give_fresh_plain_dicts(registry: ModelRegistry) -> None:
    """Defaults can be merged with overrides and edited; nobody else's change."""
    entry, raw = registry[VISION], registry.raw(VISION)
    getters = (entry.get_training_hyperparameters, entry.get_lora_config, entry.get_inference_config)

    first = [getter() for getter in getters]
    for config in first:
        config.clear()
    lora = entry.get_lora_config()
    lora["target_modules"].append("x")

    stated = raw["training_defaults"]["hyperparameters"]
    assert entry.get_training_hyperparameters() == {name: stated[name] for name in HYPERPARAMETERS}
    assert entry.get_lora_config() == {"use_rslora": False, **raw["training_defaults"]["lora_config"]}
    assert entry.get_inference_config() == {"quantization": None, **raw["inference_defaults"]}
    assert list(entry.get_inference_config()) == [
        "max_model_len",
        "dtype",
        "gpu_memory_utilization",
        "quantization",
        "tensor_parallel_size",
    ]
    assert all(type(config) is dict for config in (*first, lora))


def test_getters_of_an_entry_without_training_are_empty(registry: ModelRegistry) -> None:
    """Where a model cannot be trained, there are no defaults to give."""
    entry = registry[FP8]

    assert (entry.get_training_hyperparameters(), entry.get_lora_config(), entry.supports_selective_loss) == (
        {},
        {},
        False,
    )


@pytest.mark.parametrize("ask", ["validate_model_for_training", "validate_model_for_inference"])
def test_documented_answers(ask: str, registry: ModelRegistry) -> None:
    """A pair of truth and reason: the reason is None exactly where the answer is yes."""
    answer = getattr(registry, ask)

    assert answer(TINY) == (True, None)
    assert answer(TINY, hardware=None) == (True, None)
    assert answer("org/none") == (False, "Model 'org/none' not found in registry")
    assert answer(OLD) == (False, f"Model '{OLD}' is deprecated; use 'allenai/Olmo-3-1025-7B' instead")


def test_documented_answers_where_a_task_is_not_supported(registry: ModelRegistry, write: Write) -> None:
    """The task is checked before the status."""
    capabilities = {**registry.raw(TINY)["capabilities"], "training": False, "inference": False}
    own = ModelRegistry(write({"org/a": {"capabilities": capabilities, "status": "deprecated"}}))

    assert registry.validate_model_for_training(SERVED) == (False, f"Model '{SERVED}' does not support training")
    assert registry.validate_model_for_training(FP8) == (
        False,
        f"Model '{FP8}' does not support training; train 'Qwen/Qwen3-8B' instead",
    )
    with pytest.warns(RegistryWarning, match="names no successor"):
        assert own.validate_model_for_inference("org/a") == (False, "Model 'org/a' does not support inference")


def test_a_bad_entry_could_not_be_checked(write: Write) -> None:
    """The answer for an entry that cannot be read begins by saying so."""
    registry = ModelRegistry(write({"org/bad": {"name": 5}}))

    is_valid, error = registry.validate_model_for_training("org/bad")

    assert is_valid is False
    assert str(error).startswith("Could not be checked: entry 'org/bad' is not valid at /models/org~1bad/name: ")


def test_rows_for_user_interfaces_are_of_valid_entries(write: Write) -> None:
    """As the other documented lists: what could not be used afterwards is not offered."""
    registry = ModelRegistry(write({"org/a": {}, "org/b": {"urls": 5}}))

    with pytest.warns(RegistryWarning, match="left out: entry 'org/b'"):
        rows = registry.get_model_list_for_ui()

    assert [row["id"] for row in rows] == ["org/a"]


def test_lists_pause_the_collector(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would walk the growing list again and again, so that many entries took more than so many times one."""
    states = []
    look_up = EntryCache.valid_or_none
    monkeypatch.setattr(
        EntryCache, "valid_or_none", lambda cache, key: states.append(gc.isenabled()) or look_up(cache, key)
    )

    registry.get_model_list_for_ui()
    registry.filter(status="stable")

    assert set(states) == {False}
    assert gc.isenabled()
