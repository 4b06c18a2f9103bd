"""The contents of a registry as JSON documents: rows, entries, categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.files.overlays import RegistryLayer

#: Training defaults of a model that cannot be trained.
_NO_TRAINING: dict[str, dict[str, Any]] = {"hyperparameters": {}, "lora_config": {}}

#: The documented keys of inference defaults that an entry may leave out.
_INFERENCE: dict[str, Any] = {"quantization": None, "tensor_parallel_size": 1}


def list_document(rows: Sequence[Mapping[str, Any]], *, total: int) -> dict[str, Any]:
    """
    Return ``mgr.list/1``.

    Args:
        rows: Rows of ``list_row``.

        total: How many models match, whatever part of them is in the list.
    """
    return {"format": "mgr.list/1", "total": total, "models": list(rows)}


def list_row(row: Row, raw: Mapping[str, Any], on: Mapping[str, frozenset[str]] | None = None) -> dict[str, Any]:
    """
    Return the eleven documented columns and both groups of defaults.

    Args:
        raw: The raw entry, of which only the row has been checked.

        on: Ids that fit, by GPU: the row says on which the model fits.
    """
    fits_on = {"fits_on": {gpu: row.id in ids for gpu, ids in on.items()}} if on else {}
    return row.columns() | filled_defaults(raw) | fits_on


#: The keys of a row: the documented columns, and the defaults.
ROW_KEYS = (
    "id",
    "name",
    "category",
    "parameters",
    "description",
    "tags",
    "status",
    "is_vision",
    "is_quantized",
    "min_vram_gb",
    "recommended_vram_gb",
    "training_defaults",
    "inference_defaults",
)


def entry_document(raw: Mapping[str, Any], origins: Mapping[str, RegistryLayer] | None = None) -> dict[str, Any]:
    """
    Return ``mgr.entry/1``.

    Args:
        raw: As for ``filled_entry``.

        origins: The file of each part, if they are asked for.
    """
    told = {} if origins is None else {"origins": origins_data(origins)}
    return {"format": "mgr.entry/1", "entry": filled_entry(raw), **told}


def origins_data(origins: Mapping[str, RegistryLayer], *, in_full: bool = True) -> dict[str, dict[str, str]]:
    """
    Return the file of each part of an entry, by JSON pointer.

    Args:
        in_full: Whether to give whole paths; else names of files, for readers on other machines.
    """
    return {
        pointer: {"named_by": layer.named_by, "file": str(layer.path) if in_full else layer.path.name}
        for pointer, layer in origins.items()
    }


def filled_entry(raw: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return a raw entry with all defaults filled that clients read unconditionally.

    Args:
        raw: A fresh copy of the raw entry, whose parts are used.
    """
    return {**raw, **filled_defaults(raw)}


def filled_defaults(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return both groups of defaults with all documented keys filled; a value that is no object is unchanged."""
    training, inference = raw.get("training_defaults"), raw.get("inference_defaults")
    return {
        "training_defaults": {key: dict(value) for key, value in _NO_TRAINING.items()}
        if training is None
        else training,
        "inference_defaults": inference | _INFERENCE | inference if isinstance(inference, dict) else inference,
    }


def categories_document(categories: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return ``mgr.categories/1``: the categories by key."""
    return {"format": "mgr.categories/1", "categories": dict(categories)}
