"""Which modules ms-swift adapts, or trains beside an adapter."""

from __future__ import annotations

import re
from typing import Any

import pytest
from training_files import TEXT, VISION, read, said, words

from model_garden_registry.dialects.training.msswift.dialect import MS_SWIFT
from model_garden_registry.findings import Severity


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, {"lora_config.r": 8, "lora_config.lora_alpha": 32, "lora_config.lora_dropout": 0.05}),
        ({}, {"lora_config.target_modules": "all-linear", "lora_config.use_rslora": False}),
        ({"lora_rank": 64, "lora_alpha": 128.0}, {"lora_config.r": 64, "lora_config.lora_alpha": 128}),
        ({"target_modules": "q_proj"}, {"lora_config.target_modules": ["q_proj"]}),
        ({"target_modules": ["q_proj", "v_proj"]}, {"lora_config.target_modules": ["q_proj", "v_proj"]}),
        ({"target_modules": ["all-linear"]}, {"lora_config.target_modules": "all-linear"}),
        ({}, {"adapter_dtype": "float32", "trains_embeddings": False, "trains_vision_tower": False}),
        ({"target_regex": None}, {"lora_config.target_modules": "all-linear"}),
        ({"lora_dtype": "bfloat16"}, {"adapter_dtype": "bfloat16"}),
        ({"modules_to_save": ["embed_tokens", "lm_head"]}, {"trains_embeddings": True}),
        ({"modules_to_save": "all-embedding"}, {"trains_embeddings": True}),
        ({"modules_to_save": ["norm", "lm_head"]}, {"lora_config.modules_to_save": ["norm", "lm_head"]}),
        ({"target_parameters": ["experts.down_proj"]}, {"lora_config.target_parameters": ["experts.down_proj"]}),
        ({"use_dora": True}, {"lora_config.use_dora": True}),
        ({"freeze_vit": False}, {"trains_vision_tower": True}),
    ],
)
def test_keys_are_settings(keys: dict[str, Any], expected: dict[str, Any]) -> None:
    """As ms-swift takes them; what is absent is as it chooses."""
    config = read(MS_SWIFT, max_length=2048, **keys)

    assert said(config) + said(config, Severity.WARNING) == []
    assert {name: config.overrides[name] for name in expected} == expected


def test_full_fine_tuning_says_nothing_of_adapters() -> None:
    """In a file, and to us."""
    config = read(MS_SWIFT, tuner_type="full", lora_rank=4, modules_to_save=["lm_head"])

    assert not [name for name in config.overrides if name.startswith(("lora_config", "trains_embeddings"))]
    assert not {"lora_rank", "target_modules", "modules_to_save"} & {
        *words(MS_SWIFT, method="full", trains_embeddings=True)
    }


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ({"lora_alpha": 0.5}, "lora_alpha is not followed: a fraction, which scales the adapter's output"),
        ({"target_modules": ["all-router"]}, "target_modules is not followed: names beside all-linear"),
        ({"target_regex": r".*\.q_proj"}, "target_regex is not followed: a pattern of adapted modules"),
    ],
)
def test_what_no_setting_follows_is_named(keys: dict[str, Any], left: str) -> None:
    """The rest of the file is judged."""
    config = read(MS_SWIFT, max_length=2048, **keys)

    assert said(config, Severity.WARNING) == [left]
    assert said(config) == []


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"lora_rank": 8.5}, "lora_rank takes a whole number, not 8.5"),
        ({"lora_dtype": "fp32"}, "lora_dtype 'fp32' is not one of float16, bfloat16, float32"),
        ({"freeze_vit": "sometimes"}, "freeze_vit takes true or false, not 'sometimes'"),
    ],
)
def test_what_ms_swift_refuses_is_refused(keys: dict[str, Any], problem: str) -> None:
    """In its parser."""
    assert said(read(MS_SWIFT, max_length=2048, **keys)) == [problem]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"lora_config__target_modules": "all-linear"}, {"target_modules": ["all-linear"]}),
        ({"adapter_dtype": "bfloat16"}, {"lora_dtype": "bfloat16"}),
        ({"trains_embeddings": True}, {"modules_to_save": ["embed_tokens", "lm_head"]}),
        ({"trains_vision_tower": True}, {"freeze_vit": False}),
    ],
)
def test_settings_are_keys(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """In ms-swift's words."""
    written = words(MS_SWIFT, **overrides)

    assert {key: written[key] for key in expected} == expected


GEMMA, NAMES = "google/gemma-3-4b-it", ["q_proj", "v_proj"]


@pytest.mark.parametrize(
    ("model_id", "overrides", "key"),
    [
        (GEMMA, {}, "target_regex"),
        (GEMMA, {"trains_vision_tower": True}, "target_modules"),
        (VISION, {}, "target_modules"),
        (TEXT, {}, "target_modules"),
    ],
)
def test_names_do_not_reach_a_tower_that_is_left_alone(model_id: str, overrides: dict[str, Any], key: str) -> None:
    """Where the tower has layers of those names; freeze_vit alone would not keep adapters from them."""
    written = words(MS_SWIFT, model_id, lora_config__target_modules=NAMES, **overrides)
    config = read(MS_SWIFT, max_length=512, **{key: written[key]})

    assert not {"target_modules", "target_regex"} - {key} & {*written}
    assert config.overrides["lora_config.target_modules"] == NAMES
    assert said(config, Severity.WARNING) == []


@pytest.mark.parametrize(
    ("module", "is_adapted"),
    [
        ("model.language_model.layers.0.self_attn.q_proj", True),
        ("model.layers.31.self_attn.v_proj", True),
        ("model.language_model.layers.0.mlp.up_proj", False),
        ("model.vision_tower.encoder.layers.0.self_attn.q_proj", False),
        ("visual.blocks.0.attn.q_proj", False),
        ("vpm.encoder.layers.0.self_attn.q_proj", False),
        ("model.audio_tower.conformer.0.attention.q_proj", False),
    ],
)
def test_the_pattern_is_that_of_the_language_model(module: str, is_adapted: bool) -> None:
    """As PEFT matches it: over the whole path of a module."""
    pattern = words(MS_SWIFT, GEMMA, lora_config__target_modules=NAMES)["target_regex"]

    assert bool(re.fullmatch(pattern, module)) is is_adapted
