"""Where a text names models."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.lifecycle.outdated.mentions import Lines, Mention, follows_a_key, has_a_size, mentions

ID = "Qwen/Qwen3-8B"


def ids(text: str) -> list[str]:
    """Return the ids that a text has."""
    return [mention.id for mention in mentions(text)]


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"'{ID}'",
        f'["{ID}", 1]',
        f"**{ID}**, which",
        f"use {ID}.",
        f"{ID}...",
        f"({ID})",
        f"<{ID}>",
        f"`{ID}`:",
        f"--model={ID}",
        f"${{MODEL:-{ID}}}",
        f"#{ID}",
        f"{ID}/",
        f"{ID}:latest",
        f"{ID}@main",
        f"https://huggingface.co/{ID}",
        f"https://huggingface.co/{ID}/tree/main?x=1",
        f"http://www.hf.co/{ID}",
        f"hf.co/{ID}:Q4_K_M",
        f"https://hf-mirror.com/models/{ID}",
        f"hf://{ID}",
        f"hosted_vllm/{ID}",
        f"model: huggingface/{ID}",
        f"é{ID}",
        f"\r\n{ID}\r\n",
    ],
)
def test_an_id_is_found(text: str) -> None:
    """Alone, within signs, in an address of Hugging Face, behind a provider's name."""
    (found,) = mentions(text)

    assert found.id == text[found.start : found.stop] == ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Qwen",
        "Qwen/",
        "/Qwen",
        f"/data/{ID}",
        f"./{ID}",
        f"~/{ID}",
        f"models/{ID}",
        f"{ID}/config.json",
        f"{ID}/*.json",
        f"{ID}/$FILE",
        f"{ID}/{{name}}",
        f"x-{ID}",
        f"user@{ID}",
        f"$HOME{ID}",
        f"C:\\{ID}",
        f"{ID}-",
        f"s3://bucket/{ID}",
        f"https://github.com/{ID}",
        f"git@github.com:{ID}",
        f"ghcr.io/{ID}:1",
        f"https://huggingface.co/datasets/{ID}",
        f"https://huggingface.co/spaces/{ID}",
        f"nothuggingface.co/{ID}",
        "https://huggingface.co/docs/transformers",
    ],
)
def test_what_only_looks_like_an_id_is_not_found(text: str) -> None:
    """Paths, other sites, other things on Hugging Face."""
    assert ID not in ids(text)
    assert "docs/transformers" not in ids(text)


def test_a_slash_may_be_escaped() -> None:
    """As JSON allows it; the escape is kept."""
    assert list(mentions(r'"https:\/\/huggingface.co\/a\/b"')) == [Mention("a/b", 27, 31, r"\/", is_address=True)]


KEYED = [
    "model: acme/owl",
    "model:  'acme/owl'",
    '"model": "acme/owl"',
    'x = {"model_id":"acme/owl"}',
    "base_model: acme/owl",
    "base_model_name_or_path: acme/owl",
    '"_name_or_path": "acme/owl"',
    "teacher_model = acme/owl",
    "tokenizer: acme/owl",
    "--model acme/owl",
    "-m acme/owl",
    "--model-path=acme/owl",
    '["--model", "acme/owl"]',
    "args:\n  - --model\n  - acme/owl",
    "MODEL=acme/owl",
    'export HF_MODEL_ID="acme/owl"',
    "MODEL=${MODEL:-acme/owl}",
    "ENV MODEL_ID acme/owl",
    "ARG MODEL=acme/owl",
    'AutoModel.from_pretrained("acme/owl")',
    "from_pretrained(\n    'acme/owl'",
    'LLM("acme/owl")',
    "vllm serve acme/owl --port 1",
]
NOT_KEYED = [
    "acme/owl",
    "modelled: acme/owl",
    "the model acme/owl",
    "a model.\nacme/owl",
    "model:\n  name: x\nimage: acme/owl",
    "hub_model_id: acme/owl",
    "--served-model-name acme/owl",
    "image: acme/owl",
    "dataset: x, model: acme/owl",
    "model: outputs/owl",
    "model_path: ckpts/owl",
    "model: acme/owl.gguf",
    "model: acme/checkpoint-500",
    "model: https://hf.co/acme/owl",
    "model: hosted_vllm/acme/owl",
]


@pytest.mark.parametrize(
    ("text", "is_keyed"), [*((text, True) for text in KEYED), *((text, False) for text in NOT_KEYED)]
)
def test_a_key_says_that_it_is_a_model(text: str, is_keyed: bool) -> None:
    """Or an option, a variable, a call; a path, a name to give and a line about data do not count."""
    *_, mention = mentions(text)

    assert follows_a_key(text, mention) == is_keyed


@pytest.mark.parametrize(
    ("text", "is_sized"),
    [
        ("acme/owl-8B", True),
        ("acme/owl_0.5b-chat", True),
        ("acme/owl-8x7B", True),
        ("acme/270m-owl", True),
        ("| acme/owl-8B | chat |", True),
        ("https://hf.co/acme/owl-8b:Q4", True),
        ("acme/owl", False),
        ("acme/owl-8", False),
        ("acme/owl-8bit", False),
        ("acme/owl-2026b1", False),
        ("FROM acme/owl-8b", False),
        ("image: acme/owl-8b", False),
        ("run x/y:1 acme/owl-8b", False),
        ("uses: acme/owl-8b", False),
        ("the dataset acme/owl-8B", False),
        ("- path: acme/owl-8B", False),
        ("see acme/owl-8B.md", False),
    ],
)
def test_a_size_says_that_it_is_a_model(text: str, is_sized: bool) -> None:
    """Unless the line is about images, repositories or data."""
    *_, mention = mentions(text)

    assert has_a_size(text, mention) == is_sized


@given(text=st.text(st.sampled_from("aB1-._:/\\ \"'\n="), max_size=40))
def test_what_is_found_stands_there(text: str) -> None:
    """In order, without overlap; and each can be asked about."""
    found = list(mentions(text))

    assert all(text[one.start : one.stop].replace("\\/", "/") == one.id for one in found)
    assert all(one.stop <= other.start for one, other in pairwise(found))
    assert all(isinstance(follows_a_key(text, one) or has_a_size(text, one), bool) for one in found)


@given(text=st.text(st.sampled_from("ab\r\n"), max_size=20), data=st.data())
def test_a_place_is_a_line_and_a_column(text: str, data: st.DataObject) -> None:
    """Lines end with a line feed."""
    offset = data.draw(st.integers(0, len(text)))

    before = text[:offset].split("\n")
    assert Lines(text).place(offset) == (len(before), len(before[-1]) + 1)


def test_many_dashes_before_an_id_take_no_time() -> None:
    """Each of them can be read in one way only: a search for other ways would take hours here."""
    text = ("--m" + "\n\n- " * 24 + "(acme/owl-7b ") * 200

    assert [mention for mention in mentions(text) if follows_a_key(text, mention)] == []
