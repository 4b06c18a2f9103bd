"""Sharding, types and evaluation of a LLaMA-Factory run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words, same, stated
from model_garden_registry.dialects.training.dividing import (
    Division,
    deepspeed_config,
    fsdp_options,
    of_deepspeed,
    of_fsdp,
    of_name,
)
from model_garden_registry.dialects.training.run_rules import (
    attention,
    chosen,
    epochs,
    fixed,
    further_rules,
    master_weights,
    warmup,
)

_TOOL = "LLaMA-Factory"
#: Elements that are reduced at once in its own DeepSpeed configurations.
_BUCKET = 500_000_000
#: Published formats whose weights it converts to half precision.
_DEQUANTIZED = ("fp8", "mxfp4")


def _division() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        division = Division(request.value("sharding"), request.value("offload"))
        if division.sharding == "device_map":
            raise UnsayableError(f"{_TOOL} trains with a process for each GPU: set sharding to zero3, fsdp2 or none")
        found = {"use_unsloth_gc": True} if division.offload == "activations" else {}
        if division.sharding == "none":
            return found
        if division.sharding in ("fsdp", "fsdp2"):
            version = 1 if division.sharding == "fsdp" else 2
            return {**found, "fsdp": fsdp_options(division), "fsdp_config": {"fsdp_version": version}}
        if division.sharding == "zero3":
            _check_weights(request)
        return {**found, "deepspeed": deepspeed_config(division, _BUCKET)}

    def read(words: Words) -> Mapping[str, Any]:
        division = _divided(words)
        if division is None:
            return {}
        if division.sharding == "zero3" and words.get("quantization_bit") not in (None, 4):
            raise RefusedValueError("quantization_bit", "must be 4 with DeepSpeed's stage 3")
        offload = division.offload
        if words.get("use_unsloth_gc") and offload == "none":
            offload = "activations"
        return {"sharding": division.sharding, "offload": offload}

    return Rule(
        keys=("deepspeed", "fsdp", "fsdp_config", "use_unsloth_gc"),
        settings=("sharding", "offload"),
        write=write,
        read=read,
        says="a DeepSpeed configuration, as content or recognised by its file name; else FSDP's options",
    )


def _check_weights(request: ExportRequest) -> None:
    """
    Check that DeepSpeed's stage 3 can shard the weights when the model is loaded.

    Source:
        0.9.5, `model/model_utils/quantization.py` configure_quantization

    Raises:
        UnsayableError: It cannot.
    """
    published = request.entry.quantization.method
    if published not in (None, *_DEQUANTIZED):
        raise UnsayableError(f"{_TOOL} cannot shard weights published in {published} with zero3")
    if request.value("base_quantization"):
        raise UnsayableError(f"{_TOOL} cannot shard weights quantised to 8 bits with zero3")


def _divided(words: Words) -> Division | None:
    config = words.get("deepspeed")
    if isinstance(config, str) and config:
        division = of_name(config)
        if division is None:
            words.leave("deepspeed", "a file whose name does not tell the stage")
        return division
    try:
        if config:
            return of_deepspeed(config)
        beside = words.get("fsdp_config")
        if words.get("fsdp"):
            return of_fsdp(words.get("fsdp"), beside if isinstance(beside, dict) else {}, version=1)
    except ValueError as error:
        words.leave("deepspeed" if config else "fsdp", str(error))
        return None
    return Division("none")


def _master_weights() -> Rule:
    rule = master_weights("pure_bf16")

    def read(words: Words) -> Mapping[str, Any]:
        division = _divided(words) if words.get("pure_bf16") and words.get("deepspeed") else None
        if division is not None and division.sharding == "zero3":
            raise RefusedValueError("pure_bf16", "cannot be combined with DeepSpeed's stage 3")
        return rule.read(words)

    return Rule(keys=rule.keys, settings=rule.settings, write=rule.write, read=read, says=rule.says)


def _precision() -> Rule:
    """
    Return the rule for types: weights are loaded as published, and these keys choose the compute type.

    Source:
        0.9.5, `model/loader.py` load_model: `init_kwargs["torch_dtype"] = "auto"`
    """
    rule = fixed("dtype", value="auto", why="loads weights as they are published")
    return Rule(
        keys=("bf16", "fp16"),
        settings=rule.settings,
        write=lambda request: {**rule.write(request), "bf16": True},
        read=rule.read,
        says="the compute type; weights are loaded as published",
    )


def _images() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        pixels = request.value("image_pixels")
        if pixels is None and request.entry.is_vision_model:
            raise UnsayableError(f"{_TOOL} limits images, and image_pixels is null")
        return {"image_max_pixels": pixels} if request.entry.is_vision_model else {}

    return Rule(
        keys=("image_max_pixels",),
        settings=("image_pixels",),
        write=write,
        read=lambda words: {"image_pixels": words.get("image_max_pixels")},
        says="for vision models",
    )


def _evaluation() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        size = request.value("eval_batch_size")
        if size is None:
            return {}
        return {"val_size": 0.1, "per_device_eval_batch_size": size, "eval_strategy": "epoch"}

    def read(words: Words) -> Mapping[str, Any]:
        share, other = words.get("val_size"), words.get("eval_dataset")
        if share and other:
            raise RefusedValueError("val_size", "cannot be combined with eval_dataset")
        asking = next((key for key in ("eval_strategy", "do_eval") if words.get(key) not in ("no", False)), None)
        if asking and not (share or other):
            raise RefusedValueError(asking, "needs eval_dataset, or a val_size above 0")
        return {"eval_batch_size": words.get("per_device_eval_batch_size") if asking else None}

    return Rule(
        keys=("eval_strategy", "do_eval", "per_device_eval_batch_size", "val_size", "eval_dataset"),
        settings=("eval_batch_size",),
        write=write,
        read=read,
        says="null without evaluation",
    )


def _gpus() -> Rule:
    """Return the rule for the number of processes, which only a run with Ray has in its file."""

    def read(words: Words) -> Mapping[str, Any]:
        workers = words.get("ray_num_workers")
        return {"n_gpus": workers} if "ray_num_workers" in words else {}

    return Rule(
        keys=("ray_num_workers",),
        settings=("n_gpus",),
        write=lambda _: {},
        read=read,
        says="with Ray; else NPROC_PER_NODE sets it when the run is started",
    )


def _training() -> Rule:
    """Return the rule for training: files for chatting, merging and predicting have the same keys but this one."""

    def read(words: Words) -> Mapping[str, Any]:
        if not words.get("do_train"):
            raise RefusedValueError("do_train", "is not true: the file trains nothing; it chats, predicts or exports")
        return {}

    return Rule(
        keys=("do_train",), settings=(), write=lambda _: {"do_train": True}, read=read, says="marks a training run"
    )


TRAINING = _training()
RULES = (
    same("per_device_train_batch_size", "batch_size"),
    same("gradient_accumulation_steps"),
    same("cutoff_len", "max_seq_length"),
    same("learning_rate"),
    epochs(),
    warmup(),
    *further_rules(),
    stated("template", "chat_template", says="absent: that of the tokenizer"),
    chosen("llamafactory", "optim", "optim"),
    chosen("llamafactory", "lr_scheduler_type", "lr_scheduler_type"),
    attention(
        "flash_attn",
        {"sdpa": "sdpa", "eager": "disabled", "flash_attention_2": "fa2"},
        "auto",
        also={"fa3": "flash_attention_3"},
    ),
    same(
        "disable_gradient_checkpointing",
        "gradient_checkpointing",
        to=lambda value: not value,
        of=lambda value: not value,
        says="the opposite",
    ),
    _division(),
    _gpus(),
    _precision(),
    _master_weights(),
    _images(),
    _evaluation(),
    fixed("adapter_dtype", value="float32", why="keeps adapters in float32"),
    fixed("expert_quantization", value=False, why="does not quantise fused experts"),
    fixed("context_parallel_size", value=1, why="does not split sequences"),
)
