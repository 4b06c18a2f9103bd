"""The lowest releases of transformers and vLLM for a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools import first_releases
from tools.first_releases import First, first_releases_of

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.files.documents import read_document

TABLE: dict[str, dict[str, Any]] = {
    "transformers": {
        "oldest": "4.18.0",
        "model_types": {"elk": "4.30.0", "owl": "4.40.0", "yak": None, "old": "4.18.0", "llama": "4.28.0"},
        "numbers": {"elk.head_dim": "4.45.0", "llama.num_key_value_heads": "4.31.0", "rope.llama3": "4.43.0"},
        "formats": {"awq": "4.35.0", "modelopt": None},
        "dates": dict.fromkeys(("4.28.0", "4.30.0", "4.31.0", "4.35.0", "4.40.0", "4.43.0", "4.45.0"), "2026-01-01"),
    },
    "vllm": {"oldest": "0.3.0", "classes": {"Elk": "0.6.0", "Old": "0.3.0"}, "dates": {"0.6.0": "2026-01-01"}},
}
MOE = {"num_experts": 4, "num_experts_per_tok": 2}
SHAPE: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
}


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a table of a few releases."""
    monkeypatch.setattr(first_releases, "first_releases", lambda: TABLE)


def releases(
    quantization: tuple[str | None, str | None] = (None, None), config: dict[str, Any] | None = None, **shape: Any
) -> dict[str, str]:
    """Return the lowest releases for a shape, by library."""
    method, kind = quantization
    found = first_releases_of(
        Architecture.model_validate({**SHAPE, **shape}),
        Quantization.model_validate({"method": method, "type": kind}),
        config,
    )
    return {library: first.release for library, first in found.items()}


@pytest.mark.parametrize(
    ("shape", "release"),
    [
        pytest.param({"model_type": "elk"}, "4.30.0", id="a class"),
        pytest.param({"model_type": "elk", "head_dim": 16}, "4.30.0", id="a width that every release means"),
        pytest.param({"model_type": "elk", "head_dim": 32}, "4.45.0", id="a width of its own"),
        pytest.param({"model_type": "llama", "num_key_value_heads": 2}, "4.31.0", id="shared heads"),
        pytest.param({"model_type": "llama"}, "4.28.0", id="no shared heads"),
        pytest.param(
            {"model_type": "llama", "vocab_size": 128256, "max_position_embeddings": 131072}, "4.43.0", id="Llama 3.1"
        ),
        pytest.param({"model_type": "elk", "quantization": ("awq", "awq")}, "4.35.0", id="a format"),
        pytest.param(
            {"model_type": "elk", "config": {"text_config": {"model_type": "owl"}}}, "4.40.0", id="a text half"
        ),
    ],
)
def test_a_model_needs_the_release_that_has_all_of_it(shape: dict[str, Any], release: str) -> None:
    """The newest of the first releases."""
    assert releases(**shape) == {"transformers": release}


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param({"model_type": "yak"}, id="no release has the class"),
        pytest.param({"model_type": "elk", "architecture_class": "Elk", "intermediate_size": None}, id="no shape"),
        pytest.param({"model_type": "emu"}, id="a class that was never asked for"),
        pytest.param({"model_type": "old"}, id="the oldest release has it"),
        pytest.param({"model_type": "elk", "quantization": ("nvfp4", "modelopt")}, id="no release has the format"),
        pytest.param({"model_type": "old", "architecture_class": "Old"}, id="the oldest vLLM has it"),
        pytest.param({"model_type": "nemotron_h", "architecture_class": "Elk", "moe": MOE}, id="experts came later"),
    ],
)
def test_what_is_unknown_is_not_stated(shape: dict[str, Any]) -> None:
    """Neither a class that is missing, nor one that may be older than what was read."""
    assert releases(**shape) == {}


def test_a_class_tells_nothing_of_a_newer_text_half() -> None:
    """The class is that of both halves, whatever the text half is."""
    config = {"text_config": {"model_type": "owl"}}

    assert releases(config=config, model_type="elk", architecture_class="Elk") == {"transformers": "4.40.0"}


@pytest.mark.parametrize(("recipe", "release"), [("0.5.0", "0.6.0"), ("0.7.0", "0.7.0")])
def test_a_recipe_counts_where_it_asks_for_more(recipe: str, release: str) -> None:
    """A release before the first with the class cannot serve the model."""
    architecture = Architecture.model_validate({**SHAPE, "architecture_class": "Elk"})

    found = first_releases_of(
        architecture, Quantization(method=None, type=None), recipe=First(recipe, {"source": "a recipe"})
    )

    assert found["vllm"].release == release


def test_without_a_shape_a_recipe_alone_tells() -> None:
    """The class may have got what the model needs later."""
    recipe = First("0.7.0", {"source": "a recipe"})

    assert first_releases_of(
        Architecture.model_validate({"architecture_class": "Elk", "model_type": "elk"}),
        Quantization(method=None, type=None),
        recipe=recipe,
    ) == {"vllm": recipe}


def test_a_source_names_the_release_and_what_it_has() -> None:
    """With its address, and the day of the release."""
    architecture = Architecture.model_validate({**SHAPE, "model_type": "elk"})

    assert first_releases_of(architecture, Quantization(method=None, type=None))["transformers"].source == {
        "kind": "published",
        "source": "transformers 4.30.0, the first release that has elk",
        "as_of": "2026-01-01",
        "url": "https://pypi.org/project/transformers/4.30.0/",
    }


def test_every_type_and_class_of_the_registry_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Null says that the newest release does not have it."""
    monkeypatch.undo()
    table = first_releases.first_releases()
    shapes = [entry.get("architecture", {}) for entry in read_document(bundled_registry())["models"].values()]

    types = {shape["model_type"] for shape in shapes if "model_type" in shape}
    classes = {shape["architecture_class"] for shape in shapes if "architecture_class" in shape}
    assert types - table["transformers"]["model_types"].keys() == set()
    assert classes - table["vllm"]["classes"].keys() == set()
