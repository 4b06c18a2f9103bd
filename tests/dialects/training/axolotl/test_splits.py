"""What an axolotl file keeps, moves to main memory and divides over GPUs."""

from __future__ import annotations

from typing import Any

import pytest
from axolotl_files import LORA, read, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.findings import Severity

CPU = {"device": "cpu"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, (False, "none", "none")),
        ({"gradient_checkpointing": True}, (True, "none", "none")),
        ({"gradient_checkpointing": "true"}, (True, "none", "none")),
        ({"gradient_checkpointing": "offload"}, (True, "activations", "none")),
        ({"gradient_checkpointing": "offload_disk"}, (True, "activations", "none")),
        ({"gradient_checkpointing": True, "activation_offloading": True}, (True, "activations", "none")),
        ({"gradient_checkpointing": True, "activation_offloading": "legacy"}, (True, "activations", "none")),
        ({"gradient_checkpointing": True, "activation_offloading": "hidden_states"}, (True, "activations", "none")),
        ({"deepspeed": "deepspeed_configs/zero1.json"}, (False, "none", "zero1")),
        ({"deepspeed": "deepspeed_configs/zero2.json"}, (False, "optimizer", "zero2")),
        ({"deepspeed": "/a/b/zero3_bf16.json"}, (False, "none", "zero3")),
        ({"deepspeed": "deepspeed_configs/zero3_bf16_cpuoffload_all.json"}, (False, "weights", "zero3")),
        ({"deepspeed": "C:\\ds\\zero3.json"}, (False, "none", "zero3")),
        ({"deepspeed": "ds_stage2.json"}, (False, "none", "zero2")),
        ({"deepspeed": "my_zero_2_offload.json"}, (False, "optimizer", "zero2")),
        ({"deepspeed": "my-zero3-offload.json"}, (False, "weights", "zero3")),
        ({"deepspeed": "ds_z3.json"}, (False, "none", "zero3")),
        ({"deepspeed": {"zero_optimization": {"stage": 2}}}, (False, "none", "zero2")),
        ({"deepspeed": {"zero_optimization": {"stage": 0}}}, (False, "none", "none")),
        ({"deepspeed": {"bf16": {"enabled": True}}}, (False, "none", "none")),
        ({"deepspeed": {"zero_optimization": {"stage": 1, "offload_optimizer": CPU}}}, (False, "optimizer", "zero1")),
        ({"deepspeed": {"zero_optimization": {"stage": 3, "offload_optimizer": {"device": "none"}}}},
         (False, "none", "zero3")),
        ({"deepspeed": {"zero_optimization": {"stage": 3, "offload_optimizer": CPU, "offload_param": CPU}}},
         (False, "weights", "zero3")),
        ({"deepspeed": ""}, (False, "none", "none")),
        ({"fsdp_config__state_dict_type": "FULL_STATE_DICT"}, (False, "none", "fsdp2")),
        ({"fsdp_config__fsdp_offload_params": True}, (False, "weights", "fsdp2")),
        ({"fsdp_config__offload_params": False, "fsdp_version": 2}, (False, "none", "fsdp2")),
        ({"fsdp_config__activation_checkpointing": True}, (True, "none", "fsdp2")),
        ({"fsdp_version": 2}, (False, "none", "none")),
        ({"device_map": "auto"}, (False, "none", "none")),
        ({"device_map": {"": 0}}, (False, "none", "none")),
        ({"device_map": "sequential"}, (False, "none", "device_map")),
    ],
)  # fmt: skip
def test_keys_say_what_is_kept_moved_and_divided(keys: dict[str, Any], expected: tuple[bool, str, str]) -> None:
    """By the content of a DeepSpeed file, or by its name."""
    config = read(**keys)

    assert config.findings == ()
    assert tuple(config.overrides[name] for name in ("gradient_checkpointing", "offload", "sharding")) == expected


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            {"gradient_checkpointing": "unsloth"},
            "gradient_checkpointing 'unsloth' is not one of offload, offload_disk, false, true",
        ),
        ({"activation_offloading": True}, "activation_offloading needs gradient_checkpointing"),
        ({"activation_offloading": "somewhere"}, "activation_offloading 'somewhere' is not one of legacy, "),
        ({"fsdp_version": 1}, "fsdp_version must be 2, axolotl has FSDP2 only, not 1"),
        ({"fsdp_config__version": 1}, "fsdp_config.version must be 2, axolotl has FSDP2 only, not 1"),
        ({"fsdp_config__fsdp_sharding_strategy": "FULL_SHARD"}, "fsdp_config.fsdp_sharding_strategy was removed, and"),
        ({"fsdp": ["full_shard", "auto_wrap"]}, "fsdp was removed, and axolotl 0.21.0 refuses it"),
        (
            {"fsdp_config__offload_params": False, "deepspeed": "zero1.json"},
            "deepspeed cannot be combined with fsdp_config",
        ),
        (
            {"fsdp_config__offload_params": False, "optimizer": "adamw_8bit"},
            "optimizer adamw_8bit is refused with fsdp_config: adamw_torch_8bit",
        ),
        ({"deepspeed": "zero1.json", "optimizer": "muon"}, "optimizer muon is refused with deepspeed"),
        (
            {"fsdp_config__offload_params": False, "rl": "dpo", **LORA, "load_in_8bit": True},
            "load_in_8bit is refused with fsdp_config and rl: dpo",
        ),
        ({"deepspeed": {"zero_optimization": {"stage": 4}}}, "deepspeed has no zero_optimization.stage from 0 to 3"),
        (
            {"deepspeed": {"zero_optimization": {"stage": "three"}}},
            "deepspeed has no zero_optimization.stage from 0 to 3",
        ),
        ({"deepspeed": {"zero_optimization": {"stage": [3]}}}, "deepspeed has no zero_optimization.stage from 0 to 3"),
        ({"deepspeed": {"zero_optimization": []}}, "deepspeed has no zero_optimization.stage from 0 to 3"),
        ({"deepspeed": [3]}, "deepspeed takes a text or a mapping, not [3]"),
        ({"context_parallel_size": 0}, "context_parallel_size must be at least 1, not 0"),
        (
            {"context_parallel_size": 2, "attn_implementation": "eager"},
            "context_parallel_size is refused with attention",
        ),
        (
            {"context_parallel_size": 2, "eager_attention": True},
            "context_parallel_size is refused with attention eager",
        ),
        (
            {"context_parallel__size": 4, "context_parallel_size": 2},
            "context_parallel_size must be context_parallel.size, which is 4",
        ),
        ({"context_parallel__size": 0}, "context_parallel.size must be at least 1"),
        (
            {"base_model": "mosaicml/MPT-7b", "gradient_checkpointing": True},
            "gradient_checkpointing is refused where base_model has 'mpt'",
        ),
        (
            {"base_model": "tiiuae/falcon-7b", "fsdp_config__offload_params": False},
            "fsdp_config is refused where base_model has 'falcon'",
        ),
        ({"dp_shard_size": 0}, "dp_shard_size must be at least 1, not 0"),
        ({"dp_shard_size": 2, "dp_replicate_size": -1}, "dp_replicate_size must be at least 1, not -1"),
    ],
)
def test_what_axolotl_refuses_is_named(keys: dict[str, Any], problem: str) -> None:
    """Also of FSDP1, which is gone."""
    messages = [message for message in said(read(**keys)) if message.startswith(problem)]

    assert len(messages) == 1


