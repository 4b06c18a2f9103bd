"""The shipped registry: valid, physically possible, in our own words, and easy to review."""

from __future__ import annotations

import json
import re
import warnings
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import ModelRegistry, Severity
from model_garden_registry.bundled import bundled_registry, bundled_schema
from model_garden_registry.catalogue.sizes import SIZE_CLASSES, size_class
from model_garden_registry.checks.entry.registry_files import lint_registry_file
from model_garden_registry.checks.entry.schema import SchemaChecker
from model_garden_registry.entries.format_version import FORMAT_VERSION
from model_garden_registry.units import parse_parameter_count

pytestmark = pytest.mark.sweep

TEXT = bundled_registry().read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = json.loads(TEXT)
MODELS: dict[str, dict[str, Any]] = DOCUMENT["models"]
APPLICATION: dict[str, Any] = json.loads(
    (Path(__file__).parent / "registries" / "valid" / "application.json").read_bytes()
)

each_entry = pytest.mark.parametrize("entry", MODELS.values(), ids=MODELS.keys())

#: Least bytes of one parameter as stored. Source: the formats' own bit counts; bitsandbytes keeps one float32 per 64
#: weights, itself quantised in blocks (double quantisation): 4.127 bits, and whole norms and embeddings beside it.
STORED_BYTES = {
    (None, None): 2.0,
    ("4bit", "bitsandbytes"): 0.516,
    ("4bit", "bitsandbytes-dynamic"): 0.516,
    ("w8a8", "compressed-tensors"): 1.0,
    ("awq", "awq"): 0.5,
    ("fp8", "fp8"): 1.0,
    ("mxfp4", "mxfp4"): 0.53,
    ("mxfp4", "compressed-tensors"): 0.53,
    ("gptq", "gptq"): 0.5,
    ("8bit", "gptq"): 1.0,
    ("fp8", "compressed-tensors"): 1.0,
    ("fp8", "modelopt"): 1.0,
    ("nvfp4", "modelopt"): 0.5,
    ("nvfp4", "compressed-tensors"): 0.5,
    ("w4a16", "compressed-tensors"): 0.5,
}


