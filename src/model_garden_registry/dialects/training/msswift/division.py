"""Number of GPUs of a run of ms-swift, and its sharding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words
from model_garden_registry.dialects.training.dividing import (
    Division,
    deepspeed_config,
    fsdp_options,
    of_deepspeed,
    of_fsdp,
    of_name,
)
from model_garden_registry.dialects.training.msswift.environment import KEY, is_started, number, processes, visible_gpus
from model_garden_registry.dialects.training.msswift.teaching import algorithm_of
from model_garden_registry.dialects.training.run_rules import fixed, master_weights

_TOOL = "ms-swift"
#: Its built-in configurations, by name.
_DEEPSPEED = {
    "zero0": Division("none"),
    "zero1": Division("zero1"),
    "zero2": Division("zero2"),
    "zero3": Division("zero3"),
    "zero2_offload": Division("zero2", "optimizer"),
    "zero3_offload": Division("zero3", "weights"),
}
#: Elements that are reduced at once in its own DeepSpeed configurations.
_BUCKET = 200_000_000
#: The built-in configuration for FSDP, which recomputes activations itself.
_FSDP = "fsdp2"
_FSDP_BESIDE = {"auto_wrap_policy": "TRANSFORMER_BASED_WRAP", "cpu_ram_efficient_loading": True}
#: Algorithms with sequence parallelism.
#: Source: 4.6, `arguments/rlhf_args.py` _check_sequence_parallel
_DIVIDING = ("sft", "grpo", "dpo")


def _gpus() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        gpus, sharding = request.value("n_gpus"), request.value("sharding")
        if sharding == "device_map" or (gpus == 1 and sharding == "none"):
            return {KEY: {"CUDA_VISIBLE_DEVICES": ",".join(map(str, range(gpus)))}}
        nodes = request.value("nodes")
        return {KEY: {"NPROC_PER_NODE": gpus // nodes, **({"NNODES": nodes} if nodes > 1 else {})}}

    def read(words: Words) -> Mapping[str, Any]:
        started, seen = processes(words), visible_gpus(words)
        if started is None:
            return {} if seen is None else {"n_gpus": seen}
        if seen is not None and seen > (number(words, "NPROC_PER_NODE") or 1):
            words.doubt(KEY, f"gives {started} processes {seen} GPUs: several for each, which is not judged")
        return {"n_gpus": started, "nodes": number(words, "NNODES") or 1}

    return Rule(
        keys=(KEY,),
        settings=("n_gpus", "nodes"),
        write=write,
        read=read,
        says="NPROC_PER_NODE times NNODES; without them, as many as CUDA_VISIBLE_DEVICES lists",
    )


def _division() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        division = Division(request.value("sharding"), request.value("offload"))
        checkpoints = request.value("gradient_checkpointing")
        if division.offload == "activations":
            raise UnsayableError(f"{_TOOL} cannot offload activations")
        if division.sharding in ("fsdp", "fsdp2"):
            return {"fsdp": _fsdp(division, checkpoints=checkpoints), "gradient_checkpointing": False}
        found = {"gradient_checkpointing": checkpoints}
        if division.sharding == "device_map":
            return {**found, "device_map": "auto"}
        if division.sharding == "none":
            return found
        named = next((name for name, one in _DEEPSPEED.items() if one == division), None)
        return {**found, "deepspeed": named or deepspeed_config(division, _BUCKET)}

    def read(words: Words) -> Mapping[str, Any]:
        division, checkpoints = _divided(words)
        found = {"gradient_checkpointing": bool(words.get("gradient_checkpointing") or checkpoints)}
        if division is None:
            return found
        if division.sharding == "device_map" and words.get("use_liger_kernel"):
            raise RefusedValueError("use_liger_kernel", "cannot be combined with device_map: several GPUs, one process")
        return {**found, "sharding": division.sharding, "offload": division.offload}

    return Rule(
        keys=("deepspeed", "fsdp", "device_map", "gradient_checkpointing"),
        settings=("sharding", "offload", "gradient_checkpointing"),
        write=write,
        read=read,
        said_by={"gradient_checkpointing": ("gradient_checkpointing", "fsdp")},
        says="a configuration by its name, as content, or recognised by its file name; one process that sees "
        "several GPUs is device_map",
    )


def _fsdp(division: Division, *, checkpoints: bool) -> str | dict[str, Any]:
    if division == Division("fsdp2") and checkpoints:
        return _FSDP
    version = 1 if division.sharding == "fsdp" else 2
    beside = {"fsdp_version": version, **_FSDP_BESIDE, "activation_checkpointing": checkpoints}
    return {"fsdp": fsdp_options(division), "fsdp_config": beside}


def _divided(words: Words) -> tuple[Division | None, bool]:
    """Return the sharding of a run (None if unknown), and whether FSDP recomputes activations."""
    deepspeed, fsdp = words.get("deepspeed"), words.get("fsdp")
    if deepspeed and fsdp:
        raise RefusedValueError("fsdp", "cannot be combined with deepspeed")
    is_alone = not is_started(words) and (visible_gpus(words) or 1) > 1
    if not (deepspeed or fsdp):
        return Division("device_map" if is_alone or words.get("device_map") else "none"), False
    if is_alone:
        raise RefusedValueError("deepspeed" if deepspeed else "fsdp", f"needs {KEY}.NPROC_PER_NODE on several GPUs")
    if deepspeed:
        return _of_deepspeed(words, deepspeed), False
    if fsdp == _FSDP:
        return Division("fsdp2"), True
    if isinstance(fsdp, str):
        words.leave("fsdp", "a file that is not read")
        return None, False
    config = fsdp.get("fsdp_config", {})
    try:
        division = of_fsdp(fsdp.get("fsdp", "full_shard auto_wrap"), config, version=2)
    except ValueError as error:
        words.leave("fsdp", str(error))
        return None, False
    return division, config.get("activation_checkpointing") is True


def _of_deepspeed(words: Words, config: str | Mapping[str, Any]) -> Division | None:
    if isinstance(config, str):
        division = _DEEPSPEED.get(config) or of_name(config)
        if division is None:
            words.leave("deepspeed", "a file whose name does not tell the stage")
        return division
    try:
        return of_deepspeed(config)
    except ValueError as error:
        words.leave("deepspeed", str(error))
        return None


def _sequences() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        parts, algorithm = request.value("context_parallel_size"), request.value("algorithm")
        if parts > 1 and algorithm not in _DIVIDING:
            raise UnsayableError(f"{_TOOL} splits sequences only for {', '.join(_DIVIDING)}")
        return {"sequence_parallel_size": parts} if parts > 1 else {}

    def read(words: Words) -> Mapping[str, Any]:
        parts = words.get("sequence_parallel_size")
        if parts > 1 and algorithm_of(words) not in _DIVIDING:
            raise RefusedValueError("sequence_parallel_size", f"must be 1 with rlhf_type: {words.get('rlhf_type')}")
        return {"context_parallel_size": parts}

    return Rule(keys=("sequence_parallel_size",), settings=("context_parallel_size",), write=write, read=read)


def _dtype() -> Rule:
    """Return the rule for the type: mixed precision follows the type of the weights unless set."""

    def write(request: ExportRequest) -> Mapping[str, Any]:
        dtype = request.value("dtype")
        return {} if dtype == "auto" else {"torch_dtype": dtype}

    def read(words: Words) -> Mapping[str, Any]:
        for key, kind in (("bf16", "bfloat16"), ("fp16", "float16")):
            if words.get(key) is False or (words.get(key) and words.get("torch_dtype") not in (None, kind)):
                words.leave(key, "mixed precision in another type than that of the weights")
        return {"dtype": words.get("torch_dtype") or "auto"}

    return Rule(
        keys=("torch_dtype", "bf16", "fp16"),
        settings=("dtype",),
        write=write,
        read=read,
        says="not written for auto",
    )


RULES = (
    _gpus(),
    _division(),
    _sequences(),
    _dtype(),
    master_weights(),
    fixed("expert_quantization", value=False, why="does not quantise fused experts"),
)
