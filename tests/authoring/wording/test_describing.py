"""What a model is, and what to choose it for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.wording.describing import description_of, letters
from model_garden_registry.entries.requirements import Quantization

MakeFacts = Callable[..., ModelFacts]

SMALL, LARGE = {"parameters": 3 * 10**9}, {"parameters": 70 * 10**9}


def needs(inference: int, training: int | None = None, gpus: int = 1) -> dict[str, Any]:
    """Give requirements as an entry states them."""
    tasks = {"inference": inference, **({"training": training} if training else {})}
    return {task: {"recommended_vram_gb": memory, "min_gpus": gpus} for task, memory in tasks.items()}


def test_a_description_says_what_it_is_and_two_things_to_choose_by(facts_with: MakeFacts) -> None:
    """One sentence, from facts alone."""
    facts = facts_with(family_words="for everything")

    assert description_of(facts, [facts], needs(24, 25)) == (
        "Model chat model of 8.03B, for everything: served on one 24 GB GPU; trained with LoRA on one 24 GB GPU."
    )


@pytest.mark.parametrize(
    ("others", "clause"),
    [
        pytest.param([("org/Model-3B", SMALL)], "the largest, above Model-3B", id="above others"),
        pytest.param([("org/Model-70B", LARGE)], "the smallest, below Model-70B", id="below others"),
        pytest.param(
            [("org/Model-3B", SMALL), ("org/Model-70B", LARGE)], "between Model-3B and Model-70B", id="between others"
        ),
    ],
)
def test_a_model_is_told_from_the_sizes_beside_it(
    others: list[tuple[str, dict[str, Any]]], clause: str, facts_with: MakeFacts
) -> None:
    """Of its own kind: the next smaller and the next larger."""
    further = facts_with(SMALL, model_id="org/Model-3B-Base", kind="base")
    relatives = [facts_with(shape, model_id=model_id) for model_id, shape in others]

    text = description_of(facts_with(), [*relatives, further], needs(48))

    assert text == f"Model chat model of 8.03B: {clause}; served on one 48 GB GPU."


@pytest.mark.parametrize(
    ("kind", "other", "clause"),
    [
        pytest.param("base", "chat", "to train further, where Model-8B-x answers", id="a base model"),
        pytest.param("base", "reasoning", "to train further, where Model-8B-x answers", id="a base of a thinking one"),
        pytest.param("reasoning", "chat", "thinks first, where Model-8B-x answers at once", id="a thinking one"),
        pytest.param("chat", "reasoning", "answers at once, where Model-8B-x thinks first", id="one that does not"),
        pytest.param("chat", "chat", "newer than Model-8B-x", id="a revision"),
        pytest.param("chat", "base", "reads 128k tokens", id="nothing to say of its base"),
    ],
)
def test_a_model_is_told_from_others_of_its_size(kind: str, other: str, clause: str, facts_with: MakeFacts) -> None:
    """By what each is for; of two revisions by what is newer."""
    newer, older = {"released": "2026-01"}, {"released": "2025-01"}
    relative = facts_with(model_id="org/Model-8B-x", kind=other, stated=older)
    facts = facts_with(kind=kind, stated=newer)

    assert f": {clause}" in description_of(facts, [facts, relative])


def test_an_older_revision_names_the_newer(facts_with: MakeFacts) -> None:
    """Where both months are known; the one that is called most alike."""
    older, newer = (
        facts_with(stated={"released": "2025-01"}),
        facts_with(model_id="org/Model-8B-2", stated={"released": "2026-01"}),
    )
    unknown = facts_with(model_id="org/Other-8B")

    assert description_of(older, [unknown, older, newer]).startswith("Model chat model of 8.03B: Model-8B-2 is newer;")
    assert "newer" not in description_of(older, [older, unknown])


def test_a_mixture_and_a_model_that_sees_say_so(mixture: ModelFacts, facts_with: MakeFacts) -> None:
    """In the first words."""
    seeing = facts_with(has_vision=True)

    assert description_of(mixture).startswith("Model sparse chat model of 30.5B, 3.35B active per token:")
    assert description_of(seeing).startswith("Model chat model for images and text of 8.03B")
    assert description_of(replace(seeing, kind="base")).startswith("Model vision-language base model of 8.03B")


@pytest.mark.parametrize(
    ("copy", "method", "kind", "text"),
    [
        pytest.param(
            "x/y",
            "4bit",
            "bitsandbytes",
            "Model-8B in 4-bit by x: QLoRA on one 12 GB GPU, where the original takes one 24 GB GPU; "
            "served on one 16 GB GPU.",
            id="to train",
        ),
        pytest.param(
            "org/y",
            "fp8",
            "modelopt",
            "Model-8B in FP8 (ModelOpt) by its maker: serving on one 16 GB GPU, where the original takes "
            "one 48 GB GPU; to train, take the original.",
            id="to serve",
        ),
        pytest.param(
            "x/y",
            None,
            None,
            "Model-8B in BF16 by x: LoRA on one 12 GB GPU, where the original takes one 24 GB GPU; "
            "served on one 16 GB GPU.",
            id="unpacked",
        ),
    ],
)
def test_a_copy_is_described_against_its_original(
    copy: str, method: Any, kind: Any, text: str, facts_with: MakeFacts
) -> None:
    """What it is for, on which GPU, and what the original takes."""
    original = facts_with()
    facts = facts_with(model_id=copy, original=original, quantization=Quantization(method=method, type=kind))

    assert description_of(facts, needs=needs(16, 12), of_original=needs(48, 24)) == text


def test_a_copy_that_takes_as_much_says_so_of_itself_alone(facts_with: MakeFacts) -> None:
    """Also where nothing is known of the original's needs, or nothing of its own."""
    facts = facts_with(model_id="x/y", original=facts_with(), quantization=Quantization(method="awq", type="awq"))
    plain = "Model-8B in AWQ by x: serving on two 24 GB GPUs; to train, take the original."

    assert description_of(facts, needs=needs(24, gpus=2), of_original=needs(24, gpus=2)) == plain
    assert description_of(facts, needs=needs(24, gpus=2)) == plain
    assert description_of(facts).startswith("Model-8B in AWQ by x: to train, take the original; four-bit weights")