@pytest.mark.parametrize(
    ("keys", "doubt", "offload"),
    [
        ({"deepspeed": "zero3_bf16_cpuoffload_params.json"}, "deepspeed offloads weights but not the", "none"),
        (
            {"deepspeed": {"zero_optimization": {"stage": 3, "offload_param": CPU}}},
            "deepspeed offloads weights but not the optimizer",
            "none",
        ),
        (
            {"deepspeed": "zero2.json", "gradient_checkpointing": "offload"},
            "gradient_checkpointing is not followed: activations in main memory",
            "optimizer",
        ),
        (
            {"deepspeed": "zero2.json", "gradient_checkpointing": True, "activation_offloading": True},
            "activation_offloading is not followed: activations in main memory",
            "optimizer",
        ),
        ({"deepspeed": "my_config.json"}, "deepspeed is not followed: its name does not tell the stage", None),
        ({"deepspeed": "my.json", "gradient_checkpointing": "offload"}, "deepspeed is not followed", "activations"),
    ],
)
def test_what_is_not_followed_or_not_known_is_doubted(keys: dict[str, Any], doubt: str, offload: str | None) -> None:
    """A DeepSpeed file beside this one is not read."""
    config = read(**keys)

    (message,) = said(config, Severity.WARNING)
    assert message.startswith(doubt)
    assert config.overrides.get("offload") == offload


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, (1, None)),
        ({"context_parallel_size": 4}, (4, None)),
        ({"sequence_parallel_degree": 2}, (2, None)),
        ({"context_parallel__size": 2}, (2, None)),
        ({"context_parallel__size": 2, "context_parallel_size": 2}, (2, None)),
        ({"context_parallel_size": 4, "sequence_parallel_degree": 2}, (4, None)),
        ({"dp_shard_size": 8}, (1, 8)),
        ({"dp_shard_size": 4, "dp_replicate_size": 2, "context_parallel_size": 2}, (2, 16)),
        ({"dp_shard_size": 1}, (1, None)),
        ({"dp_replicate_size": 2}, (1, None)),
    ],
)
def test_gpus_are_counted_where_the_file_counts_them(keys: dict[str, Any], expected: tuple[int, int | None]) -> None:
    """Otherwise the launcher does."""
    config = read(**keys)

    assert config.findings == ()
    assert (config.overrides["context_parallel_size"], config.overrides.get("n_gpus")) == expected


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, {"gradient_checkpointing": False, "deepspeed": None, "fsdp_config": None, "device_map": None}),
        ({"gradient_checkpointing": True, "offload": "activations"}, {"activation_offloading": True}),
        ({"sharding": "device_map", "n_gpus": 2}, {"device_map": "balanced", "dp_shard_size": None}),
        ({"sharding": "fsdp2", "n_gpus": 8, "optim": "adamw_torch"}, {"fsdp_version": 2, "dp_shard_size": 8}),
        ({"sharding": "fsdp2", "n_gpus": 1, "optim": "adamw_torch"}, {"dp_shard_size": None}),
        (
            {"sharding": "fsdp2", "n_gpus": 8, "context_parallel_size": 2, "optim": "adamw_torch"},
            {"dp_shard_size": 4, "context_parallel_size": 2},
        ),
    ],
)
def test_a_split_is_written(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """By whatever axolotl divides with."""
    written = words(**overrides)

    assert {key: written.get(key) for key in expected} == expected


def test_deepspeed_is_written_out() -> None:
    """With the numbers that an estimate takes, and nothing to be fetched beside the file."""
    first = words(sharding="zero1", n_gpus=2)["deepspeed"]
    assert first["zero_optimization"] == {"stage": 1, "contiguous_gradients": True}
    assert first["bf16"] == {"enabled": "auto"}
    assert first["train_batch_size"] == "auto"

    second = words(sharding="zero2", n_gpus=2, offload="optimizer", dtype="float16")["deepspeed"]
    assert second["zero_optimization"]["reduce_bucket_size"] == 500_000_000
    assert second["zero_optimization"]["offload_optimizer"] == {"device": "cpu", "pin_memory": True}
    assert "offload_param" not in second["zero_optimization"]
    assert second["fp16"] == {"enabled": True}

    third = words(sharding="zero3", n_gpus=2, offload="weights")["deepspeed"]["zero_optimization"]
    assert third["offload_param"] == third["offload_optimizer"] == {"device": "cpu", "pin_memory": True}
    assert third["stage3_param_persistence_threshold"] == third["reduce_bucket_size"] == "auto"
    assert third["stage3_max_live_parameters"] == third["sub_group_size"] == 0


def test_weights_that_wait_in_main_memory_do_so_under_fsdp() -> None:
    """One word for weights and optimizer."""
    overrides = {"sharding": "fsdp2", "n_gpus": 2, "optim": "adamw_torch"}

    assert words(**overrides, offload="weights")["fsdp_config"]["offload_params"] is True
    assert words(**overrides)["fsdp_config"]["offload_params"] is False


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"sharding": "fsdp", "n_gpus": 2}, "axolotl has FSDP2 only: sharding fsdp2"),
        (
            {"sharding": "fsdp2", "n_gpus": 2, "optim": "adamw_8bit"},
            "refuses adamw_8bit with FSDP2: optim adamw_torch_8bit",
        ),
        ({"offload": "activations", "gradient_checkpointing": False}, "only with gradient_checkpointing"),
        (
            {"context_parallel_size": 2, "n_gpus": 2, "attn_implementation": "eager"},
            "axolotl does not split sequences with attention eager",
        ),
    ],
)
def test_what_axolotl_cannot_do_is_refused(overrides: dict[str, Any], problem: str) -> None:
    """With what can be done instead."""
    with pytest.raises(UnsupportedExportError, match=problem):
        words(**overrides)


def test_what_axolotl_refuses_for_a_model_by_its_path_is_not_written() -> None:
    """With what can be done instead."""
    with pytest.raises(UnsupportedExportError, match="whose path has 'mpt': gradient_checkpointing false"):
        words("mosaicml/mpt-7b", gradient_checkpointing=True)
    with pytest.raises(UnsupportedExportError, match="whose path has 'falcon': sharding zero3"):
        words("tiiuae/falcon-7b", sharding="fsdp2", n_gpus=2, optim="adamw_torch_8bit")

    assert words("mosaicml/mpt-7b", gradient_checkpointing=False)["gradient_checkpointing"] is False
    assert words("tiiuae/falcon-7b", sharding="zero3", n_gpus=2, gradient_checkpointing=True)["deepspeed"]
