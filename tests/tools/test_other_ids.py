"""Ids that sources name: aliases of the same weights, entries of their own for copies."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools import other_ids
from tools.other_ids import Model, OtherIds, named

TOLD = {
    "organisations": {"OldLab": {"now": "Lab", "until": "2025-04", "source": "https://x.org"}},
    "same_weights": {
        "org/Meta-Net-1B": {"now": "org/Net-1B", "source": "https://x.org"},
        "org/Gone": {"now": "org/Nowhere", "source": "https://x.org"},
    },
    "mirrors": {"unsloth": "https://x.org"},
    "converted": {"unsloth/Fused": {"architecture": {"model_type": "llama"}, "source": "https://x.org"}},
    "formats": {"nvidia": {"NVFP4": ["nvfp4", "modelopt"], "source": "https://x.org"}},
    "copies": [
        {"id": "org/Net-1B-Own", "of": "org/Net-1B", "method": "fp8", "type": "fp8", "sources": ["card"]},
        {"id": "org/Lost-FP8", "of": "org/Lost", "method": "fp8", "type": "fp8", "sources": ["card"]},
    ],
}
MODELS = (
    Model("org/Net-1B"),
    Model("org/Net-1B-it"),
    Model("org/Net-1B-0528"),
    Model("org/Fused"),
    Model("org/Packed", "fp8"),
    Model("org/Open", "mxfp4"),
    Model("Lab/Old", None, "2025-03"),
    Model("Lab/New", None, "2025-05"),
    Model("Lab/Undated"),
    Model("a/Twin-hf"),
    Model("b/Twin"),
)


def ids_of(facts: Mapping[str, Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch, *copies: str) -> OtherIds:
    """Return what comes of sources that say so, and of copies that were entered."""
    monkeypatch.setattr(other_ids, "gathered", lambda source: facts.get(source, {}))
    monkeypatch.setattr(other_ids, "read_told", lambda: TOLD)
    return OtherIds(MODELS, copies)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    for kept in (other_ids._followed, other_ids._spelled):
        kept.cache_clear()
    yield
    for kept in (other_ids._followed, other_ids._spelled):
        kept.cache_clear()


@pytest.mark.parametrize(
    ("model_id", "stem", "kept", "is_plain"),
    [
        ("unsloth/Net-1B-unsloth-bnb-4bit", "net-1b", ("4bit", "bitsandbytes-dynamic"), False),
        ("unsloth/net-1b-bnb-4bit", "net-1b", ("4bit", "bitsandbytes"), False),
        ("quants/Net-1B-BNB-NF4-BF16", "net-1b", ("4bit", "bitsandbytes"), False),
        ("x/Net-1B-AWQ-INT4", "net-1b", ("awq", "awq"), False),
        ("x/Net-1B-GPTQ", "net-1b", ("gptq", "gptq"), False),
        ("x/Net-1B-GPTQ-Int8", "net-1b", ("8bit", "gptq"), False),
        ("x/Net-1B-FP8-dynamic", "net-1b", "FP8", False),
        ("nvidia/Net-1B-NVFP4-v2", "net-1b", "NVFP4", False),
        ("nvidia/Net-1B-FP4", "net-1b", "NVFP4", False),
        ("x/Net-1B-quantized.w8a8", "net-1b", "W8A8", False),
        ("x/Net-1B-it-qat-w4a16-ct", "net-1b-it", "W4A16", False),
        ("x/Net-1B-BF16", "net-1b", None, False),
        ("x/Net-1B-hf", "net-1b", None, True),
        ("Net-FP8-1B", "net-fp8-1b", None, True),
    ],
)
def test_a_name_says_how_weights_are_stored(model_id: str, stem: str, kept: object, is_plain: bool) -> None:
    """By its end alone; the word for transformers' layout says nothing of the weights."""
    words = named(model_id)

    assert (words.stem, words.format, words.is_plain) == (stem, kept, is_plain)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.-]{0,20}", fullmatch=True), st.sampled_from(["-AWQ", "-FP8", "-bnb-4bit"]))
def test_the_end_of_a_name_never_changes_what_it_is_of(name: str, ending: str) -> None:
    """With the word for a format, a name has the stem that it has without; it is never plain."""
    bare = named(f"org/{name}")
    words = named(f"org/{name}{ending}")

    assert not words.is_plain
    assert not bare.is_plain or words.stem == bare.stem


