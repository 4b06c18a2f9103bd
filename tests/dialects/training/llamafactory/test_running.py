"""How a LLaMA-Factory run is divided, and what it keeps."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import BNB, TEXT, VISION, read, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.training.dividing import Division, deepspeed_config
from model_garden_registry.dialects.training.llamafactory.dialect import LLAMA_FACTORY
from model_garden_registry.findings import Severity

NONE = {"sharding": "none", "offload": "none"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, {"learning_rate": 5e-5, "num_epochs": 3, "batch_size": 8, "gradient_accumulation_steps": 1}),
        ({}, {"warmup_steps": 0, "max_seq_length": 2048, "optim": "adamw_torch_fused", "lr_scheduler_type": "linear"}),
        ({"learning_rate": "1e-4"}, {"learning_rate": 1e-4}),
        ({"per_device_train_batch_size": "2", "cutoff_len": 512}, {"batch_size": 2, "max_seq_length": 512}),
        ({}, {"gradient_checkpointing": True, "attn_implementation": "sdpa", "dtype": "auto", **NONE}),
        ({"disable_gradient_checkpointing": True}, {"gradient_checkpointing": False}),
        ({"gradient_checkpointing": False}, {"gradient_checkpointing": True}),
        ({"flash_attn": "fa2"}, {"attn_implementation": "flash_attention_2"}),
        ({"flash_attn": "disabled"}, {"attn_implementation": "eager"}),
        ({"flash_attn": "fa3"}, {"attn_implementation": "flash_attention_3"}),
        ({"use_unsloth_gc": True}, {"sharding": "none", "offload": "activations"}),
        ({"deepspeed": ""}, NONE),
        ({"deepspeed": "examples/deepspeed/ds_z3_config.json"}, {"sharding": "zero3", "offload": "none"}),
        ({"deepspeed": "ds_z2_offload_config.json", "use_unsloth_gc": True},
         {"sharding": "zero2", "offload": "optimizer"}),
        ({"deepspeed": {"zero_optimization": {"stage": 1}}, "use_unsloth_gc": True},
         {"sharding": "zero1", "offload": "activations"}),
        ({"fsdp": ["full_shard", "auto_wrap"]}, {"sharding": "fsdp", "offload": "none"}),
        ({"fsdp": "full_shard offload", "fsdp_config": {"fsdp_version": 2}},
         {"sharding": "fsdp2", "offload": "weights"}),
        ({"fsdp": "full_shard", "fsdp_config": "fsdp.json"}, {"sharding": "fsdp"}),
        ({"ray_num_workers": 4}, {"n_gpus": 4}),
        ({"fp16": True}, {"dtype": "auto"}),
        ({"pure_bf16": True, "finetuning_type": "full"}, {"master_weights": False}),
        ({"pure_bf16": True, "deepspeed": "ds_z2_config.json"}, {"master_weights": False}),
        ({"image_max_pixels": 262144}, {"image_pixels": 262144}),
        ({}, {"image_pixels": 589824, "eval_batch_size": None, "adapter_dtype": "float32"}),
        ({"val_size": 0.1}, {"eval_batch_size": None}),
        ({"val_size": 0.1, "eval_strategy": "steps"}, {"eval_batch_size": 8}),
        ({"eval_dataset": "held_out", "do_eval": True, "per_device_eval_batch_size": 2}, {"eval_batch_size": 2}),
        ({}, {"expert_quantization": False, "context_parallel_size": 1, "stack": "llama-factory"}),
    ],
)  # fmt: skip
def test_keys_are_settings(keys: dict[str, Any], expected: dict[str, Any]) -> None:
    """As LLaMA-Factory takes them; what is absent is as it chooses."""
    config = read(LLAMA_FACTORY, do_train=True, **keys)

    assert said(config) + said(config, Severity.WARNING) == []
    assert {name: config.overrides[name] for name in expected} == expected


def test_a_file_says_nothing_of_how_many_gpus_there_are() -> None:
    """Nor of copies that follow from the split."""
    assert not {"n_gpus", "master_weights"} & {*read(LLAMA_FACTORY, do_train=True).overrides}


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ({"deepspeed": "my_config.json"}, "deepspeed is not followed: a file whose name does not tell the stage"),
        ({"deepspeed": {"zero_optimization": {"stage": 9}}},
         "deepspeed is not followed: has no zero_optimization.stage from 0 to 3"),
        ({"fsdp": "shard_grad_op"},
         "fsdp is not followed: shard_grad_op leaves weights whole, which no setting covers"),
    ],
)  # fmt: skip
def test_a_split_that_no_setting_is_is_named(keys: dict[str, Any], left: str) -> None:
    """The registry then chooses one."""
    config = read(LLAMA_FACTORY, do_train=True, pure_bf16=True, **keys)

    assert said(config, Severity.WARNING) == [left]
    assert "sharding" not in config.overrides


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"do_train": False}, "do_train is not true: the file trains nothing; it chats, predicts or exports"),
        ({"pure_bf16": True, "deepspeed": "ds_z3_config.json"},
         "pure_bf16 cannot be combined with DeepSpeed's stage 3"),
        ({"quantization_bit": 8, "deepspeed": "ds_z3_config.json"},
         "quantization_bit must be 4 with DeepSpeed's stage 3"),
        ({"val_size": 0.1, "eval_dataset": "held_out"}, "val_size cannot be combined with eval_dataset"),
        ({"eval_strategy": "steps"}, "eval_strategy needs eval_dataset, or a val_size above 0"),
        ({"do_eval": True}, "do_eval needs eval_dataset, or a val_size above 0"),
        ({"optim": "adam"}, None),
        ({"lr_scheduler_type": "cosin"}, None),
        ({"eval_strategy": "never"}, "eval_strategy 'never' is not one of no, steps, epoch"),
        ({"flash_attn": "flash_attention_2"},
         "flash_attn 'flash_attention_2' is not one of auto, disabled, sdpa, fa2, fa3"),
        ({"cutoff_len": 2048.5}, "cutoff_len takes a whole number, not 2048.5"),
        ({"image_max_pixels": "large"}, "image_max_pixels takes a whole number, not 'large'"),
        ({"bf16": "perhaps"}, "bf16 takes true or false, not 'perhaps'"),
        ({"deepspeed": [2]}, "deepspeed takes a text or a mapping, not [2]"),
    ],
)  # fmt: skip
def test_what_llama_factory_refuses_is_refused(keys: dict[str, Any], problem: str | None) -> None:
    """In the parser, or in what checks its result; None: by a set that is too long to write here."""
    found = said(read(LLAMA_FACTORY, **{"do_train": True, **keys}))

    assert len(found) == 1
    assert found == [problem] or (problem is None and found[0].startswith(f"{next(iter(keys))} '"))


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, {"do_train": True, "bf16": True, "flash_attn": "auto", "disable_gradient_checkpointing": False}),
        ({"attn_implementation": "sdpa"}, {"flash_attn": "sdpa"}),
        ({"attn_implementation": "flash_attention_2"}, {"flash_attn": "fa2"}),
        ({"gradient_checkpointing": False}, {"disable_gradient_checkpointing": True}),
        ({"offload": "activations"}, {"use_unsloth_gc": True}),
        ({"sharding": "zero3", "n_gpus": 2}, {"deepspeed": deepspeed_config(Division("zero3"), 500_000_000)}),
        ({"sharding": "zero2", "n_gpus": 2, "offload": "optimizer"},
         {"deepspeed": deepspeed_config(Division("zero2", "optimizer"), 500_000_000)}),
        ({"sharding": "zero1", "n_gpus": 2, "offload": "activations"}, {"use_unsloth_gc": True}),
        ({"sharding": "fsdp2", "n_gpus": 2}, {"fsdp": "full_shard auto_wrap", "fsdp_config": {"fsdp_version": 2}}),
        ({"sharding": "fsdp", "n_gpus": 2, "offload": "weights"},
         {"fsdp": "full_shard auto_wrap offload", "fsdp_config": {"fsdp_version": 1}}),
        ({"method": "full", "master_weights": False}, {"pure_bf16": True}),
        ({"eval_batch_size": 3}, {"val_size": 0.1, "per_device_eval_batch_size": 3, "eval_strategy": "epoch"}),
    ],
)  # fmt: skip
def test_settings_are_keys(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """In LLaMA-Factory's words."""
    written = words(LLAMA_FACTORY, **overrides)

    assert {key: written[key] for key in expected} == expected


