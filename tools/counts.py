"""Parameter counts from the shape of a model whose facts do not state them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model_garden_registry.authoring.config_parts import text_config
from model_garden_registry.authoring.drafting import unsized_entry
from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.config_numbers import further_weights
from model_garden_registry.families.family import family_of
from model_garden_registry.memory.network.shape import Shape, shape_of


def with_counts(facts: ModelFacts, config: Mapping[str, Any] | None = None) -> ModelFacts:
    """
    Return the facts with the counts that they leave out: all parameters, and those that a token passes.

    Args:
        config: Content of config.json, for weights that no shape tells.
    """
    try:
        shape = shape_of(unsized_entry(facts))
    except MissingShapeError:
        return facts
    architecture = facts.architecture
    total = architecture.parameters or _counted(facts, shape, config)
    stated: dict[str, Any] = {"parameters": total} if total else {}
    if total and architecture.moe and not architecture.active_parameters:
        stated["active_parameters"] = total - shape.tower_parameters - shape.idle_parameters
    return replace(facts, architecture=architecture.model_copy(update=stated))


def _counted(facts: ModelFacts, shape: Shape, config: Mapping[str, Any] | None) -> int | None:
    """Return the parameters of the whole model; None if the shape does not tell all of them."""
    family, vision = family_of(facts.architecture.model_type), facts.architecture.vision
    has_all = config is not None or family.further == "0"
    if not family.counted or not has_all or (facts.has_vision and not (vision and vision.parameters)):
        return None
    return shape.parameters + (further_weights(family, text_config(config)) if config else 0)
