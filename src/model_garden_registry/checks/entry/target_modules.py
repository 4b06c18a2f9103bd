"""The linear layers of an architecture, by their names in the checkpoint."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from model_garden_registry.families.family import families_of_word, family_of, known_model_types

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo


def linear_modules(entry: ModelInfo) -> frozenset[str] | None:
    """
    Return the names of the layers that can have an adapter; None if the architecture is not known.

    Experts that are separate layers in transformers 4 are included: checkpoints and adapters of that time name
    them.
    """
    return modules_of(entry.architecture.model_type if entry.architecture else None, entry.base_architecture)


@lru_cache(maxsize=1024)
def modules_of(model_type: str | None, word: str) -> frozenset[str] | None:
    """As ``linear_modules``, by ``model_type`` of config.json; without one, by the word of ``base_architecture``."""
    if model_type:
        return family_of(model_type).modules if model_type in known_model_types() else None
    families = families_of_word(word)
    return frozenset().union(*(family.modules for family in families)) if families else None