def test_what_has_the_same_weights_is_an_alias(monkeypatch: pytest.MonkeyPatch) -> None:
    """Former names, mirrors by name or by the mapper; not what is stored otherwise, or of two models."""
    facts = {
        "unsloth-mapper": {
            "org/Packed": {"copy_of": "org/Packed", "format": "fp8"},
            "unsloth/Packed": {"mirror_of": "org/Packed"},
            "unsloth/net-one": {"mirror_of": "org/Meta-Net-1B"},
            "unsloth/Fused": {"mirror_of": "org/Fused"},
            "unsloth/none": {"mirror_of": "org/none"},
        },
        "unsloth-notebooks": {"unsloth/Net-1B-0528": {}, "unsloth/Open": {}, "unsloth/Twin": {}, "other/Net-1B": {}},
        "axolotl-examples": {"org/Open-hf": {}, "OldLab/Undated": {}, "unsloth/Net-1B-AWQ": {}, "ORG/net-1b": {}},
    }

    assert ids_of(facts, monkeypatch).aliases() == {
        "Lab/Old": ["OldLab/Old"],
        "Lab/Undated": ["OldLab/Undated"],
        "org/Net-1B": ["org/Meta-Net-1B", "unsloth/net-one"],
        "org/Open": ["org/Open-hf", "unsloth/Open"],
        "org/Net-1B-0528": ["unsloth/Net-1B-0528"],
    }


def test_a_copy_that_people_follow_is_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what its name says, or else of what the source states; with the format that its publisher keeps."""
    recipes = {
        "nvidia/Net-1B-NVFP4": {"variant_of": "org/Net-1B-it"},
        "nvidia/Net-1B-0528-NVFP4": {"variant_of": "org/Net-1B"},
        "org/Net-1B-AWQ": {"variant_of": "org/Net-1B-it"},
        "x/Renamed-GPTQ": {"variant_of": "org/Open"},
        "x/Sibling": {"variant_of": "org/Open"},
        "x/Open-NVFP4": {"variant_of": "org/Open"},
        "x/Open-BF16": {"variant_of": "org/Open"},
        "x/Unknown-AWQ": {},
    }
    notebooks = {
        "unsloth/NET-1B-bnb-4bit": {},
        "unsloth/Open-BF16": {},
        "unsloth/Packed": {},
        "unsloth/Fused": {},
        "unsloth/Fused-bnb-4bit": {},
        "unsloth/Net-1B-BF16": {},
        "ORG/entered-awq": {},
        "unsloth/Twin-bnb-4bit": {},
    }
    mapper = {
        "unsloth/Net-1B-bnb-4bit": {"copy_of": "org/Net-1B", "format": "4bit"},
        "unsloth/Nobody-bnb-4bit": {"copy_of": "org/Net-1B", "format": "4bit"},
        "org/Packed": {"copy_of": "org/Packed", "format": "fp8"},
    }
    facts = {"vllm-recipes": recipes, "unsloth-notebooks": notebooks, "unsloth-mapper": mapper}

    others = ids_of(facts, monkeypatch, "org/Entered-AWQ")

    assert {
        original: [(row["id"], row["method"], row["type"]) for row in rows] for original, rows in others.copies.items()
    } == {
        "org/Net-1B": [
            ("org/Net-1B-Own", "fp8", "fp8"),
            ("unsloth/Net-1B-bnb-4bit", "4bit", "bitsandbytes"),
            ("org/Net-1B-AWQ", "awq", "awq"),
        ],
        "org/Open": [("unsloth/Open-BF16", None, None), ("x/Renamed-GPTQ", "gptq", "gptq")],
        "org/Packed": [("unsloth/Packed", None, None)],
        "org/Fused": [("unsloth/Fused", None, None), ("unsloth/Fused-bnb-4bit", "4bit", "bitsandbytes")],
        "org/Net-1B-it": [("nvidia/Net-1B-NVFP4", "nvfp4", "modelopt")],
        "org/Net-1B-0528": [("nvidia/Net-1B-0528-NVFP4", "nvfp4", "modelopt")],
    }
    assert [row["architecture"] for row in others.copies["org/Fused"]] == [{"model_type": "llama"}] * 2
    assert others.copies["org/Open"][0]["sources"] == ["unsloth-notebooks"]
    assert not any("Packed" in alias for aliases in others.aliases().values() for alias in aliases)


def test_of_llama_factory_only_examples_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its table names hundreds that it could train."""
    facts = {"llama-factory-examples": {"a/b-AWQ": {"template": "x"}, "a/c-AWQ": {"examples": {}}}}
    ids_of(facts, monkeypatch)

    assert other_ids.followed_ids("llama-factory-examples") == ["a/c-AWQ"]


def test_what_was_told_has_a_source() -> None:
    """Each row an address, or the names of sources that it was read in."""
    told = other_ids.read_told()
    rows = [*told["organisations"].values(), *told["same_weights"].values(), *told["converted"].values()]
    addresses = [row["source"] for row in (*rows, *told["formats"].values())] + [*told["mirrors"].values()]

    assert all(address.startswith("https://") for address in addresses)
    assert all(row["sources"] for row in told["copies"])
