"""The stack of a measured row: settings, and facts without a setting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

from model_garden_registry.entries.defaults import Optimizer, TrainingStack
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings
from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.ranges import Package
from model_garden_registry.families.stacks import Loss, stack_of, stack_package
from model_garden_registry.memory.serving.runtime import InferenceRuntime
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.units import GB, GIB

Row = Mapping[str, str]

#: Matrices, not names of modules: what is measured may call them otherwise than the family's checkpoints do.
_ATTENTION = ("q", "k", "v", "o")
_MLP = ("gate", "up", "down")
#: Short names of the column `lora_targets`, joined by `+`.
_TARGETS: dict[str, tuple[str, ...]] = {
    "attn": _ATTENTION,
    "all": _ATTENTION + _MLP,
    "all-linear": _ATTENTION + _MLP,
    "mlp": _MLP,
    "head": ("lm_head",),
    "emb": ("embed_tokens",),
}
_OPTIMIZERS: dict[str, Optimizer] = {
    "": "adamw_torch",
    "adam": "adamw_torch",
    "adamw": "adamw_torch",
    "adamw_fused": "adamw_torch_fused",
    "adamw8bit": "adamw_8bit",
    "paged_adamw": "paged_adamw_32bit",
}
ATTENTION_KERNELS = {"flash": "flash_attention_2", "eager": "eager"}
_READINGS: dict[str, Literal["allocated", "reserved", "process"]] = {
    "peak_allocated": "allocated",
    "peak_active": "allocated",
    "peak_reserved": "reserved",
    "peak_process": "process",
    "loaded_reserved": "reserved",
    "weights_per_gpu": "allocated",
}
#: What only a serving engine's log says.
_SERVED = ("vllm_non_kv_per_gpu", "weights_per_gpu", "kv_bytes_per_token_per_gpu", "kv_tokens")


def notes(row: Row) -> dict[str, str]:
    """Return the ``key=value`` pairs of the column `notes`."""
    return dict(re.findall(r"(\w+)=([^;\s]+)", row.get("notes", "")))


def number(row: Row, column: str, default: int) -> int:
    """
    Return a whole number of a row; an empty cell is the default.

    Raises:
        ValueError: The cell holds something else.
    """
    text = row.get(column, "").strip()
    return int(float(text)) if text else default


def reading(row: Row) -> Literal["allocated", "reserved", "process"]:
    """
    Return what a row counts.

    Raises:
        ValueError: It is none of the known quantities.
    """
    quantity = row["quantity"]
    if quantity not in _READINGS:
        raise ValueError(f"unknown quantity {quantity!r}")
    return _READINGS[quantity]


def training_settings(entry: ModelInfo, row: Row) -> TrainingSettings:
    """Return the settings of a training row; what it leaves open is as the stack has it."""
    base = merge(entry, "training")
    flags, said = notes(row), row.get("notes", "").lower()
    name = _stack(row)
    stack = stack_of(name, _release(row, stack_package(name)))
    method = "lora" if row.get("method", "").startswith("lora") else row.get("method", "")
    if method not in ("full", "lora", "qlora"):
        raise ValueError(f"unknown method {method!r}")
    checkpointing = row.get("grad_ckpt", "")
    # Full fine-tuning under mixed precision ran with DeepSpeed.
    has_master = flags.get("amp") == "1" and method == "full"
    lora = base.lora_config.model_copy(
        update={
            "r": number(row, "lora_r", 16),
            "target_modules": matrices(row.get("lora_targets", "")),
            "lora_dropout": float(flags.get("lora_dropout", "0")),
        }
    )
    return base.model_copy(
        update={
            "lora_config": lora,
            "method": method,
            "stack": name,
            "stack_version": stack.version,
            "batch_size": number(row, "batch", 1),
            "max_seq_length": number(row, "seq", 2048),
            "gradient_accumulation_steps": int(flags.get("accumulation", "1")),
            "optim": optimizer(row.get("optimizer", "")),
            "gradient_checkpointing": checkpointing not in ("0", "off", "none")
            if checkpointing
            else stack.gradient_checkpointing,
            "attn_implementation": ATTENTION_KERNELS.get(row.get("attn", ""), "sdpa"),
            "loss": row.get("loss", "") if row.get("loss", "") in get_args(Loss) else stack.loss,
            "adapter_dtype": "float32" if flags.get("lora_fp32") == "1" else "bfloat16",
            "images_per_sample": 0,
            "n_gpus": number(row, "n_gpus", 1),
            "sharding": "zero2" if has_master else _sharding(said),
            "master_weights": has_master,
        }
    )


def training_runtime(row: Row) -> TrainingRuntime:
    """Return the training loop's behaviour that the notes of a row state."""
    flags, said = notes(row), f"{row.get('notes', '')} {row.get('framework', '')}".lower()
    is_mixed, is_litgpt = flags.get("amp") == "1", "litgpt" in said
    is_quantized = row.get("method") == "qlora"
    return TrainingRuntime(
        reading=reading(row),
        upcasts_rest=flags.get("kbit_fp32") == "1" or (is_litgpt and is_quantized),
        double_quantizes=row.get("quant", "").endswith("-dq"),
        autocasts=is_mixed,
        keeps_outputs=flags.get("keep_outputs") == "1",
        trains_ends=row.get("method") == "lora_emb",
        steps_in_backward="in_bwd" in row.get("optimizer", ""),
        offloads_activations="offload" in said or ("unsloth" in said and row.get("grad_ckpt") != "0"),
        fuses="compile" in said or "unsloth" in said,
        copies_logits=_is_old(row),
        halves_loss="fp16" in said,
        repeats_heads=is_litgpt,
        unties_head=is_litgpt,
        quantizes_head=is_litgpt and is_quantized,
        loads_all_kernels=_is_old(row),
        is_handwritten=is_litgpt,
    )


