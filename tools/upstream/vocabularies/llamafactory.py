"""Keys of a LLaMA-Factory file: the fields of the five dataclasses that its parser fills."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.upstream.vocabularies.dataclass_fields import Source

__all__ = ["BESIDE", "keys"]

#: Unpacked beside it, at the newest release that it takes: its training arguments are that one's.
BESIDE = ("transformers",)

_FILES = ("llamafactory/hparams/*.py", "llamafactory/extras/*.py", "transformers/*.py")
_FILLED = {
    "model_args": "ModelArguments",
    "data_args": "DataArguments",
    "training_args": "TrainingArguments",
    "finetuning_args": "FinetuningArguments",
    "generating_args": "GeneratingArguments",
}
#: Texts that it divides at commas, where a list is as good.
_DIVIDED = (
    "additional_target", "apollo_target", "dataset", "eval_dataset", "freeze_extra_modules",
    "freeze_trainable_modules", "galore_target", "lora_target", "oft_target",
)  # fmt: skip
#: Sets that are asserted after parsing, or looked up when the model is loaded.
_CHECKED = {
    "finetuning_type": ["lora", "oft", "freeze", "full"],
    "quantization_bit": [1, 2, 3, 4, 5, 6, 8],
    "ref_model_quantization_bit": [4, 8],
    "reward_model_quantization_bit": [4, 8],
}


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the keys of an unpacked LLaMA-Factory with transformers beside it."""
    source = Source(root, _FILES)
    found: dict[str, dict[str, Any]] = {}
    for module, name in _FILLED.items():
        found |= source.fields(f"llamafactory/hparams/{module}.py", name)
    for key in _DIVIDED:
        found[key]["types"] = ["array", "string"]
    for key, choices in _CHECKED.items():
        found[key]["choices"] = choices
    return dict(sorted(found.items()))
