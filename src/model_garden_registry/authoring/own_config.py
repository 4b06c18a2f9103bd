"""An entry for a model from its own config.json, and from the index of its weights where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from model_garden_registry.authoring.config_json import architecture_of, has_vision, quantization_of, text_config
from model_garden_registry.authoring.drafting import Document, draft_entry, unsized_entry
from model_garden_registry.authoring.facts import Kind, ModelFacts
from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.errors import MissingShapeError, RegistryReadError
from model_garden_registry.families.config_numbers import further_weights
from model_garden_registry.families.family import family_of, organisations
from model_garden_registry.memory.network.shape import Shape, shape_of

#: How names tell what a model was trained for.
_KINDS: tuple[tuple[Kind, str], ...] = (
    ("reasoning", r"think|reason"),
    ("chat", r"instruct|chat|(^|-)it($|-)"),
    ("base", r"(^|[-_])(base|pt)($|[-_])"),
)

#: Bytes of a parameter, by the type that weights are published in.
_BYTES = {"bfloat16": 2, "float16": 2, "float32": 4, None: 2}

#: Shortest sequence that entries train and serve, in tokens.
_SHORTEST = 128

#: No model is larger, and none of experts has more at work on a token: beyond, a file is broken.
_MOST, _MOST_ACTIVE = 10**14, 10**12

#: Index and count are the same model up to this: biases and norms.
_SAME = 0.01


def entry_from_config(
    model_id: str,
    config: Mapping[str, Any],
    *,
    path: Path,
    index: Mapping[str, Any] | None = None,
    kind: Kind | None = None,
    as_of: str,
) -> Document:
    """
    Make a complete entry of a model.

    Args:
        config: Content of its config.json.

        path: That file, for errors.

        index: Content of model.safetensors.index.json, which tells the size of the weights.

        kind: What it was trained for; None: as its name says.

        as_of: Month or day that the sources carry.

    Raises:
        UnknownArchitectureError: The architecture is not one that entries can be made for.

        RegistryReadError: The files do not tell enough.
    """
    facts = _facts(model_id, config, path, kind)
    positions = facts.architecture.max_position_embeddings
    if positions is not None and positions < _SHORTEST:
        raise RegistryReadError(path, f"states {positions} positions: an entry trains and serves {_SHORTEST} and more")
    further = further_weights(family_of(facts.architecture.model_type), text_config(config))
    facts = _counted(facts, index, path, further=further)
    entry = draft_entry(facts, as_of=as_of)
    if entry is None:
        raise RegistryReadError(path, "describes a model that no host of eight GPUs serves")
    return entry


def _facts(model_id: str, config: Mapping[str, Any], path: Path, kind: Kind | None) -> ModelFacts:
    organisation, _, name = model_id.rpartition("/")
    named = next((known for known, pattern in _KINDS if re.search(pattern, name.lower())), None)
    told = {"kind": "vendor", "source": "config.json of the model"}
    return ModelFacts(
        model_id=model_id,
        provider=_provider(organisation),
        family=re.split(r"[-_]", name)[0],
        kind=kind or named,
        has_vision=has_vision(config),
        architecture=architecture_of(config, path),
        quantization=quantization_of(config, path),
        reasons=True if (kind or named) == "reasoning" else None,
        sources={"/architecture": told},
    )


def _provider(organisation: str) -> str:
    word = organisation.lower()
    return organisations().get(word, re.sub(r"[^a-z0-9._-]+|^[^a-z0-9]+", "", word) or "unknown")


def _counted(facts: ModelFacts, index: Mapping[str, Any] | None, path: Path, *, further: int) -> ModelFacts:
    """
    Count the parameters: from the shape where that tells all of them, else from the index.

    Args:
        further: Weights that the shape does not tell.
    """
    try:
        shape = shape_of(unsized_entry(facts))
    except MissingShapeError as missing:
        raise RegistryReadError(path, f"states no {missing.field}") from None
    by_shape, by_index = shape.parameters + further, _indexed(facts, index)
    is_whole = family_of(facts.architecture.model_type).counted and not facts.has_vision
    if not is_whole and by_index is None:
        raise RegistryReadError(path, "does not tell how large the model is: name its model.safetensors.index.json too")
    agrees = by_index is not None and abs(by_index - by_shape) <= _SAME * by_shape
    total = by_index if by_index is not None and not (is_whole and agrees) else by_shape
    active = total - shape.idle_parameters
    if active <= 0:
        raise RegistryReadError(
            path, f"has experts of {shape.idle_parameters} parameters, its index counts {total} in all"
        )
    if total > _MOST or (facts.architecture.moe and active > _MOST_ACTIVE):
        raise RegistryReadError(path, f"describes a model of {total:.3g} parameters, {active:.3g} of them at work")
    architecture = facts.architecture.model_copy(update=_sizes(facts.architecture, shape, total))
    return replace(facts, architecture=architecture)


def _sizes(architecture: Architecture, shape: Shape, total: int) -> dict[str, Any]:
    """Give the numbers of an architecture that follow from how large the model is."""
    sizes: dict[str, Any] = {"parameters": total}
    if architecture.moe:
        sizes["active_parameters"] = total - shape.idle_parameters
    if architecture.vision and total > shape.parameters and architecture.vision.parameters is None:
        sizes["vision"] = architecture.vision.model_copy(update={"parameters": total - shape.parameters})
    return sizes


def _indexed(facts: ModelFacts, index: Mapping[str, Any] | None) -> int | None:
    """Read the number of parameters from an index; of quantised weights, only where it is stated outright."""
    metadata = (index or {}).get("metadata")
    told = metadata if isinstance(metadata, Mapping) else {}
    if isinstance(told.get("total_parameters"), int):
        return int(told["total_parameters"])
    size = told.get("total_size")
    if not isinstance(size, int | float) or facts.is_quantized:
        return None
    return int(size) // _BYTES[facts.architecture.dtype]
