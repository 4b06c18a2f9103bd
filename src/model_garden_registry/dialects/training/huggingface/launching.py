"""Number of processes, and sharding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words
from model_garden_registry.dialects.training.dividing import Division, of_deepspeed, of_fsdp, of_name
from model_garden_registry.dialects.vocabulary import ABSENT
from model_garden_registry.entries.settings.task_settings import Sharding

#: Sharding → accelerate's configuration file in TRL. Source: TRL 1.16.0, `trl/accelerate_configs/`
_CONFIGS: Mapping[Sharding, str] = {
    "none": "multi_gpu",
    "zero1": "zero1",
    "zero2": "zero2",
    "zero3": "zero3",
    "fsdp": "fsdp1",
    "fsdp2": "fsdp2",
}
#: Names of accelerate's configuration files, beside the names of DeepSpeed's stages.
_NAMES: tuple[tuple[str, Sharding], ...] = (
    (r"fsdp[-_]?2(?!\d)", "fsdp2"),
    (r"fsdp", "fsdp"),
    (r"multi[-_]?gpu|ddp|single[-_]?gpu", "none"),
)


def named_division(path: str) -> Division | None:
    """Return the sharding of an accelerate or DeepSpeed configuration, from its name; None if that does not tell."""
    last = re.split(r"[/\\]", path.lower())[-1]
    found = next((sharding for pattern, sharding in _NAMES if re.search(pattern, last)), None)
    return of_name(last) if found is None else Division(found)


def read_division(words: Words) -> Division | None:
    """
    Return the sharding of DeepSpeed's or FSDP's settings in a file; None if there are none, or if they are not covered.

    A configuration file that is only named is recognised by its name.
    """
    deepspeed, fsdp, settings = (words.get(key) for key in ("deepspeed", "fsdp", "fsdp_config"))
    if isinstance(deepspeed, str):
        return _named(words, "deepspeed")
    try:
        if isinstance(deepspeed, dict):
            return of_deepspeed(deepspeed)
        if fsdp is ABSENT or not fsdp:
            return None
        options = "" if isinstance(fsdp, bool) else fsdp
        # Source: transformers 5.24.0, `TrainingArguments._process_fsdp_args`
        return of_fsdp(options, settings if isinstance(settings, dict) else {}, version=2)
    except ValueError as error:
        words.leave("deepspeed" if isinstance(deepspeed, dict) else "fsdp", str(error))
        return None


def _named(words: Words, key: str) -> Division | None:
    found = named_division(words.get(key))
    if found is None:
        words.leave(key, "its sharding is in another file")
    return found


def accelerate_config(request: ExportRequest) -> str | None:
    """Return the name of accelerate's configuration for the sharding; None for one process."""
    settings = request.training
    if settings.sharding == "device_map" or (settings.n_gpus == 1 and settings.sharding == "none"):
        return None
    return _CONFIGS[settings.sharding]


def _write(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    if settings.context_parallel_size > 1:
        raise UnsayableError("TRL splits sequences only with a configuration file of accelerate")
    if settings.sharding == "device_map":
        # One process drives all GPUs that it sees.
        seen = ",".join(map(str, range(settings.n_gpus)))
        return {"num_processes": 1, "env": {"CUDA_VISIBLE_DEVICES": seen}}
    config = accelerate_config(request)
    machines = {"num_machines": settings.nodes} if settings.nodes > 1 else {}
    return {"num_processes": settings.n_gpus, **machines, **({"accelerate_config": config} if config else {})}


def _read(words: Words) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    processes, division = _processes(words), _division(words)
    if isinstance(processes, int):
        found = {"n_gpus": processes, "sharding": division.sharding if division else "none"}
    elif division:
        found = {"sharding": division.sharding}
    kwargs = words.get("model_init_kwargs")
    if isinstance(kwargs, dict) and kwargs.get("device_map") == "auto" and processes in (1, None, ABSENT):
        found = {"sharding": "device_map"}
        visible = words.get("env")
        listed = visible.get("CUDA_VISIBLE_DEVICES") if isinstance(visible, dict) else None
        if listed is not None:
            found["n_gpus"] = len(str(listed).split(","))
    nodes = words.get("num_machines") if "num_machines" in words else _set_number(words, "NNODES")
    if isinstance(nodes, int) and isinstance(processes, int) and nodes and processes % nodes == 0:
        found |= {"nodes": nodes}
    parts = words.get("parallelism_config_cp_size")
    return {**found, "context_parallel_size": parts if isinstance(parts, int) and parts > 1 else 1}


def _processes(words: Words) -> Any:
    """Return the number of processes, from the file or from the command's launcher."""
    said = _set_number(words, "NPROC_PER_NODE")
    if "num_processes" in words or said is None:
        return words.get("num_processes")
    return said * (_set_number(words, "NNODES") or 1)


def _set_number(words: Words, name: str) -> int | None:
    """Return a whole number that a variable of the command is set to; None if it is not."""
    environment = words.get("env")
    said = environment.get(name) if isinstance(environment, dict) else None
    return int(str(said)) if str(said).isdecimal() else None


def _division(words: Words) -> Division | None:
    for key in ("accelerate_config", "config_file"):
        if key in words and words.get(key) is not ABSENT:
            return _named(words, key)
    if words.get("use_deepspeed") is True:
        # Source: accelerate 1.15.0, `DeepSpeedPlugin.zero_stage`
        stage = words.get("zero_stage") if "zero_stage" in words else 2
        return of_name(f"zero{stage}")
    if words.get("use_fsdp") is True:
        return Division("fsdp2" if words.get("fsdp_version") == "2" else "fsdp")
    return read_division(words)


LAUNCHING = Rule(
    keys=(
        "num_processes",
        "num_machines",
        "accelerate_config",
        "config_file",
        "use_deepspeed",
        "zero_stage",
        "use_fsdp",
        "fsdp_version",
        "deepspeed",
        "fsdp",
        "fsdp_config",
        "env",
        "parallelism_config_cp_size",
    ),
    settings=("n_gpus", "nodes", "sharding", "context_parallel_size"),
    write=_write,
    read=_read,
    said_by={"context_parallel_size": ("parallelism_config_cp_size",)},
    says="accelerate's configuration by its name; device_map: one process, with the GPUs in CUDA_VISIBLE_DEVICES",
)


def _write_offload(request: ExportRequest) -> Mapping[str, Any]:
    offload = request.training.offload
    if offload in ("optimizer", "weights"):
        raise UnsayableError(f"TRL offloads the {offload} only with a configuration file of accelerate")
    return {"activation_offloading": offload == "activations"}


def _read_offload(words: Words) -> Mapping[str, Any]:
    if words.get("offload_param_device") == "cpu" or words.get("fsdp_offload_params") is True:
        return {"offload": "weights"}
    if words.get("offload_optimizer_device") == "cpu":
        return {"offload": "optimizer"}
    division = _division(words)
    if division and division.offload != "none":
        return {"offload": division.offload}
    return {"offload": "activations" if words.get("activation_offloading") is True else "none"}


OFFLOADING = Rule(
    keys=("activation_offloading", "offload_optimizer_device", "offload_param_device", "fsdp_offload_params"),
    settings=("offload",),
    write=_write_offload,
    read=_read_offload,
)
