"""Batches, lengths, rates and number formats of an axolotl file."""

from __future__ import annotations

from typing import Any

import pytest
from axolotl_files import LORA, VISION, read, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.findings import Severity


def test_what_a_file_leaves_out_is_as_axolotl_has_it() -> None:
    """Not as the registry would."""
    found = read().overrides

    assert {name: found[name] for name in ("batch_size", "gradient_accumulation_steps", "max_seq_length")} == {
        "batch_size": 1,
        "gradient_accumulation_steps": 1,
        "max_seq_length": 512,
    }
    assert (found["optim"], found["lr_scheduler_type"], found["num_epochs"]) == ("adamw_torch_fused", "cosine", 1)
    assert (found["packing"], found["dtype"], found["eval_batch_size"]) == (False, "auto", None)
    assert not {"warmup_steps", "adapter_dtype", "image_pixels"} & {*found}


@pytest.mark.parametrize(
    ("keys", "setting", "value"),
    [
        ({"micro_batch_size": 8}, "batch_size", 8),
        ({"micro_batch_size": "8"}, "batch_size", 8),
        ({"gradient_accumulation_steps": 16}, "gradient_accumulation_steps", 16),
        ({"sequence_len": 4096}, "max_seq_length", 4096),
        ({"sample_packing": True}, "packing", True),
        ({"learning_rate": "2e-5"}, "learning_rate", 2e-5),
        ({"learning_rate": 1}, "learning_rate", 1),
        ({"num_epochs": 0.5}, "num_epochs", 1),
        ({"num_epochs": 2.1}, "num_epochs", 3),
        ({"warmup_steps": 0, "warmup_ratio": 0.1}, "warmup_steps", 0),
        ({"warmup_steps": 7}, "warmup_steps", 7),
        ({"warmup_ratio": 0.25}, "warmup_ratio", 0.25),
        ({"optimizer": "paged_adamw_8bit"}, "optim", "paged_adamw_8bit"),
        ({"lr_scheduler": "constant_with_warmup"}, "lr_scheduler_type", "constant_with_warmup"),
        ({"lr_scheduler": "greedy", "val_set_size": 0.1}, "lr_scheduler_type", "greedy"),
        ({"optimizer": "galore_adamw", "optim_target_modules": ["attn"]}, "optim", "galore_adamw"),
        ({"bf16": True}, "dtype", "bfloat16"),
        ({"bf16": "auto"}, "dtype", "auto"),
        ({"bf16": "auto", "fp16": True}, "dtype", "float16"),
        ({"bf16": True, "fp16": True}, "dtype", "bfloat16"),
        ({"bf16": False, "fp16": True}, "dtype", "float16"),
        ({"bf16": False}, "dtype", "float32"),
        ({"bf16": False, "fp16": False, "float16": True}, "dtype", "float16"),
        ({"bf16": False, "bfloat16": True}, "dtype", "bfloat16"),
        ({"bf16": False, "load_in_8bit": True, **LORA}, "dtype", "float16"),
        ({"peft_autocast_adapter_dtype": True, **LORA}, "adapter_dtype", "float32"),
        ({"peft_autocast_adapter_dtype": False, **LORA}, "adapter_dtype", "bfloat16"),
        ({"peft_autocast_adapter_dtype": False, "fp16": True, **LORA}, "adapter_dtype", "float16"),
        ({"val_set_size": 0.1}, "eval_batch_size", 1),
        ({"val_set_size": 0.1, "micro_batch_size": 4}, "eval_batch_size", 4),
        ({"val_set_size": 0.1, "micro_batch_size": 4, "eval_batch_size": 2}, "eval_batch_size", 2),
        ({"val_set_size": 0.1, "eval_strategy": "no"}, "eval_batch_size", None),
        ({"val_set_size": 0.1, "evaluation_strategy": "no"}, "eval_batch_size", None),
        ({"val_set_size": 0, "eval_batch_size": 2}, "eval_batch_size", None),
        ({"test_datasets": [{"path": "x"}]}, "eval_batch_size", 1),
        ({"image_size": 512}, "image_pixels", 512 * 512),
        ({"image_size": [640, 480]}, "image_pixels", 640 * 480),
    ],
)
def test_a_key_is_a_setting(keys: dict[str, Any], setting: str, value: Any) -> None:
    """As axolotl takes it."""
    config = read(**keys)

    assert said(config) == []
    assert config.overrides[setting] == value


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"micro_batch_size": 0}, "micro_batch_size must be at least 1, not 0"),
        ({"micro_batch_size": -2}, "micro_batch_size must be at least 1, not -2"),
        ({"micro_batch_size": 1.5}, "micro_batch_size takes a whole number, not 1.5"),
        ({"micro_batch_size": "two"}, "micro_batch_size takes a whole number, not 'two'"),
        ({"gradient_accumulation_steps": 0}, "gradient_accumulation_steps must be at least 1, not 0"),
        (
            {"gradient_accumulation_steps": 2, "batch_size": 8},
            "batch_size cannot be combined with gradient_accumulation_steps",
        ),
        ({"sequence_len": 64}, "sequence_len must be at least 128 here, not 64"),
        ({"sequence_len": "long"}, "sequence_len takes a whole number, not 'long'"),
        ({"learning_rate": None}, "learning_rate is missing: axolotl has no default for it"),
        ({"learning_rate": "fast"}, "learning_rate takes a number that is not negative, not fast"),
        ({"learning_rate": -1.0}, "learning_rate takes a number that is not negative, not -1.0"),
        ({"num_epochs": 0}, "num_epochs must be more than 0, not 0"),
        ({"num_epochs": -1}, "num_epochs must be more than 0, not -1"),
        ({"warmup_steps": 0.1}, "warmup_steps takes a whole number, not 0.1"),
        ({"warmup_steps": -1}, "warmup_steps must be at least 0, not -1"),
        ({"warmup_steps": 10, "warmup_ratio": 0.1}, "warmup_ratio cannot be combined with warmup_steps"),
        ({"optimizer": "adam8"}, "optimizer 'adam8' is not one of 58 words; did you mean "),
        ({"optimizer": "ao_adamw_4bit"}, "optimizer 'ao_adamw_4bit' is not one of "),
        ({"lr_scheduler": "cosin"}, "lr_scheduler 'cosin' is not one of 14 words; did you mean cosine"),
        ({"optimizer": "galore_adamw"}, "optimizer galore_adamw needs optim_target_modules"),
        ({"optimizer": "apollo_adamw"}, "optimizer apollo_adamw needs optim_target_modules"),
        ({"lr_scheduler": "reduce_lr_on_plateau"}, "lr_scheduler reduce_lr_on_plateau needs an evaluation"),
        ({"lr_scheduler": "greedy", "val_set_size": 0.1, "eval_strategy": "no"}, "lr_scheduler greedy needs an eval"),
        ({"bf16": "full"}, "bf16 'full' is not one of auto, false, true"),
        ({"fp16": "auto"}, "fp16 takes true or false"),
        ({"val_set_size": 0.1, "test_datasets": [{"path": "x"}]}, "val_set_size must be 0 with test_datasets"),
        ({"val_set_size": 0.1, "eval_batch_size": 0}, "eval_batch_size must be at least 1, not 0"),
        ({"eval_strategy": "never"}, "eval_strategy 'never' is not one of no, steps, epoch"),
        ({"image_size": 0}, "image_size takes one side, or width and height"),
        ({"image_size": [512]}, "image_size takes one side, or width and height"),
        ({"image_size": [512, -1]}, "image_size takes one side, or width and height"),
        ({"image_size": [True, True]}, "image_size takes one side, or width and height"),
        ({"image_size": "large"}, "image_size takes a whole number or a list"),
    ],
)
def test_a_wrong_value_is_named(keys: dict[str, Any], problem: str) -> None:
    """Also one that axolotl only refuses when training starts."""
    (message, *more) = said(read(**keys))

    assert message.startswith(problem)
    assert more == []


