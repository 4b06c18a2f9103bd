"""Tool and model of another tool's file, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_garden_registry.visible_text import shown_value

if TYPE_CHECKING:
    from model_garden_registry.dialects.foreign_config import ForeignConfig
    from model_garden_registry.near_names import ResolvedId

_HOW = {
    "alias": "another id of it",
    "case": "in another case",
    "name": "by its name alone",
    "address": "within an address or a path",
}


def about_text(config: ForeignConfig, model: ResolvedId | None) -> str:
    """Return the tool and the model of a file: ``axolotl 0.21.0; Qwen/Qwen3-8B``."""
    return f"{config.tool}; {_model(config, model)}"


def _model(config: ForeignConfig, model: ResolvedId | None) -> str:
    written = config.model_id
    if model is None:
        return "no model" if written is None else f"model {shown_value(written)}, which is not in the registry"
    if written == model.id:
        return model.id
    if written is None:
        return f"{model.id}, as --model says"
    if (how := _HOW.get(model.how)) is None:
        return f"{model.id}, as --model says, instead of {shown_value(written)}"
    return f"{model.id}, written {shown_value(written)} ({how})"
