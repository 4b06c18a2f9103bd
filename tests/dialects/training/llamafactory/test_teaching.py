"""What a LLaMA-Factory file teaches and trains."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import BNB, TEXT, VISION, read, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.training.llamafactory.dialect import LLAMA_FACTORY
from model_garden_registry.findings import Severity


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, {"algorithm": "sft", "method": "lora", "base_quantization": None}),
        ({"stage": "pt"}, {"algorithm": "sft", "packing": True}),
        ({"stage": "pt", "packing": False}, {"packing": False}),
        ({"stage": "pt", "packing": False, "neat_packing": True}, {"packing": True}),
        ({"stage": "dpo"}, {"algorithm": "dpo", "packing": False}),
        ({"stage": "dpo", "pref_loss": "ipo"}, {"algorithm": "dpo"}),
        ({"stage": "dpo", "pref_loss": "orpo"}, {"algorithm": "orpo"}),
        ({"stage": "kto", "pref_loss": "orpo"}, {"algorithm": "kto"}),
        ({"stage": "rm"}, {"algorithm": "reward"}),
        ({"packing": True}, {"packing": True}),
        ({"neat_packing": True}, {"packing": True}),
        ({"finetuning_type": "full"}, {"method": "full", "base_quantization": None}),
        ({"quantization_bit": 4}, {"method": "qlora", "base_quantization": None}),
        ({"quantization_bit": "4", "quantization_method": "bnb"}, {"method": "qlora"}),
        ({"quantization_bit": 8}, {"method": "lora", "base_quantization": "8bit"}),
        ({}, {"lora_config.r": 8, "lora_config.lora_alpha": 16, "lora_config.target_modules": "all-linear"}),
        ({"lora_rank": 32}, {"lora_config.r": 32, "lora_config.lora_alpha": 64}),
        ({"lora_rank": 32, "lora_alpha": 8}, {"lora_config.lora_alpha": 8}),
        ({"lora_dropout": 0.1, "use_rslora": True}, {"lora_config.lora_dropout": 0.1, "lora_config.use_rslora": True}),
        ({"lora_target": "q_proj, v_proj"}, {"lora_config.target_modules": ["q_proj", "v_proj"]}),
        ({"lora_target": ["q_proj"]}, {"lora_config.target_modules": ["q_proj"]}),
        ({"lora_target": "all"}, {"lora_config.target_modules": "all-linear"}),
        ({}, {"trains_embeddings": False, "trains_vision_tower": False, "loss": "full"}),
        ({"additional_target": "embed_tokens,lm_head"}, {"trains_embeddings": True}),
        ({"additional_target": ["wte"]}, {"trains_embeddings": True}),
        ({"additional_target": "audio_tower,lm_head"}, {"lora_config.modules_to_save": ["audio_tower", "lm_head"]}),
        ({"use_dora": True}, {"lora_config.use_dora": True}),
        ({}, {"lora_config.use_dora": False, "lora_config.target_parameters": []}),
        ({"resize_vocab": True}, {"trains_embeddings": True}),
        ({"freeze_vision_tower": False}, {"trains_vision_tower": True}),
        ({"enable_liger_kernel": True}, {"loss": "fused"}),
        ({"use_liger_kernel": True, "stage": "pt"}, {"loss": "fused"}),
        ({"enable_liger_kernel": True, "stage": "dpo"}, {"loss": "full"}),
    ],
)  # fmt: skip
def test_keys_are_settings(keys: dict[str, Any], expected: dict[str, Any]) -> None:
    """As LLaMA-Factory takes them; what is absent is as it chooses."""
    config = read(LLAMA_FACTORY, do_train=True, **keys)

    assert said(config) + said(config, Severity.WARNING) == []
    assert {name: config.overrides[name] for name in expected} == expected


def test_full_fine_tuning_says_nothing_of_adapters() -> None:
    """In a file, and to us."""
    config = read(LLAMA_FACTORY, do_train=True, finetuning_type="full", lora_rank=4, additional_target="lm_head")

    assert not [name for name in config.overrides if name.startswith(("lora_config", "trains_embeddings"))]
    assert not {"lora_rank", "lora_target", "additional_target"} & {
        *words(LLAMA_FACTORY, method="full", trains_embeddings=True)
    }


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ({"stage": "ppo"}, "stage is not followed: further models and text generated during training"),
        ({"stage": "dpo", "pref_loss": "simpo"},
         "pref_loss is not followed: a loss without a reference model, for which there is no setting"),
        ({"finetuning_type": "freeze"}, "finetuning_type is not followed: another way to train"),
        ({"finetuning_type": "oft", "quantization_bit": 4}, "finetuning_type is not followed: another way to train"),
        ({"quantization_bit": 3, "quantization_method": "hqq"},
         "quantization_bit is not followed: a quantisation other than bitsandbytes"),
    ],
)  # fmt: skip
def test_what_no_setting_follows_is_named(keys: dict[str, Any], left: str) -> None:
    """The rest of the file is judged."""
    config = read(LLAMA_FACTORY, do_train=True, **keys)

    assert said(config, Severity.WARNING) == [left]
    assert said(config) == []


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"finetuning_type": "full", "quantization_bit": 4},
         "quantization_bit needs finetuning_type lora or oft, not full"),
        ({"finetuning_type": "freeze", "quantization_bit": 8},
         "quantization_bit needs finetuning_type lora or oft, not freeze"),
        ({"quantization_bit": 3}, "quantization_bit takes 4 or 8 with bitsandbytes, not 3"),
        ({"quantization_bit": 16}, "quantization_bit 16 is not one of 1, 2, 3, 4, 5, 6, 8"),
        ({"finetuning_type": "qlora"}, "finetuning_type 'qlora' is not one of lora, oft, freeze, full"),
        ({"stage": "grpo"}, "stage 'grpo' is not one of pt, sft, rm, ppo, dpo, kto"),
        ({"lora_rank": "high"}, "lora_rank takes a whole number, not 'high'"),
        ({"lora_dropout": [0.1]}, "lora_dropout takes a number, not [0.1]"),
        ({"packing": "maybe"}, "packing takes true or false, not 'maybe'"),
    ],
)  # fmt: skip
def test_what_llama_factory_refuses_is_refused(keys: dict[str, Any], problem: str) -> None:
    """In the parser, in what checks its result, or when the model is loaded."""
    assert said(read(LLAMA_FACTORY, do_train=True, **keys)) == [problem]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, {"stage": "sft", "finetuning_type": "lora", "enable_liger_kernel": False, "packing": False}),
        ({"algorithm": "dpo"}, {"stage": "dpo"}),
        ({"algorithm": "orpo"}, {"stage": "dpo", "pref_loss": "orpo"}),
        ({"algorithm": "kto"}, {"stage": "kto"}),
        ({"algorithm": "reward"}, {"stage": "rm"}),
        ({"method": "full"}, {"finetuning_type": "full"}),
        ({"method": "qlora"}, {"finetuning_type": "lora", "quantization_bit": 4, "quantization_method": "bnb"}),
        ({"base_quantization": "8bit"}, {"finetuning_type": "lora", "quantization_bit": 8}),
        ({"lora_config__target_modules": "all-linear"}, {"lora_target": "all"}),
        ({"lora_config__target_modules": ["q_proj", "v_proj"]}, {"lora_target": "q_proj,v_proj"}),
        ({"trains_embeddings": True}, {"additional_target": "embed_tokens,lm_head"}),
        ({"loss": "fused"}, {"enable_liger_kernel": True}),
        ({"packing": True}, {"packing": True}),
        ({"trains_vision_tower": True}, {"freeze_vision_tower": False}),
    ],
)
def test_settings_are_keys(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """In LLaMA-Factory's words."""
    written = words(LLAMA_FACTORY, **overrides)

    assert {key: written[key] for key in expected} == expected


