"""An entry as a JSON document: as it stands in the file, with the defaults that clients read without looking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: What training defaults are where a model cannot be trained.
_NO_TRAINING: dict[str, dict[str, Any]] = {"hyperparameters": {}, "lora_config": {}}

#: The documented keys of inference defaults that an entry may leave out.
_INFERENCE: dict[str, Any] = {"quantization": None, "tensor_parallel_size": 1}


def entry_document(raw: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give an entry for clients.

    Args:
        raw: The entry as it stands in the file; a fresh copy, whose parts are used.
    """
    return {**raw, **filled_defaults(raw)}


def filled_defaults(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give both groups of defaults, all documented keys filled; what is no object stays what it is."""
    training, inference = raw.get("training_defaults"), raw.get("inference_defaults")
    return {
        "training_defaults": {key: dict(value) for key, value in _NO_TRAINING.items()}
        if training is None
        else training,
        "inference_defaults": inference | _INFERENCE | inference if isinstance(inference, dict) else inference,
    }
