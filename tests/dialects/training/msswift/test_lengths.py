"""Batches, lengths and images of a run of ms-swift."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import read, said, words

from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.training.msswift.dialect import MS_SWIFT
from model_garden_registry.findings import Severity

LENGTH = {"max_length": 2048}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (LENGTH, {"batch_size": 1, "gradient_accumulation_steps": 16, "num_epochs": 3, "max_seq_length": 2048}),
        ({**LENGTH, "per_device_train_batch_size": 3}, {"gradient_accumulation_steps": 6}),
        ({**LENGTH, "per_device_train_batch_size": 64}, {"gradient_accumulation_steps": 1}),
        ({**LENGTH, "ENV": {"NPROC_PER_NODE": 8}}, {"gradient_accumulation_steps": 2}),
        ({**LENGTH, "rlhf_type": "grpo"}, {"gradient_accumulation_steps": 1}),
        ({**LENGTH, "gradient_accumulation_steps": 5}, {"gradient_accumulation_steps": 5}),
        ({**LENGTH, "rlhf_type": "grpo"}, {"max_seq_length": 2560}),
        ({**LENGTH, "rlhf_type": "grpo", "max_completion_length": 1024}, {"max_seq_length": 3072}),
        ({**LENGTH, "max_completion_length": 1024}, {"max_seq_length": 2048}),
        ({**LENGTH, "packing_length": 8192}, {"max_seq_length": 2048}),
        ({**LENGTH, "packing_length": 8192, "packing": True, "attn_impl": "flash_attn"}, {"max_seq_length": 8192}),
        ({**LENGTH, "num_train_epochs": "2.5"}, {"num_epochs": 3}),
        ({**LENGTH, "max_epochs": 2}, {"num_epochs": 2}),
        (LENGTH, {"warmup_steps": 0, "optim": "adamw_torch_fused", "lr_scheduler_type": "cosine"}),
        ({**LENGTH, "warmup_steps": 7}, {"warmup_steps": 7}),
        (LENGTH, {"image_pixels": None, "eval_batch_size": None}),
        ({**LENGTH, "max_pixels": 262144}, {"image_pixels": 262144}),
        ({**LENGTH, "ENV": {"MAX_PIXELS": "1003520"}}, {"image_pixels": 1003520}),
        ({**LENGTH, "max_pixels": 262144, "ENV": {"MAX_PIXELS": 1003520}}, {"image_pixels": 262144}),
        ({**LENGTH, "model_kwargs": '{"max_pixels": 602112}'}, {"image_pixels": 602112}),
        ({**LENGTH, "max_pixels": 9, "ENV": {"IMAGE_MAX_TOKEN_NUM": 1024}}, {"image_pixels": 9}),
        ({**LENGTH, "split_dataset_ratio": 0.01}, {"eval_batch_size": 1}),
        ({**LENGTH, "val_dataset": ["held"], "per_device_eval_batch_size": 4}, {"eval_batch_size": 4}),
        ({**LENGTH, "cached_val_dataset": "held"}, {"eval_batch_size": 1}),
        ({**LENGTH, "val_dataset": ["held"], "eval_strategy": "no"}, {"eval_batch_size": None}),
        ({**LENGTH, "val_dataset": ["held"], "save_strategy": "no"}, {"eval_batch_size": None}),
        ({**LENGTH, "val_dataset": ["held"], "save_strategy": "no", "eval_strategy": "epoch"}, {"eval_batch_size": 1}),
    ],
)
def test_keys_are_settings(keys: dict[str, Any], expected: dict[str, Any]) -> None:
    """As ms-swift takes them; what is absent is as it computes it."""
    config = read(MS_SWIFT, **keys)

    assert said(config) + said(config, Severity.WARNING) == []
    assert {name: config.overrides[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("keys", "doubt"),
    [
        ({}, "max_length is not set: samples may be as long as the model's context, which is not judged"),
        ({**LENGTH, "ENV": {"IMAGE_MAX_TOKEN_NUM": 1024}},
         "ENV limits images by IMAGE_MAX_TOKEN_NUM, which is not judged"),
        ({**LENGTH, "model_kwargs": {"fps_max_frames": 12}},
         "model_kwargs is not followed: arguments of the model's processor"),
    ],
)  # fmt: skip
def test_what_is_not_judged_is_said(keys: dict[str, Any], doubt: str) -> None:
    """A length that nobody gave is the registry's."""
    config = read(MS_SWIFT, **keys)

    assert said(config, Severity.WARNING) == [doubt]
    assert ("max_seq_length" in config.overrides) == ("max_length" in keys)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"warmup_steps": 5, "warmup_ratio": 0.1}, "warmup_ratio cannot be combined with warmup_steps"),
        ({"warmup_ratio": 1}, "warmup_ratio must be below 1"),
        ({"per_device_train_batch_size": 1.5}, "per_device_train_batch_size takes a whole number, not 1.5"),
        ({"max_length": "long"}, "max_length takes a whole number, not 'long'"),
        ({"eval_strategy": "sometimes"}, "eval_strategy 'sometimes' is not one of no, steps, epoch"),
        ({"model_kwargs": [3]}, "model_kwargs takes a text or a mapping, not [3]"),
    ],
)
def test_what_ms_swift_refuses_is_refused(keys: dict[str, Any], problem: str) -> None:
    """In the parser, or in what checks its result."""
    assert said(read(MS_SWIFT, **{**LENGTH, **keys})) == [problem]


def test_steps_follow_from_a_batch_that_is_known() -> None:
    """Of one that only a shell knows nothing follows."""
    overrides = read(MS_SWIFT, max_length=512, per_device_train_batch_size=UnknownValue("$BATCH")).overrides

    assert not {"batch_size", "gradient_accumulation_steps"} & {*overrides}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, {"max_length": 2048, "eval_strategy": "no"}),
        ({"algorithm": "grpo", "max_seq_length": 4096}, {"max_length": 3584, "max_completion_length": 512}),
        ({"algorithm": "grpo", "max_seq_length": 301}, {"max_length": 151, "max_completion_length": 150}),
        ({"image_pixels": 1000}, {"max_pixels": 1000}),
        ({"eval_batch_size": 2},
         {"split_dataset_ratio": 0.01, "per_device_eval_batch_size": 2, "eval_strategy": "epoch"}),
    ],
)  # fmt: skip
def test_settings_are_keys(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """In ms-swift's words; without a limit of images there is none."""
    written = words(MS_SWIFT, **overrides)

    assert {key: written[key] for key in expected} == expected
    assert ("max_pixels" in written) == ("image_pixels" in overrides)
