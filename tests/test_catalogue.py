"""The catalogue: made by the generator from facts, broad, and true where it can be computed."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tools import build_catalogue
from tools.entered import read_entered
from tools.sources import known_sources

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.authoring.config_json import architecture_of
from model_garden_registry.authoring.config_parts import tower_of
from model_garden_registry.authoring.wording.describing import letters
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.catalogue.sizes import SIZE_CLASSES, size_class
from model_garden_registry.checks.entry.derived_requirements import corrections
from model_garden_registry.checks.entry.target_modules import linear_modules
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings, setting_fields
from model_garden_registry.families.family import Family, family_of
from model_garden_registry.files.documents import read_document
from model_garden_registry.files.layering import load_registry_file
from model_garden_registry.findings import Verdict
from model_garden_registry.memory.network.shape import shape_of, states_shape
from model_garden_registry.units import GB, parse_parameter_count

pytestmark = pytest.mark.sweep

REAL_CONFIGS = {
    "published GLM-5.1": "zai-org/GLM-5.1",
    "published Gemma-4-31B-IT-NVFP4": "google/gemma-4-31B-it",
    "published Kimi-K2.6-NVFP4": "moonshotai/Kimi-K2.6",
    "published Llama-3.1-70B-Instruct-FP8": "meta-llama/Llama-3.1-70B-Instruct",
    "published Llama-4-Scout-17B-16E-Instruct": "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    "published Meta-Llama-3.1-8B": "meta-llama/Llama-3.1-8B",
    "published MiniMax-M2.5-NVFP4": "MiniMaxAI/MiniMax-M2.5",
    "published NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4": "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
    "published Qwen3-1.7B": "Qwen/Qwen3-1.7B",
    "published Qwen3-235B-A22B-FP8": "Qwen/Qwen3-235B-A22B",
    "published Qwen3-30B-A3B": "Qwen/Qwen3-30B-A3B",
    "published Qwen3-32B-FP8": "Qwen/Qwen3-32B",
    "published Qwen3-Coder-480B-A35B-Instruct": "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    "published Qwen3-VL-32B-Thinking": "Qwen/Qwen3-VL-32B-Thinking",
    "published Qwen3.5-122B-A10B-NVFP4": "Qwen/Qwen3.5-122B-A10B",
    "published Qwen3.5-397B-A17B": "Qwen/Qwen3.5-397B-A17B",
    "published Qwen3.6-27B-NVFP4": "Qwen/Qwen3.6-27B",
    "published Qwen3.6-35B-A3B-NVFP4": "Qwen/Qwen3.6-35B-A3B",
    "published gpt-oss-120b": "openai/gpt-oss-120b",
    "ernie4_5_moe": "baidu/ERNIE-4.5-21B-A3B-Thinking",
    "glm4_moe_lite": "zai-org/GLM-4.7-Flash",
    "lfm2": "LiquidAI/LFM2-1.2B",
    "lfm2_moe": "LiquidAI/LFM2-8B-A1B",
    "gemma3n": "google/gemma-3n-E4B-it",
    "qwen3_5": "Qwen/Qwen3.5-9B",
    "qwen3_5_moe": "Qwen/Qwen3.5-35B-A3B",
    "qwen3_next": "Qwen/Qwen3-Next-80B-A3B-Instruct",
}


@pytest.fixture(scope="module")
def entries() -> dict[str, ModelInfo]:
    """Give every shipped entry."""
    file = load_registry_file(bundled_registry())
    return {key: file.parse_entry(key) for key in file.models}


def test_the_file_is_what_the_generator_makes() -> None:
    """`python -m tools.build_catalogue` changes nothing: neither facts nor policy nor memory model have moved on."""
    made = build_catalogue.as_text(build_catalogue.build())

    assert made == bundled_registry().read_text(encoding="utf-8"), "python -m tools.build_catalogue"


def test_a_number_that_its_source_does_not_say_has_a_source_of_its_own() -> None:
    """It stands beside that of the whole shape, by its place."""
    own = {"kind": "declared", "source": "not in the paper"}
    raw = {"id": "a/b", "sources": {"shape": ["granite-3.0-paper"], "fields": {"vocab_size": own}}}

    sources = build_catalogue._sources(raw)

    assert sources["/architecture"]["url"].endswith("/paper.pdf")
    assert sources["/architecture/vocab_size"] == own


@pytest.mark.parametrize("name", ["vllm-docs", "ms-swift", "xinference"])
def test_numbers_are_never_credited_to_a_page_that_names_classes(name: str) -> None:
    """The words name it beside the others; the address is that of one that has numbers, or there is none."""
    alone = build_catalogue._sources({"id": "a/b", "sources": {"shape": [name]}})["/architecture"]
    beside = build_catalogue._sources({"id": "a/b", "sources": {"shape": [name, "litgpt"]}})["/architecture"]

    assert (alone["kind"], "url" in alone) == ("declared", False)
    assert (beside["kind"], beside["url"]) == ("published", known_sources()["litgpt"].address)
    assert name in beside["source"]


def test_a_fact_that_config_json_contradicts_is_refused() -> None:
    """Also where it is that of a sibling; what neither states stays absent."""
    config = {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4,
              "num_key_value_heads": 2, "vocab_size": 128, "intermediate_size": 256}  # fmt: skip
    raw = {"id": "a/b", "config": "a/a", "architecture": {"model_type": "llama", "num_key_value_heads": 2}}

    read = build_catalogue._architecture(raw, {"a/a": config})

    assert (read.num_hidden_layers, read.num_key_value_heads, read.parameters) == (2, 2, None)
    with pytest.raises(SystemExit, match=r"a/b states another num_key_value_heads than its config.json"):
        build_catalogue._architecture({**raw, "architecture": {"num_key_value_heads": 4}}, {"a/a": config})


def test_the_catalogue_is_broad(entries: dict[str, ModelInfo]) -> None:
    """Hundreds of models, dozens with images, from a few hundred million parameters to a thousand billion."""
    sizes = sorted(entry.architecture.parameters or 0 for entry in entries.values() if entry.architecture)
    formats = {entry.quantization.method for entry in entries.values()}

    assert len(entries) >= 500
    assert sum(entry.is_vision_model for entry in entries.values()) >= 60
    assert sizes[-1] > 10**12
    assert {"4bit", "awq", "gptq", "fp8", "nvfp4", "mxfp4", None} <= formats
    assert any(entry.architecture and entry.architecture.moe for entry in entries.values())


def test_parameters_agree_with_the_shape(entries: dict[str, ModelInfo]) -> None:
    """
    Within 1 %, wherever the shape tells all of them: not where there are further weights.

    Layers that predict further tokens stand in some checkpoints, and in no count.
    """
    wrong, counted = {}, 0
    for key, entry in entries.items():
        shape, family = entry.architecture, family_of(entry.architecture and entry.architecture.model_type)
        is_plain = family.counted and family.further == "0"
        if shape and shape.parameters and is_plain and states_shape(entry) and not entry.is_vision_model:
            bare = entry.model_copy(update={"architecture": shape.model_copy(update={"parameters": None})})
            counted += 1
            if abs(shape_of(bare).parameters - shape.parameters) > 0.01 * shape.parameters:
                wrong[key] = shape.parameters

    assert wrong == {}
    assert counted > 280


def test_active_parameters_follow_one_rule(entries: dict[str, ModelInfo]) -> None:
    """
    What a token of a text passes: all but the tower and the experts that do not work on it, within 1 %.

    Only ERNIE's language model with narrower experts for images beside those for texts has its maker's own number.
    """
    wrong, counted = set(), 0
    for key, entry in entries.items():
        shape = entry.architecture
        if shape and shape.moe and shape.parameters and states_shape(entry):
            network = shape_of(entry)
            passed = network.parameters - network.tower_parameters - network.idle_parameters
            counted += 1
            if shape.active_parameters is None or abs(passed - shape.active_parameters) > 0.01 * passed:
                wrong.add(key)

    assert {key.partition("-PT")[0] for key in wrong} <= {"baidu/ERNIE-4.5-VL-28B-A3B"}
    assert counted > 90


@pytest.mark.parametrize("name", REAL_CONFIGS)
def test_layers_are_those_of_the_real_configuration(name: str, entries: dict[str, ModelInfo]) -> None:
    """Whether an entry lists them or states their sums: mixers, windows, caches, heads, experts."""
    config = json.loads((Path(__file__).parent / "real_counts.json").read_bytes())[name]["config"]
    entry = entries[REAL_CONFIGS[name]]
    real = entry.model_copy(update={"architecture": architecture_of(config, Path(name))})

    assert shape_of(entry).groups == shape_of(real).groups


def test_layers_add_up(entries: dict[str, ModelInfo]) -> None:
    """To the layers of the network, and those with a window to the sum that stands beside them."""
    for entry in entries.values():
        shape = entry.architecture
        if shape and shape.layers:
            windowed = sum(group.count for group in shape.layers if group.mixer == "window")
            stated = shape.sliding_window.num_layers if shape.sliding_window else 0

            assert sum(group.count for group in shape.layers) == shape.num_hidden_layers
            assert windowed == stated


def test_layers_that_differ_are_stated(entries: dict[str, ModelInfo]) -> None:
    """Wherever a family has some, the entry lists them or their sums, or its config.json says that all are alike."""
    facts = read_entered()
    alike = {raw["id"] for raw in facts if raw.get("config")}
    silent = {
        key
        for key, entry in entries.items()
        if (shape := entry.architecture)
        and shape.num_hidden_layers
        and has_unlike_layers(family_of(shape.model_type))
        and not (shape.layers or shape.sliding_window or {key, entry.base_model} & alike)
    }

    assert silent == set()


def has_unlike_layers(family: Family) -> bool:
    """Say whether layers differ without a switch in config.json: some keep no keys, or a rule holds by itself."""
    words = (word for kinds in family.layer_kinds for word in (kinds.get("kinds") or {}).values())
    is_ruled = any("key" not in kinds and kinds.get("other", "latent") != "latent" for kinds in family.layer_kinds)
    return bool(family.mixers) or is_ruled or any(word.startswith("none") for word in words)


def test_networks_without_words_never_pass_unseen(entries: dict[str, ModelInfo]) -> None:
    """Where the format has no words for a network's layers, the best verdict is a warning that says so."""
    registry, gpus = load_registry(bundled_registry()), known_gpu("8 x B300")
    asked = [
        key for key, entry in entries.items() if entry.architecture and family_of(entry.architecture.model_type).refused
    ]
    verdicts = {key: registry.validate(key, "inference", hardware=gpus).verdict for key in asked}

    assert {"Zyphra/ZAYA1-8B", "zai-org/GLM-5.3-Flash"} <= verdicts.keys()
    assert set(verdicts.values()) <= {Verdict.WARNING, Verdict.FAIL}