def test_every_entry_loads_without_a_word() -> None:
    """No warning, no problem: every entry follows the format and keeps the rules."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        registry = ModelRegistry(bundled_registry())
        entries = registry.get_all_models()

    assert list(entries) == list(MODELS)
    assert registry.problems == {}


def test_lint_finds_no_failure() -> None:
    """What `mgr lint` says of the shipped file is at most a warning."""
    checker = SchemaChecker(json.loads(bundled_schema().read_bytes()))

    report = lint_registry_file(bundled_registry(), checker)

    assert [finding for finding in report.findings if finding.severity is Severity.FAIL] == []
    assert report.is_valid


def test_the_applications_models_come_first() -> None:
    """The eleven ids in use stand first, in the order that user interfaces know."""
    ids = list(APPLICATION["models"])

    assert len(ids) == 11
    assert list(MODELS)[:11] == ids


#: Fields of the application's entries whose values we correct, beside the descriptions and the "no" to tool calling
#: that nobody said; the changelog gives reasons.
CORRECTED = {
    "unsloth/phi-2-bnb-4bit": {"tags"},
    "unsloth/mistral-7b-bnb-4bit": {"tags"},
    "unsloth/llama-2-7b-bnb-4bit": {"tags"},
    "unsloth/llama-3-8b-bnb-4bit": {"requirements", "tags"},
    "unsloth/Qwen2.5-VL-3B-Instruct-bnb-4bit": {"requirements", "tags"},
    "unsloth/Qwen2.5-VL-7B-Instruct-bnb-4bit": {"requirements", "tags"},
    "Qwen/Qwen2.5-VL-3B-Instruct": {"requirements", "urls"},
    "Qwen/Qwen2.5-VL-7B-Instruct": {"requirements", "tags", "urls"},
    "Qwen/Qwen2.5-VL-72B-Instruct": {"requirements", "inference_defaults", "urls"},
    "unsloth/Qwen2.5-VL-72B-Instruct-bnb-4bit": {"requirements", "inference_defaults", "urls", "status", "notes"},
}


@pytest.mark.parametrize(("key", "before"), APPLICATION["models"].items(), ids=APPLICATION["models"].keys())
def test_what_the_application_has_is_kept_but_for_corrections(key: str, before: dict[str, Any]) -> None:
    """Every value of an entry in use is the same, but for its description and a closed list of corrections."""
    after = json.loads(json.dumps(MODELS[key]))
    del after["training_defaults"]["stack"]

    assert {name for name in before if after[name] != before[name]} == {
        *("description", "training_defaults", "capabilities"),
        *CORRECTED.get(key, ()),
    }
    assert before["capabilities"] == {"function_calling": False, **after["capabilities"]}


def test_every_entrys_size_tag_is_its_size_class() -> None:
    """`--tag medium` and `--size medium` name the same models."""
    tagged = {key: [tag for tag in entry["tags"] if tag in SIZE_CLASSES] for key, entry in MODELS.items()}

    assert tagged == {key: [size_class(parse_parameter_count(entry["parameters"]))] for key, entry in MODELS.items()}


def test_the_registry_has_something_of_everything() -> None:
    """At least twenty-five entries, both categories, four providers, three status levels."""
    counts = {key: Counter(entry[key] for entry in MODELS.values()) for key in ("category", "provider", "status")}

    assert len(MODELS) >= 25
    assert set(counts["category"]) == set(DOCUMENT["categories"]) == {"text-llm", "vision-vlm"}
    assert len(counts["provider"]) >= 4
    assert set(counts["status"]) == {"stable", "experimental", "deprecated"}
    assert {entry["training_defaults"] is None for entry in MODELS.values()} == {True, False}


def test_a_deprecated_model_leads_to_one_that_is_not() -> None:
    """Successors are in the registry and can be chosen."""
    successors = [entry["deprecation"]["successor"] for entry in MODELS.values() if entry["status"] == "deprecated"]

    assert successors
    assert "deprecated" not in {MODELS[successor]["status"] for successor in successors}


def test_the_format_is_ours() -> None:
    """The file is written in the format of this release, and names its schema for editors."""
    assert DOCUMENT["version"] == FORMAT_VERSION
    assert (bundled_registry().parent / DOCUMENT["$schema"]).resolve() == bundled_schema().resolve()


def test_the_file_reads_well_in_a_diff() -> None:
    """One value a line, two spaces a level, letters as they are, a line feed at the end."""
    assert json.dumps(DOCUMENT, indent=2, ensure_ascii=False) + "\n" == TEXT


def test_descriptions_are_our_own_and_each_its_own() -> None:
    """No two entries are described alike, and none as the application describes one."""
    own = Counter(plain(entry["description"]) for entry in MODELS.values())
    theirs = {plain(entry["description"]) for entry in APPLICATION["models"].values()}

    assert [text for text, count in own.items() if count > 1] == []
    assert own.keys() & theirs == set()
    assert min(map(len, own)) > 20


def plain(text: str) -> str:
    """Leave out of a text what does not tell it from another: case, signs, numbers."""
    return " ".join(re.findall(r"[a-z]+", text.lower()))


@each_entry
def test_an_entry_states_shape_page_and_sources(entry: dict[str, Any]) -> None:
    """Its architecture and size, its page, and where the numbers come from."""
    shape = entry["architecture"]

    assert shape["model_type"]
    assert shape.get("parameters") or entry["status"] != "stable" or shape["num_hidden_layers"]
    assert entry["urls"]["huggingface"] == f"https://huggingface.co/{entry['id']}"
    assert {"/architecture", "/requirements"} & entry["sources"].keys()


@each_entry
def test_what_a_page_says_has_its_source(entry: dict[str, Any]) -> None:
    """Licence, date and languages are stated only where somebody is named who says so."""
    stated = {f"/{name}" for name in ("license", "released", "languages") if entry.get(name)}

    assert stated <= entry["sources"].keys()


@each_entry
def test_the_weights_fit(entry: dict[str, Any]) -> None:
    """The GPUs that an entry asks for hold at least its weights, for each task that it supports."""
    quantization = entry["quantization"]
    parameters = entry["architecture"].get("parameters") or parse_parameter_count(entry["parameters"])
    stored = quantization.get("weights_gb", 0) * 10**9
    weights = stored or parameters * STORED_BYTES[quantization["method"], quantization["type"]]
    needs = [entry["requirements"], *(entry["requirements"].get(task) or {} for task in ("training", "inference"))]

    memory = [need["min_vram_gb"] * 10**9 * need.get("min_gpus", 1) for need in needs if need]

    assert min(memory) >= weights


@each_entry
def test_memory_is_in_order(entry: dict[str, Any]) -> None:
    """Minimum before recommended, and the pair at the top is the larger of the two tasks'."""
    requirements = entry["requirements"]
    tasks = [requirements[task] for task in ("training", "inference") if requirements.get(task)]

    assert all(need["min_vram_gb"] <= need["recommended_vram_gb"] for need in [requirements, *tasks])
    assert not tasks or requirements["min_vram_gb"] == max(need["min_vram_gb"] for need in tasks)
    assert not tasks or requirements.get("min_gpus", 1) == max(need.get("min_gpus", 1) for need in tasks)


@each_entry
def test_tensor_parallelism_is_possible(entry: dict[str, Any]) -> None:
    """Its size divides the attention heads and is not beyond the GPUs."""
    size = entry["inference_defaults"].get("tensor_parallel_size", 1)

    assert entry["architecture"].get("num_attention_heads", size) % size == 0
    assert size <= entry["requirements"].get("min_gpus", 1)


@each_entry
def test_dates_are_real_and_not_to_come(entry: dict[str, Any]) -> None:
    """Every date of an entry is in the calendar, and not after the file's own."""
    last = datetime.fromisoformat(DOCUMENT["last_updated"]).date()
    texts = [entry.get("released"), (entry.get("deprecation") or {}).get("since")]
    texts += [source["as_of"] for source in entry["sources"].values()]

    dates = [date.fromisoformat(text if len(text) > 7 else f"{text}-01") for text in texts if text]

    assert dates
    assert max(dates) <= last
