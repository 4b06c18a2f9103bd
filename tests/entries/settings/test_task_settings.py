"""Settings: typed, frozen, each value with its origin."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from model_garden_registry.entries.defaults import Sampling
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge, with_changes
from model_garden_registry.entries.settings.task_settings import (
    FOR_HARDWARE,
    InferenceSettings,
    Origin,
    OriginKind,
    Settings,
    Sharding,
    TrainingSettings,
    setting_fields,
    sharder_of,
)
from model_garden_registry.entries.tasks import Task
from model_garden_registry.families.stacks import stack_of

ROOT = Path(__file__).resolve().parents[3]
#: Bounds by pydantic's names, as it writes them where a type has others as well, and by those of JSON schema.
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
BOTH_TASKS = pytest.mark.parametrize("task", ["training", "inference"])


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        pytest.param(
            TrainingSettings,
            {
                *("learning_rate", "num_epochs", "batch_size", "gradient_accumulation_steps", "warmup_steps"),
                *("max_seq_length", "optim", "lr_scheduler_type"),
                *("lora_config.r", "lora_config.lora_alpha", "lora_config.lora_dropout", "lora_config.target_modules"),
                *("lora_config.use_rslora", "selective_loss.supported", "selective_loss.default_level"),
                *("lora_config.target_parameters", "lora_config.modules_to_save", "lora_config.use_dora"),
                *("weight_decay", "warmup_ratio", "max_grad_norm", "seed", "chat_template"),
                *(
                    "selective_loss.recommended",
                    "method",
                    "stack",
                    "stack_version",
                    "gradient_checkpointing",
                    "attn_implementation",
                ),
                *("loss", "adapter_dtype", "images_per_sample", "n_gpus", "nodes", "sharding", "context_parallel_size"),
                *("algorithm", "dtype", "master_weights", "base_quantization", "expert_quantization", "offload"),
                *("trains_embeddings", "trains_vision_tower", "packing", "image_pixels", "eval_batch_size"),
            },
            id="training",
        ),
        pytest.param(
            InferenceSettings,
            {
                *("max_model_len", "dtype", "gpu_memory_utilization", "quantization", "tensor_parallel_size"),
                *(
                    "engine",
                    "engine_version",
                    "max_num_seqs",
                    "max_num_batched_tokens",
                    "kv_cache_dtype",
                    "enforce_eager",
                ),
                *("images_per_prompt", "concurrent", "mem_fraction_static", "kv_cache_memory_gb"),
                *("pipeline_parallel_size", "data_parallel_size", "nodes", "decode_context_parallel_size"),
                *("enable_expert_parallel", "speculative_tokens", "draft_model", "language_model_only"),
                *("enable_prefix_caching", "mamba_ssm_dtype", "served_loras", "max_lora_rank", "cpu_offload_gb"),
                *(f"sampling.{name}" for name in Sampling.model_fields),
                *("tool_call_parser", "reasoning_parser", "trust_remote_code"),
            },
            id="inference",
        ),
    ],
)
def test_the_settings_of_a_task_are_the_documented_ones(kind: type[Settings], names: set[str]) -> None:
    """The entry's own keys and those that the stack or the engine chooses."""
    assert set(setting_fields(kind)) == names


@pytest.mark.parametrize("kind", [TrainingSettings, InferenceSettings])
def test_a_leaf_name_is_unique_within_its_task(kind: type[Settings]) -> None:
    """So that `r` is enough to name `lora_config.r`."""
    leaves = Counter(path.rpartition(".")[2] for path in setting_fields(kind))

    assert {leaf for leaf, count in leaves.items() if count > 1} == set()


@pytest.mark.parametrize("kind", [TrainingSettings, InferenceSettings])
def test_every_setting_is_described(kind: type[Settings]) -> None:
    """One sentence, for help texts and documentation."""
    assert [path for path, field in setting_fields(kind).items() if not (field.description or "").endswith(".")] == []


@BOTH_TASKS
def test_every_value_has_an_origin(full: dict[str, Any], task: Task) -> None:
    """And every origin belongs to a value."""
    settings = merge(ModelInfo.model_validate(full), task)

    assert set(settings.origins) == set(setting_fields(type(settings)))
    assert {path: settings.origin(path) for path in settings.origins} == settings.origins


