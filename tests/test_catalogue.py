"""The catalogue: made by the generator from facts, broad, and true where it can be computed."""

from __future__ import annotations

import json
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from model_garden_registry.authoring.wording import letters
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.derived_requirements import corrections
from model_garden_registry.checks.entry.target_modules import linear_modules
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.families.family import family_of
from model_garden_registry.files.documents import read_document
from model_garden_registry.files.loading import load_registry_file
from model_garden_registry.memory.network.shape import shape_of, states_shape

#: Their counts are those of whole checkpoints, with the layers that predict further tokens, or lack latent attention.
_WHOLE_CHECKPOINTS = {"deepseek-ai/DeepSeek-V3.2", "zai-org/GLM-4.7-Flash", "zai-org/GLM-5", "zai-org/GLM-5.1"}
TOOLS = Path(__file__).resolve().parents[1] / "tools"


@pytest.fixture(scope="module")
def entries() -> dict[str, ModelInfo]:
    """Give every shipped entry."""
    file = load_registry_file(bundled_registry())
    return {key: file.parse_entry(key) for key in file.models}


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """Load the program that makes the file."""
    spec = spec_from_file_location("build_catalogue", TOOLS / "build_catalogue.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_is_what_the_generator_makes(generator: ModuleType) -> None:
    """`python tools/build_catalogue.py` changes nothing: neither facts nor policy nor memory model have moved on."""
    made = generator.as_text(generator.build())

    assert made == bundled_registry().read_text(encoding="utf-8")


def test_the_catalogue_is_broad(entries: dict[str, ModelInfo]) -> None:
    """Hundreds of models, dozens with images, from a few hundred million parameters to a thousand billion."""
    sizes = sorted(entry.architecture.parameters or 0 for entry in entries.values() if entry.architecture)
    formats = {entry.quantization.method for entry in entries.values()}

    assert len(entries) >= 250
    assert sum(entry.is_vision_model for entry in entries.values()) >= 60
    assert sizes[-1] > 10**12
    assert {"4bit", "awq", "gptq", "fp8", "nvfp4", "mxfp4", None} <= formats
    assert any(entry.architecture and entry.architecture.moe for entry in entries.values())


def test_parameters_agree_with_the_shape(entries: dict[str, ModelInfo]) -> None:
    """Within 1 %, wherever the shape tells all of them: not of layers that are unlike, or of further weights."""
    wrong, counted = {}, 0
    for key, entry in entries.items():
        shape, family = entry.architecture, family_of(entry.architecture and entry.architecture.model_type)
        is_plain = family.counted and not family.is_hybrid and family.further == "0"
        if shape and shape.parameters and is_plain and states_shape(entry) and not entry.is_vision_model:
            bare = entry.model_copy(update={"architecture": shape.model_copy(update={"parameters": None})})
            counted += 1
            if abs(shape_of(bare).parameters - shape.parameters) > 0.01 * shape.parameters:
                wrong[key] = shape.parameters

    assert wrong.keys() == _WHOLE_CHECKPOINTS
    assert counted > 150


def test_every_target_module_exists(entries: dict[str, ModelInfo]) -> None:
    """In the architecture of its entry."""
    unknown = {
        (key, name)
        for key, entry in entries.items()
        if entry.training_defaults and not isinstance(entry.training_defaults.lora_config.target_modules, str)
        for name in entry.training_defaults.lora_config.target_modules
        if name.rpartition(".")[2] not in (linear_modules(entry) or ())
    }

    assert unknown == set()


def test_relations_lead_to_entries(entries: dict[str, ModelInfo]) -> None:
    """A copy's original stands in the file unless the copy came from the application; so does every successor."""
    by_hand = {
        key for key, entry in entries.items() if "/requirements" in entry.sources and entry.provider == "unsloth"
    }
    lost = {key for key, entry in entries.items() if entry.base_model and entry.base_model not in entries}
    successors = {entry.deprecation.successor for entry in entries.values() if entry.deprecation}

    assert lost <= by_hand
    assert successors <= entries.keys()
    assert {entries[key].status for key in successors if key} <= {"stable", "experimental"}


def test_copies_share_their_originals_shape(entries: dict[str, ModelInfo]) -> None:
    """Quantisation changes how weights are stored, not what they compute."""
    different = {
        key
        for key, entry in entries.items()
        if entry.base_model in entries and entry.architecture != entries[entry.base_model].architecture
    }

    assert {entries[key].provider for key in different} <= {"unsloth"}
    assert len(different) <= 11


def test_no_two_descriptions_are_alike(entries: dict[str, ModelInfo]) -> None:
    """Not even but for case, signs and numbers."""
    counts = Counter(letters(entry.description) for entry in entries.values())

    assert [text for text, count in counts.items() if count > 1] == []


def test_every_size_has_a_recommendation(entries: dict[str, ModelInfo]) -> None:
    """A considered shortlist in both categories, none of it experimental or out of date."""
    chosen = [entry for entry in entries.values() if "recommended" in entry.tags]

    assert {entry.category for entry in chosen} == {"text-llm", "vision-vlm"}
    assert {entry.status for entry in chosen} == {"stable"}
    assert 10 <= len(chosen) <= 25


def test_derived_numbers_are_those_of_the_memory_model() -> None:
    """`mgr lint --fix` has nothing to change."""
    path = bundled_registry()

    assert list(corrections(read_document(path), path)) == []


def test_what_is_coarse_says_so(entries: dict[str, ModelInfo]) -> None:
    """An entry whose shape lacks a number is experimental, and its requirements name the typical network."""
    thin = [entry for entry in entries.values() if is_thin(entry)]

    assert {entry.status for entry in thin} <= {"experimental", "deprecated"}
    assert all("typical network" in entry.sources["/requirements"].source for entry in thin)


def is_thin(entry: ModelInfo) -> bool:
    """Say whether an entry's shape is not enough for an exact estimate."""
    from model_garden_registry.errors import MissingShapeError

    try:
        shape_of(entry)
    except MissingShapeError:
        return True
    return False


def test_facts_are_in_the_order_of_the_file(entries: dict[str, ModelInfo]) -> None:
    """Models of a family stand together, each before its copies."""
    facts: list[dict[str, Any]] = json.loads((TOOLS / "facts" / "models.json").read_bytes())
    places = {key: place for place, key in enumerate(entries)}

    assert all(
        places[copy["id"]] > places[raw["id"]] for raw in facts for copy in raw.get("copies", ()) if raw["id"] in places
    )
