"""ModelInfo: what the application documents of it, compared with the raw file of the application."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from model_garden_registry.entries.model import ModelInfo

APPLICATION: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "registries/valid/application.json").read_bytes()
)["models"]

EACH = pytest.mark.parametrize("raw", APPLICATION.values(), ids=APPLICATION.keys())


def without(entry: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}


@EACH
def test_the_documented_attributes_are_those_of_the_file(raw: dict[str, Any]) -> None:
    """Texts and lists read as they stand there."""
    entry = ModelInfo.model_validate(raw)

    plain = ["id", "name", "category", "provider", "base_architecture", "parameters", "description", "tags", "status"]
    assert {key: entry.known()[key] for key in plain} == {key: raw[key] for key in plain}
    assert entry.notes == tuple(raw.get("notes", ()))


@EACH
def test_the_documented_properties_follow_the_file(raw: dict[str, Any]) -> None:
    """Vision, quantisation and selective loss in one word each."""
    entry = ModelInfo.model_validate(raw)

    assert entry.is_vision_model is raw["capabilities"]["vision"]
    assert entry.is_quantized is (raw["quantization"]["method"] is not None)
    assert entry.supports_selective_loss is ("selective_loss" in raw["training_defaults"])


@EACH
def test_the_documented_getters_give_what_the_file_says(raw: dict[str, Any]) -> None:
    """Plain dicts of eight, five and five keys, whatever the file leaves out or has besides."""
    entry = ModelInfo.model_validate(raw)

    inference = {"quantization": None, "tensor_parallel_size": 1} | raw["inference_defaults"]
    hyperparameters, lora = entry.get_training_hyperparameters(), entry.get_lora_config()
    assert hyperparameters == {key: raw["training_defaults"]["hyperparameters"][key] for key in hyperparameters}
    assert lora == {key: raw["training_defaults"]["lora_config"][key] for key in lora}
    assert entry.get_inference_config() == {key: inference[key] for key in entry.get_inference_config()}
    assert (len(hyperparameters), len(lora), len(entry.get_inference_config())) == (8, 5, 5)


@EACH
def test_what_a_getter_gives_belongs_to_the_caller(raw: dict[str, Any]) -> None:
    """Editing it, also deep inside, changes nobody else's defaults."""
    entry = ModelInfo.model_validate(raw)
    before = entry.get_training_hyperparameters(), entry.get_lora_config()

    entry.get_training_hyperparameters()["learning_rate"] = 1
    entry.get_lora_config()["target_modules"].append("lm_head")
    entry.get_inference_config().clear()

    assert entry == ModelInfo.model_validate(raw)
    assert (entry.get_training_hyperparameters(), entry.get_lora_config()) == before
    assert entry.get_inference_config() != {}


@EACH
def test_an_entry_pickles(raw: dict[str, Any]) -> None:
    """It reaches another process as it is."""
    entry = ModelInfo.model_validate(raw)

    assert pickle.loads(pickle.dumps(entry)) == entry


@EACH
def test_numbers_keep_their_spelling(raw: dict[str, Any]) -> None:
    """4 GB of the file is not 4.0 GB in the answer."""
    requirements = ModelInfo.model_validate(raw).known()["requirements"]

    assert {key: repr(requirements[key]) for key in raw["requirements"]} == {
        key: repr(value) for key, value in raw["requirements"].items()
    }


def test_an_entry_with_every_key_reads_back(full: dict[str, Any]) -> None:
    """Nothing is lost and nothing invented but the documented defaults."""
    entry = ModelInfo.model_validate(full)

    known = entry.known()
    known["requirements"]["inference"].pop("min_gpus")
    for name in ("conditions", "task", "gpu", "stack", "engine", "version", "settings", "quantity"):
        known["benchmarks"][1].pop(name)
    del known["deprecation"]
    assert known == without(full, "x-team")
    assert entry.extensions == {"x-team": full["x-team"]}


def test_what_an_entry_leaves_out_has_the_documented_default(sparse: dict[str, Any]) -> None:
    """Not quantised, no shape, no remarks."""
    known = ModelInfo.model_validate(sparse).known()

    left_out = {key: value for key, value in known.items() if key not in sparse}
    assert left_out == {
        "quantization": {"method": None, "type": None, "group_size": None, "weights_gb": None},
        "superseded_by": None,
        "base_model": None,
        "revision": None,
        "license": None,
        "gated": None,
        "released": None,
        "languages": None,
        "aliases": [],
        "architecture": None,
        "min_versions": {},
        "notes": [],
        "benchmarks": [],
        "sources": {},
    }


def test_a_model_that_cannot_be_trained_has_empty_training_getters(sparse: dict[str, Any]) -> None:
    """Property reads of scripts keep working; there is nothing to read."""
    entry = ModelInfo.model_validate(sparse)

    assert entry.training_defaults is None
    assert (entry.get_training_hyperparameters(), entry.get_lora_config()) == ({}, {})
    assert entry.supports_selective_loss is False
    assert entry.supports("training") is False
    assert entry.supports("inference") is True


