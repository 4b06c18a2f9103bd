"""
The lowest release of transformers and of vLLM for a model: ``tools/facts/first_releases.json``.

The table has the first release that knows a ``model_type``, that a configuration has a number, and that reads a format
of weights; for vLLM, the first that lists a class. Each was read from the package itself, and the session `upstream`
reads it again. Null: the newest release that was read does not have it. A release that is the oldest one read
says nothing: there may have been earlier ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.families.versions import known_release

TABLE = Path(__file__).resolve().parent / "facts" / "first_releases.json"

#: What a configuration needs that its shape does not say: type, vocabulary, context → number, and words for it.
_BESIDE: Mapping[tuple[str, int | None, int | None], tuple[str, str]] = {
    ("llama", 128256, 131072): ("rope.llama3", "positions stretched as llama3"),
    ("llama", 128264, 131072): ("rope.llama3", "positions stretched as llama3"),
    ("phi3", 32064, 131072): ("rope.longrope", "positions stretched as longrope"),
    ("phi3", 200064, 131072): ("phi3.partial_rotary_factor", "partial_rotary_factor of phi3"),
}


class First(NamedTuple):
    """
    The first release that has all that a model needs.

    Args:
        release: Such as ``4.51.0``.

        source: Where from, as an entry states it.
    """

    release: str
    source: dict[str, str]


@cache
def first_releases() -> Mapping[str, Mapping[str, Any]]:
    """Return the table, by library."""
    table: Mapping[str, Mapping[str, Any]] = json.loads(TABLE.read_bytes())
    return table


def with_first_releases(facts: ModelFacts, config: Mapping[str, Any] | None, recipe: First | None) -> ModelFacts:
    """
    Return the facts of a model with the lowest releases for it, in place of those that they have.

    Args:
        config: Its config.json, where it is known.

        recipe: The lowest vLLM that a recipe states for it.
    """
    found = first_releases_of(facts.architecture, facts.quantization, config, recipe)
    stated = {name: value for name, value in facts.stated.items() if name != "min_versions"}
    sources = {pointer: source for pointer, source in facts.sources.items() if not pointer.startswith("/min_versions")}
    if found:
        stated["min_versions"] = {name: f">={first.release}" for name, first in found.items()}
    sources |= {f"/min_versions/{name}": first.source for name, first in found.items()}
    return replace(facts, stated=stated, sources=sources)


def first_releases_of(
    architecture: Architecture,
    quantization: Quantization,
    config: Mapping[str, Any] | None = None,
    recipe: First | None = None,
) -> dict[str, First]:
    """
    Return the lowest release of each library, by its name; without those that are unknown.

    For vLLM: the first that lists the class, or what a recipe states where that is later. For transformers: the first
    that has the class, the numbers of the shape, and the format of the weights.
    """
    if not _has_shape(architecture):
        return {"vllm": recipe} if recipe else {}
    table = first_releases()
    name = str(architecture.architecture_class)
    vllm = None if _is_extended(architecture, config) else _first("vllm", {name: table["vllm"]["classes"].get(name)})
    since = {
        name: table["transformers"][kind].get(key) for kind, key, name in _needs(architecture, quantization, config)
    }
    stated = [first for first in (vllm, recipe) if first]
    transformers = _first("transformers", since)
    return {
        **({"vllm": max(stated, key=lambda first: known_release(first.release))} if stated else {}),
        **({"transformers": transformers} if transformers else {}),
    }


def _has_shape(architecture: Architecture) -> bool:
    """Return whether the layers are known: a name alone does not tell what a class must have."""
    return bool(architecture.intermediate_size or architecture.moe or architecture.layers)


def _is_extended(architecture: Architecture, config: Mapping[str, Any] | None) -> bool:
    """Return whether a class got what a model needs later: a newer text half, or experts beside state spaces."""
    types = first_releases()["transformers"]["model_types"]
    own, text = (types.get(name) for name in (architecture.model_type, _text_type(config)))
    is_newer = own is not None and text is not None and known_release(text) > known_release(own)
    return is_newer or (architecture.model_type == "nemotron_h" and architecture.moe is not None)


def _text_type(config: Mapping[str, Any] | None) -> str | None:
    found: str | None = ((config or {}).get("text_config") or {}).get("model_type")
    return found


def _needs(
    architecture: Architecture, quantization: Quantization, config: Mapping[str, Any] | None
) -> Iterator[tuple[str, str, str]]:
    """Yield all that a model needs of transformers: part of the table, key there, and words."""
    model_type = str(architecture.model_type)
    yield "model_types", model_type, model_type
    if text := _text_type(config):
        yield "model_types", text, text
    for number in ("num_key_value_heads", "head_dim"):
        key = f"{model_type}.{number}"
        if key in first_releases()["transformers"]["numbers"] and _differs(architecture, number):
            yield "numbers", key, f"{number} of {model_type}"
    beside = _BESIDE.get((model_type, architecture.vocab_size, architecture.max_position_embeddings))
    if beside:
        yield "numbers", *beside
    if quantization.method is not None:
        yield "formats", str(quantization.type), f"weights of {quantization.type}"


def _differs(architecture: Architecture, number: str) -> bool:
    """Return whether a number is another than a configuration without it means."""
    heads, hidden = architecture.num_attention_heads, architecture.hidden_size
    if number == "num_key_value_heads":
        return architecture.num_key_value_heads != heads
    return bool(architecture.head_dim and heads and hidden and architecture.head_dim * heads != hidden)


def _first(library: str, since: Mapping[str, str | None]) -> First | None:
    table = first_releases()[library]
    known = [release for release in since.values() if release is not None]
    if len(known) < len(since):
        return None
    release = max(known, key=known_release)
    if release == table["oldest"]:
        return None
    names = " and ".join(name for name, first in since.items() if first == release)
    source = {
        "kind": "published",
        "source": f"{library} {release}, the first release that has {names}",
        "as_of": table["dates"][release],
        "url": f"https://pypi.org/project/{library}/{release}/",
    }
    return First(release, source)
