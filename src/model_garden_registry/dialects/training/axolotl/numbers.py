"""Batches, lengths, rates and number formats of an axolotl file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words, same
from model_garden_registry.dialects.training.run_rules import further_rules, written_warmup
from model_garden_registry.entries.defaults import Optimizer, Scheduler
from model_garden_registry.entries.settings.task_settings import OriginKind

#: The optimizer that axolotl's own ones are counted as; few keep more.
_LARGEST_USUAL = "adamw_torch_fused"
#: Optimizers of ours that axolotl's transformers does not have.
_WITHOUT = ("adamw_apex_fused",)
#: Name prefixes of optimizers that need the list of projected layers.
_PROJECTING = ("galore", "apollo")
#: Schedules that depend on evaluation results.
_LOOKING = ("reduce_lr_on_plateau", "greedy")
#: Least tokens of a sequence in our settings.
_SHORTEST = 128
#: Share of the data used for evaluation, if a file must name one.
_HELD_OUT = 0.05
#: Our type of weights → keys, all of them written: an omitted one means automatic.
_PRECISIONS: Mapping[str, Mapping[str, Any]] = {
    "auto": {"bf16": "auto"},
    "bfloat16": {"bf16": True},
    "float16": {"bf16": False, "fp16": True},
    "float32": {"bf16": False, "fp16": False},
}


def whole(words: Words, key: str) -> int:
    """
    Return a number that must be at least 1.

    Raises:
        RefusedValueError: It is less.
    """
    value: int = words.get(key)
    if value < 1:
        raise RefusedValueError(key, f"must be at least 1, not {value}")
    return value


def _write_batches(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    return {
        "micro_batch_size": settings.batch_size,
        "gradient_accumulation_steps": settings.gradient_accumulation_steps,
    }


def _read_batches(words: Words) -> dict[str, Any]:
    if "batch_size" in words:
        if "gradient_accumulation_steps" in words:
            raise RefusedValueError("batch_size", "cannot be combined with gradient_accumulation_steps")
        words.doubt("batch_size", "does nothing: gradient_accumulation_steps is 1 if left out")
    return {
        "batch_size": whole(words, "micro_batch_size"),
        "gradient_accumulation_steps": whole(words, "gradient_accumulation_steps"),
    }


def _length(tokens: int) -> int:
    if tokens < _SHORTEST:
        raise ValueError(f"must be at least {_SHORTEST} here, not {tokens}")
    return tokens


def _write_packing(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    if settings.packing and request.entry.is_vision_model and settings.images_per_sample:
        raise UnsayableError("axolotl packs no sequences with images: images_per_sample 0, or packing false")
    return {"sample_packing": settings.packing}


def _write_rate(request: ExportRequest) -> dict[str, Any]:
    return {"learning_rate": float(request.training.learning_rate)}


def _read_rate(words: Words) -> dict[str, Any]:
    if "learning_rate" not in words:
        raise RefusedValueError("learning_rate", "is missing: axolotl has no default for it")
    rate = words.get("learning_rate")
    if isinstance(rate, str) or rate < 0:
        raise RefusedValueError("learning_rate", f"takes a number that is not negative, not {rate}")
    return {"learning_rate": rate}


def _epochs(epochs: float) -> int:
    if epochs <= 0:
        raise ValueError(f"must be more than 0, not {epochs}")
    return math.ceil(epochs)


def _read_warmup(words: Words) -> dict[str, Any]:
    steps, ratio = (words.get(key) if key in words else None for key in ("warmup_steps", "warmup_ratio"))
    if steps and ratio:
        raise RefusedValueError("warmup_ratio", "cannot be combined with warmup_steps")
    if steps is None:
        return {"warmup_ratio": ratio} if ratio and 0 < ratio < 1 else {}
    if steps < 0:
        raise RefusedValueError("warmup_steps", f"must be at least 0, not {steps}")
    return {"warmup_steps": steps}


def _write_optimizer(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    if settings.optim in _WITHOUT:
        raise UnsayableError(f"axolotl has no optimizer {settings.optim}")
    if settings.lr_scheduler_type in _LOOKING and settings.eval_batch_size is None:
        raise UnsayableError(f"lr_scheduler_type {settings.lr_scheduler_type} needs an evaluation: set eval_batch_size")
    projected = {"optim_target_modules": "all_linear"} if settings.optim.startswith(_PROJECTING) else {}
    return {"optimizer": settings.optim, **projected, "lr_scheduler": settings.lr_scheduler_type}


def _read_optimizer(words: Words) -> dict[str, Any]:
    optimizer, schedule = words.get("optimizer"), words.get("lr_scheduler")
    if str(optimizer).startswith(_PROJECTING) and "optim_target_modules" not in words:
        raise RefusedValueError("optimizer", f"{optimizer} needs optim_target_modules")
    if schedule in _LOOKING and _evaluated(words) is None:
        raise RefusedValueError("lr_scheduler", f"{schedule} needs an evaluation: val_set_size")
    known = optimizer in get_args(Optimizer)
    if not known:
        words.doubt("optimizer", f"is axolotl's own: its state is counted as that of {_LARGEST_USUAL}")
    # axolotl's own schedules change no memory.
    schedules = {"lr_scheduler_type": schedule} if schedule in get_args(Scheduler) else {}
    return {"optim": optimizer if known else _LARGEST_USUAL, **schedules}


def _write_types(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    if settings.dtype == "float32" and settings.base_quantization:
        raise UnsayableError("axolotl loads a model in 8 bits with the rest in half precision, not in float32")
    words = dict(_PRECISIONS[settings.dtype])
    if settings.method == "full" or settings.origin("adapter_dtype").kind is OriginKind.STACK:
        return words
    if settings.adapter_dtype == "float32":
        return words | {"peft_autocast_adapter_dtype": True}
    if settings.adapter_dtype != _half(settings.dtype):
        raise UnsayableError(f"axolotl has adapters in float32 or {_half(settings.dtype)} with dtype {settings.dtype}")
    return words | {"peft_autocast_adapter_dtype": False}


def _half(dtype: str) -> str:
    """Return the type of adapters that have the weights' type."""
    return "bfloat16" if dtype == "auto" else dtype


