"""Entries made from another entry: fine-tunes and copies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from model_garden_registry.authoring.relatives import copy_of, fine_tune_of
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.errors import InvalidOverrideError

SHIPPED = json.loads(bundled_registry().read_bytes())["models"]
BASE = SHIPPED["Qwen/Qwen3-8B"]
#: An entry whose stack follows from its provider.
BY_UNSLOTH = {
    **SHIPPED["unsloth/tinyllama-bnb-4bit"],
    "training_defaults": {
        key: value
        for key, value in SHIPPED["unsloth/tinyllama-bnb-4bit"]["training_defaults"].items()
        if key != "stack"
    },
}


def tuned(base: dict[str, Any] = BASE, **changes: Any) -> dict[str, Any]:
    return fine_tune_of(base, "Acme/Support", changes=changes, as_of="2026-11-30")


def test_a_fine_tune_is_what_its_base_is() -> None:
    """Shape, number format, defaults and requirements; not pages, fate and results."""
    made = tuned()

    for key in ("architecture", "quantization", "requirements", "training_defaults", "inference_defaults"):
        assert made[key] == BASE[key]
    assert (made["id"], made["name"], made["provider"]) == ("Acme/Support", "Support", "acme")
    assert made["base_model"] == "Qwen/Qwen3-8B"
    assert made["urls"]["huggingface"] == "https://huggingface.co/Acme/Support"
    assert "recommended" in BASE["tags"]
    assert set(made["tags"]) == {*BASE["tags"], "fine-tune"} - {"recommended"}
    assert not {"aliases", "license", "released", "revision", "benchmarks"} & made.keys()
    assert ModelInfo.model_validate(made)


def test_a_fine_tune_of_a_fine_tune_is_tagged_once() -> None:
    assert fine_tune_of(tuned(), "acme/next", as_of="2026-11-30")["tags"].count("fine-tune") == 1


def test_every_number_says_that_it_is_the_base_s() -> None:
    made = tuned()

    assert made["sources"]["/architecture"]["source"].startswith("as Qwen/Qwen3-8B: ")
    assert made["sources"].keys() == {
        pointer for pointer in BASE["sources"] if pointer not in {"/license", "/released", "/gated"}
    }


def test_the_base_is_not_changed() -> None:
    before = json.dumps(BASE)
    made = tuned(batch_size=1)
    made["architecture"]["hidden_size"] = 1

    assert json.dumps(BASE) == before


def test_a_stack_that_follows_from_the_provider_is_stated() -> None:
    """The fine-tune has another provider, and trains as its base does."""
    made = tuned(BY_UNSLOTH)

    own = merge(ModelInfo.model_validate(BY_UNSLOTH), "training")
    assert made["training_defaults"]["stack"] == own.stack
    theirs = merge(ModelInfo.model_validate(made), "training")
    assert theirs.model_dump(exclude={"origins"}) == own.model_dump(exclude={"origins"})


def test_settings_change_defaults_and_the_requirements_follow() -> None:
    """Each at its place, with its source; a text is read as the setting's type."""
    made = tuned(max_seq_length="8k", **{"lora_config.r": "64", "max_model_len": 16384, "temperature": 0.1})

    assert made["training_defaults"]["hyperparameters"]["max_seq_length"] == 8192
    assert made["training_defaults"]["lora_config"]["r"] == 64
    assert made["inference_defaults"]["max_model_len"] == 16384
    assert made["inference_defaults"]["sampling"]["temperature"] == 0.1
    assert made["requirements"]["training"]["min_vram_gb"] > BASE["requirements"]["training"]["min_vram_gb"]
    assert made["requirements"]["inference"]["min_vram_gb"] == BASE["requirements"]["inference"]["min_vram_gb"]
    assert made["sources"]["/requirements"]["kind"] == "derived"
    assert made["sources"]["/training_defaults/hyperparameters/max_seq_length"] == {
        "kind": "declared",
        "source": "--set",
        "as_of": "2026-11-30",
    }
    assert ModelInfo.model_validate(made)


def test_without_a_shape_the_requirements_stay() -> None:
    base = {key: value for key, value in BASE.items() if key != "architecture"}
    base["sources"] = {key: value for key, value in BASE["sources"].items() if key != "/architecture"}

    assert tuned(base, batch_size=1)["requirements"] == BASE["requirements"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"batch": 2}, "unknown setting 'batch'"),
        ({"method": "full"}, "an entry has no field for it"),
        ({"engine_version": "0.1"}, "an entry has no field for it"),
        ({"batch_size": "many"}, "is not valid"),
        ({"max_model_len": -1}, "is not valid"),
    ],
)
def test_a_setting_that_no_entry_can_state_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidOverrideError, match=told):
        tuned(**changes)


def test_what_the_base_cannot_do_has_no_settings() -> None:
    with pytest.raises(InvalidOverrideError, match="no training defaults"):
        tuned(SHIPPED["Qwen/Qwen3-8B-AWQ"], batch_size=1)


def test_a_model_for_serving_alone_has_settings_for_serving() -> None:
    made = tuned(SHIPPED["Qwen/Qwen3-8B-AWQ"], max_model_len=4096)

    assert made["inference_defaults"]["max_model_len"] == 4096
    assert made["training_defaults"] is None


def test_a_copy_is_the_same_entry() -> None:
    """Under another id it has other pages, and no former ids."""
    same, other = copy_of(BASE, BASE["id"]), copy_of(BASE, "acme/mirror")

    assert same == BASE
    assert same["architecture"] is not BASE["architecture"]
    assert {key for key in BASE if BASE[key] != other.get(key)} == {"id", "urls", "aliases"} & BASE.keys()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"max_seq_length": "99999999k"}, r"requirements.min_vram_gb would be \d+: should be less than"),
        ({"target_modules": "\x1b[31m"}, r"the architecture has no module '\\x1b\[31m'"),
    ],
)
def test_a_setting_that_makes_the_entry_invalid_is_refused(changes: dict[str, Any], told: str) -> None:
    """As `mgr schema check` would report it."""
    with pytest.raises(InvalidOverrideError, match=told):
        tuned(**changes)


@pytest.mark.parametrize("pointer", ["", "architecture", "/nothing/there"])
def test_a_source_of_nothing_is_left_out(pointer: str) -> None:
    """A check warns of it in the base; the fine-tune is made all the same."""
    source = {"kind": "declared", "source": "x", "as_of": "2026-01"}

    assert pointer not in tuned({**BASE, "sources": {**BASE["sources"], pointer: source}})["sources"]
