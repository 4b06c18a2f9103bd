"""Sizes, names, tags and descriptions in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from itertools import combinations

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.catalogue.sizes import size_class
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.units import GB, parse_parameter_count

#: From here on a context is long.
_LONG_CONTEXT = 100_000
#: Where a facet stops being worth a word.
_LARGE_VOCABULARY = 120_000
_FEW_LANGUAGES = 2
#: What mixes tokens by keys and values that stay in a cache.
_CACHING = ("full", "window", "chunked", "latent")

_FORMATS = {
    "4bit": "4-bit",
    "8bit": "8-bit",
    "awq": "AWQ",
    "gptq": "GPTQ",
    "fp8": "FP8",
    "mxfp4": "MXFP4",
    "nvfp4": "NVFP4",
    "w4a16": "W4A16",
    "w8a8": "W8A8",
    "w8a16": "W8A16",
    "mixed": "mixed-precision",
}
_TRAINED_AS = {
    "base": "base model",
    "chat": "chat model",
    "reasoning": "reasoning model",
    "embedding": "embedding model",
    None: "language model",
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def size_in_words(parameters: int) -> str:
    """Write a number of parameters with three digits: 8.19B, 596M, 1.03T; what is not counted yet, as the least: 1K."""
    for unit, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if parameters >= unit * 0.9995:
            return f"{float(f'{parameters / unit:.3g}'):g}{letter}"
    return f"{max(parameters / 1000, 1):.0f}K"


def parameters_in_words(facts: ModelFacts) -> str:
    """Write the size, and that of the part which works on a token where it differs."""
    active = facts.architecture.active_parameters
    whole = size_in_words(facts.parameters)
    return f"{whole}-A{size_in_words(active)}" if active and active < 0.9 * facts.parameters else whole


def name_for_people(facts: ModelFacts) -> str:
    """Turn an id into a name: the repository's own words, with the number format behind them."""
    if facts.original:
        return f"{name_for_people(facts.original)} ({format_in_words(facts.quantization)})"
    words = re.sub(r"(?<=\d)_(?=\d)", ".", facts.model_id.rpartition("/")[2])
    words = re.sub(r"\b(hf|HF|BF16)\b", "", words.replace("_", " ").replace("-", " "))
    return _capital(" ".join(words.split()))


def format_in_words(quantization: Quantization) -> str:
    """Name a number format, so that two copies in one format by different programs have different names."""
    if quantization.method is None:
        return "BF16"
    words = _FORMATS[quantization.method]
    match quantization.type:
        case "gptq" if quantization.method == "8bit":
            return f"GPTQ {words}"
        case "bitsandbytes-dynamic":
            return f"dynamic {words}"
        case "modelopt":
            return f"{words}, ModelOpt"
        case _:
            return words


def tags_of(facts: ModelFacts) -> list[str]:
    """Return the words to search by; the size is the class that ``--size`` puts the entry in, by its size in words."""
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
        ("code", "code" in name or "devstral" in name),
        ("math", "math" in name),
        ("moe", facts.is_sparse),
        ("tools", facts.calls_tools is True),
        ("long-context", positions >= _LONG_CONTEXT),
        ("quantized", facts.is_quantized),
        ("serving", not facts.trains),
    )
    return [word for word, holds in candidates if holds]


def description_of(facts: ModelFacts, taken: Set[str] = frozenset(), *, turn: int = 0) -> str:
    """
    Describe a model in one sentence, unlike the ones that are taken.

    Args:
        taken: Letters of the descriptions there are; see ``letters``.

        turn: Which of the pairs of facets is tried first.
    """
    lead = _copy_lead(facts) if facts.original else _lead(facts)
    facets = [*(_copy_facets(facts) if facts.original else ()), *_facets(facts)]
    pairs = [", ".join(pair) for pair in combinations(facets, min(2, len(facets)))]
    start = turn % len(pairs)
    sentences = [_sentence(lead, pair) for pair in (*pairs[start:], *pairs[:start])]
    return next((sentence for sentence in sentences if letters(sentence) not in taken), sentences[0])


def letters(text: str) -> str:
    """Leave out of a text what does not tell it from another: case, signs, numbers."""
    return " ".join(re.findall(r"[a-z]+", text.lower()))


def _sentence(lead: str, rest: str) -> str:
    return _capital(f"{lead}; {rest}." if rest else f"{lead}.")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _lead(facts: ModelFacts) -> str:
    what = _TRAINED_AS[facts.kind]
    if facts.has_vision:
        what = "vision-language base model" if facts.kind == "base" else f"{what} for images and text"
    moe = facts.architecture.moe
    size = f"{facts.family} {what} with {size_in_words(facts.parameters)} parameters"
    if moe and facts.architecture.active_parameters:
        active = size_in_words(facts.architecture.active_parameters)
        size = f"sparse {size}, {active} of them at work on a token"
    return f"{size}{', ' if facts.family_words else ''}{facts.family_words}"