def test_an_origin_is_found_by_the_last_name_too(full: dict[str, Any]) -> None:
    """As the command line names settings."""
    settings = merge(ModelInfo.model_validate(full), "training", Layer({"r": 8}))

    assert settings.origin("r") == settings.origin("lora_config.r") == Origin(OriginKind.OVERRIDE, "")


@BOTH_TASKS
def test_there_is_no_origin_of_what_is_no_setting(full: dict[str, Any], task: Task) -> None:
    """Asking for it is an error of the caller."""
    settings = merge(ModelInfo.model_validate(full), task)

    with pytest.raises(KeyError):
        settings.origin("lora_config")


@BOTH_TASKS
def test_settings_cannot_be_changed(full: dict[str, Any], task: Task) -> None:
    """A change is another merge."""
    settings = merge(ModelInfo.model_validate(full), task)

    with pytest.raises(ValidationError, match="frozen"):
        settings.stack = "trl"  # type: ignore[union-attr,misc]  # the point of the test
    with pytest.raises(TypeError):
        settings.origins["r"] = Origin(OriginKind.FILE, "")  # type: ignore[index]  # the point of the test


@BOTH_TASKS
def test_settings_pickle_with_their_origins(full: dict[str, Any], task: Task) -> None:
    """They reach another process as they are."""
    settings = merge(ModelInfo.model_validate(full), task, Layer({}, Origin(OriginKind.FILE, "o.toml")))

    copy = pickle.loads(pickle.dumps(settings))

    assert copy == settings
    assert copy.origins == settings.origins


def test_as_dict_gives_plain_values_without_origins(full: dict[str, Any]) -> None:
    """Groups are nested dicts, lists are lists; all of it belongs to the caller."""
    full["training_defaults"]["lora_config"]["target_modules"] = ["q_proj"]
    settings, stack = merge(ModelInfo.model_validate(full), "training"), stack_of("axolotl")

    given = settings.as_dict()
    given["lora_config"]["target_modules"].append("changed")
    given.clear()

    assert settings.as_dict() == {
        **full["training_defaults"]["hyperparameters"],
        "chat_template": "qwen3_vl",
        "lora_config": full["training_defaults"]["lora_config"],
        "selective_loss": full["training_defaults"]["selective_loss"],
        "method": "lora",
        "stack": "axolotl",
        "stack_version": stack.version,
        "gradient_checkpointing": stack.gradient_checkpointing,
        "attn_implementation": stack.attn_implementation,
        "loss": stack.loss,
        "adapter_dtype": stack.adapter_dtype,
        "images_per_sample": 1,
        "n_gpus": 2,
        "sharding": "device_map",
        "nodes": 1,
        "context_parallel_size": 1,
        "algorithm": "sft",
        "dtype": "auto",
        **dict.fromkeys(("master_weights", "trains_vision_tower"), False),
        "trains_embeddings": True,
        **dict.fromkeys(("base_quantization", "image_pixels", "eval_batch_size")),
        "expert_quantization": stack.quantizes_fused_experts,
        "offload": "none",
    }


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (Origin(OriginKind.ENTRY, "/quantization"), "entry: /quantization"),
        (Origin(OriginKind.FILE, "o.toml"), "file: o.toml"),
        (Origin(OriginKind.OVERRIDE, ""), "override"),
    ],
    ids=["entry", "file", "no detail"],
)
def test_an_origin_is_written_as_kind_and_detail(origin: Origin, text: str) -> None:
    """As `--explain` shows it."""
    assert str(origin) == text


def test_origins_are_six_kinds_weakest_first() -> None:
    """A closed set."""
    assert [str(kind) for kind in OriginKind] == ["built-in", "stack", "method", "entry", "file", "override"]


