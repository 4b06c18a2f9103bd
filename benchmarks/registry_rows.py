"""Measured rows whose `arch` is an entry of the registry: entry, settings, and facts without a setting."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, get_args

from benchmarks.measured_case import Asked
from benchmarks.row_entries import BASE
from benchmarks.row_formats import in_format, loaded_bits
from benchmarks.row_gpus import row_gpu
from benchmarks.row_notes import named_engine, named_release, named_stack, noted_settings, noted_sharding
from benchmarks.row_stacks import ATTENTION_KERNELS, Row, inference_runtime, matrices, number, optimizer, reading
from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge, parse_overrides
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings, setting_fields
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError
from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.stacks import AttentionImplementation, Loss, stack_package
from model_garden_registry.memory.estimation import typical_architecture
from model_garden_registry.memory.network.shape import states_shape
from model_garden_registry.memory.training.runtime import training_runtime
from model_garden_registry.units import GIB

_ATTENTIONS = get_args(AttentionImplementation)
_MATRICES = ("q", "k", "v", "o", "gate", "up", "down")


def is_known(arch: str) -> bool:
    """Return whether the shipped registry has an entry of that id, or one that was called so."""
    return _registry().check_model_exists(arch)


def read_row(row: Row) -> Asked:
    """
    Read a row: its column `settings` first, then what other columns and the notes say more exactly.

    Raises:
        ValueError: The row cannot be read.

        RegistryError: A setting does not fit.
    """
    entry = _entry(row)
    if row["task"] not in get_args(Task):
        raise ValueError(f"unknown task {row['task']!r}")
    asked = _training(entry, row) if row["task"] == "training" else _inference(entry, row)
    if states_shape(entry):
        return asked
    typical = asked.entry.model_copy(update={"architecture": typical_architecture(entry)})
    return replace(asked, entry=typical, is_coarse=True)


def _entry(row: Row) -> ModelInfo:
    """Return the entry that a row names; of a dynamic 4-bit checkpoint its own one, where there is one."""
    if "dynamic" in row.get("quant", ""):
        dynamic = row["arch"].replace("-bnb-4bit", "-unsloth-bnb-4bit")
        if is_known(dynamic):
            return _registry()[dynamic]
    return _registry()[row["arch"]]


def _training(entry: ModelInfo, row: Row) -> Asked:
    loaded = loaded_bits(row)
    entry = in_format(entry, row)
    if entry.training_defaults is None:
        entry = entry.model_copy(update={"training_defaults": BASE.training_defaults})
    base = _stated(row)
    stack = named_stack(row) or base.get("stack") or "trl"
    package = stack_package(stack)
    release = named_release(row, package) or (base.get("stack_version") if stack == base.get("stack") else None)
    base |= {"stack": stack, "stack_version": release or package.read}
    more = noted_settings(row, setting_fields(TrainingSettings))
    if loaded == 8 and base.get("method") == "lora":
        more = {"base_quantization": "8bit"} | more
    if loaded and entry.architecture and entry.architecture.moe:
        # The column names the format of the weights: rows whose experts stay as they are say so.
        more = {"expert_quantization": True} | more
    if row.get("method") == "lora_emb":
        more["trains_embeddings"] = True
    sharding = noted_sharding(row) or base.get("sharding", "none")
    settings, unsaid = _merged(entry, "training", base, more | {"sharding": sharding})
    assert isinstance(settings, TrainingSettings)
    gpu = row_gpu(row, least_bytes=_resident_bytes(row))
    runtime = replace(training_runtime(settings, gpu), reading=reading(row))
    if row.get("quant") == "nf4" and entry.quantization.method is None:
        runtime = replace(runtime, double_quantizes=False)
    return Asked(
        entry=entry,
        settings=settings,
        runtime=runtime,
        gpu_total_bytes=gpu,
        sharding=str(sharding),
        unsaid=unsaid,
    )


def _inference(entry: ModelInfo, row: Row) -> Asked:
    entry = in_format(entry, row)
    base = _stated(row)
    engine = named_engine(row) or base.get("engine") or "vllm"
    package = engine_package(engine)
    release = named_release(row, package) or (base.get("engine_version") if engine == base.get("engine") else None)
    base |= {"engine": engine, "engine_version": release or package.read}
    more = noted_settings(row, setting_fields(InferenceSettings))
    if "fp8kv" in row.get("quant", "") and "kv_cache_dtype" not in base:
        more["kv_cache_dtype"] = "fp8"
    if engine == "sglang":
        # Rows that were asked before SGLang had a setting of its own say it as that of vLLM.
        asked = base.pop("mem_fraction_static", None) or base.pop("gpu_memory_utilization", None)
        text = more.get("mem_fraction_static") or asked
        more |= {"mem_fraction_static": float(str(text))} if text else {}
    settings, unsaid = _merged(entry, "inference", base, more)
    pool = number_of(row, "kv_gb")
    return Asked(
        entry=entry,
        settings=settings,
        runtime=inference_runtime(row),
        gpu_total_bytes=row_gpu(row, least_bytes=_resident_bytes(row)),
        pool_bytes=pool * GIB if pool else None,
        unsaid=unsaid,
    )


def number_of(row: Row, column: str) -> float | None:
    """Return a number of a row; None if there is none."""
    text = row.get(column, "").strip()
    return float(text) if text else None


def _merged(
    entry: ModelInfo, task: Task, base: Mapping[str, Any], more: Mapping[str, Any]
) -> tuple[TrainingSettings | InferenceSettings, tuple[str, ...]]:
    """Return the settings, updated with `more` where such settings exist, and the rest of `more`."""
    kept: dict[str, Any] = dict(base)
    unsaid = []
    for name, value in more.items():
        try:
            merge(entry, task, Layer(kept | {name: value}))
        except InvalidOverrideError:
            unsaid.append(f"{name}={value}")
        else:
            kept[name] = value
    return merge(entry, task, Layer(kept)), tuple(unsaid)


def _asked(row: Row) -> dict[str, Any]:
    """Return the settings that a row was asked with: ``--set name=value`` of the column `settings`."""
    words = [word for word in shlex.split(row.get("settings", "")) if word != "--set"]
    return dict(parse_overrides(words))


def _stated(row: Row) -> dict[str, Any]:
    """Return the settings that a row was asked with; where it says nothing of one, as its column has it."""
    asked = _asked(row)
    leaves = {name.rpartition(".")[2] for name in asked}
    stated = {name: value for name, value in _columns(row).items() if name not in leaves} | asked
    if "target_modules" in leaves | stated.keys() and "target_parameters" not in leaves:
        stated["target_parameters"] = []  # the modules that a row names are all that was adapted
    return stated


def _columns(row: Row) -> dict[str, Any]:
    """Return the settings that stand in columns of their own; an empty cell says nothing."""
    found = _training_columns(row) if row["task"] == "training" else _serving_columns(row)
    return {name: value for name, value in found.items() if value or value is False}


def _training_columns(row: Row) -> dict[str, Any]:
    method, attention, loss = row.get("method", ""), row.get("attn", ""), row.get("loss", "")
    found: dict[str, Any] = {
        "method": "lora" if method.startswith("lora") else method,
        "batch_size": number(row, "batch", 0),
        "max_seq_length": number(row, "seq", 0),
        "optim": optimizer(row["optimizer"]) if row.get("optimizer") else None,
        "attn_implementation": ATTENTION_KERNELS.get(attention) or (attention in _ATTENTIONS and attention) or None,
        "loss": loss if loss in get_args(Loss) else None,
        "n_gpus": number(row, "n_gpus", 1),
        "r": number(row, "lora_r", 0),
    }
    if checkpointing := row.get("grad_ckpt"):
        found["gradient_checkpointing"] = checkpointing not in ("0", "off", "none")
    if targets := row.get("lora_targets"):
        names = json.loads(targets) if targets.startswith("[") else matrices(targets)
        found["target_modules"] = [f"{name}_proj" if name in _MATRICES else name for name in names]
    return found


def _serving_columns(row: Row) -> dict[str, Any]:
    is_request, tokens = row.get("method") == "generate", number(row, "seq", 0)
    length = number(row, "max_model_len", 0)
    return {
        "max_model_len": tokens + number(row, "gen", 0) if is_request else length,
        "max_num_batched_tokens": None if is_request else tokens,
        "concurrent": number(row, "batch", 1) if is_request else None,
        "tensor_parallel_size": number(row, "n_gpus", 1),
        "gpu_memory_utilization": number_of(row, "gpu_mem_util"),
    }


def _resident_bytes(row: Row) -> float:
    """Return the bytes on a GPU at once, if the row states them."""
    sizes = [number_of(row, column) or 0 for column in ("weights_gb", "kv_gb")]
    has_unit = row.get("unit") in ("GiB", "GB") and row["quantity"] != "weights_per_gpu"
    measured = (number_of(row, "measured_gb") or 0) if has_unit else 0
    return max(sum(sizes), measured) * 10**9


@cache
def _registry() -> ModelRegistry:
    return load_registry(bundled_registry())