def _copy_lead(facts: ModelFacts) -> str:
    assert facts.original
    publisher = facts.model_id.partition("/")[0]
    whose = "its maker's" if publisher == facts.original.model_id.partition("/")[0] else f"{publisher}'s"
    return f"{whose} {format_in_words(facts.quantization)} copy of {name_for_people(facts.original)}"


def _copy_facets(facts: ModelFacts) -> Iterator[str]:
    match facts.quantization.method:
        case None:
            yield "weights at 16 bits, for fine-tuning"
            yield "unpacked from the format that its original is published in"
        case "4bit" if facts.quantization.is_uneven:
            yield "made for QLoRA"
            yield "its linear layers in NF4, but for those that lose most by it"
        case "4bit":
            yield "made for QLoRA"
            yield "its linear layers in NF4, embeddings and norms at 16 bits"
        case "awq":
            yield "four-bit weights chosen by what activations they meet"
            yield "for serving only"
        case "gptq" | "8bit":
            yield "weights rounded layer by layer against calibration texts"
            yield "for serving only"
        case "fp8":
            yield "half the weights' memory on Ada, Hopper and later cards"
            yield "eight-bit floats for serving"
        case "nvfp4":
            yield "four-bit floats that Blackwell cards compute with"
            yield "for serving on the newest data-centre cards"
        case "w4a16":
            yield "four-bit weights in the compressed-tensors layout"
            yield "computed at 16 bits while serving"


def _facets(facts: ModelFacts) -> Iterator[str]:
    """Say what else is true of a model; every clause tells it from some others."""
    shape = facts.architecture
    if shape.max_position_embeddings:
        yield f"reads up to {shape.max_position_embeddings} tokens"
    yield from _cache_facets(facts)
    if facts.calls_tools:
        yield "trained to call tools"
    if facts.reasons and facts.kind != "reasoning":
        yield "can think before it answers"
    yield from _page_facets(facts)
    yield from _shape_facets(facts)


def _page_facets(facts: ModelFacts) -> Iterator[str]:
    """Say what its page tells."""
    stated = facts.stated
    if stated.get("license"):
        yield f"licensed under {stated['license']}"
    if stated.get("gated"):
        yield "downloaded only after its maker's consent"
    if released := stated.get("released"):
        yield f"out since {_MONTHS[int(released[5:]) - 1]} {released[:4]}"
    if (languages := stated.get("languages")) and len(languages) > _FEW_LANGUAGES:
        yield f"speaks {len(languages)} languages"


def _shape_facets(facts: ModelFacts) -> Iterator[str]:
    """Say what follows from its numbers."""
    shape = facts.architecture
    if shape.moe:
        yield f"{shape.moe.num_experts_per_tok} of {shape.moe.num_experts} experts a layer take part in a token"
    if shape.vision and shape.vision.parameters:
        yield f"{size_in_words(shape.vision.parameters)} of the parameters see the image"
    if shape.tie_word_embeddings:
        yield "one matrix serves as embeddings and as output head"
    if shape.vocab_size and shape.vocab_size > _LARGE_VOCABULARY:
        yield f"a vocabulary of {round(shape.vocab_size / 1000)} thousand entries"
    if shape.num_hidden_layers and shape.hidden_size:
        yield f"{shape.num_hidden_layers} layers of width {shape.hidden_size}"
    if not facts.is_quantized:
        yield f"{2 * facts.parameters / GB:.3g} GB of weights at 16 bits"


def _cache_facets(facts: ModelFacts) -> Iterator[str]:
    """Say what is special about the attention and its cache."""
    shape = facts.architecture
    if shape.mla:
        yield "latent attention keeps its cache small"
    if shape.sliding_window:
        window, layers = shape.sliding_window.window, shape.sliding_window.num_layers
        which = "all" if layers == shape.num_hidden_layers else f"{layers} of its {shape.num_hidden_layers}"
        yield f"{which} layers look back {window} tokens only"
    cacheless = sum(group.count for group in shape.layers or () if group.shares_cache or group.mixer not in _CACHING)
    if cacheless:
        yield f"{cacheless} of its {shape.num_hidden_layers} layers keep no keys and values"
    heads, kv_heads = shape.num_attention_heads, shape.num_key_value_heads
    if heads and kv_heads and not shape.mla:
        shared = "every attention head keeps its own keys" if heads == kv_heads else None
        yield shared or f"{heads} query heads share {kv_heads} key heads"