def inference_settings(entry: ModelInfo, row: Row) -> InferenceSettings:
    """Return the settings of a serving row."""
    base = merge(entry, "inference")
    flags, quant = notes(row), row.get("quant", "")
    framework = row.get("framework", "").lower()
    is_served = row["quantity"] in _SERVED or framework.startswith("vllm")
    engine = "sglang" if framework.startswith("sglang") else "vllm" if is_served else "transformers"
    length = number(row, "max_model_len", 0) or number(row, "seq", 1) + number(row, "gen", 0)
    return base.model_copy(
        update={
            "engine": engine,
            "engine_version": _release(row, engine_package(engine)),
            "max_model_len": length,
            "dtype": "float32" if quant == "fp32" else "auto",
            "quantization": "bitsandbytes" if quant == "nf4" else None,
            "gpu_memory_utilization": float(row.get("gpu_mem_util", "") or 0.9),
            "tensor_parallel_size": number(row, "n_gpus", 1),
            "max_num_seqs": int(flags["max_num_seqs"]) if "max_num_seqs" in flags else None,
            "max_num_batched_tokens": number(row, "seq", 8192) if is_served else None,
            "kv_cache_dtype": flags.get("kv_dtype", "auto"),
            "concurrent": 1 if is_served else number(row, "batch", 1),
        }
    )


def inference_runtime(row: Row) -> InferenceRuntime:
    """Return the settings from the framework and the lengths of a serving row."""
    if row["quantity"] in _SERVED:
        return InferenceRuntime()
    if row["quantity"] == "resident":
        return InferenceRuntime(reading="resident", prompt_tokens=number(row, "seq", 1))
    is_litgpt = row.get("framework", "").startswith("litgpt")
    is_quantized = row.get("quant", "") in ("nf4", "nf4-dq", "int8")
    return InferenceRuntime(
        reading=reading(row),
        prompt_tokens=number(row, "seq", 1),
        new_tokens=number(row, "gen", 0),
        upcasts_rest=is_litgpt and is_quantized,
        unties_head=is_litgpt,
        quantizes_head=is_litgpt and is_quantized,
        uses_autogptq=_is_old(row) and row.get("quant", "").startswith("gptq"),
    )


def gpu_bytes(row: Row) -> int | None:
    """Return the memory of a GPU, where its column states it: ``H100-80GB(79.19GiB)``, else by its name."""
    text = row.get("gpu", "")
    if exact := re.search(r"\(([\d.]+)\s*GiB\)", text):
        return round(float(exact[1]) * GIB)
    named = re.search(r"(\d+)\s*GB", text)
    return int(named[1]) * GB if named else None


def _is_old(row: Row) -> bool:
    """Return whether the framework is a transformers whose loss copies the logits: before 4.45, of October 2024."""
    framework = row.get("framework", "")
    version = re.search(r"transformers[\s=v]*(\d+)\.(\d+)", framework)
    if version:
        return (int(version[1]), int(version[2])) < (4, 45)
    return "transformers" in framework and bool(re.search(r"\b20(23|24)\b", framework))


def _stack(row: Row) -> TrainingStack:
    framework = row.get("framework", "").lower().replace("_", "-").replace("llamafactory", "llama-factory")
    return next((stack for stack in get_args(TrainingStack) if framework.startswith(stack)), "trl")


def _release(row: Row, package: Package) -> str:
    """Return the release of a row's framework; the newest if it names none, the oldest covered for older ones."""
    framework = row.get("framework", "")
    stated = re.search(r"\d+(\.\d+)+", framework)
    if stated is None or not framework.lower().startswith(package.title.lower()):
        return package.read
    return stated[0] if package.covers(stated[0]) else package.oldest


def matrices(text: str) -> tuple[str, ...]:
    """Read ``qv``, ``attn``, ``all+head``, ``qvo+mlp``, or names of modules."""
    names: list[str] = []
    for word in filter(None, re.split(r"[+,;\s]+", text.strip())):
        if word in _TARGETS:
            names += _TARGETS[word]
        elif set(word) <= set("qkvo"):
            names += word
        else:
            names.append(word)
    return tuple(dict.fromkeys(names)) or _ATTENTION


def optimizer(text: str) -> Optimizer:
    name = text.partition("+")[0].strip().lower()
    if name in get_args(Optimizer):
        return next(known for known in get_args(Optimizer) if known == name)
    return _OPTIMIZERS.get(name, "adamw_torch")


def _sharding(said: str) -> str:
    for name, word in (("zero3", "zero3"), ("zero2", "zero2"), ("fsdp", "fsdp"), ("device_map", "device_map")):
        if word in said.replace("zero-", "zero"):
            return name
    return "none"
