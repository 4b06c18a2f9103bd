"""``LoraConfig`` as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from training_exports import asked, entry_of, mixture_entry, read, settings_of, written_and_read

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.training.huggingface.peft import PEFT
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.findings import Code, Severity

EXAMPLES = json.loads((Path(__file__).parents[2] / "examples" / "peft.json").read_text(encoding="utf-8"))
FILE: dict[str, Any] = {"base_model_name_or_path": "org/model", "peft_type": "LORA", "task_type": "CAUSAL_LM"}


def test_an_adapter_is_written_whole() -> None:
    """With its task, without which the adapter would be of a generic class."""
    assert json.loads(PEFT.export(asked(PEFT)).text) == {
        "base_model_name_or_path": "org/model",
        "task_type": "CAUSAL_LM",
        "bias": "none",
        "inference_mode": False,
        "peft_type": "LORA",
        "r": 16,
        "lora_alpha": 16,
        "lora_dropout": 0.0,
        "use_rslora": False,
        "target_modules": ["q_proj", "v_proj"],
    }


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"lora_config.r": 64, "lora_config.lora_alpha": 128, "lora_config.lora_dropout": 0.1},
        {"lora_config.target_modules": "all-linear", "lora_config.use_rslora": True},
        {"lora_config.target_modules": ["q_proj"], "trains_embeddings": True},
    ],
    ids=str,
)
def test_what_is_written_is_read_back(overrides: dict[str, Any], tmp_path: Path) -> None:
    """The adapter alone; the run is said elsewhere."""
    entry = entry_of()
    request = asked(PEFT, entry, **overrides)

    config = written_and_read(PEFT, request, tmp_path)

    assert config.dialect is PEFT
    assert config.model_id == "org/model"
    assert config.findings == ()
    assert settings_of(config, entry).as_dict() == request.training.as_dict()


def test_a_run_without_an_adapter_is_refused() -> None:
    """There is nothing to write."""
    with pytest.raises(UnsupportedExportError, match="method full trains no adapter"):
        PEFT.export(asked(PEFT, method="full"))


def test_settings_of_the_run_are_no_reason_to_refuse() -> None:
    """An adapter's file has no place for them, and none is looked for."""
    assert PEFT.export(asked(PEFT, batch_size=8, learning_rate=1e-4, method="qlora")).notes == ()


def test_experts_that_are_not_reached_are_noted() -> None:
    """In the words of PEFT."""
    (note,) = PEFT.export(asked(PEFT, mixture_entry("gpt_oss", ["q_proj", "experts.gate_up_proj"]))).notes or ("",)

    assert note == ""
    (noted,) = PEFT.export(asked(PEFT, mixture_entry("qwen3_5_moe", ["up_proj", "gate_proj"]))).notes
    assert "target_parameters" in noted


def test_pefts_own_numbers_are_read_where_the_file_has_none() -> None:
    """Not the registry's."""
    assert dict(read(PEFT, **FILE).overrides) == {
        "lora_config.r": 8,
        "lora_config.lora_alpha": 8,
        "lora_config.lora_dropout": 0.0,
        "lora_config.use_rslora": False,
        "lora_config.target_parameters": [],
        "lora_config.use_dora": False,
        "trains_embeddings": False,
    }


@pytest.mark.parametrize("kind", ["IA3", "VERA", "OFT", "PROMPT_TUNING"])
def test_another_kind_of_adapter_is_not_followed(kind: str) -> None:
    """Its keys are not LoRA's, and neither is its memory."""
    config = read(PEFT, base_model_name_or_path="org/model", peft_type=kind, feedforward_modules=["fc1"])

    assert {(finding.code, finding.severity) for finding in config.findings} == {
        (Code.KEY_NOT_FOLLOWED, Severity.WARNING)
    }
    assert len(config.findings) == 2


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("r", 0, "must be at least 1, not 0"),
        ("r", -8, "must be at least 1, not -8"),
        ("r", "large", "takes a whole number, not 'large'"),
        ("lora_dropout", 2, "must be at most 1, not 2"),
        ("lora_dropout", -0.1, "must be at least 0, not -0.1"),
        ("task_type", "causal_lm", "'causal_lm' is not one of "),
        ("peft_type", "lora", "'lora' is not one of "),
        ("bias", "some", "'some' is not one of "),
        ("use_rslora", "sometimes", "takes true or false, not 'sometimes'"),
        ("target_modules", {"q_proj": 8}, "takes a text or a list, not {"),
    ],
)
def test_a_value_that_no_adapter_can_have_is_named(key: str, value: object, problem: str) -> None:
    """The configuration takes a rank of 0 and a dropout of 2; the layers that are made from it do not."""
    config = read(PEFT, **(FILE | {key: value}))

    messages = [finding.message for finding in config.findings if finding.where == key]
    assert any(problem in message for message in messages), messages


@pytest.mark.parametrize("key", ["layers_to_transform", "rank_pattern", "lora_bias"])
def test_what_adapters_may_have_besides_is_not_followed(key: str) -> None:
    """Named where it is on, and passed over where it is off, as a saved file has it."""
    value = {"lora_bias": True, "rank_pattern": {"q_proj": 4}}.get(key, [1])

    assert [finding.code for finding in read(PEFT, **FILE, **{key: value}).findings] == [Code.KEY_NOT_FOLLOWED]
    assert read(PEFT, **FILE, **{key: None}).findings == ()


def test_biases_that_are_trained_are_not_followed() -> None:
    """Where the file says that there are some."""
    (finding,) = read(PEFT, **FILE, bias="lora_only").findings

    assert (finding.code, finding.where) == (Code.KEY_NOT_FOLLOWED, "bias")
    assert read(PEFT, **FILE, bias="none").findings == ()


def test_keys_of_the_first_releases_are_gone() -> None:
    """PEFT passes over them."""
    config = read(PEFT, **FILE, merge_weights=True, enable_lora=[True])

    assert [(finding.code, finding.severity) for finding in config.findings] == [
        (Code.KEY_RETIRED, Severity.WARNING)
    ] * 2


def test_every_example_is_read() -> None:
    """Adapters of a dozen users and of PEFT's own repository, of all its releases: no key is unexplained."""
    words = vocabulary("peft")
    known = {*words.keys, *words.retired}

    assert len({example["repository"] for example in EXAMPLES}) >= 10
    assert [example["path"] for example in EXAMPLES if not set(example["keys"]) <= known] == []