def _read_types(words: Words) -> dict[str, Any]:
    """
    Return the type in which weights are loaded, and that of adapters if the file states it.

    Source:
        axolotl, `utils/config/__init__.py` resolve_dtype
    """
    bf16, fp16 = words.get("bf16"), words.get("fp16")
    if bf16 is True or words.get("bfloat16"):
        dtype = "bfloat16"
    elif bf16 == "auto" and not fp16:
        dtype = "auto"
    elif fp16 or words.get("float16") or words.get("load_in_8bit"):
        dtype = "float16"
    else:
        dtype = "float32"
    asked = words.get("peft_autocast_adapter_dtype")
    adapters = {} if asked is None else {"adapter_dtype": "float32" if asked else _half(dtype)}
    return {"dtype": dtype, **adapters}


def _write_evaluation(request: ExportRequest) -> dict[str, Any]:
    size = request.training.eval_batch_size
    return {"val_set_size": 0.0} if size is None else {"val_set_size": _HELD_OUT, "eval_batch_size": size}


def _read_evaluation(words: Words) -> dict[str, Any]:
    if "test_datasets" in words and words.get("val_set_size"):
        raise RefusedValueError("val_set_size", "must be 0 with test_datasets")
    key = _evaluated(words)
    return {"eval_batch_size": whole(words, key) if key else None}


def _evaluated(words: Words) -> str | None:
    """Return the key with the sequences of an evaluation step; None if there is no evaluation."""
    strategy = words.get("eval_strategy") or words.get("evaluation_strategy")
    if strategy == "no" or not (words.get("val_set_size") or words.get("test_datasets")):
        return None
    return "eval_batch_size" if "eval_batch_size" in words else "micro_batch_size"


def _write_images(request: ExportRequest) -> dict[str, Any]:
    pixels = request.training.image_pixels
    if pixels is None:
        return {}
    side = math.isqrt(pixels)
    if side * side != pixels:
        raise UnsayableError(f"axolotl makes images square, so image_pixels must be a square number, not {pixels}")
    return {"image_size": side}


def _pixels(size: Any) -> int:
    sides = size if isinstance(size, list) else [size, size]
    if len(sides) != 2 or not all(type(side) is int and side > 0 for side in sides):
        raise ValueError("takes one side, or width and height")
    return int(sides[0] * sides[1])


def _read_images(words: Words) -> dict[str, Any]:
    if "image_size" not in words:
        return {}
    try:
        return {"image_pixels": _pixels(words.get("image_size"))}
    except ValueError as error:
        raise RefusedValueError("image_size", str(error)) from None


RULES = (
    Rule(
        keys=("micro_batch_size", "gradient_accumulation_steps", "batch_size"),
        settings=("batch_size", "gradient_accumulation_steps"),
        write=_write_batches,
        read=_read_batches,
        says="micro_batch_size is per GPU; batch_size, for all GPUs, has no effect any more",
        said_by={"batch_size": ("micro_batch_size",), "gradient_accumulation_steps": ("gradient_accumulation_steps",)},
    ),
    same("sequence_len", "max_seq_length", of=_length),
    Rule(
        keys=("sample_packing",),
        settings=("packing",),
        write=_write_packing,
        read=lambda words: {"packing": bool(words.get("sample_packing"))},
    ),
    Rule(
        keys=("learning_rate",),
        settings=("learning_rate",),
        write=_write_rate,
        read=_read_rate,
        says="a text such as 2e-5 is a number too",
    ),
    same("num_epochs", of=_epochs, says="part of an epoch is read as a whole one"),
    Rule(
        keys=("warmup_steps", "warmup_ratio"),
        settings=("warmup_steps", "warmup_ratio"),
        write=written_warmup,
        read=_read_warmup,
        says="a ratio if set, else steps",
        said_by={"warmup_steps": ("warmup_steps",), "warmup_ratio": ("warmup_ratio",)},
    ),
    *further_rules(),
    Rule(
        keys=("optimizer", "optim_target_modules", "lr_scheduler"),
        settings=("optim", "lr_scheduler_type"),
        write=_write_optimizer,
        read=_read_optimizer,
        says=f"optimizers that only axolotl has are counted as {_LARGEST_USUAL}",
        said_by={"optim": ("optimizer",), "lr_scheduler_type": ("lr_scheduler",)},
    ),
    Rule(
        keys=("bf16", "fp16", "bfloat16", "float16", "float32", "peft_autocast_adapter_dtype"),
        settings=("dtype", "adapter_dtype"),
        write=_write_types,
        read=_read_types,
        says="bf16: auto is auto; bf16 and fp16 false are float32",
        said_by={"adapter_dtype": ("peft_autocast_adapter_dtype",)},
    ),
    Rule(
        keys=("val_set_size", "test_datasets", "eval_batch_size", "eval_strategy", "evaluation_strategy"),
        settings=("eval_batch_size",),
        write=_write_evaluation,
        read=_read_evaluation,
        says="without test_datasets and with val_set_size 0 there is no evaluation; default: micro_batch_size",
    ),
    Rule(
        keys=("image_size",),
        settings=("image_pixels",),
        write=_write_images,
        read=_read_images,
        says="one side, or width and height",
    ),
)
