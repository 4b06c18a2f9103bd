"""Sizes, names, tags and descriptions in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.wording import (
    description_of,
    format_in_words,
    letters,
    name_for_people,
    parameters_in_words,
    size_in_words,
    tags_of,
)
from model_garden_registry.catalogue.sizes import size_class
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.units import parse_parameter_count

MakeFacts = Callable[..., ModelFacts]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        pytest.param(8_030_261_248, "8.03B", id="billions"),
        pytest.param(999_885_952, "1B", id="a billion, nearly"),
        pytest.param(596_049_920, "596M", id="millions"),
        pytest.param(1_026_408_232_448, "1.03T", id="a thousand billions"),
        pytest.param(14_500, "14K", id="thousands"),
    ],
)
def test_sizes_have_three_digits(parameters: int, words: str) -> None:
    """As the format's pattern allows."""
    assert size_in_words(parameters) == words


def test_a_mixture_says_what_works_on_a_token(facts_with: MakeFacts, mixture: ModelFacts) -> None:
    """Whole and active parameters; of a dense model there is only one number."""
    assert (parameters_in_words(mixture), parameters_in_words(facts_with())) == ("30.5B-A3.35B", "8.03B")


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        pytest.param("Qwen/Qwen3-30B-A3B-Instruct-2507", "Qwen3 30B A3B Instruct 2507", id="hyphens"),
        pytest.param("google/gemma-3-1b-it", "Gemma 3 1b it", id="a small letter in front"),
        pytest.param("OpenGVLab/InternVL3_5-8B", "InternVL3.5 8B", id="a point that ids may not have"),
        pytest.param("nvidia/Nano_Big-BF16", "Nano Big", id="what every model has is left out"),
    ],
)
def test_names_are_the_repositorys_own_words(model_id: str, name: str, facts_with: MakeFacts) -> None:
    """Readable, and found again by whoever knows the id."""
    assert name_for_people(facts_with(model_id=model_id)) == name


def test_a_copy_is_named_after_its_original(facts_with: MakeFacts) -> None:
    """With the number format behind."""
    copy = facts_with(model_id="x/y", original=facts_with(), quantization=Quantization(method="fp8", type="fp8"))

    assert name_for_people(copy) == "Model 8B (FP8)"


@pytest.mark.parametrize(
    ("method", "kind", "words"),
    [
        pytest.param("8bit", "gptq", "GPTQ 8-bit", id="gptq with eight bits"),
        pytest.param("8bit", "bitsandbytes", "8-bit", id="bitsandbytes with eight bits"),
        pytest.param("w4a16", "compressed-tensors", "W4A16", id="compressed tensors"),
        pytest.param("4bit", "bitsandbytes-dynamic", "dynamic 4-bit", id="some layers left as they are"),
        pytest.param("nvfp4", "modelopt", "NVFP4, ModelOpt", id="by ModelOpt"),
        pytest.param(None, None, "BF16", id="unpacked"),
    ],
)
def test_formats_have_names(method: str | None, kind: str | None, words: str) -> None:
    """As people call them."""
    assert format_in_words(Quantization.model_validate({"method": method, "type": kind})) == words


def test_tags_say_size_kind_and_use(facts_with: MakeFacts) -> None:
    """Only what holds."""
    coder = facts_with(model_id="a/Coder-Math", kind="base", calls_tools=True)
    copy = facts_with(has_vision=True, kind="reasoning", quantization=Quantization(method="awq", type="awq"))
    tiny = facts_with({"parameters": 10**8, "max_position_embeddings": None})
    huge = facts_with({"parameters": 10**11})

    assert tags_of(coder) == ["small", "base", "code", "math", "tools", "long-context"]
    assert tags_of(copy) == [
        *("small", "vision", "multimodal", "reasoning", "long-context", "quantized", "serving"),
    ]
    assert tags_of(tiny) == ["tiny", "instruct"]
    assert tags_of(huge) == ["large", "instruct", "long-context"]


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        pytest.param(0, "tiny", id="not counted"),
        pytest.param(998_999_999, "tiny", id="just below a billion"),
        pytest.param(999_600_000, "small", id="a billion in words"),
        pytest.param(9_994_999_999, "small", id="just below ten billions"),
        pytest.param(9_996_000_000, "medium", id="ten billions in words"),
        pytest.param(39_900_000_000, "medium", id="just below forty billions"),
        pytest.param(149_400_000_000, "large", id="just below a hundred and fifty billions"),
        pytest.param(149_600_000_000, "huge", id="a hundred and fifty billions in words"),
        pytest.param(10**12, "huge", id="a thousand billions"),
    ],
)
def test_the_size_tag_is_the_class_that_the_size_option_filters_by(
    parameters: int, size: str, facts_with: MakeFacts
) -> None:
    """Of the size in words, which is what the filter reads in the entry."""
    facts = facts_with({"parameters": parameters or None}, rounded_parameters=parameters)

    assert tags_of(facts)[0] == size
    assert size_class(parse_parameter_count(parameters_in_words(facts))) == size


def test_a_description_says_what_it_is_and_two_things_more(facts_with: MakeFacts) -> None:
    """One sentence, from facts alone."""
    assert description_of(facts_with(family_words="for everything")) == (
        "Model chat model with 8.03B parameters, for everything; reads up to 131072 tokens, "
        "32 query heads share 8 key heads."
    )


