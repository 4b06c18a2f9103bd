"""What an axolotl file trains, and below which adapters."""

from __future__ import annotations

from typing import Any

import pytest
from axolotl_files import BNB, LORA, TEXT, VISION, read, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.findings import Severity

QLORA = {**LORA, "adapter": "qlora", "load_in_4bit": True}
NAMED = {**LORA, "lora_target_linear": None, "lora_target_modules": ["q_proj"]}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, {"method": "full", "base_quantization": None}),
        ({"load_in_4bit": False, "load_in_8bit": False}, {"method": "full", "base_quantization": None}),
        (LORA, {"method": "lora", "base_quantization": None, "lora_config.r": 16, "lora_config.lora_alpha": 32}),
        ({**LORA, "load_in_8bit": True}, {"method": "lora", "base_quantization": "8bit"}),
        (QLORA, {"method": "qlora", "base_quantization": None}),
        (LORA, {"lora_config.lora_dropout": 0.0, "lora_config.use_rslora": False}),
        ({**LORA, "lora_dropout": 0.1, "peft_use_rslora": True}, {"lora_config.lora_dropout": 0.1}),
        ({**LORA, "peft_use_rslora": True}, {"lora_config.use_rslora": True}),
        (LORA, {"lora_config.target_modules": "all-linear", "trains_embeddings": False}),
        ({**LORA, "lora_target_modules": ["q_proj"]}, {"lora_config.target_modules": "all-linear"}),
        (NAMED, {"lora_config.target_modules": ["q_proj"]}),
        ({**NAMED, "lora_target_modules": "all-linear"}, {"lora_config.target_modules": "all-linear"}),
        ({**NAMED, "lora_target_modules": "x.(q|v)_proj"}, {"lora_config.target_modules": ["q_proj", "v_proj"]}),
        ({**NAMED, "lora_target_modules": "a.language_model.b.q_proj"}, {"trains_vision_tower": False}),
        ({**LORA, "lora_modules_to_save": ["embed_tokens", "lm_head"]}, {"trains_embeddings": True}),
        ({**LORA, "lora_modules_to_save": ["lm_head"]}, {"trains_embeddings": True}),
        ({**LORA, "lora_modules_to_save": ["norm"]}, {"trains_embeddings": False}),
        ({**NAMED, "lora_target_modules": None, "lora_target_parameters": ["x.y"]},
         {"lora_config.target_parameters": ["x.y"]}),
        ({**LORA, "peft_use_dora": True}, {"lora_config.use_dora": True}),
        ({"freeze_mm_modules": True}, {"trains_vision_tower": False}),
        ({**LORA, "freeze_mm_modules": True}, {"trains_vision_tower": False}),
        ({**QLORA, "lora_target_linear": None, "lora_target_modules": ["q_proj"], "quantize_moe_experts": True},
         {"expert_quantization": True}),
        (LORA, {"expert_quantization": False}),
    ],
)  # fmt: skip
def test_keys_are_a_method_and_its_adapter(keys: dict[str, Any], expected: dict[str, Any]) -> None:
    """As axolotl loads them."""
    config = read(**keys)

    assert said(config) == []
    assert {name: config.overrides[name] for name in expected} == expected


def test_full_fine_tuning_says_nothing_of_adapters() -> None:
    """And a pattern that reaches a tower says nothing of it."""
    assert not [name for name in read().overrides if name.startswith("lora_config")]
    assert (
        "trains_vision_tower"
        not in read(**{**NAMED, "lora_target_modules": "(language_model|visual).q_proj"}).overrides
    )


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"load_in_4bit": True}, "load_in_4bit needs an adapter"),
        ({"load_in_8bit": True}, "load_in_8bit needs an adapter"),
        ({**LORA, "adapter": "qlora"}, "adapter qlora needs load_in_4bit: true"),
        ({**QLORA, "load_in_8bit": True}, "load_in_8bit cannot be combined with adapter: qlora"),
        ({**LORA, "adapter": "dora"}, "adapter takes lora, qlora or that of a plugin, not dora"),
        ({**LORA, "lora_r": None}, "lora_r is missing: axolotl has no default for it"),
        ({**LORA, "lora_alpha": None}, "lora_alpha is missing: axolotl has no default for it"),
        ({**LORA, "lora_r": 0}, "lora_r must be at least 1, not 0"),
        ({**LORA, "lora_r": -8}, "lora_r must be at least 1, not -8"),
        ({**LORA, "lora_r": "sixteen"}, "lora_r takes a whole number, not 'sixteen'"),
        ({**LORA, "lora_alpha": 0}, "lora_alpha must be at least 1, not 0"),
        ({**LORA, "lora_dropout": 1}, "lora_dropout must be at least 0 and less than 1, not 1"),
        ({**LORA, "lora_dropout": -0.1}, "lora_dropout must be at least 0 and less than 1, not -0.1"),
        ({**LORA, "lora_target_linear": None}, "lora_target_modules is missing, and so is lora_target_linear"),
        ({**NAMED, "lora_target_modules": []}, "lora_target_modules is missing, and so is lora_target_linear"),
        ({**NAMED, "lora_target_modules": "(q_proj"}, "lora_target_modules is not a regular expression"),
        ({**LORA, "load_in_8bit": True, "quantize_moe_experts": True},
         "quantize_moe_experts cannot be combined with lora_target_linear"),
        ({**NAMED, "quantize_moe_experts": True}, "quantize_moe_experts needs load_in_4bit or load_in_8bit"),
        ({"quantize_moe_experts": True}, "quantize_moe_experts needs adapter: lora or qlora"),
    ],
)  # fmt: skip
def test_what_axolotl_refuses_is_named(keys: dict[str, Any], problem: str) -> None:
    """Also what it refuses only when the adapter is made."""
    assert any(message.startswith(problem) for message in said(read(**keys)))


