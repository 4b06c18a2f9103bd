"""Arguments of transformers' Trainer, which TRL's configurations have too."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words, same
from model_garden_registry.dialects.training.run_rules import chosen, further_rules, word_of
from model_garden_registry.dialects.vocabulary import ABSENT

#: Schedules that need an evaluation. Source: transformers 5.24.0, `TrainingArguments._validate_args`
_EVALUATED = ("reduce_lr_on_plateau", "greedy")
#: Both spellings are accepted; the newer one wins. Source: transformers 5.24.0, `TrainingArguments.__post_init__`
_CHECKPOINTING = ("activation_checkpointing", "gradient_checkpointing")
CHECKPOINTING_KWARGS = ("activation_checkpointing_kwargs", "gradient_checkpointing_kwargs")


def run_rules(tool: str) -> tuple[Rule, ...]:
    """
    Return the rules for a run, except its learning rate, whose default differs between trainers.

    Args:
        tool: The tool whose optimizers and schedules are accepted.
    """
    return (
        same("num_train_epochs", "num_epochs", of=_epochs, says="whole epochs, rounded up"),
        same("per_device_train_batch_size", "batch_size", of=_positive),
        same("gradient_accumulation_steps", of=_positive),
        Rule(
            keys=("warmup_steps",),
            settings=("warmup_steps", "warmup_ratio"),
            write=_write_warmup,
            read=_read_warmup,
            says="below 1 it is a ratio of the run",
        ),
        *further_rules(),
        chosen(tool, "optim", "optim"),
        Rule(
            keys=("lr_scheduler_type",),
            settings=("lr_scheduler_type",),
            write=lambda request: _write_scheduler(tool, request),
            read=same("lr_scheduler_type").read,
        ),
        Rule(
            keys=("eval_strategy", "per_device_eval_batch_size"),
            settings=("eval_batch_size",),
            write=_write_evaluation,
            read=_read_evaluation,
            says="the batch counts unless eval_strategy is no",
        ),
    )


def checkpointing_rule(*more: str) -> Rule:
    """
    Return the rule for gradient checkpointing.

    Args:
        more: Further keys that turn it off.
    """

    def read(words: Words) -> Mapping[str, Any]:
        if any(words.get(key) is True for key in more):
            return {"gradient_checkpointing": False}
        said = next((words.get(key) for key in _CHECKPOINTING if key in words), words.get("gradient_checkpointing"))
        return {} if said is ABSENT else {"gradient_checkpointing": said}

    return Rule(
        keys=(*reversed(_CHECKPOINTING), *more),
        settings=("gradient_checkpointing",),
        write=lambda request: {"gradient_checkpointing": request.training.gradient_checkpointing},
        read=read,
    )


def offloads_inputs(words: Words) -> bool:
    """
    Return whether the checkpointing arguments offload the inputs of layers to main memory.

    Source:
        transformers 5.24.0, `PreTrainedModel._activation_checkpointing_enable`
    """
    given = (words.get(key) for key in CHECKPOINTING_KWARGS if key in words)
    return any(isinstance(value, dict) and value.get("offload") is True for value in given)


def half_precision_rule() -> Rule:
    """Return the rule for autocast in the forward pass, which none of our settings covers."""

    def read(words: Words) -> Mapping[str, Any]:
        if "bf16" in words and not words.get("bf16") and not words.get("fp16"):
            words.leave("bf16", "without autocast activations have the type of the weights")
        return {}

    return Rule(keys=("bf16", "fp16"), settings=(), write=lambda _: {}, read=read, says="not written: the tool chooses")


def _positive(value: Any) -> int:
    if value < 1:
        raise ValueError(f"must be at least 1, not {value}")
    return int(value)


def _epochs(value: Any) -> int:
    if value <= 0:
        raise ValueError(f"must be more than 0, not {value}")
    return int(max(1, math.ceil(value)))


def _read_warmup(words: Words) -> Mapping[str, Any]:
    value = words.get("warmup_steps")
    if value is ABSENT:
        return {}
    return {"warmup_ratio": value} if 0 < value < 1 else {"warmup_steps": int(value)}


def _write_warmup(request: ExportRequest) -> Mapping[str, Any]:
    steps, ratio = request.training.warmup_steps, request.training.warmup_ratio
    return {"warmup_steps": steps if ratio is None else ratio}


def _write_scheduler(tool: str, request: ExportRequest) -> Mapping[str, Any]:
    value = request.training.lr_scheduler_type
    if value in _EVALUATED and request.training.eval_batch_size is None:
        raise UnsayableError(f"lr_scheduler_type {value} needs an evaluation: set eval_batch_size")
    return {"lr_scheduler_type": word_of(tool, "lr_scheduler_type", value)}


def _write_evaluation(request: ExportRequest) -> Mapping[str, Any]:
    size = request.training.eval_batch_size
    return {} if size is None else {"eval_strategy": "epoch", "per_device_eval_batch_size": size}


def _read_evaluation(words: Words) -> Mapping[str, Any]:
    strategy, size = words.get("eval_strategy"), words.get("per_device_eval_batch_size")
    if ABSENT in (strategy, size):
        return {}
    return {"eval_batch_size": None if strategy == "no" else size}
