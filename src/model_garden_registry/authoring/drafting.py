"""The raw entry of a model, from facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.policy import compute_capability, inference_start, training_start, without_experts
from model_garden_registry.authoring.sizing import (
    UNSIZED,
    Sized,
    larger_of,
    ram_gb,
    size_inference,
    size_stated,
    size_training,
)
from model_garden_registry.authoring.wording.describing import Requirements, description_of
from model_garden_registry.authoring.wording.naming import name_for_people, parameters_in_words
from model_garden_registry.authoring.wording.tagging import tags_of
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task
from model_garden_registry.families.family import base_architecture, family_of
from model_garden_registry.memory.network.shape import states_shape

Document = dict[str, Any]

#: Fields of an entry in the order of the file.
FIELDS = (
    *("id", "name", "category", "provider", "base_architecture", "parameters", "description", "tags", "status"),
    *("deprecation", "superseded_by", "base_model", "license", "gated", "released", "languages", "aliases"),
    *("quantization", "architecture", "requirements", "capabilities", "training_defaults", "inference_defaults"),
    *("urls", "min_versions", "notes", "benchmarks", "sources"),
)

_IMAGES = (
    "Limit the image processor's max_pixels for training, for example to 262144: a picture of its stock limit takes "
    "more tokens than a training sequence has."
)

_UNPACKED = "Its weights are published in few bits alone; training unpacks them into bfloat16, which its memory counts."

_POLICY = "docs/defaults-policy.md"


def draft_entry(
    facts: ModelFacts,
    *,
    as_of: str,
    changes: Mapping[str, Any] | None = None,
    relatives: Sequence[ModelFacts] = (),
    of_original: Requirements | None = None,
    taken: Set[str] = frozenset(),
) -> Document | None:
    """
    Make an entry: facts, defaults by the policy, requirements by the memory model.

    Args:
        as_of: Month or day for sources without one.

        changes: Hand-written fields, which override the computed ones.

        relatives: Models of the same family, itself included, for comparisons in the description.

        of_original: Requirements of its original, as an entry states them.

        taken: Letters of the descriptions of other entries.

    Returns:
        None: no machine that the policy knows can serve it.
    """
    changes = changes or {}
    document = merged(_unsized(facts), changes)
    entry = ModelInfo.model_validate(document)
    serving = _serving(entry, document, changes)
    if serving is None:
        return None
    training = _training(facts, document, changes)
    document |= {
        "inference_defaults": serving.defaults,
        "training_defaults": training.defaults if training else None,
        "capabilities": {**document["capabilities"], "training": training is not None},
    }
    document["requirements"] = _requirements(facts, entry, serving, training)
    needs = document["requirements"]
    document["description"] = description_of(facts, relatives, needs, of_original=of_original, taken=taken)
    document["status"] = _status(entry, document)
    document["sources"] = _sources(facts, serving, training, as_of)
    document = merged(document, changes)
    return {name: document[name] for name in FIELDS if name in document}


def merged(document: Mapping[str, Any], changes: Mapping[str, Any]) -> Document:
    """Return a document with changes merged in, object by object."""
    result = dict(document)
    for key, value in changes.items():
        before = result.get(key)
        result[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, Mapping) else value
    return result


def _unsized(facts: ModelFacts) -> Document:
    """Return everything except what depends on memory."""
    stated = dict(facts.stated)
    model_type = facts.architecture.model_type or "unknown"
    return {
        "id": facts.model_id,
        "name": name_for_people(facts),
        "category": "vision-vlm" if facts.has_vision else "text-llm",
        "provider": facts.provider,
        "base_architecture": base_architecture(model_type),
        "parameters": parameters_in_words(facts),
        "description": "",
        "tags": tags_of(facts),
        "status": "stable",
        **({"base_model": facts.original.model_id} if facts.original else {}),
        **stated,
        "quantization": facts.quantization.model_dump(exclude_unset=True),
        "architecture": facts.architecture.model_dump(exclude_none=True),
        "requirements": dict(UNSIZED),
        "capabilities": _capabilities(facts),
        "training_defaults": training_start(facts),
        "inference_defaults": inference_start(facts),
        **({"notes": notes} if (notes := _notes(facts)) else {}),
        "urls": {"huggingface": f"https://huggingface.co/{facts.model_id}", "docs": None},
    }


def _notes(facts: ModelFacts) -> list[str]:
    """Return notes for training it."""
    if not facts.trains:
        return []
    large = family_of(facts.architecture.model_type).large_images
    return [*([_IMAGES] if large else []), *([_UNPACKED] if facts.is_unpacked else [])]


def _capabilities(facts: ModelFacts) -> Document:
    return {
        "training": facts.trains,
        "inference": True,
        "vision": facts.has_vision,
        # Engines support grammars and streaming for any model.
        "structured_outputs": facts.writes_text,
        "streaming": facts.writes_text,
        **({} if facts.calls_tools is None else {"function_calling": facts.calls_tools}),
        **({} if facts.reasons is None else {"reasoning": facts.reasons}),
    }


def unsized_entry(facts: ModelFacts) -> ModelInfo:
    """Return an entry without memory numbers."""
    return ModelInfo.model_validate(_unsized(facts))


def _serving(entry: ModelInfo, document: Document, changes: Mapping[str, Any]) -> Sized | None:
    """Return serving that fits its stated requirements, else the smallest machine."""
    may_grow = "max_model_len" not in changes.get("inference_defaults", {})
    if stated := changes.get("requirements", {}).get("inference"):
        return size_stated(entry, document["inference_defaults"], stated, may_grow=may_grow)
    return size_inference(entry, document["inference_defaults"], may_grow=may_grow)


def _training(facts: ModelFacts, document: Document, changes: Mapping[str, Any]) -> Sized | None:
    """Return training that fits a machine: with adapters on the experts of a mixture, else without."""
    defaults = document["training_defaults"]
    if defaults is None:
        return None
    chosen = (changes.get("training_defaults") or {}).get("hyperparameters", {})
    for each in filter(None, (defaults, without_experts(facts, defaults))):
        entry = ModelInfo.model_validate({**document, "training_defaults": each})
        if found := size_training(entry, each, may_grow="batch_size" not in chosen):
            return found
    return None


def _requirements(facts: ModelFacts, entry: ModelInfo, serving: Sized, training: Sized | None) -> Document:
    tasks: dict[Task, Document] = {"training": training.requirements} if training else {}
    tasks["inference"] = serving.requirements
    return larger_of(tasks, ram_gb(entry), compute_capability(facts))


def _status(entry: ModelInfo, document: Document) -> str:
    """Return the status: experimental for a guessed shape or several GPUs, which no measurement confirms."""
    if document.get("deprecation"):
        return "deprecated"
    # Layers that the format cannot state are counted as other ones.
    is_guessed = not states_shape(entry) or (entry.architecture and family_of(entry.architecture.model_type).refused)
    return "experimental" if is_guessed or document["requirements"]["min_gpus"] > 1 else "stable"


def _sources(facts: ModelFacts, serving: Sized, training: Sized | None, as_of: str) -> Document:
    tasks = [f"training: {training.source}"] if training else []
    derived = {
        "/requirements": f"memory model; {'; '.join([*tasks, f'inference: {serving.source}'])}",
        "/inference_defaults": _POLICY,
    }
    if training:
        derived["/training_defaults"] = _POLICY
    sources = {pointer: {"kind": "derived", "source": text, "as_of": as_of} for pointer, text in derived.items()}
    said = {**facts.sources, **facts.recommended.sources}
    stated = {pointer: {"as_of": as_of, **source} for pointer, source in said.items()}
    return dict(sorted({**stated, **sources}.items()))
