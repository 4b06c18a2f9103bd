"""Batches, lengths and images of a run of ms-swift."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, Words, same
from model_garden_registry.dialects.training.msswift.environment import KEY, number, processes
from model_garden_registry.dialects.training.msswift.teaching import algorithm_of
from model_garden_registry.dialects.training.run_rules import chosen, epochs, further_rules, warmup

#: Target of sequences per step on all GPUs, if the accumulation steps are left out.
#: Source: 4.6, `trainers/arguments.py` TrainArgumentsMixin.__post_init__
_STEP = 16
#: Tokens of an answer that GRPO samples; at most half of a short sequence.
_ANSWER = 512


def _accumulation() -> Rule:
    def read(words: Words) -> Mapping[str, Any]:
        steps = words.get("gradient_accumulation_steps")
        if steps is None and algorithm_of(words) == "grpo":
            steps = 1
        if steps is None:
            steps = max(1, math.ceil(_STEP / words.get("per_device_train_batch_size") / (processes(words) or 1)))
        return {"gradient_accumulation_steps": steps}

    return Rule(
        keys=("gradient_accumulation_steps",),
        settings=("gradient_accumulation_steps",),
        write=lambda request: {"gradient_accumulation_steps": request.value("gradient_accumulation_steps")},
        read=read,
        says="default: as many as make 16 sequences per step; 1 for grpo",
    )


def _length() -> Rule:
    """Return the rule for the length, which is that of the prompt only if answers are sampled."""

    def write(request: ExportRequest) -> Mapping[str, Any]:
        length = request.value("max_seq_length")
        if request.value("algorithm") != "grpo":
            return {"max_length": length}
        answer = min(_ANSWER, length // 2)
        return {"max_length": length - answer, "max_completion_length": answer}

    def read(words: Words) -> Mapping[str, Any]:
        length = words.get("max_length")
        if words.get("packing") and words.get("packing_length") is not None:
            length = words.get("packing_length")
        if length is None:
            words.doubt("max_length", "is not set: samples may be as long as the model's context, which is not judged")
            return {}
        return {"max_seq_length": length + (words.get("max_completion_length") if _samples(words) else 0)}

    return Rule(
        keys=("max_length", "max_completion_length", "packing_length"),
        settings=("max_seq_length",),
        write=write,
        read=read,
        says="prompt and completion together for grpo",
    )


def _samples(words: Words) -> bool:
    return algorithm_of(words) == "grpo"


def _warmup() -> Rule:
    rule = warmup()

    def read(words: Words) -> Mapping[str, Any]:
        ratio = words.get("warmup_ratio")
        if ratio and words.get("warmup_steps"):
            raise RefusedValueError("warmup_ratio", "cannot be combined with warmup_steps")
        if ratio >= 1:
            raise RefusedValueError("warmup_ratio", "must be below 1")
        return rule.read(words)

    return Rule(keys=rule.keys, settings=rule.settings, write=rule.write, read=read, says=rule.says)


def _images() -> Rule:
    """Return the rule for image limits, in three places: for all models, in the environment, and in model_kwargs."""

    def write(request: ExportRequest) -> Mapping[str, Any]:
        pixels = request.value("image_pixels")
        return {} if pixels is None else {"max_pixels": pixels}

    def read(words: Words) -> Mapping[str, Any]:
        further = {key.upper(): value for key, value in _further(words).items()}
        if {*further} - {"MAX_PIXELS"}:
            words.leave("model_kwargs", "arguments of the model's processor")
        limits = [words.get("max_pixels"), number(words, "MAX_PIXELS"), further.get("MAX_PIXELS")]
        found = [int(limit) for limit in limits if limit is not None]
        if not found and number(words, "IMAGE_MAX_TOKEN_NUM"):
            words.doubt(KEY, "limits images by IMAGE_MAX_TOKEN_NUM, which is not judged")
        return {"image_pixels": min(found, default=None)}

    return Rule(
        keys=("max_pixels", "model_kwargs"),
        settings=("image_pixels",),
        write=write,
        read=read,
        says=f"or MAX_PIXELS of {KEY} or model_kwargs, the smallest of them",
    )


def _further(words: Words) -> Mapping[str, Any]:
    found = words.get("model_kwargs")
    return found if isinstance(found, dict) else {}


def _evaluation() -> Rule:
    """Return the rule for evaluation, which is on by default if there is evaluation data."""

    def write(request: ExportRequest) -> Mapping[str, Any]:
        size = request.value("eval_batch_size")
        if size is None:
            return {"eval_strategy": "no"}
        return {"split_dataset_ratio": 0.01, "per_device_eval_batch_size": size, "eval_strategy": "epoch"}

    def read(words: Words) -> Mapping[str, Any]:
        strategy = words.get("eval_strategy") or words.get("save_strategy")
        has_data = any(name in words for name in ("val_dataset", "cached_val_dataset"))
        evaluates = strategy != "no" and (has_data or words.get("split_dataset_ratio") > 0)
        return {"eval_batch_size": words.get("per_device_eval_batch_size") if evaluates else None}

    return Rule(
        keys=(
            "eval_strategy", "per_device_eval_batch_size", "split_dataset_ratio", "val_dataset", "cached_val_dataset",
            "save_strategy",
        ),
        settings=("eval_batch_size",),
        write=write,
        read=read,
        says="null without evaluation; default of eval_strategy: save_strategy",
    )  # fmt: skip


def _epochs() -> Rule:
    rule = epochs()

    def read(words: Words) -> Mapping[str, Any]:
        most = words.get("max_epochs")
        return rule.read(words) if most is None else {"num_epochs": max(1, most)}

    return Rule(keys=(*rule.keys, "max_epochs"), settings=rule.settings, write=rule.write, read=read, says=rule.says)


RULES = (
    same("per_device_train_batch_size", "batch_size"),
    _accumulation(),
    _length(),
    _epochs(),
    _warmup(),
    *further_rules(),
    chosen("msswift", "optim", "optim"),
    chosen("msswift", "lr_scheduler_type", "lr_scheduler_type"),
    _images(),
    _evaluation(),
)
