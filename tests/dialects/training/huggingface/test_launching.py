"""How many processes, and what is divided among them."""

from __future__ import annotations

from typing import Any

import pytest
from training_exports import asked, said

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.rules import UnsayableError, Words
from model_garden_registry.dialects.training.huggingface.launching import (
    LAUNCHING,
    OFFLOADING,
    accelerate_config,
    named_division,
)
from model_garden_registry.dialects.training.huggingface.loading import LOADING
from model_garden_registry.dialects.training.huggingface.trl import TRL


@pytest.mark.parametrize(
    ("name", "sharding"),
    [
        ("zero3", "zero3"),
        ("zero0.yaml", "none"),
        ("examples/accelerate_configs/deepspeed_zero2.yaml", "zero2"),
        ("configs\\ds_z1_config.json", "zero1"),
        ("deepspeed_stage-3.json", "zero3"),
        ("fsdp2.yaml", "fsdp2"),
        ("fsdp_qlora.yaml", "fsdp"),
        ("fsdp1", "fsdp"),
        ("multi_gpu", "none"),
        ("ddp.yaml", "none"),
        ("single_gpu", "none"),
        ("zero3/mine.yaml", None),
        ("mine.yaml", None),
        ("zero30.yaml", None),
    ],
)
def test_a_file_of_settings_is_told_by_its_name(name: str, sharding: str | None) -> None:
    """Of accelerate or of DeepSpeed; folders say nothing."""
    found = named_division(name)

    assert (found.sharding if found else None) == sharding


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, {}, id="nothing: the machine decides"),
        pytest.param({"num_processes": 4}, {"n_gpus": 4, "sharding": "none"}, id="copies"),
        pytest.param(
            {"num_processes": 4, "accelerate_config": "zero3"}, {"n_gpus": 4, "sharding": "zero3"}, id="by name"
        ),
        pytest.param({"env": {"NPROC_PER_NODE": "2"}}, {"n_gpus": 2, "sharding": "none"}, id="torchrun"),
        pytest.param(
            {"env": {"NPROC_PER_NODE": "2"}, "num_processes": 4}, {"n_gpus": 4, "sharding": "none"}, id="accelerate"
        ),
        pytest.param({"env": {"NPROC_PER_NODE": "gpu"}}, {}, id="as many as there are"),
        pytest.param(
            {"env": {"NPROC_PER_NODE": "8", "NNODES": "2"}},
            {"n_gpus": 16, "nodes": 2, "sharding": "none"},
            id="torchrun on two machines",
        ),
        pytest.param(
            {"num_processes": 16, "num_machines": 2}, {"n_gpus": 16, "nodes": 2, "sharding": "none"}, id="two machines"
        ),
        pytest.param(
            {"num_processes": 5, "num_machines": 2}, {"n_gpus": 5, "sharding": "none"}, id="machines that differ"
        ),
        pytest.param({"num_machines": 2}, {}, id="machines without a number of processes"),
        pytest.param({"config_file": "accelerate/fsdp2.yaml"}, {"sharding": "fsdp2"}, id="accelerate launch"),
        pytest.param({"use_deepspeed": True, "zero_stage": 3}, {"sharding": "zero3"}, id="accelerate's own options"),
        pytest.param({"use_deepspeed": True}, {"sharding": "zero2"}, id="accelerate's own stage"),
        pytest.param({"use_fsdp": True, "fsdp_version": "2"}, {"sharding": "fsdp2"}, id="FSDP 2"),
        pytest.param({"use_fsdp": True}, {"sharding": "fsdp"}, id="FSDP 1"),
        pytest.param({"deepspeed": "ds_zero2.json"}, {"sharding": "zero2"}, id="a file of DeepSpeed"),
        pytest.param(
            {"deepspeed": '{"zero_optimization": {"stage": 1}}'}, {"sharding": "zero1"}, id="DeepSpeed in the file"
        ),
        pytest.param({"deepspeed": {"zero_optimization": {"stage": 0}}}, {"sharding": "none"}, id="no stage"),
        pytest.param({"deepspeed": {"fp16": {}}}, {"sharding": "none"}, id="DeepSpeed without ZeRO"),
        pytest.param({"fsdp": "full_shard auto_wrap"}, {"sharding": "fsdp2"}, id="transformers takes version 2"),
        pytest.param({"fsdp": True, "fsdp_config": {"version": 1}}, {"sharding": "fsdp"}, id="version 1"),
        pytest.param({"fsdp": True, "fsdp_config": "f.json"}, {"sharding": "fsdp2"}, id="a file of FSDP"),
        pytest.param({"fsdp": ""}, {}, id="no FSDP"),
        pytest.param({"model_init_kwargs": {"device_map": "auto"}}, {"sharding": "device_map"}, id="one process"),
        pytest.param(
            {"model_init_kwargs": {"device_map": "auto"}, "env": {"CUDA_VISIBLE_DEVICES": "0,3"}},
            {"sharding": "device_map", "n_gpus": 2},
            id="one process, its GPUs named",
        ),
        pytest.param(
            {"model_init_kwargs": {"device_map": "auto"}, "env": {"CUDA_VISIBLE_DEVICES": 0}},
            {"sharding": "device_map", "n_gpus": 1},
            id="one of them",
        ),
        pytest.param(
            {"model_init_kwargs": {"device_map": "auto"}, "num_processes": 2},
            {"n_gpus": 2, "sharding": "none"},
            id="TRL takes no device map where processes are several",
        ),
        pytest.param({"parallelism_config_cp_size": 2}, {"context_parallel_size": 2}, id="sequences are divided"),
    ],
)
def test_what_is_divided_is_read(values: dict[str, Any], expected: dict[str, Any]) -> None:
    """What a file does not say of GPUs stays open."""
    assert LAUNCHING.read(said(TRL, **values)) == {"context_parallel_size": 1, **expected}


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"config_file": "my.yaml"}, "config_file"),
        ({"accelerate_config": "my.yaml"}, "accelerate_config"),
        ({"deepspeed": "my.json"}, "deepspeed"),
    ],
)
def test_a_file_whose_name_says_nothing_is_left(values: dict[str, Any], key: str) -> None:
    """What it shards is not in this file."""
    words = said(TRL, **values)

    assert "sharding" not in LAUNCHING.read(words)
    assert "in another file" in words.left[key]


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"deepspeed": {"zero_optimization": {"stage": 9}}}, "deepspeed"),
        ({"fsdp": "shard_grad_op auto_wrap"}, "fsdp"),
    ],
)
def test_a_split_that_no_setting_says_is_left(values: dict[str, Any], key: str) -> None:
    """No stage of DeepSpeed, or weights that stay whole."""
    words = said(TRL, **values)

    assert "sharding" not in LAUNCHING.read(words)
    assert key in words.left