def test_what_does_not_matter_is_not_said() -> None:
    """No tower of a text model, no quantisation of one in 16 bits."""
    assert not {"freeze_vision_tower", "quantization_bit", "pref_loss"} & {*words(LLAMA_FACTORY, TEXT)}
    assert words(LLAMA_FACTORY, VISION)["freeze_vision_tower"] is True
    assert words(LLAMA_FACTORY, BNB)["quantization_bit"] == 4


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"loss": "tiled"}, "LLaMA-Factory has no tiled loss for sft"),
        ({"lora_config__target_parameters": ["a.b"]}, "LLaMA-Factory has no option for target_parameters"),
        ({"loss": "fused", "algorithm": "dpo"}, "LLaMA-Factory has no fused loss for dpo"),
    ],
)
def test_what_it_has_no_words_for_is_refused(overrides: dict[str, Any], why: str) -> None:
    """Never left out in silence."""
    with pytest.raises(UnsupportedExportError, match=why):
        words(LLAMA_FACTORY, **overrides)


def test_what_another_tool_teaches_has_no_stage() -> None:
    """The registry refuses it before, where the tool is the one that is asked."""
    from training_files import request

    with pytest.raises(UnsupportedExportError, match="LLaMA-Factory has no stage for grpo"):
        LLAMA_FACTORY.words(request(LLAMA_FACTORY, stack="ms-swift", algorithm="grpo"))
