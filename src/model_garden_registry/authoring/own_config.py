"""An entry for a model from its own config.json, and from the index of its weights, if given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from model_garden_registry.authoring.config_formats import Format, format_by_name, quantization_of
from model_garden_registry.authoring.config_json import architecture_of
from model_garden_registry.authoring.config_parts import left_out, refuse_blind, text_config
from model_garden_registry.authoring.drafting import Document, draft_entry, unsized_entry
from model_garden_registry.authoring.facts import Kind, ModelFacts
from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.errors import MissingShapeError, RegistryReadError
from model_garden_registry.families.config_numbers import further_weights
from model_garden_registry.families.family import family_of, organisations
from model_garden_registry.files.loading import expected_words
from model_garden_registry.files.positions import pointer_text
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.units import GB
from model_garden_registry.visible_text import found_words, visible

#: Words in names for the kind of a model.
_KINDS: tuple[tuple[Kind, str], ...] = (
    ("embedding", r"embed|rerank|(^|[-_])(bge|gte|e5)([-_]|$)"),
    ("reasoning", r"think|reason"),
    ("chat", r"instruct|chat|(^|-)it($|-)"),
    ("base", r"(^|[-_])(base|pt)($|[-_])"),
)

#: Bytes per parameter, by the type of the published weights.
_BYTES = {"bfloat16": 2, "float16": 2, "float32": 4, None: 2}

#: Shortest sequence of entries, in tokens.
_SHORTEST = 128

#: No model has more parameters, or more active ones; beyond, the file is broken.
_MOST, _MOST_ACTIVE = 10**14, 10**12

#: An index with fewer parameters is not of a language model.
_LEAST = 10**4

#: Index and count may differ by this much: biases and norms.
_SAME = 0.01

_INDEX = "model.safetensors.index.json"
_TELL_SIZE = f"name its {_INDEX} with --index, or say how many it has with --parameters N"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """
    The user's statements about a model beside its files; None: as in the files.

    Args:
        kind: What it was trained for; None: by its name.

        read_as: The `model_type` to read its config.json by.

        parameters: Number of parameters.

        quantization: Its number format; `none` for none.
    """

    kind: Kind | None = None
    read_as: str | None = None
    parameters: int | None = None
    quantization: Format | str | None = field(default=None)


NOTHING_SAID = Said()


def entry_from_config(
    model_id: str,
    config: Mapping[str, Any],
    *,
    path: Path,
    index: Mapping[str, Any] | None = None,
    said: Said = NOTHING_SAID,
    as_of: str,
) -> Document:
    """
    Return a complete entry of a model.

    Args:
        config: Content of its config.json.

        path: That file, for errors.

        index: Content of model.safetensors.index.json, with the size of the weights.

        said: The user's statements.

        as_of: Month or day of the sources.

    Raises:
        UnknownArchitectureError: The architecture is unknown.

        RegistryReadError: The files do not state enough.
    """
    try:
        return _entry(_facts(model_id, config, path, said), config, path=path, index=index, said=said, as_of=as_of)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = f"{pointer_text(first['loc'])} {expected_words(first)}, found {found_words(first['input'])}"
        raise RegistryReadError(path, f"gives {visible(model_id)} no valid entry: {problem}") from None


def _entry(
    facts: ModelFacts,
    config: Mapping[str, Any],
    *,
    path: Path,
    index: Mapping[str, Any] | None,
    said: Said,
    as_of: str,
) -> Document:
    positions = facts.architecture.max_position_embeddings
    if positions is not None and positions < _SHORTEST:
        raise RegistryReadError(path, f"states {positions} positions: an entry trains and serves {_SHORTEST} and more")
    further = further_weights(family_of(facts.architecture.model_type), text_config(config))
    facts = _weighed(_counted(facts, index, path, further=further, said=said.parameters), index)
    entry = draft_entry(facts, as_of=as_of)
    if entry is None:
        raise RegistryReadError(path, "describes a model that no host of eight GPUs serves by tensor parallelism alone")
    # Tool calling is not stated in any of these files.
    told = {name: value for name, value in entry["capabilities"].items() if name != "function_calling"}
    return {**entry, "capabilities": told}


def _facts(model_id: str, config: Mapping[str, Any], path: Path, said: Said) -> ModelFacts:
    organisation, _, name = model_id.rpartition("/")
    kind = said.kind or next((known for known, pattern in _KINDS if re.search(pattern, name.lower())), None)
    architecture = architecture_of(config, path, read_as=said.read_as)
    refuse_blind(config, family_of(architecture.model_type), path)
    quantization, format_source = _format(model_id, config, path, said.quantization)
    return ModelFacts(
        model_id=model_id,
        provider=provider_of(organisation),
        family=re.split(r"[-_]", name)[0] or name,
        kind=kind,
        has_vision=architecture.vision is not None,
        architecture=architecture,
        quantization=quantization,
        reasons=True if kind == "reasoning" else None,
        sources={"/architecture": _shape_source(config, said), **format_source},
    )


def _shape_source(config: Mapping[str, Any], said: Said) -> dict[str, str]:
    """Return the source of the shape: the file, and what its reader or its class adds."""
    words = ["config.json of the model"]
    if said.read_as:
        words.append(f"read as {said.read_as}")
    if absent := left_out(config):
        words.append(f"without {', '.join(absent[1])}, which are those of {absent[0]}")
    return {"kind": "vendor", "source": ", ".join(words)}


def _format(
    model_id: str, config: Mapping[str, Any], path: Path, said: Format | str | None
) -> tuple[Quantization, dict[str, dict[str, str]]]:
    """Return the number format, and its source if not config.json."""
    if said == "none":
        return Quantization(method=None, type=None), {}
    by_name = None if said else format_by_name(model_id, config, path)
    told = said or by_name
    if told is None:
        return quantization_of(config, path), {}
    words = "--quantization" if said else "the name of the repository; config.json states no number format"
    source = {"kind": "declared", "source": words}
    return Quantization.model_validate({"method": told[0], "type": told[1]}), {"/quantization": source}


def provider_of(organisation: str) -> str:
    """Return an organisation as entries name the provider."""
    word = organisation.lower()
    return organisations().get(word, re.sub(r"[^a-z0-9._-]+|^[^a-z0-9]+", "", word) or "unknown")


def _counted(
    facts: ModelFacts, index: Mapping[str, Any] | None, path: Path, *, further: int, said: int | None
) -> ModelFacts:
    """
    Return the number of parameters: the user's, or from the shape if complete, else from the index.

    Args:
        further: Weights outside the shape.
    """
    try:
        shape = shape_of(unsized_entry(facts))
    except MissingShapeError as missing:
        raise RegistryReadError(path, f"states no {missing.field}") from None
    by_shape, by_index = shape.parameters + further, _indexed(facts, index)
    total = said or _chosen(facts, shape, by_shape, by_index)
    if total is None:
        raise RegistryReadError(path, _uncounted(facts, index))
    active = total - shape.idle_parameters
    if active <= 0:
        problem = f"has experts of {shape.idle_parameters} parameters, of {total} in all"
        raise RegistryReadError(path, problem)
    if total > _MOST or (facts.architecture.moe and active > _MOST_ACTIVE):
        raise RegistryReadError(path, f"describes a model of {total:.3g} parameters, {active:.3g} of them at work")
    architecture = facts.architecture.model_copy(update=_sizes(facts.architecture, shape, total, by_shape))
    source = {"/architecture/parameters": {"kind": "declared", "source": "--parameters"}} if said else {}
    return replace(facts, architecture=architecture, sources={**facts.sources, **source})


def _chosen(facts: ModelFacts, shape: Shape, by_shape: int, by_index: int | None) -> int | None:
    """Return the right count; None if neither shape nor index has it."""
    vision = facts.architecture.vision
    is_whole = family_of(facts.architecture.model_type).counted and (vision is None or vision.parameters is not None)
    if not is_whole or by_index is None:
        return by_shape if is_whole else by_index
    # Multi-token prediction layers are in the files, but not in the count.
    predicting = shape.predicting_layers * 2 * (by_shape // shape.layers + shape.vocab * shape.hidden)
    agrees = abs(by_index - by_shape) <= _SAME * by_shape or by_shape <= by_index <= by_shape + predicting
    return by_shape if agrees else by_index


def _uncounted(facts: ModelFacts, index: Mapping[str, Any] | None) -> str:
    """Return why the size of a model is unknown, and how to state it."""
    if index is not None:
        what = "bytes of quantised weights" if facts.is_quantized else "no total_size"
        return f"does not state the size of the model, and its index has {what}: pass --parameters N"
    if family_of(facts.architecture.model_type).counted:
        return f"does not state all weights of its vision or audio parts: {_TELL_SIZE}"
    model_type = facts.architecture.model_type
    return f"is of {model_type}, whose weights are not all known from config.json: {_TELL_SIZE}"


def _sizes(architecture: Architecture, shape: Shape, total: int, by_shape: int) -> dict[str, Any]:
    """Return the numbers of an architecture that follow from the size of the model."""
    sizes: dict[str, Any] = {"parameters": total}
    vision, tower = architecture.vision, shape.tower_parameters
    if vision and vision.parameters is None and family_of(architecture.model_type).counted and total > by_shape:
        tower = total - by_shape
        sizes["vision"] = vision.model_copy(update={"parameters": tower})
    if architecture.moe:
        # Text tokens do not pass the vision tower.
        sizes["active_parameters"] = total - tower - shape.idle_parameters
    return sizes


def _indexed(facts: ModelFacts, index: Mapping[str, Any] | None) -> int | None:
    """Return the number of parameters of an index; for quantised weights, only if stated explicitly."""
    stated, size = (_count(index, key) for key in ("total_parameters", "total_size"))
    if stated is not None or size is None or facts.is_quantized:
        return stated
    return size // _BYTES[facts.architecture.dtype]


def _weighed(facts: ModelFacts, index: Mapping[str, Any] | None) -> ModelFacts:
    """Return facts with the size of quantised files, if the index has it."""
    size = _count(index, "total_size")
    if not facts.is_quantized or size is None:
        return facts
    quantization = facts.quantization.model_copy(update={"weights_gb": round(size / GB, 3)})
    source = {"/quantization/weights_gb": {"kind": "vendor", "source": _INDEX}}
    return replace(facts, quantization=quantization, sources={**facts.sources, **source})


def _count(index: Mapping[str, Any] | None, key: str) -> int | None:
    """Return a count of an index; None if missing or impossible."""
    metadata = (index or {}).get("metadata")
    value = metadata.get(key) if isinstance(metadata, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _LEAST <= value <= 4 * _MOST:
        return None
    return int(value)
