"""Descriptions: what a model is, and what to choose it for, compared with its siblings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import combinations
from typing import Any

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.wording.naming import format_in_words, name_for_people, size_in_words
from model_garden_registry.catalogue.tags import LONG_CONTEXT, MANY_LANGUAGES

_TRAINED_AS = {
    "base": "base model",
    "chat": "chat model",
    "reasoning": "reasoning model",
    "embedding": "embedding model",
    None: "language model",
}
#: Sizes that differ by at most a tenth count as equal.
_ONE_SIZE = 1.1
#: Memory of GPUs in whole decimal GB as drivers report it → as GPUs are sold.
_GPU_SIZES = (
    *((8, "8 GB"), (13, "12 GB"), (17, "16 GB"), (25, "24 GB"), (34, "32 GB")),
    *((51, "48 GB"), (85, "80 GB"), (102, "96 GB"), (150, "141 GB")),
)
_NUMBERS = {1: "one", 2: "two", 4: "four", 8: "eight"}

Requirements = Mapping[str, Any]


def description_of(
    facts: ModelFacts,
    relatives: Sequence[ModelFacts] = (),
    needs: Requirements | None = None,
    *,
    of_original: Requirements | None = None,
    taken: Set[str] = frozenset(),
) -> str:
    """
    Return a description of a model in one sentence, different from all that are taken.

    Args:
        relatives: Models of its family, itself included.

        needs: Its requirements, as an entry states them.

        of_original: Requirements of its original.

        taken: Letters of existing descriptions; see ``letters``.
    """
    lead = _copy_lead(facts) if facts.original else _lead(facts)
    own = _copy_clauses(facts, needs or {}, of_original or {}) if facts.original else _clauses(facts, relatives, needs)
    clauses = [*own, *_page_clauses(facts)]
    choices = [choice for number in (2, 3) for choice in combinations(clauses, min(number, len(clauses)))]
    sentences = [_sentence(lead, "; ".join(choice)) for choice in choices]
    return next((sentence for sentence in sentences if letters(sentence) not in taken), sentences[0])


def letters(text: str) -> str:
    """Return a text without what does not distinguish it: case, signs, numbers."""
    return " ".join(re.findall(r"[a-z]+", text.lower()))


def _sentence(lead: str, rest: str) -> str:
    text = f"{lead}: {rest}." if rest else f"{lead}."
    return text[:1].upper() + text[1:]


def _lead(facts: ModelFacts) -> str:
    what = _TRAINED_AS[facts.kind]
    if facts.has_vision:
        what = "vision-language base model" if facts.kind == "base" else f"{what} for images and text"
    size, active = size_in_words(facts.parameters), facts.architecture.active_parameters
    if facts.is_sparse and active:
        what, size = f"sparse {what}", f"{size}, {size_in_words(active)} active per token"
    return f"{facts.family} {what} of {size}{', ' if facts.family_words else ''}{facts.family_words}"


def _clauses(facts: ModelFacts, relatives: Sequence[ModelFacts], needs: Requirements | None) -> Iterator[str]:
    """Yield what distinguishes a model from its siblings, the most useful first."""
    yield from _counterpart(facts, relatives)
    yield from _neighbours(facts, relatives)
    if needs:
        yield f"served on {_machine(needs['inference'])}"
        if training := needs.get("training"):
            yield f"trained with LoRA on {_machine(training)}"


def _counterpart(facts: ModelFacts, relatives: Sequence[ModelFacts]) -> Iterator[str]:
    """Yield how it differs from models of its size: for each kind, the one with the most similar name."""
    nearest: dict[str | None, ModelFacts] = {}
    for other in sorted(relatives, key=lambda other: _likeness(facts.model_id, other.model_id)):
        if other.model_id != facts.model_id and _is_one_size(facts, other):
            nearest[other.kind] = other
    for other in nearest.values():
        name = name_for_people(other)
        match facts.kind, other.kind:
            case "base", "chat" | "reasoning":
                yield f"to train further, where {name} answers"
            case "reasoning", "chat":
                yield f"thinks first, where {name} answers at once"
            case "chat", "reasoning":
                yield f"answers at once, where {name} thinks first"
            case mine, its if mine == its:
                yield from _revision(facts, other, name)


def _likeness(one: str, other: str) -> int:
    """Return the length of the common prefix of two ids."""
    return next((index for index, (mine, its) in enumerate(zip(one, other, strict=False)) if mine != its), len(one))


def _revision(facts: ModelFacts, other: ModelFacts, name: str) -> Iterator[str]:
    mine, its = facts.stated.get("released"), other.stated.get("released")
    if mine and its and mine != its:
        yield f"newer than {name}" if mine > its else f"{name} is newer"


def _neighbours(facts: ModelFacts, relatives: Sequence[ModelFacts]) -> Iterator[str]:
    """Yield its place among the sizes of its family."""
    alike = [other for other in relatives if other.kind == facts.kind and not _is_one_size(facts, other)]
    smaller = max((one for one in alike if one.parameters < facts.parameters), key=_size, default=None)
    larger = min((one for one in alike if one.parameters > facts.parameters), key=_size, default=None)
    if smaller and larger:
        yield f"between {name_for_people(smaller)} and {name_for_people(larger)}"
    elif larger:
        yield f"the smallest, below {name_for_people(larger)}"
    elif smaller:
        yield f"the largest, above {name_for_people(smaller)}"


def _size(facts: ModelFacts) -> int:
    return facts.parameters


def _is_one_size(one: ModelFacts, other: ModelFacts) -> bool:
    least, most = sorted((one.parameters, other.parameters))
    return most <= _ONE_SIZE * least


def _machine(needs: Requirements) -> str:
    """Return the recommended GPUs, as they are sold: ``one 24 GB GPU``."""
    gpus, memory = needs["min_gpus"], needs["recommended_vram_gb"]
    size = next((words for most, words in _GPU_SIZES if memory <= most), f"{memory} GB")
    return f"{_NUMBERS[gpus]} {size} GPU{'' if gpus == 1 else 's'}"


def _copy_lead(facts: ModelFacts) -> str:
    assert facts.original
    publisher = facts.model_id.partition("/")[0]
    whose = "its maker" if publisher == facts.original.model_id.partition("/")[0] else publisher
    format_, _, program = format_in_words(facts.quantization).partition(", ")
    return f"{name_for_people(facts.original)} in {format_}{f' ({program})' if program else ''} by {whose}"


def _copy_clauses(facts: ModelFacts, needs: Requirements, of_original: Requirements) -> Iterator[str]:
    """Yield what a copy is for, compared with its original."""
    assert facts.original
    task = "training" if facts.trains else "inference"
    doing = "QLoRA" if facts.quantization.is_bitsandbytes else "LoRA" if facts.trains else "serving"
    if mine := needs.get(task):
        theirs = of_original.get(task)
        against = f", where the original takes {_machine(theirs)}" if theirs else ""
        yield f"{doing} on {_machine(mine)}{against if theirs and _machine(theirs) != _machine(mine) else ''}"
    if not facts.trains and facts.original.trains:
        yield "to train, take the original"
    yield from _FORMAT_CLAUSES.get(facts.quantization.method, ())
    if facts.trains and (serving := needs.get("inference")):
        yield f"served on {_machine(serving)}"


_FORMAT_CLAUSES: Mapping[str | None, tuple[str, ...]] = {
    "fp8": ("computed in eight-bit floats on Ada, Hopper and later GPUs",),
    "nvfp4": ("computed in four-bit floats on Blackwell GPUs",),
    "awq": ("four-bit weights, computed at 16 bits",),
    "gptq": ("four-bit weights, computed at 16 bits",),
    "w4a16": ("four-bit weights, computed at 16 bits",),
    "8bit": ("eight-bit weights, computed at 16 bits",),
}


def _page_clauses(facts: ModelFacts) -> Iterator[str]:
    """Yield further facts that distinguish a model from some others."""
    positions, stated = facts.architecture.max_position_embeddings, facts.stated
    if positions and positions >= LONG_CONTEXT:
        yield f"reads {positions // 1024}k tokens"
    if facts.reasons and facts.kind != "reasoning":
        yield "can think before it answers"
    if facts.calls_tools:
        yield "calls tools"
    if len(stated.get("languages", ())) >= MANY_LANGUAGES:
        yield f"speaks {len(stated['languages'])} languages"
    if stated.get("license"):
        yield f"licence {stated['license']}"
    if released := stated.get("released"):
        yield f"of {_MONTHS[int(released[5:]) - 1]} {released[:4]}"
    if stated.get("gated"):
        yield "downloaded only after its maker's consent"
    yield from _shape_clauses(facts)


def _shape_clauses(facts: ModelFacts) -> Iterator[str]:
    """Yield what follows from the network."""
    positions = facts.architecture.max_position_embeddings
    if positions and positions < LONG_CONTEXT:
        yield f"reads {positions} tokens"
    if facts.architecture.moe:
        yield "its experts make it quick for its size"
    if facts.architecture.mla:
        yield "its latent attention keeps long contexts cheap"
    if facts.architecture.sliding_window:
        yield "its windows keep long contexts cheap"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
