"""Over how many GPUs a run of ms-swift is divided, and how."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import read, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.training.dividing import Division, deepspeed_config
from model_garden_registry.dialects.training.msswift.dialect import MS_SWIFT
from model_garden_registry.findings import Severity

FOUR = {"ENV": {"NPROC_PER_NODE": 4}}
SEEN = {"ENV": {"CUDA_VISIBLE_DEVICES": "0,1"}}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, {"sharding": "none", "offload": "none", "gradient_checkpointing": True, "context_parallel_size": 1}),
        (FOUR, {"n_gpus": 4, "sharding": "none"}),
        ({"ENV": {"NPROC_PER_NODE": 8, "NNODES": 2}}, {"n_gpus": 16}),
        ({"ENV": {"CUDA_VISIBLE_DEVICES": 0}}, {"n_gpus": 1, "sharding": "none"}),
        (SEEN, {"n_gpus": 2, "sharding": "device_map"}),
        ({"device_map": "auto"}, {"sharding": "device_map"}),
        ({"ENV": {"CUDA_VISIBLE_DEVICES": "0,1", "NPROC_PER_NODE": 2}}, {"n_gpus": 2, "sharding": "none"}),
        ({"deepspeed": "zero0"}, {"sharding": "none", "offload": "none"}),
        ({"deepspeed": "zero1"}, {"sharding": "zero1", "offload": "none"}),
        ({"deepspeed": "zero2"}, {"sharding": "zero2", "offload": "none"}),
        ({"deepspeed": "zero3"}, {"sharding": "zero3", "offload": "none"}),
        ({"deepspeed": "zero2_offload"}, {"sharding": "zero2", "offload": "optimizer"}),
        ({"deepspeed": "zero3_offload"}, {"sharding": "zero3", "offload": "weights"}),
        ({"deepspeed": "configs/ds_z2.json"}, {"sharding": "zero2"}),
        ({"deepspeed": '{"zero_optimization": {"stage": 3}}'}, {"sharding": "zero3"}),
        ({"fsdp": "fsdp2"}, {"sharding": "fsdp2", "offload": "none", "gradient_checkpointing": True}),
        ({"fsdp": "fsdp2", "gradient_checkpointing": False}, {"gradient_checkpointing": True}),
        ({"fsdp": {"fsdp": "full_shard"}, "gradient_checkpointing": False},
         {"sharding": "fsdp2", "gradient_checkpointing": False}),
        ({"fsdp": {"fsdp_config": {"fsdp_version": 1, "activation_checkpointing": True}},
          "gradient_checkpointing": False}, {"sharding": "fsdp", "gradient_checkpointing": True}),
        ({"gradient_checkpointing": False}, {"gradient_checkpointing": False}),
        ({"sequence_parallel_size": 4, **FOUR}, {"context_parallel_size": 4, "n_gpus": 4}),
        ({"sequence_parallel_size": 2, "rlhf_type": "dpo"}, {"context_parallel_size": 2}),
        ({}, {"dtype": "auto", "expert_quantization": False, "stack": "ms-swift"}),
        ({"torch_dtype": "bfloat16", "bf16": True}, {"dtype": "bfloat16"}),
        ({"bf16": True}, {"dtype": "auto"}),
        ({"torch_dtype": "float16"}, {"dtype": "float16"}),
    ],
)  # fmt: skip
def test_keys_are_settings(keys: dict[str, Any], expected: dict[str, Any]) -> None:
    """As ms-swift takes them; one process that sees several GPUs lays layers on each."""
    config = read(MS_SWIFT, max_length=2048, **keys)

    assert said(config) + said(config, Severity.WARNING) == []
    assert {name: config.overrides[name] for name in expected} == expected


def test_without_a_word_of_gpus_there_is_none() -> None:
    """The registry then chooses how many, and copies follow from the split."""
    assert not {"n_gpus", "master_weights"} & {*read(MS_SWIFT, max_length=2048).overrides}


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ({"deepspeed": "config.json"}, "deepspeed is not followed: a file whose name does not tell the stage"),
        ({"deepspeed": {"zero_optimization": {"stage": 7}}},
         "deepspeed is not followed: has no zero_optimization.stage from 0 to 3"),
        ({"fsdp": "fsdp.json"}, "fsdp is not followed: a file that is not read"),
        ({"fsdp": {"fsdp": "hybrid_shard"}},
         "fsdp is not followed: hybrid_shard leaves weights whole, which no setting covers"),
    ],
)  # fmt: skip
def test_a_split_that_no_setting_is_is_named(keys: dict[str, Any], left: str) -> None:
    """The registry then chooses one; checkpointing is known all the same."""
    config = read(MS_SWIFT, max_length=2048, **keys)

    assert said(config, Severity.WARNING) == [left]
    assert "sharding" not in config.overrides
    assert config.overrides["gradient_checkpointing"] is True


@pytest.mark.parametrize(
    ("keys", "doubt"),
    [
        ({"ENV": {"CUDA_VISIBLE_DEVICES": "0,1,2,3", "NPROC_PER_NODE": 2}},
         "ENV gives 2 processes 4 GPUs: several for each, which is not judged"),
        ({"torch_dtype": "bfloat16", "fp16": True},
         "fp16 is not followed: mixed precision in another type than that of the weights"),
        ({"bf16": False}, "bf16 is not followed: mixed precision in another type than that of the weights"),
    ],
)  # fmt: skip
def test_what_is_not_judged_is_said(keys: dict[str, Any], doubt: str) -> None:
    """Layers over several GPUs, several times; other types than those of the weights."""
    assert said(read(MS_SWIFT, max_length=2048, **keys), Severity.WARNING) == [doubt]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"deepspeed": "zero2", "fsdp": "fsdp2"}, "fsdp cannot be combined with deepspeed"),
        ({"deepspeed": "zero2", **SEEN}, "deepspeed needs ENV.NPROC_PER_NODE on several GPUs"),
        ({"fsdp": "fsdp2", **SEEN}, "fsdp needs ENV.NPROC_PER_NODE on several GPUs"),
        ({"use_liger_kernel": True, **SEEN},
         "use_liger_kernel cannot be combined with device_map: several GPUs, one process"),
        ({"sequence_parallel_size": 2, "rlhf_type": "kto"}, "sequence_parallel_size must be 1 with rlhf_type: kto"),
        ({"torch_dtype": "bf16"}, "torch_dtype 'bf16' is not one of bfloat16, float16, float32"),
        ({"ENV": "NPROC_PER_NODE=2"}, "ENV takes a mapping, not 'NPROC_PER_NODE=2'"),
    ],
)  # fmt: skip
def test_what_ms_swift_refuses_is_refused(keys: dict[str, Any], problem: str) -> None:
    """In the parser, or in what checks its result."""
    assert said(read(MS_SWIFT, max_length=2048, **keys)) == [problem]


def test_processes_that_only_a_shell_counts_are_processes() -> None:
    """How many is left to the registry."""
    variables = {"NPROC_PER_NODE": UnknownValue("$N"), "CUDA_VISIBLE_DEVICES": "0,1"}
    overrides = read(MS_SWIFT, max_length=2048, deepspeed="zero3", ENV=variables).overrides

    assert overrides["sharding"] == "zero3"
    assert "n_gpus" not in overrides


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, {"ENV": {"CUDA_VISIBLE_DEVICES": "0"}, "gradient_checkpointing": True}),
        ({"n_gpus": 2}, {"ENV": {"NPROC_PER_NODE": 2}}),
        ({"n_gpus": 2, "sharding": "device_map"}, {"ENV": {"CUDA_VISIBLE_DEVICES": "0,1"}, "device_map": "auto"}),
        ({"sharding": "zero3"}, {"ENV": {"NPROC_PER_NODE": 1}, "deepspeed": "zero3"}),
        ({"sharding": "zero2", "offload": "optimizer", "n_gpus": 2}, {"deepspeed": "zero2_offload"}),
        ({"sharding": "zero3", "offload": "weights", "n_gpus": 2}, {"deepspeed": "zero3_offload"}),
        ({"sharding": "zero3", "offload": "optimizer", "n_gpus": 2},
         {"deepspeed": deepspeed_config(Division("zero3", "optimizer"), 200_000_000)}),
        ({"sharding": "fsdp2", "n_gpus": 2}, {"fsdp": "fsdp2", "gradient_checkpointing": False}),
        ({"n_gpus": 4, "context_parallel_size": 2}, {"sequence_parallel_size": 2}),
        ({"dtype": "float16"}, {"torch_dtype": "float16"}),
    ],
)  # fmt: skip
def test_settings_are_keys(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """In ms-swift's words, by the names of the configurations that it brings."""
    written = words(MS_SWIFT, **overrides)

    assert {key: written[key] for key in expected} == expected


def test_what_its_own_configuration_of_fsdp_does_not_say_is_written_out() -> None:
    """It always computes activations again."""
    written = words(MS_SWIFT, sharding="fsdp2", n_gpus=2, gradient_checkpointing=False)["fsdp"]

    assert written["fsdp_config"]["activation_checkpointing"] is False
    assert words(MS_SWIFT, sharding="fsdp", n_gpus=2, offload="weights")["fsdp"]["fsdp"].endswith(" offload")


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"offload": "activations"}, "ms-swift cannot offload activations"),
        ({"context_parallel_size": 2, "n_gpus": 2, "algorithm": "orpo"}, "splits sequences only for sft, grpo, dpo"),
        ({"master_weights": True}, "chooses master_weights = false by itself"),
        ({"expert_quantization": True}, "does not quantise fused experts"),
    ],
)
def test_what_it_has_no_words_for_is_refused(overrides: dict[str, Any], why: str) -> None:
    """Never left out in silence."""
    with pytest.raises(UnsupportedExportError, match=why):
        words(MS_SWIFT, **overrides)
