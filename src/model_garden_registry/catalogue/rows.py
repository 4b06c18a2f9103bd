"""The columns of a list, read from raw entries without validating the rest of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from model_garden_registry.entries.tasks import Status

_STATUSES = get_args(Status)
_TEXTS = {str}
_NUMBERS = {int, float}
_FLAGS = {bool}


class Row(NamedTuple):
    """The columns of an entry in a list, and the fields to filter by."""

    id: str
    name: str
    category: str
    provider: str
    base_architecture: str
    parameters: str
    description: str
    tags: tuple[str, ...]
    status: str
    is_vision: bool
    is_quantized: bool
    training: bool
    inference: bool
    min_vram_gb: float
    recommended_vram_gb: float
    training_vram_gb: float
    inference_vram_gb: float
    model_type: str | None
    min_gpus: int
    released: str | None

    def columns(self) -> dict[str, Any]:
        """Return the documented eleven columns as a fresh dict."""
        return {
            "id": self.id,
            "name": self.name,
            "category": self.category,
            "parameters": self.parameters,
            "description": self.description,
            "tags": list(self.tags),
            "status": self.status,
            "is_vision": self.is_vision,
            "is_quantized": self.is_quantized,
            "min_vram_gb": self.min_vram_gb,
            "recommended_vram_gb": self.recommended_vram_gb,
        }


def read_row(key: str, raw: Mapping[str, Any]) -> Row | None:
    """
    Return the columns of a raw entry; None if one of them is missing or invalid.

    The row's id is the entry's key, by which the entry is found.
    """
    try:
        requirements, capabilities = raw["requirements"], raw["capabilities"]
        quantization, architecture = raw.get("quantization") or {}, raw.get("architecture") or {}
        minimum, tags = requirements["min_vram_gb"], raw["tags"]
        row = Row(
            key,
            raw["name"],
            raw["category"],
            raw["provider"],
            raw["base_architecture"],
            raw["parameters"],
            raw["description"],
            tuple(tags),
            raw["status"],
            capabilities["vision"],
            quantization.get("method") is not None,
            capabilities["training"],
            capabilities["inference"],
            minimum,
            requirements["recommended_vram_gb"],
            (requirements.get("training") or requirements)["min_vram_gb"],
            (requirements.get("inference") or requirements)["min_vram_gb"],
            architecture.get("model_type"),
            requirements.get("min_gpus", 1),
            raw.get("released"),
        )
    except (KeyError, TypeError, AttributeError):
        return None
    texts = (*row[:7], row.model_type or "", row.released or "", *row.tags)
    flags = (row.is_vision, row.training, row.inference)
    well_typed = set(map(type, texts)) == _TEXTS and set(map(type, flags)) == _FLAGS
    is_sound = well_typed and set(map(type, (*row[13:17], row.min_gpus))) <= _NUMBERS
    return row if is_sound and isinstance(tags, list) and row.status in _STATUSES else None