def test_what_does_not_matter_is_not_said() -> None:
    """No images of a text model, no split over one GPU, no evaluation that is not asked for."""
    assert not {"image_max_pixels", "deepspeed", "fsdp", "eval_strategy"} & {*words(LLAMA_FACTORY, TEXT)}
    assert words(LLAMA_FACTORY, VISION)["image_max_pixels"] == 589824


@pytest.mark.parametrize(
    ("model_id", "overrides", "why"),
    [
        (TEXT, {"sharding": "device_map", "n_gpus": 2}, "set sharding to zero3, fsdp2 or none"),
        (BNB, {"sharding": "zero3", "n_gpus": 2}, "cannot shard weights published in 4bit with zero3"),
        (
            TEXT,
            {"sharding": "zero3", "n_gpus": 2, "base_quantization": "8bit"},
            "cannot shard weights quantised to 8 bits with zero3",
        ),
        (TEXT, {"dtype": "float32"}, "loads weights as they are published, and dtype is float32"),
        (TEXT, {"adapter_dtype": "bfloat16"}, "keeps adapters in float32, and adapter_dtype is bfloat16"),
        (TEXT, {"expert_quantization": True}, "does not quantise fused experts"),
        (TEXT, {"attn_implementation": "flash_attention_3"}, "does not take attention flash_attention_3"),
        (VISION, {"image_pixels": None}, "LLaMA-Factory limits images, and image_pixels is null"),
    ],
)
def test_what_it_has_no_words_for_is_refused(model_id: str, overrides: dict[str, Any], why: str) -> None:
    """Never left out in silence."""
    with pytest.raises(UnsupportedExportError, match=why):
        words(LLAMA_FACTORY, model_id, **overrides)