def test_sizes_that_nobody_sells_stay_numbers(facts_with: MakeFacts) -> None:
    """In decimal GB."""
    assert "served on eight 288 GB GPUs" in description_of(facts_with(), needs=needs(288, gpus=8))


def test_descriptions_take_other_facts_where_theirs_are_taken(facts_with: MakeFacts) -> None:
    """No two entries are described alike, as long as there are facts left."""
    stated = {"license": "mit", "released": "2026-01", "gated": True, "languages": ["de", "en", "fr"]}
    facts = facts_with(stated=stated, calls_tools=True, reasons=True)
    taken: set[str] = set()
    sentences = []
    for _ in range(30):
        sentences.append(description_of(facts, taken=taken))
        taken.add(letters(sentences[-1]))

    assert len({letters(sentence) for sentence in sentences}) == 30


def test_what_follows_from_the_network_is_said_last(facts_with: MakeFacts, mixture: ModelFacts) -> None:
    """Experts, latent attention and windows, by what they are good for."""
    latent = {"kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128}
    window = {"window": 1024, "num_layers": 16}
    short = {"max_position_embeddings": 4096}

    assert description_of(facts_with({**short, "mla": latent})).endswith(
        "reads 4096 tokens; its latent attention keeps long contexts cheap."
    )
    assert description_of(facts_with({**short, "sliding_window": window})).endswith(
        "its windows keep long contexts cheap."
    )
    assert description_of(mixture).endswith("its experts make it quick for its size.")


def test_what_has_no_facts_left_is_described_as_at_first(facts_with: MakeFacts) -> None:
    """A short sentence is better than none."""
    facts = facts_with({"max_position_embeddings": None})
    first = description_of(facts)

    assert first == "Model chat model of 8.03B."
    assert description_of(facts, taken={letters(first)}) == first
