"""Sharding: DeepSpeed configurations, FSDP options, and the file names of such configurations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from model_garden_registry.entries.settings.task_settings import Offload, Sharding

_STAGES: Mapping[int, Sharding] = {0: "none", 1: "zero1", 2: "zero2", 3: "zero3"}
#: ``ds_z3_offload_config.json``, ``zero3``, ``stage2.json``, ``zero-2_offload``.
_NAMED = re.compile(r"(?:zero|stage|z)[_-]?([0-3])(?![0-9])", re.IGNORECASE)
#: The trainer switches half precision on, by the tool's own keys.
_PRECISIONS = {"bf16": {"enabled": "auto"}, "fp16": {"enabled": "auto", "loss_scale": 0, "initial_scale_power": 16}}
_BATCHES = dict.fromkeys(
    ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps", "gradient_clipping"), "auto"
)
_MAIN_MEMORY = {"device": "cpu", "pin_memory": True}


class Division(NamedTuple):
    """The sharding of a run, and what is offloaded to main memory."""

    sharding: Sharding
    offload: Offload = "none"


def deepspeed_config(division: Division, bucket: int) -> dict[str, Any]:
    """
    Return a DeepSpeed configuration for one of its stages.

    Args:
        bucket: Elements that are reduced at once in stages 1 and 2, as in the tool's own configurations.
    """
    stage = next(number for number, name in _STAGES.items() if name == division.sharding)
    zero: dict[str, Any] = {"stage": stage, "overlap_comm": False, "contiguous_gradients": True}
    if division.offload in ("optimizer", "weights"):
        zero["offload_optimizer"] = dict(_MAIN_MEMORY)
    if division.offload == "weights":
        zero["offload_param"] = dict(_MAIN_MEMORY)
    if stage == 3:
        zero |= {
            "sub_group_size": 1_000_000_000,
            "reduce_bucket_size": "auto",
            "stage3_prefetch_bucket_size": "auto",
            "stage3_param_persistence_threshold": "auto",
            "stage3_max_live_parameters": 1_000_000_000,
            "stage3_max_reuse_distance": 1_000_000_000,
            "stage3_gather_16bit_weights_on_model_save": True,
        }
    else:
        zero |= {"reduce_scatter": True, "reduce_bucket_size": bucket, "allgather_bucket_size": bucket}
    return {**_BATCHES, "zero_allow_untested_optimizer": True, **_PRECISIONS, "zero_optimization": zero}


def of_deepspeed(config: Mapping[str, Any]) -> Division:
    """
    Return the sharding of a DeepSpeed configuration.

    Raises:
        ValueError: It has no stage; with half a sentence that follows the key.
    """
    zero = config.get("zero_optimization", {"stage": 0})
    stage = zero.get("stage", 0) if isinstance(zero, Mapping) else None
    if type(stage) is not int or stage not in _STAGES:
        raise ValueError("has no zero_optimization.stage from 0 to 3")
    weights, optimizer = (_waits(zero.get(name)) for name in ("offload_param", "offload_optimizer"))
    return Division(_STAGES[stage], "weights" if weights else "optimizer" if optimizer else "none")


def _waits(place: Any) -> bool:
    return isinstance(place, Mapping) and place.get("device", "none") in ("cpu", "nvme")


def of_name(path: str) -> Division | None:
    """Return the sharding of a DeepSpeed configuration, from its file name; None if the name does not tell."""
    name = re.split(r"[/\\]", path)[-1]
    found = _NAMED.search(name)
    if found is None:
        return None
    sharding, waits = _STAGES[int(found[1])], "offload" in name.lower()
    return Division(sharding, "none" if not waits else "weights" if sharding == "zero3" else "optimizer")


def fsdp_options(division: Division) -> str:
    """Return FSDP's options in the words of transformers: everything is sharded, one layer at a time."""
    return "full_shard auto_wrap" + (" offload" if division.offload == "weights" else "")


def of_fsdp(options: str | Sequence[str], config: Mapping[str, Any], *, version: int) -> Division:
    """
    Return the sharding of FSDP options.

    Args:
        options: In the words of transformers.

        config: Further options; keys may begin with ``fsdp_``.

        version: FSDP version, if the configuration names none.

    Raises:
        ValueError: Not everything is sharded, for which there is no setting; with half a sentence that follows the key.
    """
    words = options.split() if isinstance(options, str) else [str(one) for one in options]
    known = {key.removeprefix("fsdp_"): value for key, value in config.items()}
    whole = {"shard_grad_op", "hybrid_shard", "hybrid_shard_zero2"} & {*words}
    if whole:
        raise ValueError(f"{min(whole)} leaves weights whole, which no setting covers")
    chosen = str(known.get("version", version))
    waits = "offload" in words or any(known.get(name) is True for name in ("cpu_offload", "offload_params"))
    return Division("fsdp" if chosen == "1" else "fsdp2", "weights" if waits else "none")