def test_the_catalogue_is_of_today(entries: dict[str, ModelInfo]) -> None:
    """Dozens of networks that came out since May 2026 state their shape; of the others somebody published the needs."""
    networks = [
        entry
        for entry in entries.values()
        if entry.base_model is None and entry.released is not None and entry.released >= "2026-05"
    ]
    shapeless = [entry for entry in networks if is_thin(entry)]

    assert len(networks) - len(shapeless) >= 40
    assert {entry.sources["/requirements"].kind for entry in shapeless} == {"published"}


def test_a_guessed_shape_is_never_plainly_enough(entries: dict[str, ModelInfo]) -> None:
    """Where a formula or somebody's table says what such a network needs, the best verdict is a warning."""
    registry, gpus = load_registry(bundled_registry()), known_gpu("8 x B300")
    asked = {key for key, entry in entries.items() if is_thin(entry)}
    verdicts = {key: registry.validate(key, "inference", hardware=gpus).verdict for key in asked}

    assert "thinkingmachines/Inkling-Small" in asked
    assert set(verdicts.values()) <= {Verdict.WARNING, Verdict.FAIL}


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
    """
    Quantisation changes how weights are stored, not what they compute.

    But for layers that were filled up to whole groups, so that GPUs can divide them (QwenLM/Qwen3-VL#231).
    """
    different = {
        key
        for key, entry in entries.items()
        if entry.base_model in entries and entry.architecture != entries[entry.base_model].architecture
    }

    filled_up = {key for key in different if entries[key].architecture.intermediate_size == 29696}

    assert {key.partition("-72B-")[0] for key in filled_up} == {"Qwen/Qwen2.5", "Qwen/Qwen2.5-VL"}
    assert {entries[key].provider for key in different - filled_up} <= {"unsloth"}
    assert len(different) <= 14


