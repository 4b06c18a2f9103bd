"""``TrainingArguments``: arguments of transformers' Trainer as one flat JSON object, read from JSON and YAML alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words, same
from model_garden_registry.dialects.training.huggingface.adapters import ADAPTER_SETTINGS
from model_garden_registry.dialects.training.huggingface.launching import read_division
from model_garden_registry.dialects.training.huggingface.training_arguments import (
    CHECKPOINTING_KWARGS,
    checkpointing_rule,
    half_precision_rule,
    offloads_inputs,
    run_rules,
)

_TOOL = "transformers"
#: DeepSpeed's settings apart from the stage: everything else follows the arguments.
_AUTO = (
    "train_batch_size",
    "train_micro_batch_size_per_gpu",
    "gradient_accumulation_steps",
    "gradient_clipping",
)


def _write_sharding(request: ExportRequest) -> Mapping[str, Any]:
    sharding = request.training.sharding
    if sharding.startswith("zero"):
        stage = {"zero_optimization": {"stage": int(sharding[-1])}}
        return {"deepspeed": {**stage, **dict.fromkeys(_AUTO, "auto")}}
    if sharding in ("fsdp", "fsdp2"):
        return {"fsdp": True, "fsdp_config": {"version": 1 if sharding == "fsdp" else 2}}
    return {}


def _read_sharding(words: Words) -> Mapping[str, Any]:
    division = read_division(words)
    return {"sharding": division.sharding} if division else {}


def _read_offload(words: Words) -> Mapping[str, Any]:
    if offloads_inputs(words):
        return {"offload": "activations"}
    division = read_division(words)
    return {"offload": division.offload if division else "none"}


def _write_offload(request: ExportRequest) -> Mapping[str, Any]:
    offload = request.training.offload
    if offload in ("optimizer", "weights"):
        raise UnsayableError(f"these arguments leave offloading the {offload} to DeepSpeed or FSDP")
    return {"gradient_checkpointing_kwargs": {"offload": True}} if offload == "activations" else {}


def _notes(request: ExportRequest) -> tuple[str, ...]:
    settings = request.training
    adapter = "" if settings.method == "full" else ", its adapter in mgr export peft"
    notes = [f"the model ({request.model_id}) and its loading are in your program{adapter}"]
    if settings.sharding == "device_map":
        notes.append(f"one process for {settings.n_gpus} GPUs: load the model with device_map='auto'")
    elif settings.n_gpus > 1:
        notes.append(f"start it with: accelerate launch --num_processes {settings.n_gpus} PROGRAM")
    return tuple(notes)


_BESIDE = "set where the model is loaded"

TRANSFORMERS = Dialect(
    name=_TOOL,
    task="training",
    model_key=None,
    rules=(
        same("learning_rate"),
        *run_rules(_TOOL),
        checkpointing_rule(),
        Rule(
            keys=tuple(reversed(CHECKPOINTING_KWARGS)),
            settings=("offload",),
            write=_write_offload,
            read=_read_offload,
            says="activations: offload in the keyword arguments",
        ),
        half_precision_rule(),
        Rule(
            keys=("deepspeed", "fsdp", "fsdp_config"),
            settings=("sharding",),
            write=_write_sharding,
            read=_read_sharding,
            says="the stage of DeepSpeed, the version of FSDP; a file is recognised by its name",
        ),
    ),
    forms=("json",),
    # Only keys that other tools' files do not have: a learning rate is in every trainer's file.
    marks=frozenset(
        {"per_device_train_batch_size", "per_device_eval_batch_size", "num_train_epochs", "lr_scheduler_type"}
    ),
    # A plain Trainer computes full logits, and leaves the type of the weights to the program that loads the model.
    constants={"stack": "trl", "loss": "full"},
    refuses_unknown=True,
    always=lambda _: {"output_dir": "outputs"},
    notes=_notes,
    unsaid={
        **dict.fromkeys(ADAPTER_SETTINGS, "set in the adapter's configuration"),
        **dict.fromkeys(
            (
                "method",
                "base_quantization",
                "dtype",
                "attn_implementation",
                "trains_embeddings",
                "trains_vision_tower",
                "max_seq_length",
                "packing",
                "algorithm",
                "image_pixels",
            ),
            _BESIDE,
        ),
        "images_per_sample": "it depends on the data",
        "chat_template": "it is the tokenizer's",
        "n_gpus": "set when it is started",
        "nodes": "set when it is started",
        "stack_version": "it is the installed release",
    },
)
