"""Drafts of entries for the models of an organisation that are on the Hub and not in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_garden_registry.authoring.own_config import Said, entry_from_config
from model_garden_registry.errors import RegistryError, RegistryReadError, UnknownModelError
from model_garden_registry.lifecycle.hub import HubModel, models_of, read_hub_config
from model_garden_registry.lifecycle.known_ids import Ids, KnownIds

#: How many of an organisation's newest models are looked at.
NEWEST = 100
#: What the Hub says of models that write text.
_PURPOSES = frozenset({"text-generation", "image-text-to-text", "any-to-any", None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """
    What is new of an organisation on the Hub.

    Args:
        entries: Drafts of entries by id, the newest first; their status is experimental.

        problems: Why there is no draft of a new model, by id.

        others: How many models are no new ones that write text.
    """

    entries: Mapping[str, dict[str, Any]]
    problems: Mapping[str, str]
    others: int


def draft_new_models(registry: Ids, organisation: str, *, as_of: str) -> Drafts:
    """
    Return drafts of entries for the newest models of an organisation that a registry has not.

    Args:
        registry: What is known, such as a ``ModelRegistry``.

        as_of: Day of the sources.

    Raises:
        HubError: The Hub gives no answer.

        MissingExtraError: huggingface_hub is not installed.
    """
    known = KnownIds(registry)
    listed = models_of(organisation, most=NEWEST)
    new = [model for model in listed if model.purpose in _PURPOSES and _is_new(model.id, known, registry)]
    entries: dict[str, dict[str, Any]] = {}
    problems: dict[str, str] = {}
    for model in new:
        try:
            entries[model.id] = _draft(model, as_of)
        except RegistryError as error:
            problems[model.id] = error.problem if isinstance(error, RegistryReadError) else str(error)
    return Drafts(entries=entries, problems=problems, others=len(listed) - len(new))


def _is_new(model_id: str, known: KnownIds, registry: Ids) -> bool:
    """Return whether a registry has not, and could have, a model."""
    if model_id in known:
        return False
    try:
        registry.resolve(model_id)
    except UnknownModelError as error:
        return error.problem is None
    return False


def _draft(model: HubModel, as_of: str) -> dict[str, Any]:
    config, path = read_hub_config(model.id), Path(model.id, "config.json")
    try:
        entry = entry_from_config(model.id, config, path=path, as_of=as_of)
    except RegistryReadError:
        if model.parameters is None:
            raise
        entry = entry_from_config(model.id, config, path=path, said=Said(parameters=model.parameters), as_of=as_of)
    facts = {"license": model.license, "released": model.released, "gated": model.gated or None}
    stated = {name: value for name, value in facts.items() if value is not None and name not in entry}
    return {**entry, "status": "experimental", **stated}