def test_descriptions_take_other_facts_where_theirs_are_taken(facts_with: MakeFacts) -> None:
    """No two entries are described alike, as long as there are facts left."""
    facts = facts_with(stated={"license": "mit"})
    taken: set[str] = set()
    sentences = []
    for _ in range(12):
        sentences.append(description_of(facts, taken))
        taken.add(letters(sentences[-1]))

    assert len({letters(sentence) for sentence in sentences}) == 12


def test_what_has_no_facts_left_is_described_as_at_first(facts_with: MakeFacts) -> None:
    """A short sentence is better than none."""
    bare = {"num_hidden_layers": None, "max_position_embeddings": None, "vocab_size": None, "num_key_value_heads": None}
    facts = facts_with(bare)
    first = description_of(facts)

    assert description_of(facts, {letters(first)}, turn=3) == first


#: A family with layers that keep a state instead of a cache.
#: Layers with a cache of three kinds, and layers that read another's cache, or have none.
MIXED = [
    *({"count": 4, "mixer": mixer, "feed_forward": "dense", "window": 512} for mixer in ("full", "window", "chunked")),
    {"count": 4, "mixer": "full", "feed_forward": "none"},
    {"count": 6, "mixer": "full", "feed_forward": "dense", "shares_cache": True},
    {"count": 10, "mixer": "none", "feed_forward": "dense"},
]


@pytest.mark.parametrize(
    ("shape", "changes", "clause"),
    [
        pytest.param({"mla": {"kv_lora_rank": 512, "qk_rope_head_dim": 64}}, {}, "latent attention", id="latent"),
        pytest.param(
            {"sliding_window": {"window": 512, "num_layers": 20}},
            {},
            "20 of its 32 layers look back 512 tokens only",
            id="some windows",
        ),
        pytest.param(
            {"sliding_window": {"window": 512, "num_layers": 32}}, {}, "all layers look back 512", id="all windows"
        ),
        pytest.param({"layers": MIXED}, {}, "16 of its 32 layers keep no keys and values", id="mixed layers"),
        pytest.param({"num_key_value_heads": 32}, {}, "every attention head keeps its own keys", id="no sharing"),
        pytest.param({"tie_word_embeddings": True}, {}, "one matrix serves", id="tied"),
        pytest.param({"vision": {"parameters": 4 * 10**8}}, {"has_vision": True}, "400M of the parameters", id="tower"),
        pytest.param({}, {"calls_tools": True}, "trained to call tools", id="tools"),
        pytest.param({}, {"reasons": True}, "can think before it answers", id="thinks"),
        pytest.param({}, {"stated": {"gated": True}}, "after its maker's consent", id="gated"),
        pytest.param({}, {"stated": {"released": "2025-04"}}, "out since April 2025", id="date"),
        pytest.param({}, {"stated": {"languages": ["de", "en", "fr"]}}, "speaks 3 languages", id="languages"),
        pytest.param({}, {"kind": "base", "has_vision": True}, "vision-language base model", id="base with images"),
        pytest.param({}, {"has_vision": True}, "chat model for images and text", id="chat with images"),
        pytest.param({}, {"kind": None}, "language model", id="unknown kind"),
    ],
)
def test_every_fact_has_its_clause(
    shape: dict[str, Any], changes: dict[str, Any], clause: str, facts_with: MakeFacts
) -> None:
    """Among all the sentences that there are for a model, one has it."""
    facts, taken, sentences = facts_with(shape, **changes), set[str](), ""
    for _ in range(60):
        sentence = description_of(facts, taken)
        taken.add(letters(sentence))
        sentences += sentence

    assert clause in sentences


def test_a_mixture_says_how_many_experts_take_part(mixture: ModelFacts) -> None:
    """Sparse, with its active part."""
    sentences = " ".join(description_of(mixture, turn=turn) for turn in range(40))

    assert "Sparse Model chat model with 30.5B parameters, 3.35B of them at work on a token" in sentences
    assert "8 of 128 experts a layer take part in a token" in sentences


@pytest.mark.parametrize(
    ("method", "kind", "clause"),
    [
        pytest.param("4bit", "bitsandbytes", "made for QLoRA", id="bitsandbytes"),
        pytest.param("4bit", "bitsandbytes-dynamic", "but for those that lose most by it", id="dynamic"),
        pytest.param(None, None, "unpacked from the format", id="unpacked"),
        pytest.param("awq", "awq", "four-bit weights chosen by what activations they meet", id="awq"),
        pytest.param("gptq", "gptq", "weights rounded layer by layer", id="gptq"),
        pytest.param("fp8", "fp8", "half the weights' memory", id="fp8"),
        pytest.param("nvfp4", "modelopt", "four-bit floats that Blackwell cards compute with", id="nvfp4"),
        pytest.param("w4a16", "compressed-tensors", "compressed-tensors layout", id="w4a16"),
        pytest.param("mxfp4", "mxfp4", "reads up to", id="a format without a clause"),
    ],
)
def test_a_copy_says_whose_it_is_and_what_it_is_for(
    method: str | None, kind: str | None, clause: str, facts_with: MakeFacts
) -> None:
    """Publisher, format, original."""
    quantization = Quantization.model_validate({"method": method, "type": kind})
    own = facts_with(model_id="org/copy", original=facts_with(), quantization=quantization)
    others = facts_with(model_id="other/copy", original=facts_with(), quantization=quantization)

    assert description_of(own).startswith(f"Its maker's {format_in_words(quantization)} copy of Model 8B; ")
    assert description_of(others).startswith(f"Other's {format_in_words(quantization)} copy of Model 8B; ")
    assert clause in description_of(own)
