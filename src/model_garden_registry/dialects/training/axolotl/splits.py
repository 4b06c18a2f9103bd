"""Checkpointing, offload and sharding of an axolotl file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words
from model_garden_registry.dialects.training.axolotl.numbers import whole
from model_garden_registry.dialects.training.dividing import Division, of_deepspeed, of_name
from model_garden_registry.dialects.training.run_rules import master_weights
from model_garden_registry.families.stacks import Zero, stack_of

_FSDP_KEYS = (
    "fsdp_config", "fsdp_config.activation_checkpointing", "fsdp_config.auto_wrap_policy",
    "fsdp_config.cpu_offload_pin_memory", "fsdp_config.cpu_ram_efficient_loading",
    "fsdp_config.final_state_dict_type", "fsdp_config.fsdp_version", "fsdp_config.min_num_params",
    "fsdp_config.mixed_precision_policy", "fsdp_config.offload_params", "fsdp_config.reshard_after_forward",
    "fsdp_config.state_dict_type", "fsdp_config.transformer_layer_cls_to_wrap", "fsdp_version",
)  # fmt: skip
#: Files in axolotl's own repository whose names do not tell what is offloaded.
_FILES: Mapping[str, Division] = {
    "zero2.json": Division("zero2", "optimizer"),
    "zero2_torch_compile.json": Division("zero2", "optimizer"),
    "zero3_bf16_cpuoffload_params.json": Division("zero3"),
}
_ONLY_WEIGHTS = "offloads weights but not the optimizer: it is counted as without offload"
#: Device maps for several GPUs under one process that are not axolotl's default.
_MAPS = ("balanced", "balanced_low_0", "sequential")
#: Optimizers whose bitsandbytes kernels do not work with FSDP2.
_NOT_UNDER_FSDP = ("adamw_8bit", "adamw_bnb_8bit")
#: Name prefixes of optimizers that are refused with DeepSpeed.
_NOT_UNDER_DEEPSPEED = ("muon", "flash_", "polora", "q_galore_")
#: What axolotl refuses for models with a word in their path, whatever they are (0.21.0, utils/schemas/validation.py).
_NOT_FOR = {"mpt": "gradient_checkpointing", "falcon": "fsdp_config"}
_CPU = {"device": "cpu", "pin_memory": True}


def _write_division(request: ExportRequest) -> dict[str, Any]:
    found = _written(request)
    for word, key in _refused_for(request.model_id):
        if found.get(key):
            instead = "sharding zero3" if key == "fsdp_config" else f"{key} false"
            raise UnsayableError(f"axolotl refuses {key} for models whose path has {word!r}: {instead}")
    return found


def _refused_for(path: object) -> Iterator[tuple[str, str]]:
    """Yield words in the path of a model, each with the key that axolotl refuses for them."""
    return ((word, key) for word, key in _NOT_FOR.items() if word in str(path).lower())


def _written(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    found: dict[str, Any] = {"gradient_checkpointing": settings.gradient_checkpointing}
    if settings.offload == "activations":
        if not settings.gradient_checkpointing:
            raise UnsayableError("axolotl offloads activations only with gradient_checkpointing")
        found["activation_offloading"] = True
    match settings.sharding:
        case "device_map":
            found["device_map"] = _MAPS[0]
        case "fsdp":
            raise UnsayableError("axolotl has FSDP2 only: sharding fsdp2")
        case "fsdp2":
            if settings.optim in _NOT_UNDER_FSDP:
                raise UnsayableError(f"axolotl refuses {settings.optim} with FSDP2: optim adamw_torch_8bit")
            found["fsdp_version"] = 2
            found["fsdp_config"] = {
                "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
                "offload_params": settings.offload == "weights",
                "reshard_after_forward": True,
                "state_dict_type": "SHARDED_STATE_DICT",
            }
        case "zero1" | "zero2" | "zero3":
            found["deepspeed"] = _zero(request)
    return found


def _zero(request: ExportRequest) -> dict[str, Any]:
    """Return the content of a DeepSpeed file, with the numbers that estimates assume for the stack."""
    settings = request.training
    stage = int(settings.sharding.removeprefix("zero"))
    known: dict[str, Any] = {"stage": stage, "contiguous_gradients": True}
    if stage > 1:
        known |= _buckets(stack_of(settings.stack, settings.stack_version).zero(settings.sharding), stage)
    if settings.offload in ("optimizer", "weights"):
        known["offload_optimizer"] = _CPU
    if settings.offload == "weights":
        known["offload_param"] = _CPU
    names = ("gradient_accumulation_steps", "gradient_clipping", "train_batch_size", "train_micro_batch_size_per_gpu")
    types = {"fp16": {"enabled": True}} if settings.dtype == "float16" else {"bf16": {"enabled": "auto"}}
    return {"zero_optimization": known, **types, **dict.fromkeys(names, "auto")}


def _buckets(zero: Zero, stage: int) -> dict[str, Any]:
    bucket = "auto" if zero.reduce_bucket is None else zero.reduce_bucket
    found: dict[str, Any] = {"overlap_comm": zero.overlaps, "reduce_bucket_size": bucket}
    if stage < 3:
        return found
    return found | {
        "stage3_max_live_parameters": zero.live,
        "stage3_max_reuse_distance": zero.live,
        "stage3_param_persistence_threshold": "auto" if zero.persistent is None else zero.persistent,
        "stage3_prefetch_bucket_size": "auto",
        "stage3_gather_16bit_weights_on_model_save": True,
        "sub_group_size": zero.sub_group,
    }


def _read_division(words: Words) -> dict[str, Any]:
    _check_version(words)
    for word, key in _refused_for(words.get("base_model")):
        if (key in words and words.get(key)) or any(name.startswith(f"{key}.") for name in words.items):
            raise RefusedValueError(key, f"is refused where base_model has {word!r}")
    checkpoints, moves = words.get("gradient_checkpointing"), words.get("activation_offloading")
    if checkpoints in ("offload", "offload_disk"):
        checkpoints = moves = True
    checkpoints = bool(checkpoints or words.get("fsdp_config.activation_checkpointing"))
    if moves and not checkpoints:
        raise RefusedValueError("activation_offloading", "needs gradient_checkpointing")
    found: dict[str, Any] = {"gradient_checkpointing": checkpoints}
    division = _division(words)
    if division is None:
        return found | ({"offload": "activations"} if moves else {})
    if moves and division.offload != "none":
        key = "activation_offloading" if words.get("activation_offloading") else "gradient_checkpointing"
        words.leave(key, "activations in main memory, together with the optimizer or weights")
    offload = "activations" if moves and division.offload == "none" else division.offload
    return found | {"sharding": division.sharding, "offload": offload}


def _check_version(words: Words) -> None:
    for key in ("fsdp_version", "fsdp_config.fsdp_version"):
        if key in words and words.get(key) != 2:
            raise RefusedValueError(key, f"must be 2, axolotl has FSDP2 only, not {words.get(key)}")


def _division(words: Words) -> Division | None:
    """Return the sharding of the run; None if the file does not contain its DeepSpeed configuration."""
    optimizer = words.get("optimizer")
    has_fsdp = any(key.startswith("fsdp_config.") for key in words.items)
    if "deepspeed" in words and words.get("deepspeed"):
        if has_fsdp:
            raise RefusedValueError("deepspeed", "cannot be combined with fsdp_config")
        if str(optimizer).startswith(_NOT_UNDER_DEEPSPEED):
            raise RefusedValueError("optimizer", f"{optimizer} is refused with deepspeed")
        return _of_deepspeed(words)
    if has_fsdp:
        if optimizer in _NOT_UNDER_FSDP:
            raise RefusedValueError("optimizer", f"{optimizer} is refused with fsdp_config: adamw_torch_8bit")
        quantised = next((key for key in ("load_in_4bit", "load_in_8bit") if words.get(key)), None)
        if quantised and words.get("rl") in ("dpo", "ipo", "kto", "orpo"):
            raise RefusedValueError(quantised, f"is refused with fsdp_config and rl: {words.get('rl')}")
        return Division("fsdp2", "weights" if words.get("fsdp_config.offload_params") else "none")
    return Division("device_map" if "device_map" in words and words.get("device_map") in _MAPS else "none")


def _of_deepspeed(words: Words) -> Division | None:
    stated = words.get("deepspeed")
    if isinstance(stated, dict):
        return _of_content(words, stated)
    name = re.split(r"[/\\]", stated)[-1]
    if name == "zero3_bf16_cpuoffload_params.json":
        words.doubt("deepspeed", _ONLY_WEIGHTS)
    division = _FILES.get(name) or of_name(name)
    if division is None:
        words.leave("deepspeed", "its name does not tell the stage, and that file is not read")
    return division


def _of_content(words: Words, content: Mapping[str, Any]) -> Division:
    try:
        division = of_deepspeed(content)
    except ValueError as error:
        raise RefusedValueError("deepspeed", str(error)) from None
    if division.offload == "weights" and not _waits(content["zero_optimization"].get("offload_optimizer")):
        words.doubt("deepspeed", _ONLY_WEIGHTS)
        return Division(division.sharding)
    return division


def _waits(place: Any) -> bool:
    return isinstance(place, dict) and place.get("device") in ("cpu", "nvme")


def _write_gpus(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    parts = settings.context_parallel_size
    found: dict[str, Any] = {"context_parallel_size": parts} if parts > 1 else {}
    if parts > 1 and settings.attn_implementation == "eager":
        raise UnsayableError("axolotl does not split sequences with attention eager")
    # With this key, axolotl starts only on the number of GPUs that was counted.
    if settings.sharding == "fsdp2" and settings.n_gpus > parts:
        found["dp_shard_size"] = settings.n_gpus // parts
    return found


def _read_gpus(words: Words) -> dict[str, Any]:
    keys = ("context_parallel.size", "context_parallel_size", "sequence_parallel_degree")
    given = [key for key in keys if key in words]
    parts = whole(words, given[0]) if given else 1
    for key in given[1:2]:
        if given[0] == keys[0] and words.get(key) != parts:
            raise RefusedValueError(key, f"must be context_parallel.size, which is {parts}")
    if parts > 1 and (words.get("attn_implementation") == "eager" or words.get("eager_attention") is True):
        raise RefusedValueError(given[0], "is refused with attention eager")
    found = {"context_parallel_size": parts}
    if "dp_shard_size" in words:
        copies = whole(words, "dp_replicate_size") if "dp_replicate_size" in words else 1
        gpus = whole(words, "dp_shard_size") * copies * parts
        found |= {"n_gpus": gpus} if gpus > 1 else {}
    return found


RULES = (
    Rule(
        keys=("gradient_checkpointing", "activation_offloading", "deepspeed", *_FSDP_KEYS, "device_map"),
        settings=("gradient_checkpointing", "offload", "sharding"),
        write=_write_division,
        read=_read_division,
        says="deepspeed is written as content, and read from content or file name; fsdp_config is fsdp2; "
        "activation_offloading is offload activations",
        said_by={
            "gradient_checkpointing": ("gradient_checkpointing",),
            "offload": ("activation_offloading", "deepspeed", *_FSDP_KEYS),
            "sharding": ("deepspeed", *_FSDP_KEYS, "device_map"),
        },
    ),
    Rule(
        keys=(
            "context_parallel", "context_parallel.size", "context_parallel_size", "sequence_parallel_degree",
            "dp_shard_size", "dp_replicate_size",
        ),
        settings=("context_parallel_size", "n_gpus"),
        write=_write_gpus,
        read=_read_gpus,
        says="n_gpus is read from dp_shard_size; without it, from the launcher",
        said_by={"n_gpus": ("dp_shard_size", "dp_replicate_size")},
    ),
    master_weights(),
)  # fmt: skip