def test_overrides_are_what_was_chosen_over_the_defaults(full: dict[str, Any]) -> None:
    """By dotted path, as they can be given again; what was chosen for the hardware is none."""
    entry = ModelInfo.model_validate(full)
    given = (Layer({"r": 8}, Origin(OriginKind.FILE, "o.toml")), Layer({"batch_size": 1}))
    settings = merge(entry, "training", *given)
    split = with_changes(entry, settings, {"n_gpus": 4, "sharding": "zero3"}, FOR_HARDWARE)

    assert split.overrides() == {"batch_size": 1, "lora_config.r": 8}
    assert merge(entry, "training", Layer(split.overrides())).as_dict() == settings.as_dict()


def published(schema: dict[str, Any]) -> dict[str, Any]:
    """Give a schema as documents have it: no titles, and JSON schema's own words."""
    found = {BOUNDS.get(key, key): value for key, value in schema.items() if key != "title"}
    if "anyOf" in found:
        found["anyOf"] = [published(alternative) for alternative in found["anyOf"]]
    return found


@pytest.mark.parametrize("kind", [TrainingSettings, InferenceSettings])
def test_settings_are_as_their_document_describes_them(kind: type[Settings]) -> None:
    """Description, bounds and words of each, in the file that other programs read; no key is left over."""
    document = json.loads((ROOT / "docs/schemas/mgr.defaults-1.schema.json").read_bytes())
    described = document["$defs"][f"{kind.__name__}Document"]["properties"]
    made = kind.model_json_schema(mode="serialization")
    groups = {"lora_config", "selective_loss", "sampling"}

    assert made["additionalProperties"] is False
    assert {name: published(schema) for name, schema in made["properties"].items() if name not in groups} == {
        name: schema for name, schema in described.items() if name not in groups
    }


def test_each_group_says_what_it_is() -> None:
    """Origins are no part of what is written, or shown."""
    trained, served = (kind.model_json_schema()["properties"] for kind in (TrainingSettings, InferenceSettings))

    assert {name: trained[name]["description"] for name in ("lora_config", "selective_loss", "origins")} == {
        "lora_config": "The adapter.",
        "selective_loss": "Selective loss, for vision models.",
        "origins": "Origin of every setting, by dotted path.",
    }
    assert served["sampling"]["description"] == "Sampling that the maker recommends."


def test_origins_are_not_shown_with_the_settings(full: dict[str, Any]) -> None:
    """They are twice as long as the settings themselves."""
    settings = merge(ModelInfo.model_validate(full), "training")

    assert "origins" not in repr(settings)
    assert "origins" not in settings.model_dump()


@pytest.mark.parametrize(
    ("sharding", "sharder"),
    [
        ("none", "plain"),
        ("device_map", "plain"),
        ("zero1", "deepspeed"),
        ("zero2", "deepspeed"),
        ("zero3", "deepspeed"),
        ("fsdp", "fsdp1"),
        ("fsdp2", "fsdp2"),
    ],
)
def test_each_sharding_has_its_library(sharding: Sharding, sharder: str, full: dict[str, Any]) -> None:
    """The one that synchronises the GPUs."""
    settings = merge(ModelInfo.model_validate(full), "training", Layer({"sharding": sharding}))

    assert (sharder_of(sharding), settings.sharder) == (sharder, sharder)


def test_a_tool_is_named_with_its_release(full: dict[str, Any]) -> None:
    """For people; and GPUs are counted over all ways to divide a model."""
    entry = ModelInfo.model_validate(full)
    trained = merge(entry, "training", Layer({"stack": "trl", "stack_version": "1.16.0"}))
    ways = {"tensor_parallel_size": 2, "pipeline_parallel_size": 3, "data_parallel_size": 5}
    served = merge(entry, "inference", Layer({"engine": "vllm", "engine_version": "0.33.0", **ways}))

    assert (trained.tool, served.tool, served.gpus) == ("TRL 1.16.0", "vLLM 0.33.0", 30)


def test_gpus_are_spread_evenly_over_machines(full: dict[str, Any]) -> None:
    """Each has the same number of them."""
    entry = ModelInfo.model_validate(full)
    trained = merge(entry, "training", Layer({"n_gpus": 8, "nodes": 2}))
    served = merge(entry, "inference", Layer({"engine": "vllm", "tensor_parallel_size": 4, "nodes": 3}))

    assert (trained.gpus_of_node, served.gpus, served.gpus_of_node) == (4, 12, 4)