def test_training_defaults_are_absent_only_when_the_file_says_so(sparse: dict[str, Any]) -> None:
    """Null is an answer; a missing key is a mistake."""
    with pytest.raises(ValidationError, match="Field required"):
        ModelInfo.model_validate(without(sparse, "training_defaults"))


@pytest.mark.parametrize(
    ("provider", "stated", "stack"),
    [
        pytest.param("unsloth", None, "unsloth", id="by its provider"),
        pytest.param("qwen", None, "trl", id="by default"),
        pytest.param("unsloth", "axolotl", "axolotl", id="as stated"),
    ],
)
def test_the_training_stack_is_stated_or_follows_the_provider(
    full: dict[str, Any], provider: str, stated: str | None, stack: str
) -> None:
    """Numbers of unsloth's own models assume unsloth, others TRL."""
    full["provider"] = provider
    full["training_defaults"]["stack"] = stated

    assert ModelInfo.model_validate(full).training_stack == stack


def test_what_an_entry_without_defaults_assumes(sparse: dict[str, Any]) -> None:
    """TRL would train it and vLLM serves it, unless it says otherwise."""
    entry = ModelInfo.model_validate(sparse)

    assert (entry.training_stack, entry.inference_engine) == ("trl", "vllm")


def test_the_stated_engine_is_the_engine(full: dict[str, Any]) -> None:
    """It is a key of the defaults, and not among the five documented ones."""
    entry = ModelInfo.model_validate(full)

    assert entry.inference_engine == "sglang"
    assert "engine" not in entry.get_inference_config()


@pytest.mark.parametrize(
    ("quantization", "method"),
    [
        pytest.param({"method": "4bit", "type": "bitsandbytes"}, "qlora", id="bitsandbytes"),
        pytest.param({"method": "fp8", "type": "compressed-tensors"}, "lora", id="another quantisation"),
        pytest.param({}, "lora", id="none"),
    ],
)
def test_bitsandbytes_weights_are_trained_by_qlora(
    full: dict[str, Any], quantization: dict[str, str], method: str
) -> None:
    """And all others by LoRA."""
    full["quantization"] = quantization

    assert ModelInfo.model_validate(full).training_method == method


def test_requirements_of_a_task_are_its_own_where_stated(full: dict[str, Any], sparse: dict[str, Any]) -> None:
    """Else the entry's."""
    both, neither = ModelInfo.model_validate(full), ModelInfo.model_validate(sparse)

    assert both.requirements_for("training").known() == full["requirements"]["training"]
    assert both.requirements_for("inference").known() == full["requirements"]["inference"] | {"min_gpus": 1}
    assert neither.requirements_for("training") is neither.requirements
    assert neither.requirements_for("inference") is neither.requirements


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"id": ""}, id="an empty id"),
        pytest.param({"id": "a\nb"}, id="an id over two lines"),
        pytest.param({"id": "a\u001b[2J"}, id="an id with a terminal escape"),
        pytest.param({"provider": "Qwen"}, id="a provider with a capital"),
        pytest.param({"base_architecture": "llama 3"}, id="a family of two words"),
        pytest.param({"parameters": "7 billion"}, id="a size in prose"),
        pytest.param({"parameters": 7}, id="a size as a number"),
        pytest.param({"parameters": f"{'9' * 5000}B"}, id="a size that no integer holds"),
        *(
            pytest.param({"parameters": size}, id=f"no weights: {size}")
            for size in ("0B", "0.0B", "0x7B", "8x0B", "30B-A0B", "000000T")
        ),
        pytest.param({"status": "beta"}, id="an unknown status"),
        pytest.param({"tags": "small"}, id="a tag that is no list"),
        pytest.param({"tags": ["small", 7]}, id="a tag that is no text"),
        pytest.param({"released": "2026-02-03"}, id="a day of release"),
        pytest.param({"urls": {"huggingface": "ftp://a"}}, id="another protocol"),
        pytest.param({"urls": {"huggingface": "https://a b"}}, id="an address with a space"),
        pytest.param({"urls": None}, id="null for an object"),
        pytest.param({"min_versions": {"vllm": 0.8}}, id="a version as a number"),
        pytest.param({"benchmarks": {}}, id="an object for a list"),
        pytest.param({"sources": {"/name": {"kind": "guess", "source": "s", "as_of": "2026-01"}}}, id="a guess"),
        pytest.param({"licence": "mit"}, id="a key that is not in the format"),
    ],
)
def test_an_entry_that_breaks_the_format_is_refused(full: dict[str, Any], change: dict[str, Any]) -> None:
    """Closed words, patterns and keys."""
    with pytest.raises(ValidationError):
        ModelInfo.model_validate(full | change)


def test_an_id_may_be_any_text_that_prints(full: dict[str, Any]) -> None:
    """Spaces, quotation marks and other scripts are names too."""
    for name in ("模型 é", '"quoted"', "[red]x[/]", "a/b/c"):
        assert ModelInfo.model_validate(full | {"id": name}).id == name