def test_no_two_descriptions_are_alike(entries: dict[str, ModelInfo]) -> None:
    """Not even but for case, signs and numbers."""
    counts = Counter(letters(entry.description) for entry in entries.values())

    assert [text for text, count in counts.items() if count > 1] == []


def test_every_size_has_a_recommendation(entries: dict[str, ModelInfo]) -> None:
    """One in both categories, none out of date, and experimental only where it takes several GPUs."""
    chosen = [entry for entry in entries.values() if "recommended" in entry.tags]

    found = Counter((entry.category, size_class(parse_parameter_count(entry.parameters))) for entry in chosen)
    assert found == dict.fromkeys(product(("text-llm", "vision-vlm"), SIZE_CLASSES), 1)
    assert all(entry.status == "stable" or entry.requirements_for("inference").min_gpus > 1 for entry in chosen)
    assert [entry.id for entry in chosen if entry.superseded_by] == []


def test_derived_numbers_are_those_of_the_memory_model() -> None:
    """`mgr lint --fix` has nothing to change."""
    path = bundled_registry()

    assert list(corrections(read_document(path), path)) == []


@pytest.mark.parametrize(
    ("name", "least"), [("L4", 24), ("A10G", 24), ("A16", 16), ("A100 SXM4 80GB", 80), ("H100 SXM5 80GB", 80)]
)
def test_a_minimum_lets_the_smallest_gpu_that_fits_pass(name: str, least: int) -> None:
    """At the length that it is for, with states of a few sequences: no GPU is refused for less than its box says."""
    registry, gpu = load_registry(bundled_registry()), known_gpu(name)
    total = gpu.gpus[0].total_bytes or 0
    asked = [
        entry
        for entry in registry.values()
        if (block := entry.requirements.inference)
        and block.min_gpus == 1
        and least <= block.min_vram_gb <= total // GB
        and entry.status != "deprecated"
    ]
    lengths = {
        entry.id: min(8192, entry.architecture.max_position_embeddings or 8192) for entry in asked if entry.architecture
    }
    each = {model_id: {"max_model_len": length, "max_num_seqs": 64} for model_id, length in lengths.items()}
    verdicts = {
        model_id: registry.validate(model_id, "inference", overrides=settings, hardware=gpu).verdict
        for model_id, settings in each.items()
    }

    assert verdicts
    assert {verdict for verdict in verdicts.values() if verdict not in (Verdict.OK, Verdict.WARNING)} == set()


