"""What a run of ms-swift teaches and trains."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import BNB, TEXT, VISION, read, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.training.msswift.dialect import MS_SWIFT
from model_garden_registry.findings import Severity

FLASH = {"attn_impl": "flash_attn"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, {"algorithm": "sft", "method": "lora", "base_quantization": None, "learning_rate": 1e-4}),
        ({"rlhf_type": "dpo"}, {"algorithm": "dpo"}),
        ({"rlhf_type": "orpo"}, {"algorithm": "orpo"}),
        ({"rlhf_type": "kto"}, {"algorithm": "kto"}),
        ({"rlhf_type": "rm"}, {"algorithm": "reward"}),
        ({"rlhf_type": "grpo"}, {"algorithm": "grpo"}),
        ({"task_type": "causal_lm"}, {"algorithm": "sft"}),
        ({"tuner_type": "full"}, {"method": "full", "learning_rate": 1e-5}),
        ({"tuner_type": "full", "learning_rate": "2e-6"}, {"learning_rate": 2e-6}),
        ({"quant_method": "bnb", "quant_bits": 4}, {"method": "qlora", "base_quantization": None}),
        ({"quant_method": "bnb", "quant_bits": "8"}, {"method": "lora", "base_quantization": "8bit"}),
        ({}, {"loss": "full", "attn_implementation": "sdpa", "packing": False}),
        ({"use_liger_kernel": True}, {"loss": "fused"}),
        ({"use_liger_kernel": True, "rlhf_type": "grpo"}, {"loss": "fused"}),
        ({"use_liger_kernel": True, "rlhf_type": "dpo"}, {"loss": "full"}),
        ({"attn_impl": "flash_attn"}, {"attn_implementation": "flash_attention_2"}),
        ({"attn_impl": "flash_attention_3"}, {"attn_implementation": "flash_attention_3"}),
        ({"attn_impl": "eager"}, {"attn_implementation": "eager"}),
        ({**FLASH, "packing": True}, {"packing": True}),
    ],
)
def test_keys_are_settings(keys: dict[str, Any], expected: dict[str, Any]) -> None:
    """As ms-swift takes them; what is absent is as it chooses."""
    config = read(MS_SWIFT, max_length=2048, **keys)

    assert said(config) + said(config, Severity.WARNING) == []
    assert {name: config.overrides[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ({"rlhf_type": "gkd"}, "rlhf_type is not followed: that algorithm needs further models or other losses"),
        ({"rlhf_type": "simpo"}, "rlhf_type is not followed: that algorithm needs further models or other losses"),
        ({"task_type": "seq_cls"}, "task_type is not followed: a head other than the language model's"),
        ({"tuner_type": "adalora"}, "tuner_type is not followed: another way to train"),
        (
            {"quant_method": "hqq", "quant_bits": 4},
            "quant_method is not followed: a quantisation other than bitsandbytes",
        ),
        (
            {"target_modules": ["all-linear", "lm_head"]},
            "target_modules is not followed: names beside all-linear",
        ),
        ({"attn_impl": "flex_attention"}, "attn_impl is not followed: an attention kernel that is not counted"),
        ({"quant_bits": 4}, "quant_bits does nothing without quant_method"),
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
        ({"quant_method": "bnb"}, "quant_method bnb needs quant_bits 4 or 8"),
        ({"quant_method": "bnb", "quant_bits": 2}, "quant_method bnb needs quant_bits 4 or 8"),
        ({"quant_method": "bnb", "quant_bits": 4, "tuner_type": "full"},
         "quant_method cannot be combined with tuner_type: full"),
        ({"quant_method": "awq"}, "quant_method 'awq' is not one of bnb, hqq, eetq, quanto, fp8"),
        ({"packing": True}, "packing needs attn_impl: flash_attn"),
        ({"packing": True, "attn_impl": "sdpa"}, "packing needs attn_impl: flash_attn"),
        ({"learning_rate": "fast"}, "learning_rate takes a number, not 'fast'"),
    ],
)  # fmt: skip
def test_what_ms_swift_refuses_is_refused(keys: dict[str, Any], problem: str) -> None:
    """In the parser, or in what checks its result."""
    assert said(read(MS_SWIFT, max_length=2048, **keys)) == [problem]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, {"tuner_type": "lora", "use_liger_kernel": False, "packing": False}),
        ({"algorithm": "dpo"}, {"rlhf_type": "dpo"}),
        ({"algorithm": "reward"}, {"rlhf_type": "rm"}),
        ({"method": "full"}, {"tuner_type": "full"}),
        ({"method": "qlora"}, {"tuner_type": "lora", "quant_method": "bnb", "quant_bits": 4}),
        ({"base_quantization": "8bit"}, {"quant_method": "bnb", "quant_bits": 8}),
        ({"loss": "fused"}, {"use_liger_kernel": True}),
        ({"attn_implementation": "flash_attention_2", "packing": True},
         {"attn_impl": "flash_attention_2", "packing": True}),
    ],
)  # fmt: skip
def test_settings_are_keys(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """In ms-swift's words."""
    written = words(MS_SWIFT, **overrides)

    assert {key: written[key] for key in expected} == expected


def test_what_does_not_matter_is_not_said() -> None:
    """No algorithm but one, no tower of a text model, and attention is left to the tool."""
    assert not {"rlhf_type", "freeze_vit", "attn_impl", "lora_dtype", "quant_bits"} & {*words(MS_SWIFT, TEXT)}
    assert words(MS_SWIFT, VISION)["freeze_vit"] is True
    assert words(MS_SWIFT, BNB)["quant_bits"] == 4


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"loss": "chunked"}, "ms-swift has no chunked loss for sft"),
        ({"loss": "fused", "algorithm": "kto"}, "ms-swift has no fused loss for kto"),
        ({"loss": "fused", "sharding": "device_map", "n_gpus": 2}, "no fused loss with sharding device_map"),
        ({"packing": True}, "packs only with attention flash_attention_2 or flash_attention_3"),
        ({"optim": "adamw_apex_fused"}, "has no optim adamw_apex_fused"),
    ],
)
def test_what_it_has_no_words_for_is_refused(overrides: dict[str, Any], why: str) -> None:
    """Never left out in silence."""
    with pytest.raises(UnsupportedExportError, match=why):
        words(MS_SWIFT, **overrides)