@pytest.mark.parametrize(
    ("keys", "doubt", "expected"),
    [
        ({**LORA, "load_in_4bit": True}, "load_in_4bit does nothing with adapter: lora", {"method": "lora"}),
        ({**LORA, "adapter": "mora"}, "adapter mora is counted as lora", {"method": "lora"}),
        ({**QLORA, "adapter": "mixlora"}, "adapter mixlora is counted as lora", {"method": "qlora"}),
        ({"adapter": "lora", "lora_model_dir": "a"}, "lora_model_dir has its own rank", {"method": "lora"}),
        ({**NAMED, "lora_target_modules": "nothing"}, "lora_target_modules is not followed: a pattern", {}),
    ],
)  # fmt: skip
def test_what_is_otherwise_than_it_looks_is_doubted(keys: dict[str, Any], doubt: str, expected: dict[str, Any]) -> None:
    """The commonest: a model in 4 bits that stays in 16."""
    config = read(**keys)

    assert said(config) == []
    (message,) = said(config, Severity.WARNING)
    assert message.startswith(doubt)
    assert {name: config.overrides[name] for name in expected} == expected
    assert "lora_config.target_modules" not in config.overrides or keys.get("lora_target_linear")


@pytest.mark.parametrize(
    ("model_id", "overrides", "expected"),
    [
        (TEXT, {"method": "full"}, {"adapter": None, "lora_r": None, "lora_target_modules": None}),
        (TEXT, {"method": "lora"}, {"adapter": "lora", "load_in_8bit": False, "load_in_4bit": None}),
        (TEXT, {"method": "lora", "base_quantization": "8bit"}, {"adapter": "lora", "load_in_8bit": True}),
        (TEXT, {"method": "qlora"}, {"adapter": "qlora", "load_in_4bit": True}),
        (BNB, {}, {"adapter": "qlora", "load_in_4bit": True}),
        (TEXT, {"target_modules": "all-linear"}, {"lora_target_linear": True, "lora_target_modules": None}),
        (TEXT, {"target_modules": ["q_proj"]}, {"lora_target_linear": None, "lora_target_modules": ["q_proj"]}),
        (TEXT, {"trains_embeddings": True}, {"lora_modules_to_save": ["embed_tokens", "lm_head"]}),
        (TEXT, {"target_parameters": ["experts.down_proj"]}, {"lora_target_parameters": ["experts.down_proj"]}),
        (TEXT, {"use_dora": True}, {"peft_use_dora": True}),
        (VISION, {"method": "full", "trains_vision_tower": False}, {"freeze_mm_modules": True}),
        (VISION, {"target_modules": "all-linear", "trains_vision_tower": False}, {"freeze_mm_modules": True}),
        (VISION, {"target_modules": "all-linear"}, {"freeze_mm_modules": None}),
        (VISION, {"method": "full"}, {"freeze_mm_modules": None}),
        ("Qwen/Qwen3-30B-A3B", {"method": "qlora", "expert_quantization": True}, {"quantize_moe_experts": True}),
    ],
)
def test_a_method_is_written(model_id: str, overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """With all that axolotl wants beside it, and nothing of other methods."""
    written = words(model_id, **overrides)

    assert {key: written.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("model_id", "overrides", "problem"),
    [
        ("Qwen/Qwen3-30B-A3B", {"target_modules": ["q_proj", "up_proj"]}, "adapts gate and up of experts together"),
        (
            VISION,
            {"target_modules": ["q_proj"], "trains_vision_tower": True},
            "only if target_modules names its layers",
        ),
        (
            TEXT,
            {"expert_quantization": True, "method": "lora"},
            "only with method qlora, or with base_quantization 8bit",
        ),
        (TEXT, {"expert_quantization": True, "method": "qlora", "target_modules": "all-linear"}, "is a list of names"),
    ],
)
def test_what_axolotl_cannot_do_is_refused(model_id: str, overrides: dict[str, Any], problem: str) -> None:
    """Before a file is written that it would refuse, or take for something else."""
    with pytest.raises(UnsupportedExportError, match=problem):
        words(model_id, **overrides)
