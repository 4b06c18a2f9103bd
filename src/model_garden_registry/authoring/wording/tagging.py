"""Tags, from the vocabulary in ``catalogue.tags``."""

from __future__ import annotations

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.wording.naming import parameters_in_words
from model_garden_registry.catalogue.sizes import size_class
from model_garden_registry.catalogue.tags import LONG_CONTEXT, MANY_LANGUAGES
from model_garden_registry.units import parse_parameter_count


def tags_of(facts: ModelFacts) -> list[str]:
    """Return the tags; the one for the size is the class of ``--size``, by the size in words."""
    size = size_class(parse_parameter_count(parameters_in_words(facts)))
    name = facts.model_id.lower()
    positions = facts.architecture.max_position_embeddings or 0
    candidates = (
        (size, True),
        ("vision", facts.has_vision),
        ("multimodal", facts.has_vision),
        ("base", facts.kind == "base"),
        ("instruct", facts.kind == "chat"),
        ("reasoning", facts.kind == "reasoning" or facts.reasons is True),
        ("embedding", facts.kind == "embedding"),
        ("code", "code" in name or "devstral" in name or "codestral" in name),
        ("math", "math" in name),
        ("moe", facts.is_sparse),
        ("tools", facts.calls_tools is True),
        ("long-context", positions >= LONG_CONTEXT),
        ("multilingual", len(facts.stated.get("languages", ())) >= MANY_LANGUAGES),
        ("quantized", facts.is_quantized),
        ("serving", not facts.trains),
    )
    return [word for word, holds in candidates if holds]