def test_a_variable_says_nothing_of_what_is_divided() -> None:
    """As a file that is not named."""
    variable = UnknownValue("$CONFIG")
    words = Words({key: Item(key, variable) for key in ("config_file", "num_processes", "fsdp")}, TRL.vocabulary)

    assert LAUNCHING.read(words) == {"context_parallel_size": 1}


@pytest.mark.parametrize(
    ("overrides", "written"),
    [
        ({}, {"num_processes": 1}),
        ({"n_gpus": 4}, {"num_processes": 4, "accelerate_config": "multi_gpu"}),
        ({"n_gpus": 2, "sharding": "zero3"}, {"num_processes": 2, "accelerate_config": "zero3"}),
        ({"n_gpus": 2, "sharding": "fsdp"}, {"num_processes": 2, "accelerate_config": "fsdp1"}),
        ({"n_gpus": 1, "sharding": "fsdp2"}, {"num_processes": 1, "accelerate_config": "fsdp2"}),
        (
            {"n_gpus": 2, "sharding": "device_map"},
            {
                "num_processes": 1,
                "env": {"CUDA_VISIBLE_DEVICES": "0,1"},
            },
        ),
    ],
)
def test_what_is_divided_is_written(overrides: dict[str, Any], written: dict[str, Any]) -> None:
    """By the names of the files that TRL brings; each is read back as the same."""
    request = asked(TRL, **overrides)

    assert LAUNCHING.write(request) == written
    assert LAUNCHING.read(said(TRL, **{**LOADING.write(request), **written})) == {
        "n_gpus": 1,
        "sharding": "none",
        "context_parallel_size": 1,
        **overrides,
    }


def test_settings_of_accelerate_are_for_several_processes() -> None:
    """One process that drives several GPUs, or one alone, has none."""
    assert accelerate_config(asked(TRL)) is None
    assert accelerate_config(asked(TRL, n_gpus=2, sharding="device_map")) is None
    assert accelerate_config(asked(TRL, n_gpus=2, sharding="zero1")) == "zero1"


def test_sequences_that_are_divided_are_not_written() -> None:
    """Accelerate takes that from a file of its own alone."""
    request = asked(TRL, n_gpus=4, sharding="fsdp2", context_parallel_size=2)

    with pytest.raises(UnsayableError, match="splits sequences"):
        LAUNCHING.write(request)


@pytest.mark.parametrize(
    ("values", "offload"),
    [
        ({}, "none"),
        ({"activation_offloading": True}, "activations"),
        ({"offload_optimizer_device": "cpu"}, "optimizer"),
        ({"offload_optimizer_device": "none"}, "none"),
        ({"offload_param_device": "cpu", "offload_optimizer_device": "cpu"}, "weights"),
        ({"fsdp_offload_params": "true"}, "weights"),
        ({"deepspeed": {"zero_optimization": {"stage": 2, "offload_optimizer": {"device": "cpu"}}}}, "optimizer"),
        ({"config_file": "deepspeed_zero3_offload.yaml"}, "weights"),
        ({"fsdp": "full_shard offload"}, "weights"),
        ({"use_deepspeed": True, "zero_stage": 3}, "none"),
    ],
)
def test_what_waits_in_main_memory_is_read(values: dict[str, Any], offload: str) -> None:
    """TRL's own key, and options of accelerate."""
    assert OFFLOADING.read(said(TRL, **values)) == {"offload": offload}


def test_activations_that_wait_are_written_and_nothing_else() -> None:
    """The optimizer and the weights are DeepSpeed's or FSDP's to move."""
    assert OFFLOADING.write(asked(TRL, offload="activations")) == {"activation_offloading": True}
    for offload in ("optimizer", "weights"):
        with pytest.raises(UnsayableError, match=f"offloads the {offload} only"):
            OFFLOADING.write(asked(TRL, n_gpus=2, sharding="zero3", offload=offload))
