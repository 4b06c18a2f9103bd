"""How GPUs divide a run, in the words of DeepSpeed and FSDP."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.dialects.training.dividing import (
    Division,
    deepspeed_config,
    fsdp_options,
    of_deepspeed,
    of_fsdp,
    of_name,
)
from model_garden_registry.entries.settings.task_settings import Sharding

_ZERO = [name for name in get_args(Sharding) if name.startswith("zero")]


@pytest.mark.parametrize("sharding", ["none", *_ZERO])
@pytest.mark.parametrize("offload", ["none", "optimizer", "weights"])
def test_a_configuration_that_is_written_is_read(sharding: Sharding, offload: Any) -> None:
    """For each stage, and wherever what is trained waits."""
    division = Division(sharding, offload)

    assert of_deepspeed(deepspeed_config(division, 1000)) == division


def test_a_stage_has_the_buckets_of_its_tool() -> None:
    """Stage 3 sets its own by the width of the model."""
    assert deepspeed_config(Division("zero2"), 123)["zero_optimization"]["reduce_bucket_size"] == 123
    assert deepspeed_config(Division("zero3"), 123)["zero_optimization"]["reduce_bucket_size"] == "auto"


@pytest.mark.parametrize(
    ("config", "division"),
    [
        ({}, Division("none")),
        ({"zero_optimization": {}}, Division("none")),
        ({"zero_optimization": {"stage": 1}}, Division("zero1")),
        ({"zero_optimization": {"stage": 2, "offload_optimizer": {"device": "none"}}}, Division("zero2")),
        ({"zero_optimization": {"stage": 2, "offload_optimizer": {"device": "cpu"}}}, Division("zero2", "optimizer")),
        ({"zero_optimization": {"stage": 3, "offload_optimizer": {"device": "nvme"}}}, Division("zero3", "optimizer")),
        ({"zero_optimization": {"stage": 3, "offload_param": {"device": "cpu"}}}, Division("zero3", "weights")),
        ({"zero_optimization": {"stage": 3, "offload_param": {}, "offload_optimizer": None}}, Division("zero3")),
    ],
)
def test_a_configuration_says_its_stage(config: dict[str, Any], division: Division) -> None:
    """And which device holds what; one that names no device keeps it on the GPU."""
    assert of_deepspeed(config) == division


@pytest.mark.parametrize(
    "config",
    [
        {"zero_optimization": {"stage": stage}} for stage in (4, -1, True, "3", None, 2.0, [3])
    ] + [{"zero_optimization": zero} for zero in (3, "zero3", [], None)],
)  # fmt: skip
def test_a_configuration_without_a_stage_is_none(config: dict[str, Any]) -> None:
    """Whatever stands in its place."""
    with pytest.raises(ValueError, match=r"has no zero_optimization\.stage from 0 to 3"):
        of_deepspeed(config)


@pytest.mark.parametrize(
    ("path", "division"),
    [
        ("examples/deepspeed/ds_z3_config.json", Division("zero3")),
        ("examples/deepspeed/ds_z0_config.json", Division("none")),
        ("examples/deepspeed/ds_z2_offload_config.json", Division("zero2", "optimizer")),
        ("examples/deepspeed/ds_z3_offload_config.json", Division("zero3", "weights")),
        ("cache/ds_z3_fp8_config.json", Division("zero3")),
        ("deepspeed/zero1.json", Division("zero1")),
        ("C:\\configs\\Stage-2.json", Division("zero2")),
        ("zero_3_offload", Division("zero3", "weights")),
        ("ds_config.json", None),
        ("zero/config.json", None),
        ("zero10.json", None),
        ("ds_z4_config.json", None),
        ("", None),
    ],
)
def test_the_name_of_a_file_says_its_stage(path: str, division: Division | None) -> None:
    """As the files are named that tools bring; folders say nothing."""
    assert of_name(path) == division


@pytest.mark.parametrize("offload", ["none", "weights"])
def test_options_that_are_written_are_read(offload: Any) -> None:
    """For both versions of FSDP."""
    for version, sharding in ((1, "fsdp"), (2, "fsdp2")):
        division = Division(sharding, offload)

        assert of_fsdp(fsdp_options(division), {"fsdp_version": version}, version=3 - version) == division


@pytest.mark.parametrize(
    ("options", "config", "division"),
    [
        (["full_shard", "auto_wrap"], {}, Division("fsdp")),
        ("full_shard", {"version": "2"}, Division("fsdp2")),
        ("full_shard offload", {}, Division("fsdp", "weights")),
        ("full_shard", {"fsdp_offload_params": True}, Division("fsdp", "weights")),
        ("full_shard", {"cpu_offload": True, "fsdp_version": 2}, Division("fsdp2", "weights")),
        ("full_shard", {"cpu_offload": "no"}, Division("fsdp")),
    ],
)
def test_options_stand_beside_a_configuration(options: Any, config: dict[str, Any], division: Division) -> None:
    """With and without the prefix that accelerate has."""
    assert of_fsdp(options, config, version=1) == division


@pytest.mark.parametrize("options", ["shard_grad_op", "hybrid_shard auto_wrap", ["hybrid_shard_zero2"]])
def test_what_leaves_weights_whole_is_no_division(options: Any) -> None:
    """No setting says that only some of it is split."""
    with pytest.raises(ValueError, match="leaves weights whole, which no setting covers"):
        of_fsdp(options, {}, version=1)


@given(st.text())
def test_any_name_is_read(text: str) -> None:
    """Or it says nothing."""
    assert of_name(text) is None or of_name(text).sharding in ("none", *_ZERO)  # type: ignore[union-attr]
