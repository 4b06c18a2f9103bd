"""Arguments of transformers' ``TrainingArguments``, read from its source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.upstream.vocabularies.fields import bounded, class_fields, words

__all__ = ["keys", "training_arguments"]

_ARGUMENTS, _UTILS = "transformers/training_args.py", "transformers/trainer_utils.py"
#: Values of absent arguments that our rules read.
_DEFAULTS = {
    "activation_checkpointing", "activation_checkpointing_kwargs", "bf16", "deepspeed", "eval_strategy", "fp16", "fsdp",
    "fsdp_config", "gradient_accumulation_steps", "gradient_checkpointing", "gradient_checkpointing_kwargs",
    "learning_rate", "lr_scheduler_type", "num_train_epochs", "optim", "per_device_eval_batch_size",
    "per_device_train_batch_size", "use_liger_kernel", "warmup_steps",
}  # fmt: skip
_CHECKS = (
    ("warmup_steps", "minimum", 0, _ARGUMENTS, "if self.warmup_steps < 0:"),
    ("torch_empty_cache_steps", "minimum", 1, _ARGUMENTS, "self.torch_empty_cache_steps > 0"),
)


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the arguments by their names, below a folder with ``transformers/``."""
    found = training_arguments(root)
    for name, key in found.items():
        if name not in _DEFAULTS:
            key.pop("default", None)
    return found


def training_arguments(root: Path) -> dict[str, dict[str, Any]]:
    """Return the arguments with every default that is written out."""
    enumerations = {
        "OptimizerNames": words(root / _ARGUMENTS, "OptimizerNames"),
        **{
            name: words(root / _UTILS, name)
            for name in ("SchedulerType", "IntervalStrategy", "SaveStrategy", "HubStrategy")
        },
    }
    found = class_fields(root / _ARGUMENTS, "TrainingArguments", enumerations)
    # It depends on torch: from 2.8 on the fused one.
    found["optim"]["default"] = "adamw_torch_fused"
    # Annotated as a string, read as a flag too.
    found["fsdp"]["types"] = ["boolean", "string", "array"]
    # Absent means off, whatever the field says.
    found["activation_checkpointing"]["default"] = found["gradient_checkpointing"]["default"] = False
    bounded(found, root, _CHECKS)
    return found