def test_what_is_coarse_says_so(entries: dict[str, ModelInfo]) -> None:
    """An entry whose shape lacks a number is experimental; its requirements name the typical network or a source."""
    thin = [entry for entry in entries.values() if is_thin(entry)]
    derived = [entry for entry in thin if entry.sources["/requirements"].kind != "published"]

    assert {entry.status for entry in thin} <= {"experimental", "deprecated"}
    assert all("typical network" in entry.sources["/requirements"].source for entry in derived)


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
    facts: list[dict[str, Any]] = read_entered()
    places = {key: place for place, key in enumerate(entries)}

    assert all(
        places[copy["id"]] > places[raw["id"]] for raw in facts for copy in raw.get("copies", ()) if raw["id"] in places
    )


def test_measurements_stand_with_their_entries(entries: dict[str, ModelInfo]) -> None:
    """Each says what was measured and where it is published; settings are called as ours are."""
    results = [result for entry in entries.values() for result in entry.benchmarks if result.task]

    assert len(results) > 80
    assert [result for result in results if not result.quantity] == []
    assert {result.source.partition("/blob/")[0].rpartition("/")[0] for result in results} >= {
        "https://github.com/QwenLM",
        "https://github.com/unslothai",
    }
    for result in results:
        known = setting_fields(TrainingSettings if result.task == "training" else InferenceSettings)
        assert {name.rpartition(".")[2] for name in known} >= {*result.settings}


#: Types whose projector has the language model's width: two of their towers differ in weights by that alone.
PROJECTED = ("gemma3", "gemma4", "glm4v", "lfm2_vl", "mistral3", "paligemma", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe")


def test_equal_towers_differ_in_weights_by_their_projector_alone(entries: dict[str, ModelInfo]) -> None:
    """A constant remains for each tower: a pooling head that the checkpoints do without, or tables of positions."""
    remainders: dict[tuple[str | None, int], set[int]] = {}
    for model in entries.values():
        shape = model.architecture
        tower = shape.vision if shape is not None else None
        if shape is None or tower is None or shape.model_type not in PROJECTED or tower.hidden_size is None:
            continue
        stated = tower.model_dump(exclude_none=True, exclude={"parameters", "tokens_per_image"})
        names = {"depth": tower.num_hidden_layers, "num_heads": tower.num_attention_heads}
        family, width = family_of(shape.model_type), shape.hidden_size
        assert family is not None
        assert width is not None
        counted = tower_of({"vision_config": {**stated, **names, "out_hidden_size": width}}, family, width, Path())
        assert counted is not None
        remainders.setdefault((shape.model_type, tower.hidden_size), set()).add(
            (tower.parameters or 0) - counted["parameters"]
        )
    assert len(remainders) >= len(PROJECTED)
    assert {kind: found for kind, found in remainders.items() if len(found) > 1} == {}
