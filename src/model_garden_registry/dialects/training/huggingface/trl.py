"""Files of TRL's commands; SFTConfig's arguments alone as JSON, and a program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words, same
from model_garden_registry.dialects.training.huggingface.adapters import left_experts
from model_garden_registry.dialects.training.huggingface.launching import LAUNCHING, OFFLOADING, accelerate_config
from model_garden_registry.dialects.training.huggingface.loading import ADAPTER, LOADING, TOWER
from model_garden_registry.dialects.training.huggingface.preferences import ALGORITHM, LEARNING_RATE, LENGTH, of_command
from model_garden_registry.dialects.training.huggingface.training_arguments import (
    CHECKPOINTING_KWARGS,
    checkpointing_rule,
    half_precision_rule,
    offloads_inputs,
    run_rules,
)
from model_garden_registry.dialects.training.huggingface.trl_script import UNPACKED_BY, sft_arguments, trl_script
from model_garden_registry.dialects.vocabulary import ABSENT
from model_garden_registry.families.stacks import stack_of

_TOOL = "trl"


def _write_loss(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    own = stack_of(settings.stack, settings.stack_version).loss_of(settings.algorithm)
    if settings.loss != own:
        raise UnsayableError(f"TRL has no loss {settings.loss}: its own is {own}")
    return {}


def _read_loss(words: Words) -> Mapping[str, Any]:
    smoothing = words.get("label_smoothing_factor")
    return {"loss": "full"} if smoothing is not ABSENT and smoothing else {}


def _read_offload(words: Words) -> Mapping[str, Any]:
    return {"offload": "activations"} if offloads_inputs(words) else OFFLOADING.read(words)


def _json(_: ExportRequest, words: Mapping[str, Any]) -> str:
    return json.dumps(sft_arguments(words), indent=2, ensure_ascii=False) + "\n"


def _notes(request: ExportRequest) -> tuple[str, ...]:
    settings = request.training
    notes = [f"{request.model_id} with TRL: trl sft --config FILE.yaml --dataset_name ORG/NAME, or a program"]
    config = accelerate_config(request)
    if settings.sharding == "device_map":
        notes.append(f"one process for {settings.n_gpus} GPUs, which CUDA_VISIBLE_DEVICES names")
    elif config:
        notes.append(f"a program: accelerate launch --config_file {config}.yaml --num_processes {settings.n_gpus}")
    if request.entry.quantization.type in UNPACKED_BY:
        notes.append("take the program (--format script): it unpacks the weights, for which a file has no key")
    if request.entry.is_vision_model:
        # Source: TRL 1.16.0, `trainer/sft_trainer.py` SFTTrainer: both are refused, the first when such a step comes.
        notes.append("with images: max_length counts their tokens, and must not cut them; packing is for text only")
    return (*notes, *left_experts(request))


TRL = Dialect(
    name=_TOOL,
    task="training",
    model_key="model_name_or_path",
    rules=(
        LEARNING_RATE,
        *run_rules(_TOOL),
        LENGTH,
        same("packing"),
        checkpointing_rule("no_gradient_checkpointing"),
        half_precision_rule(),
        LOADING,
        ADAPTER,
        TOWER,
        ALGORITHM,
        Rule(
            keys=("label_smoothing_factor",),
            settings=("loss",),
            write=_write_loss,
            read=_read_loss,
            says="above 0 full logits are built",
        ),
        Rule(
            keys=(*OFFLOADING.keys, *CHECKPOINTING_KWARGS),
            settings=OFFLOADING.settings,
            write=OFFLOADING.write,
            read=_read_offload,
            says="only activations are written",
        ),
        LAUNCHING,
    ),
    forms=("json", "yaml", "script"),
    marks=frozenset(
        {
            "model_name_or_path",
            "max_length",
            "max_seq_length",
            "packing",
            "completion_only_loss",
            "assistant_only_loss",
            "dataset_text_field",
            "use_peft",
            "beta",
            "loss_type",
            "num_generations",
            "max_completion_length",
            "max_prompt_length",
            "desirable_weight",
            "model_init_kwargs",
        }
    ),
    constants={"stack": "trl"},
    refuses_unknown=True,
    commands=frozenset({"trl sft", "trl dpo", "trl kto", "trl grpo", "trl rloo", "trl reward", "trl distillation"}),
    always=lambda _: {"output_dir": "outputs"},
    notes=_notes,
    unsaid={
        "images_per_sample": "it depends on the data",
        "chat_template": "it is the tokenizer's",
        "stack_version": "it is the installed release",
    },
    writers={"json": _json, "script": trl_script},
    environment="env",
    of_command=of_command,
)