def test_what_does_less_than_it_says_is_doubted() -> None:
    """A total batch size that nothing reads, and an optimizer that our settings do not have."""
    config = read(batch_size=32)
    (doubt,) = said(config, Severity.WARNING)
    assert doubt.startswith("batch_size does nothing")
    assert config.overrides["gradient_accumulation_steps"] == 1

    config = read(optimizer="muon", lr_scheduler="rex")
    (doubt,) = said(config, Severity.WARNING)
    assert "counted as that of adamw_torch_fused" in doubt
    assert config.overrides["optim"] == "adamw_torch_fused"
    assert "lr_scheduler_type" not in config.overrides


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"batch_size": 3}, {"micro_batch_size": 3}),
        ({"learning_rate": 1}, {"learning_rate": 1.0}),
        ({"optim": "apollo_adamw"}, {"optimizer": "apollo_adamw", "optim_target_modules": "all_linear"}),
        ({"lr_scheduler_type": "greedy", "eval_batch_size": 1}, {"lr_scheduler": "greedy"}),
        ({"dtype": "float16"}, {"bf16": False, "fp16": True}),
        ({"dtype": "float32"}, {"bf16": False, "fp16": False}),
        ({"adapter_dtype": "bfloat16"}, {"peft_autocast_adapter_dtype": False}),
        ({"adapter_dtype": "float32"}, {"peft_autocast_adapter_dtype": True}),
        ({"eval_batch_size": None}, {"val_set_size": 0.0}),
        ({"eval_batch_size": 4}, {"val_set_size": 0.05, "eval_batch_size": 4}),
    ],
)
def test_a_setting_is_written_in_axolotls_words(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """With every key that it needs."""
    written = words(**overrides)

    assert {key: written[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"optim": "adamw_apex_fused"}, "axolotl has no optimizer adamw_apex_fused"),
        ({"lr_scheduler_type": "greedy"}, "greedy needs an evaluation: set eval_batch_size"),
        ({"adapter_dtype": "float16"}, "axolotl has adapters in float32 or bfloat16 with dtype auto"),
        ({"adapter_dtype": "bfloat16", "dtype": "float16"}, "axolotl has adapters in float32 or float16"),
        ({"dtype": "float32", "base_quantization": "8bit"}, "the rest in half precision, not in float32"),
        ({"image_pixels": 1000}, "image_pixels must be a square number, not 1000"),
        ({"packing": True}, "axolotl packs no sequences with images"),
    ],
)
def test_what_axolotl_cannot_do_is_refused(overrides: dict[str, Any], problem: str) -> None:
    """With what can be done instead."""
    with pytest.raises(UnsupportedExportError, match=problem):
        words(VISION, **overrides)


def test_a_square_image_is_written_by_its_side() -> None:
    """And one without a limit not at all."""
    assert words(VISION, image_pixels=1024 * 1024)["image_size"] == 1024
    assert "image_size" not in words(VISION)
