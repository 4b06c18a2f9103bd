"""The merge law: registry defaults and overrides become settings, each value with its origin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from own_facts import facts_laid_over

from model_garden_registry.entries.defaults import (
    EngineQuantization,
    Optimizer,
    Sampling,
    Scheduler,
)
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge, own_settings, parse_overrides, with_changes
from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    Origin,
    OriginKind,
    Settings,
    Sharding,
    TrainingSettings,
    setting_fields,
)
from model_garden_registry.entries.tasks import InferenceEngine, Task, TrainingStack
from model_garden_registry.errors import NO_SUCH_SETTING, InvalidOverrideError, UnsupportedTaskError
from model_garden_registry.families.engines import engine_of, engine_package
from model_garden_registry.families.stacks import (
    AdapterDtype,
    AttentionImplementation,
    Loss,
    stack_of,
    stack_package,
)
from model_garden_registry.families.tables import table

OF_UNSLOTH, OF_VLLM = stack_package("unsloth"), engine_package("vllm")
OTHER = "for that of another, set"

REGISTRIES = Path(__file__).parents[2] / "registries/valid"
RAW: dict[str, Any] = {
    key: raw
    for name in ("application.json", "every_key.json")
    for key, raw in json.loads((REGISTRIES / name).read_bytes())["models"].items()
}
ENTRIES = {key: ModelInfo.model_validate(raw) for key, raw in RAW.items()}

TINY = ENTRIES["unsloth/tinyllama-bnb-4bit"]
VISION = ENTRIES["Qwen/Qwen2.5-VL-7B-Instruct"]
LARGE = ENTRIES["Qwen/Qwen2.5-VL-72B-Instruct"]
FULL = ENTRIES["acme/owl-vl-30b-a3b"]
UNTRAINABLE = ENTRIES["acme/owl-embed"]

FILE = Origin(OriginKind.FILE, "overrides.toml")
KEYWORD = Origin(OriginKind.OVERRIDE, "keyword")

COUNTS = st.integers(1, 10**15)
AMOUNTS = st.integers(0, 10**15)
LENGTHS = st.integers(128, 10**15)
#: Releases that every stack and every engine covers.
RELEASES = st.tuples(st.integers(3000, 9999), AMOUNTS).map(lambda numbers: f"{numbers[0]}.{numbers[1] % 1000}")
DTYPES = st.sampled_from(["auto", "float16", "bfloat16", "float32"])
NAMES = st.text(st.characters(categories=["L", "N"], include_characters="._"), min_size=1)
WORDS_OR_NONE = st.none() | NAMES.filter(lambda name: name.lower() not in ("null", "none"))


def one_of(words: object) -> st.SearchStrategy[str]:
    return st.sampled_from(get_args(words))


#: What every setting may be: a setting that is missing here fails a test.
POSSIBLE: dict[type[Settings], dict[str, st.SearchStrategy[Any]]] = {
    TrainingSettings: {
        "learning_rate": st.floats(0, 1) | st.integers(0, 3),
        "num_epochs": COUNTS,
        "batch_size": COUNTS,
        "gradient_accumulation_steps": COUNTS,
        "warmup_steps": AMOUNTS,
        "max_seq_length": LENGTHS,
        "optim": one_of(Optimizer),
        "lr_scheduler_type": one_of(Scheduler),
        "lora_config.r": COUNTS,
        "lora_config.lora_alpha": COUNTS,
        "lora_config.lora_dropout": st.floats(0, 1, exclude_max=True) | st.just(0),
        "lora_config.target_modules": st.just("all-linear") | st.lists(NAMES, min_size=1, max_size=4),
        "lora_config.use_rslora": st.booleans(),
        "lora_config.target_parameters": st.just([]),  # what other settings forbid: test_refusals.py
        "lora_config.modules_to_save": st.lists(NAMES.map(lambda name: f"{name}_x"), max_size=4),
        "lora_config.use_dora": st.booleans(),
        "selective_loss.supported": st.booleans(),
        "selective_loss.default_level": st.sampled_from(["conservative", "moderate", "aggressive"]),
        "selective_loss.recommended": st.booleans(),
        "method": st.sampled_from(["full", "lora", "qlora"]),
        "stack": one_of(TrainingStack),
        "stack_version": RELEASES,
        "gradient_checkpointing": st.booleans(),
        "attn_implementation": one_of(AttentionImplementation),
        "loss": one_of(Loss),
        "adapter_dtype": one_of(AdapterDtype),
        "images_per_sample": AMOUNTS,
        "n_gpus": COUNTS,
        "sharding": one_of(Sharding),
        **dict.fromkeys(("nodes", "context_parallel_size"), st.just(1)),  # what other settings forbid: test_refusals.py
        "algorithm": st.sampled_from(["sft", "dpo", "kto", "orpo", "reward"]),  # those of every stack
        "dtype": DTYPES,
        "master_weights": st.booleans(),
        "base_quantization": st.none(),  # what other settings forbid: test_refusals.py
        "expert_quantization": st.booleans(),
        "trains_embeddings": st.booleans(),
        "trains_vision_tower": st.booleans(),
        "offload": st.sampled_from(["none", "activations"]),
        "packing": st.booleans(),
        "weight_decay": st.none() | st.floats(0, 1) | st.integers(0, 3),
        "warmup_ratio": st.none() | st.floats(0, 1, exclude_max=True),
        "max_grad_norm": st.none() | st.floats(0, 9) | st.integers(0, 3),
        "seed": st.none() | AMOUNTS,
        "chat_template": WORDS_OR_NONE,
        "image_pixels": st.none() | COUNTS,
        "eval_batch_size": st.none() | COUNTS,
    },
    InferenceSettings: {
        "max_model_len": LENGTHS,
        "dtype": DTYPES,
        "gpu_memory_utilization": st.floats(0.01, 1) | st.integers(0, 1),
        "quantization": st.none() | one_of(EngineQuantization),
        "tensor_parallel_size": COUNTS,
        "engine": one_of(InferenceEngine),
        "engine_version": RELEASES,
        "max_num_seqs": st.none() | st.integers(1, 10**6),
        "max_num_batched_tokens": st.none() | st.integers(10**6, 10**15),  # no fewer: test_refusals.py
        "kv_cache_dtype": st.sampled_from(["auto", "fp8", "fp8_e4m3", "fp8_e5m2"]),  # those of every engine
        "enforce_eager": st.booleans(),
        "images_per_prompt": AMOUNTS,
        "concurrent": COUNTS,
        # What only some engines have an option for, or take of other settings: test_refusals.py.
        **dict.fromkeys(
            ("mem_fraction_static", "kv_cache_memory_gb", "enable_prefix_caching", "max_lora_rank"), st.none()
        ),
        **dict.fromkeys(("nodes", "pipeline_parallel_size", "data_parallel_size"), st.just(1)),
        "decode_context_parallel_size": st.just(1),
        **dict.fromkeys(("enable_expert_parallel", "language_model_only"), st.just(value=False)),
        **dict.fromkeys(("speculative_tokens", "served_loras", "cpu_offload_gb"), st.just(0)),
        "mamba_ssm_dtype": st.just("auto"),
        "draft_model": WORDS_OR_NONE,
        **{name: st.none() | st.sampled_from(names) for name, names in engine_of("vllm").parsers.items()},
        "trust_remote_code": st.booleans(),
        "sampling.temperature": st.none() | st.floats(0, 9) | st.integers(0, 3),
        "sampling.top_p": st.none() | st.floats(0, 1, exclude_min=True) | st.just(1),
        "sampling.top_k": st.none() | st.integers(-1, 10**6),
        "sampling.min_p": st.none() | st.floats(0, 1),
        "sampling.presence_penalty": st.none() | st.floats(-2, 2),
        "sampling.repetition_penalty": st.none() | st.floats(0, 9, exclude_min=True),
    },
}
KIND: dict[Task, type[Settings]] = {"training": TrainingSettings, "inference": InferenceSettings}

Overrides = dict[str, Any]


@st.composite
def questions(draw: st.DrawFn, layers: int) -> tuple[ModelInfo, Task, list[Overrides]]:
    """Draw an entry, a task that it has, and overrides by dotted path."""
    task = draw(st.sampled_from(get_args(Task)))
    entry = draw(
        st.sampled_from([entry for entry in ENTRIES.values() if task == "inference" or entry is not UNTRAINABLE])
    )
    overrides = st.fixed_dictionaries({}, optional=POSSIBLE[KIND[task]])
    return entry, task, [draw(overrides) for _ in range(layers)]


def flat(values: Mapping[str, Any], prefix: str = "") -> Overrides:
    """Give every value by dotted path."""
    found: Overrides = {}
    for name, value in values.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return found


def nested(overrides: Overrides) -> dict[str, Any]:
    """Put dotted paths into objects, as files have them."""
    found: dict[str, Any] = {}
    for path, value in overrides.items():
        group, _, leaf = path.rpartition(".")
        (found.setdefault(group, {}) if group else found)[leaf] = value
    return found


def read(pointer: str, raw: Any) -> Any:
    """Follow a JSON pointer."""
    for segment in pointer.split("/")[1:]:
        raw = raw[segment]
    return raw


@pytest.mark.parametrize("kind", POSSIBLE)
def test_the_properties_below_are_about_every_setting(kind: type[Settings]) -> None:
    """A new setting belongs into the table."""
    assert set(POSSIBLE[kind]) == set(setting_fields(kind))


# Identity: nothing asked, nothing changed.


@pytest.mark.parametrize("model_id", [key for key in ENTRIES if key != UNTRAINABLE.id])
def test_without_overrides_training_settings_are_the_entrys(model_id: str) -> None:
    """Hyperparameters, adapter and selective loss as the entry states them."""
    stated = RAW[model_id]["training_defaults"]

    settings = merge(ENTRIES[model_id], "training").as_dict()

    assert {key: settings[key] for key in stated["hyperparameters"]} == stated["hyperparameters"]
    assert {key: settings["lora_config"][key] for key in stated["lora_config"]} == stated["lora_config"]
    assert settings.get("selective_loss") == stated.get("selective_loss")


@pytest.mark.parametrize("model_id", ENTRIES)
def test_without_overrides_inference_settings_are_the_entrys(model_id: str) -> None:
    """What the entry states, as it states it; the others as the engine has them."""
    entry = ENTRIES[model_id]
    stated = dict(RAW[model_id]["inference_defaults"])
    images = stated.pop("limit_mm_per_prompt", {}).get("image", int(entry.is_vision_model))
    sampling = dict.fromkeys(Sampling.model_fields) | stated.pop("sampling", {})

    settings = merge(entry, "inference").as_dict()

    assert settings == entry.get_inference_config() | {
        "engine": entry.inference_engine,
        "engine_version": engine_package(entry.inference_engine).read,
        "max_num_seqs": None,
        "max_num_batched_tokens": None,
        "kv_cache_dtype": "auto",
        "enforce_eager": False,
        "images_per_prompt": images,
        "sampling": sampling,
        **dict.fromkeys(("tool_call_parser", "reasoning_parser")),
        "trust_remote_code": False,
        "concurrent": 1,
        **dict.fromkeys(("mem_fraction_static", "kv_cache_memory_gb", "draft_model", "max_lora_rank")),
        "enable_prefix_caching": None,
        **dict.fromkeys(("pipeline_parallel_size", "data_parallel_size", "decode_context_parallel_size", "nodes"), 1),
        **dict.fromkeys(("enable_expert_parallel", "language_model_only"), False),
        **dict.fromkeys(("speculative_tokens", "served_loras", "cpu_offload_gb"), 0),
        "mamba_ssm_dtype": "auto",
        **stated,
    }


@pytest.mark.parametrize("task", get_args(Task))
def test_settings_without_overrides_are_merged_once(task: Task) -> None:
    """The frozen value is the same each time for one entry, whoever asks; an entry that is equal has its own."""
    entry = next(entry for entry in ENTRIES.values() if entry is not UNTRAINABLE)
    twin = entry.model_copy()

    assert merge(entry, task) is merge(entry, task, Layer({})) is own_settings(entry, task)
    assert merge(twin, task) == merge(entry, task)
    assert merge(twin, task) is not merge(entry, task)


@given(questions(layers=0), st.integers(0, 3))
def test_layers_without_values_change_nothing(question: tuple[ModelInfo, Task, list[Overrides]], count: int) -> None:
    """Identity: an empty layer is no layer."""
    entry, task, _ = question

    assert merge(entry, task, *[Layer({}, FILE)] * count) == merge(entry, task)


# Last wins, idempotent, never mutates.


@given(questions(layers=2))
def test_the_last_layer_wins_value_by_value(question: tuple[ModelInfo, Task, list[Overrides]]) -> None:
    """Two layers are their union, in which the later one overwrites."""
    entry, task, (first, second) = question

    assert merge(entry, task, Layer(first), Layer(second)) == merge(entry, task, Layer(first | second))


@given(questions(layers=2))
def test_every_override_is_in_the_settings(question: tuple[ModelInfo, Task, list[Overrides]]) -> None:
    """What was asked for is what comes out, unless somebody later asked otherwise."""
    entry, task, (first, second) = question

    settings = flat(merge(entry, task, Layer(first), Layer(second)).as_dict())

    assert {path: settings[path] for path in first | second} == first | second


@given(questions(layers=2))
def test_a_layer_twice_is_a_layer_once(question: tuple[ModelInfo, Task, list[Overrides]]) -> None:
    """Idempotent, also with another layer before."""
    entry, task, (first, second) = question

    once = merge(entry, task, Layer(first, FILE), Layer(second, KEYWORD))
    twice = merge(entry, task, Layer(first, FILE), Layer(second, KEYWORD), Layer(second, KEYWORD))

    assert twice == once


@given(questions(layers=1))
def test_settings_as_overrides_give_the_same_settings(question: tuple[ModelInfo, Task, list[Overrides]]) -> None:
    """``as_dict`` is what an overrides file may hold: merging it back changes no value."""
    entry, task, (layer,) = question
    settings = merge(entry, task, Layer(layer)).as_dict()

    assert merge(entry, task, Layer(settings)).as_dict() == settings


@given(questions(layers=2))
def test_merging_changes_neither_entry_nor_overrides(question: tuple[ModelInfo, Task, list[Overrides]]) -> None:
    """Merging is pure, and what it gives shares nothing that can be changed."""
    entry, task, layers = question
    given_entry, given_layers = deepcopy(entry), [nested(layer) for layer in layers]
    before = deepcopy(given_layers)

    settings = merge(given_entry, task, *map(Layer, given_layers))
    for modules in flat(settings.as_dict()).values():
        if isinstance(modules, list):
            modules.append("changed")

    assert given_layers == before
    assert given_entry == entry
    assert merge(given_entry, task, *map(Layer, given_layers)) == settings


# Origins.


@given(questions(layers=2))
def test_every_value_knows_its_origin(question: tuple[ModelInfo, Task, list[Overrides]]) -> None:
    """The last layer that named it; else the place in the entry where it stands, the stack, or this package."""
    entry, task, (first, second) = question

    settings = merge(entry, task, Layer(first, FILE), Layer(second, KEYWORD))

    values = {path: value for path, value in flat(settings.as_dict()).items() if path != "selective_loss"}
    assert set(settings.origins) == set(values)
    for path, origin in settings.origins.items():
        if path in second:
            assert origin == KEYWORD
        elif path in first:
            assert origin == FILE
        elif origin.kind is OriginKind.STACK:
            assert origin.detail == f"{values['stack']} {values['stack_version']}"
        elif origin.kind is OriginKind.ENTRY:
            stated = read(origin.detail, RAW[entry.id])
            assert stated == values[path] or not origin.detail.endswith(path.rpartition(".")[2])
        elif origin.kind is OriginKind.METHOD:
            assert (path, values["method"]) == ("learning_rate", "full")
        else:
            assert origin.kind is OriginKind.BUILT_IN


@pytest.mark.parametrize(
    ("entry", "path", "origin"),
    [
        pytest.param(TINY, "batch_size", "entry: /training_defaults/hyperparameters/batch_size", id="hyperparameter"),
        pytest.param(TINY, "lora_config.r", "entry: /training_defaults/lora_config/r", id="adapter"),
        pytest.param(TINY, "stack", "built-in: provider is unsloth", id="stack by provider"),
        pytest.param(TINY, "stack_version", "built-in: the newest that was read", id="release of the stack"),
        pytest.param(TINY, "loss", f"stack: unsloth {stack_package('unsloth').read}", id="stack default"),
        pytest.param(TINY, "method", "entry: /quantization", id="method"),
        pytest.param(TINY, "images_per_sample", "entry: /capabilities/vision", id="images"),
        pytest.param(TINY, "n_gpus", "entry: /requirements", id="GPUs"),
        pytest.param(FULL, "stack", "entry: /training_defaults/stack", id="stack as stated"),
        pytest.param(
            VISION,
            "selective_loss.supported",
            "entry: /training_defaults/selective_loss/supported",
            id="selective loss",
        ),
    ],
)
def test_training_defaults_name_their_source(entry: ModelInfo, path: str, origin: str) -> None:
    """As `--explain` shows it."""
    assert str(merge(entry, "training").origin(path)) == origin


@pytest.mark.parametrize(
    ("entry", "path", "origin"),
    [
        pytest.param(TINY, "dtype", "entry: /inference_defaults/dtype", id="stated, also if automatic"),
        pytest.param(VISION, "quantization", "built-in: format", id="left out: the format's default"),
        pytest.param(TINY, "engine", "built-in", id="engine by default"),
        pytest.param(FULL, "engine", "entry: /inference_defaults/engine", id="engine as stated"),
        pytest.param(FULL, "engine_version", "built-in: the newest that was read", id="release of the engine"),
        pytest.param(FULL, "max_num_batched_tokens", "built-in: sglang", id="the engine's choice"),
        pytest.param(FULL, "max_num_seqs", "entry: /inference_defaults/max_num_seqs", id="a batch as stated"),
        pytest.param(TINY, "concurrent", "built-in: one sequence at full length", id="concurrency"),
    ],
)
def test_inference_defaults_name_their_source(entry: ModelInfo, path: str, origin: str) -> None:
    """As `--explain` shows it."""
    assert str(merge(entry, "inference").origin(path)) == origin


def test_a_group_that_the_entry_lacks_is_filled_by_the_format() -> None:
    """One selective-loss setting for a text model brings the others, and they say where they come from."""
    settings = merge(TINY, "training", Layer({"default_level": "moderate"}, KEYWORD))

    assert settings.as_dict()["selective_loss"] == {
        "supported": False,
        "default_level": "moderate",
        "recommended": False,
    }
    assert str(settings.origin("selective_loss.supported")) == "built-in: format"
    assert settings.origin("selective_loss.default_level") == KEYWORD


# Spellings.


@given(questions(layers=1))
def test_leaf_path_and_object_name_the_same_setting(question: tuple[ModelInfo, Task, list[Overrides]]) -> None:
    """`r`, `lora_config.r`, `{"lora_config": {"r": …}}`, and as the entry nests it."""
    entry, task, (overrides,) = question
    expected = merge(entry, task, Layer(overrides))

    leaves = {path.rpartition(".")[2]: value for path, value in overrides.items()}
    spellings = [leaves, nested(overrides), {f"{task}_defaults": nested(overrides)}]

    assert [merge(entry, task, Layer(spelling)) for spelling in spellings] == [expected] * 3


def test_settings_are_found_as_the_entry_nests_them() -> None:
    """A piece copied from a registry file is a valid override."""
    piece = {"training_defaults": {"hyperparameters": {"batch_size": 7}, "lora_config": {"r": 9}}}

    settings = merge(TINY, "training", Layer(piece))

    assert (settings.batch_size, settings.lora_config.r) == (7, 9)
    assert settings == merge(TINY, "training", Layer({"training_defaults.hyperparameters.batch_size": 7, "r": 9}))


@given(questions(layers=1))
def test_a_value_may_be_given_as_text(question: tuple[ModelInfo, Task, list[Overrides]]) -> None:
    """As a command line gives it: JSON, or the bare word."""
    entry, task, (overrides,) = question

    texts = {path: value if isinstance(value, str) else json.dumps(value) for path, value in overrides.items()}

    assert merge(entry, task, Layer(texts)) == merge(entry, task, Layer(overrides))


@given(questions(layers=1))
def test_settings_given_back_as_overrides_are_the_same_settings(
    question: tuple[ModelInfo, Task, list[Overrides]],
) -> None:
    """What was chosen can be written down and chosen again."""
    entry, task, (overrides,) = question
    settings = merge(entry, task, Layer(overrides)).as_dict()

    again = {name: value for name, value in settings.items() if (name, value) != ("selective_loss", None)}

    assert merge(entry, task, Layer(again)).as_dict() == settings


# Values that look like "nothing".


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("gpu_memory_utilization", 0.0),
        ("gpu_memory_utilization", 0),
        ("dtype", "auto"),
        ("tensor_parallel_size", 1),
        ("quantization", None),
        ("max_num_seqs", None),
        ("enforce_eager", False),
        ("kv_cache_dtype", "auto"),
        ("images_per_prompt", 0),
    ],
)
def test_an_explicit_default_is_an_override(path: str, value: object) -> None:
    """Zero, auto, one, null and false are values: they replace what the entry says, and say who chose them."""
    settings = merge(LARGE, "inference", Layer({path: value}, KEYWORD))

    assert settings.as_dict()[path] == value
    assert settings.origin(path) == KEYWORD


def test_a_number_keeps_the_spelling_of_its_override() -> None:
    """4 is not 4.0, and 3.0 is good for an integer."""
    settings = merge(TINY, "training", Layer({"learning_rate": 1, "r": 3.0}))

    assert (repr(settings.learning_rate), repr(settings.lora_config.r)) == ("1", "3")


@pytest.mark.parametrize("modules", [("a", "b"), ["a", "b"], iter(["a", "b"])], ids=["tuple", "list", "iterator"])
def test_modules_may_come_as_any_sequence(modules: object) -> None:
    """They are read once."""
    settings = merge(TINY, "training", Layer({"target_modules": modules}))

    assert settings.lora_config.target_modules == ("a", "b")


# Texts.


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        pytest.param("learning_rate", "3e-4", 0.0003, id="scientific"),
        pytest.param("learning_rate", " 1 ", 1, id="spaces around"),
        pytest.param("learning_rate", "2e-5", 0.00002, id="what YAML calls a text"),
        pytest.param("lora_config.r", "8", 8, id="integer"),
        pytest.param("lora_config.r", "8.0", 8, id="whole float"),
        pytest.param("lora_config.r", "1e1", 10, id="whole scientific"),
        pytest.param("lora_config.lora_dropout", "0", 0, id="zero"),
        pytest.param("lora_config.use_rslora", "true", True, id="true"),
        pytest.param("lora_config.use_rslora", "True", True, id="Python's True"),
        pytest.param("gradient_checkpointing", "FALSE", False, id="FALSE"),
        pytest.param("lora_config.target_modules", '["q_proj", "v_proj"]', ["q_proj", "v_proj"], id="JSON list"),
        pytest.param("lora_config.target_modules", "q_proj, v_proj", ["q_proj", "v_proj"], id="commas"),
        pytest.param("lora_config.target_modules", "q_proj", ["q_proj"], id="one name"),
        pytest.param("lora_config.target_modules", "all-linear", "all-linear", id="all-linear is no name"),
        pytest.param("lora_config.target_modules", '["all-linear"]', "all-linear", id="a list of it"),
        pytest.param("lora_config.target_modules", "'all-linear'", "all-linear", id="in quotes"),
        pytest.param("chat_template", "true", "true", id="a word that is true elsewhere"),
        pytest.param("chat_template", "8", "8", id="a word that is a number elsewhere"),
        pytest.param("lora_config.target_modules", "'q_proj', \"v_proj\"", ["q_proj", "v_proj"], id="names in quotes"),
        pytest.param("lora_config.target_modules", "~q_proj,", ["~q_proj"], id="a name with a sign"),
        pytest.param("optim", "sgd", "sgd", id="word"),
        pytest.param("max_seq_length", "32k", 32768, id="k is 1024"),
        pytest.param("max_seq_length", " 1.5K ", 1536, id="one and a half"),
        pytest.param("image_pixels", "256k", 262144, id="where null is possible as well"),
    ],
)
def test_a_text_is_read_as_the_type_of_its_setting(path: str, text: str, value: object) -> None:
    """As people write it on a command line or in YAML."""
    assert flat(merge(TINY, "training", Layer({path: text})).as_dict())[path] == value


@pytest.mark.parametrize("text", ["null", "None", "NULL", " none "])
@pytest.mark.parametrize("path", ["quantization", "max_num_seqs"])
def test_null_can_be_written(path: str, text: str) -> None:
    """Where null is possible."""
    settings = merge(FULL, "inference", Layer({path: "1" if path == "max_num_seqs" else "awq"}), Layer({path: text}))

    assert settings.as_dict()[path] is None


# Refusals.

INTEGER = "an integer ≥ 1"
LENGTH = "an integer ≥ 128"
SHARE = "0 or a number ≥ 0.01 and ≤ 1"
DROPOUT = "a number ≥ 0 and < 1"
MODULES = 'a list of texts or "all-linear"'
DTYPES = 'one of "auto", "float16", "bfloat16", "float32"'


@pytest.mark.parametrize(
    ("task", "path", "value", "allowed"),
    [
        ("training", "lora_config.r", 0, INTEGER),
        ("training", "lora_config.r", "0", INTEGER),
        ("training", "lora_config.r", -1, INTEGER),
        ("training", "lora_config.r", 1.5, INTEGER),
        ("training", "lora_config.r", "many", INTEGER),
        ("training", "lora_config.r", "", INTEGER),
        ("training", "lora_config.r", True, INTEGER),
        ("training", "lora_config.r", "true", INTEGER),
        ("training", "lora_config.r", None, INTEGER),
        ("training", "lora_config.r", "null", INTEGER),
        ("training", "lora_config.r", [8], INTEGER),
        ("training", "lora_config.r", {"value": 8}, INTEGER),
        pytest.param("training", "lora_config.r", 10**5000, INTEGER, id="r-an integer of 5001 digits"),
        pytest.param("training", "lora_config.r", "9" * 5000, INTEGER, id="r-5000 digits"),
        ("training", "lora_config.lora_dropout", 1, DROPOUT),
        ("training", "lora_config.lora_dropout", "1.0", DROPOUT),
        ("training", "lora_config.lora_dropout", -0.1, DROPOUT),
        ("training", "lora_config.lora_dropout", float("nan"), DROPOUT),
        ("training", "lora_config.lora_dropout", "nan", DROPOUT),
        ("training", "lora_config.target_modules", 5, MODULES),
        ("training", "lora_config.target_modules", [5], MODULES),
        ("training", "lora_config.target_modules", "[5]", MODULES),
        ("training", "lora_config.target_modules", '["q_proj"', MODULES),
        ("training", "lora_config.target_modules", None, MODULES),
        ("training", "lora_config.use_rslora", "yes", "true or false"),
        ("training", "lora_config.use_rslora", 1, "true or false"),
        ("training", "learning_rate", -1, "a number ≥ 0"),
        ("training", "learning_rate", "inf", "a number ≥ 0"),
        ("training", "learning_rate", "1e400", "a number ≥ 0"),
        pytest.param("training", "learning_rate", 10**400, "a number ≥ 0", id="learning_rate-too large for a float"),
        ("training", "learning_rate", False, "a number ≥ 0"),
        ("training", "max_seq_length", 127, LENGTH),
        ("training", "warmup_steps", -1, "an integer ≥ 0"),
        ("training", "method", "dora", 'one of "full", "lora", "qlora"'),
        ("training", "method", None, 'one of "full", "lora", "qlora"'),
        ("training", "n_gpus", 0, INTEGER),
        ("inference", "max_model_len", 127, LENGTH),
        ("inference", "gpu_memory_utilization", 1.01, SHARE),
        ("inference", "gpu_memory_utilization", "90%", SHARE),
        ("inference", "gpu_memory_utilization", "1e-320", SHARE),
        ("inference", "gpu_memory_utilization", 0.0099, SHARE),
        ("inference", "tensor_parallel_size", 0, INTEGER),
        ("inference", "max_num_seqs", 0, "an integer ≥ 1 or null"),
        ("inference", "max_num_seqs", "few", "an integer ≥ 1 or null"),
        ("inference", "dtype", "fp16", DTYPES),
        ("inference", "dtype", 16, DTYPES),
        ("inference", "engine", "null", 'one of "vllm", "sglang", "transformers"'),
        ("inference", "images_per_prompt", -1, "an integer ≥ 0"),
    ],
)
def test_an_impossible_value_is_refused_with_what_is_allowed(
    task: Task, path: str, value: object, allowed: str
) -> None:
    """The error names the setting, repeats the value, and says what it may be and where it came from."""
    with pytest.raises(InvalidOverrideError) as caught:
        merge(FULL, task, Layer({path.rpartition(".")[2]: value}, FILE))

    error = caught.value
    assert (error.setting, error.allowed, error.origin) == (path, allowed, "file: overrides.toml")
    assert error.value is value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lora_config.r", 1),
        ("lora_config.lora_dropout", 0),
        ("lora_config.lora_dropout", 0.999),
        ("learning_rate", 0),
        ("max_seq_length", 128),
        ("warmup_steps", 0),
        ("images_per_sample", 0),
        ("n_gpus", 1),
    ],
)
def test_a_bound_itself_is_possible(path: str, value: float) -> None:
    """≥ is not >."""
    assert flat(merge(TINY, "training", Layer({path: value})).as_dict())[path] == value


@pytest.mark.parametrize(
    ("overrides", "setting", "close"),
    [
        pytest.param({"learning_rat": 1}, "learning_rat", ("learning_rate",), id="a typo"),
        pytest.param({"lora_config.rr": 1}, "lora_config.rr", ("r",), id="a typo behind a dot"),
        pytest.param(
            {"lora_config": {"lora_alfa": 1}},
            "lora_config.lora_alfa",
            ("lora_alpha", "lora_config"),
            id="a typo in a group",
        ),
        pytest.param({"lora_confg": {"r": 1}}, "lora_confg", ("lora_config",), id="a group's typo"),
        pytest.param({"lora_confg": {}}, "lora_confg", ("lora_config",), id="an empty group's typo"),
        pytest.param({"max_model_len": 1}, "max_model_len", ("max_seq_length",), id="a setting of the other task"),
        pytest.param({"": 1}, "", (), id="no name"),
        pytest.param(
            {"hyperparameters": 1},
            "hyperparameters",
            ("target_parameters",),
            id="a group of the entry that is no object",
        ),
        pytest.param(
            {"lora_config": {"lora_config": {"r": 1}}}, "lora_config.lora_config", ("lora_config",), id="twice"
        ),
        pytest.param({"save_method": "lora"}, "save_method", ("method",), id="a key of the entry that is no setting"),
    ],
)
def test_an_unknown_name_is_refused_with_near_ones(overrides: Overrides, setting: str, close: tuple[str, ...]) -> None:
    """The error names it as it was given."""
    with pytest.raises(InvalidOverrideError) as caught:
        merge(TINY, "training", Layer(overrides, KEYWORD))

    error = caught.value
    assert (error.setting, error.allowed, error.close) == (setting, "there is no such setting", close)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param({"gpu_memory_utilization": 1}, "it is a setting for inference", id="of the other task"),
        pytest.param({"learning_rat": 1}, NO_SUCH_SETTING, id="a slip"),
        pytest.param({"lora_rank": 1}, NO_SUCH_SETTING, id="of another tool"),
        pytest.param({"Learning-Rate": 1}, NO_SUCH_SETTING, id="written otherwise"),
        pytest.param({"lora_config": 1}, "an object with lora_config.r", id="a group"),
        pytest.param({"learning_rate": "x"}, "a number", id="a value"),
    ],
)
def test_a_refusal_says_why_and_where_it_was_said(overrides: Overrides, expected: str) -> None:
    """Whatever is wrong: the origin is that of the layer."""
    with pytest.raises(InvalidOverrideError) as caught:
        merge(TINY, "training", Layer(overrides, FILE))

    assert caught.value.allowed.startswith(expected)
    assert caught.value.origin == str(FILE)


def test_settings_that_exclude_each_other_are_refused() -> None:
    """Though each is possible alone; the rules are those of refusals."""
    with pytest.raises(InvalidOverrideError, match="it applies to method lora only"):
        merge(TINY, "training", Layer({"method": "qlora", "base_quantization": "8bit"}))


def test_another_method_brings_its_learning_rate_with_its_origin() -> None:
    """Unless the change names a rate itself."""
    settings = merge(TINY, "training", Layer({"method": "lora"}))
    full, own = (
        with_changes(TINY, settings, {"method": "full", **more}, "a lever") for more in ({}, {"learning_rate": 1e-3})
    )
    wanted = merge(TINY, "training", Layer({"method": "full"}))

    assert (full.learning_rate, full.origin("learning_rate")) == (wanted.learning_rate, wanted.origin("learning_rate"))
    assert (own.learning_rate, own.origin("learning_rate").kind) == (1e-3, OriginKind.OVERRIDE)


def test_other_changes_keep_the_learning_rate() -> None:
    """With its origin; a change says who made it, and all else keeps what it was."""
    settings = merge(TINY, "training", Layer({"batch_size": 3}, FILE))
    changed = with_changes(TINY, settings, {"eval_batch_size": 2}, "a lever")

    assert changed.as_dict() == {**settings.as_dict(), "eval_batch_size": 2}
    assert changed.origins == {**settings.origins, "eval_batch_size": Origin(OriginKind.OVERRIDE, "a lever")}


def test_defaults_that_exclude_each_other_are_refused_too() -> None:
    """Each time; the error names the place in the entry."""
    defaults = {**RAW[TINY.id]["inference_defaults"], "engine": "transformers", "max_lora_rank": 16}
    entry = ModelInfo.model_validate({**RAW[TINY.id], "inference_defaults": defaults})

    for _ in range(2):
        with pytest.raises(InvalidOverrideError) as caught:
            merge(entry, "inference")
        assert (caught.value.setting, caught.value.origin) == (
            "max_lora_rank",
            "entry: /inference_defaults/max_lora_rank",
        )


def test_a_misspelt_word_is_refused_with_near_ones() -> None:
    """Values of a closed list have near names as well."""
    with pytest.raises(InvalidOverrideError) as caught:
        merge(TINY, "training", Layer({"optim": "adamw_8bitt"}))

    assert caught.value.close[0] == "adamw_8bit"


@pytest.mark.parametrize("value", [8, None, "r=8", []], ids=repr)
def test_a_group_takes_an_object_only(value: object) -> None:
    """The error lists its members."""
    with pytest.raises(InvalidOverrideError) as caught:
        merge(TINY, "training", Layer({"lora_config": value}))

    assert caught.value.allowed == (
        "an object with lora_config.r, lora_config.lora_alpha, lora_config.lora_dropout, "
        "lora_config.target_modules, lora_config.use_rslora, lora_config.target_parameters, "
        "lora_config.modules_to_save, lora_config.use_dora"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("target_modules", "", id="no names"),
        pytest.param("target_modules", " , ", id="commas only"),
        pytest.param("r", "1_6", id="a number as Python source writes it"),
        pytest.param("r", "0x10", id="a hexadecimal number"),
        pytest.param("image_pixels", "1_6", id="the same where null is possible"),
        pytest.param("image_pixels", "٣", id="digits of another script"),
        pytest.param("learning_rate", "2k", id="k for a number that need not be whole"),
        pytest.param("max_seq_length", "0.3k", id="no whole number"),
    ],
)
def test_a_text_that_is_no_such_value_is_refused(name: str, text: str) -> None:
    """It stays a text, and a text does not fit."""
    with pytest.raises(InvalidOverrideError) as caught:
        merge(TINY, "training", Layer({name: text}))

    assert caught.value.value == text


def test_a_task_that_does_not_exist_is_refused() -> None:
    """The types refuse it as well, but a script may not be checked."""
    with pytest.raises(InvalidOverrideError, match="task = 'serving' is not valid: one of training, inference"):
        merge(TINY, "serving")  # type: ignore[call-overload]


def test_an_object_that_contains_itself_is_refused() -> None:
    """As YAML can write it."""
    group: dict[str, Any] = {}
    group["training_defaults"] = group

    with pytest.raises(InvalidOverrideError, match="unknown setting"):
        merge(TINY, "training", Layer(group))


def test_a_later_layer_does_not_excuse_an_earlier_one() -> None:
    """A wrong value in a file is wrong, also if the command line overwrites it."""
    with pytest.raises(InvalidOverrideError, match=r"overrides\.toml"):
        merge(TINY, "training", Layer({"r": 0}, FILE), Layer({"r": 8}, KEYWORD))


# What depends on the entry.


def test_an_entry_without_training_defaults_has_no_training_settings() -> None:
    """Whatever is overridden; it can be served all the same."""
    with pytest.raises(UnsupportedTaskError) as caught:
        merge(UNTRAINABLE, "training", Layer({"r": 8}))

    assert (caught.value.model_id, caught.value.task) == (UNTRAINABLE.id, "training")
    assert merge(UNTRAINABLE, "inference").max_model_len == 128


@pytest.mark.parametrize("name", get_args(TrainingStack))
@pytest.mark.parametrize("method", ["lora", "qlora"])
def test_another_stack_brings_its_own_defaults(name: str, method: str) -> None:
    """They follow the override, and an override of theirs beats them; adapters over quantised weights are their own."""
    stack = stack_of(name)
    settings = merge(TINY, "training", Layer({"stack": name, "method": method}))
    overridden = merge(TINY, "training", Layer({"stack": name, "method": method, "loss": "chunked"}))

    assert (settings.stack, settings.stack_version) == (name, stack.version)
    assert (settings.gradient_checkpointing, settings.loss) == (stack.gradient_checkpointing, stack.loss)
    assert settings.attn_implementation == stack.attn_implementation
    assert settings.adapter_dtype == (stack.quantized_adapter_dtype if method == "qlora" else stack.adapter_dtype)
    assert settings.origin("loss") == Origin(OriginKind.STACK, f"{name} {stack.version}")
    assert (overridden.loss, overridden.gradient_checkpointing) == ("chunked", stack.gradient_checkpointing)


#: A stack whose second release does everything otherwise.
RANGES = [
    {"since": "1.0", "gradient_checkpointing": True, "loss": "full", "quantized_adapter_dtype": "float32"},
    {"since": "2.0", "gradient_checkpointing": False, "loss": "tiled", "quantized_adapter_dtype": "bfloat16"},
]


@pytest.mark.parametrize(
    ("overrides", "dtype"),
    [
        pytest.param({}, "bfloat16", id="as the stack makes them"),
        pytest.param({"adapter_dtype": "float16"}, "float16", id="as somebody chose"),
    ],
)
def test_another_method_brings_the_adapters_that_the_stack_makes_for_it(overrides: Overrides, dtype: str) -> None:
    """Changed later, settings are those that the same override gives at once."""
    origin = Origin(OriginKind.OVERRIDE, "remedy")
    asked, at_once = (
        merge(LARGE, "training", Layer({"stack": "trl", **overrides, **more}, origin))
        for more in ({}, {"method": "qlora"})
    )

    changed = with_changes(LARGE, asked, {"method": "qlora"}, "remedy")

    assert asked.adapter_dtype == overrides.get("adapter_dtype", "float32")
    assert changed.adapter_dtype == dtype
    assert changed == at_once


@pytest.mark.parametrize(
    ("version", "chosen"),
    [
        pytest.param("1.0", (True, "full", "float32"), id="the oldest"),
        pytest.param("1.9.3", (True, "full", "float32"), id="one between"),
        pytest.param("2.0.0", (False, "tiled", "bfloat16"), id="one that changed something"),
        pytest.param("77", (False, "tiled", "bfloat16"), id="one that nobody has read"),
    ],
)
def test_a_release_of_a_stack_brings_its_own_defaults(version: str, chosen: tuple[bool, str, str]) -> None:
    """As it was then; the origin names it."""
    (whole, *_) = table("stacks")["stacks"]["trl"]["ranges"]
    record = {"oldest": "1.0", "read": "2.1", "ranges": [{**whole, **RANGES[0]}, RANGES[1]]}
    with facts_laid_over(stacks={"stacks": {"trl": record}}):
        settings = merge(TINY, "training", Layer({"stack": "trl", "stack_version": version}, FILE))

    assert (settings.gradient_checkpointing, settings.loss, settings.adapter_dtype) == chosen
    assert settings.stack_version == version
    assert settings.origin("stack_version") == FILE
    assert settings.origin("loss") == Origin(OriginKind.STACK, f"trl {version}")


@pytest.mark.parametrize(
    ("task", "setting", "value", "allowed"),
    [
        pytest.param(
            "training",
            "stack_version",
            "0.0.1",
            f"a release of Unsloth from {OF_UNSLOTH.oldest} on, such as {OF_UNSLOTH.read}; {OTHER} stack too",
            id="a stack of long ago",
        ),
        pytest.param(
            "training",
            "stack_version",
            "main",
            f"a release of Unsloth from {OF_UNSLOTH.oldest} on, such as {OF_UNSLOTH.read}; {OTHER} stack too",
            id="no release of a stack",
        ),
        pytest.param(
            "inference",
            "engine_version",
            "0.0.1",
            f"a release of vLLM from {OF_VLLM.oldest} on, such as {OF_VLLM.read}; {OTHER} engine too",
            id="an engine of long ago",
        ),
        pytest.param(
            "inference",
            "engine_version",
            "nightly",
            f"a release of vLLM from {OF_VLLM.oldest} on, such as {OF_VLLM.read}; {OTHER} engine too",
            id="no release of an engine",
        ),
    ],
)
def test_a_release_that_nobody_has_read_about_is_refused(task: Task, setting: str, value: str, allowed: str) -> None:
    """The error says from where on releases are covered, and where this one was named."""
    with pytest.raises(InvalidOverrideError) as caught:
        merge(TINY, task, Layer({setting: value}, FILE))

    error = caught.value
    assert (error.setting, error.value, error.allowed, error.origin) == (setting, value, allowed, str(FILE))


@pytest.mark.parametrize(
    ("task", "layer"),
    [
        pytest.param("training", {"stack": "trl", "stack_version": "0.20"}, id="a stack"),
        pytest.param("inference", {"engine": "vllm", "engine_version": "0.9"}, id="an engine"),
    ],
)
def test_a_release_belongs_to_what_the_layers_together_name(task: Task, layer: dict[str, str]) -> None:
    """A file may name the release, and the command line the project."""
    name, version = layer
    apart = merge(TINY, task, Layer({version: layer[version]}, FILE), Layer({name: layer[name]}, KEYWORD))

    assert apart.as_dict() == merge(TINY, task, Layer(layer)).as_dict()


@pytest.mark.parametrize(
    ("entry", "n_gpus", "sharding", "method", "images"),
    [
        pytest.param(TINY, 1, "none", "qlora", 0, id="one GPU, bitsandbytes, text"),
        pytest.param(VISION, 1, "none", "lora", 1, id="one GPU, vision"),
        pytest.param(LARGE, 2, "device_map", "lora", 1, id="two GPUs"),
    ],
)
def test_gpus_method_and_images_follow_the_entry(
    entry: ModelInfo, n_gpus: int, sharding: str, method: str, images: int
) -> None:
    """As many GPUs as it requires, over which it is spread; QLoRA for bitsandbytes; one image where it sees."""
    settings = merge(entry, "training")

    assert (settings.n_gpus, settings.sharding, settings.method) == (n_gpus, sharding, method)
    assert settings.images_per_sample == images


# Texts of the form NAME=VALUE.


@pytest.mark.parametrize(
    ("pairs", "overrides"),
    [
        pytest.param([], {}, id="none"),
        pytest.param(["r=8", "optim=sgd"], {"r": "8", "optim": "sgd"}, id="two"),
        pytest.param(["r=8", "r=16"], {"r": "16"}, id="the last of a repeated name"),
        pytest.param(["target_modules=a=b"], {"target_modules": "a=b"}, id="an equals sign in the value"),
        pytest.param([" r = 8"], {"r": " 8"}, id="spaces around the name"),
        pytest.param(["quantization="], {"quantization": ""}, id="an empty value"),
    ],
)
def test_pairs_become_overrides(pairs: list[str], overrides: dict[str, str]) -> None:
    """Values stay texts: their setting says how to read them."""
    assert parse_overrides(pairs) == overrides


@pytest.mark.parametrize("pair", ["r", "", "=8", " =8"])
def test_what_is_no_pair_is_refused(pair: str) -> None:
    """The error repeats it and says how to write it."""
    with pytest.raises(InvalidOverrideError) as caught:
        parse_overrides(["r=8", pair])

    error = caught.value
    assert (error.setting, error.value, error.allowed) == ("--set", pair, "write it as NAME=VALUE")


@pytest.mark.parametrize(
    ("pair", "each"),
    [
        pytest.param("batch_size=1,max_seq_length=512", "--set batch_size=1 --set max_seq_length=512", id="commas"),
        pytest.param("r=8 lora_alpha = 16", "--set r=8 --set lora_alpha = 16", id="blanks"),
        pytest.param("r=8; lora_config.lora_dropout=0", "--set r=8 --set lora_config.lora_dropout=0", id="semicolon"),
        pytest.param("a=1,b=2,c=3", "--set a=1 --set b=2 --set c=3", id="three"),
    ],
)
def test_several_settings_as_one_are_refused(pair: str, each: str) -> None:
    """The error shows how to write them."""
    with pytest.raises(InvalidOverrideError) as caught:
        parse_overrides([pair])

    assert (caught.value.setting, caught.value.allowed) == ("--set", f"one --set for each: {each}")


def test_a_list_is_one_setting() -> None:
    """Commas alone separate names."""
    assert parse_overrides(["target_modules=q_proj, v_proj"]) == {"target_modules": "q_proj, v_proj"}
