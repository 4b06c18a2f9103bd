"""The registry as a mapping, its getters and its verbs, as somebody writes them who has only the documentation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_type

from model_garden_registry import (
    ModelInfo,
    ModelRegistry,
    Placement,
    Report,
    Verdict,
    get_model,
    get_registry,
    get_text_models,
    get_vision_models,
    load_registry,
    read_inventory,
    validate_model_for_inference,
    validate_model_for_training,
)


def count_by_provider(models: Mapping[str, ModelInfo]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for model in models.values():
        counts[model.provider] = counts.get(model.provider, 0) + 1
    return counts


def read_as_a_mapping() -> None:
    registry = get_registry()
    assert_type(registry, ModelRegistry)
    assert_type(registry["a/b"], ModelInfo)
    assert_type(registry.get("a/b"), ModelInfo | None)
    assert_type(len(registry), int)
    assert_type("a/b" in registry, bool)
    assert_type(list(registry), list[str])
    assert_type([model.id for model in registry.values()], list[str])
    count_by_provider(registry)
    for model_id, model in registry.items():
        assert_type(model_id, str)
        assert_type(model, ModelInfo)


def load() -> None:
    assert_type(load_registry(), ModelRegistry)
    assert_type(load_registry("models.json"), ModelRegistry)
    assert_type(load_registry(Path("models.json")), ModelRegistry)
    registry = ModelRegistry(path=Path("models.json"))
    assert_type(registry.path, Path)
    assert_type(registry.version, str)
    for model_id, problem in registry.problems.items():
        print(model_id, problem.where, problem.expected, problem.found)


def narrow() -> str:
    model = get_model("a/b")
    assert_type(model, ModelInfo | None)
    if model is None:
        return "none"
    assert_type(model, ModelInfo)
    return model.name


def filter_models(registry: ModelRegistry) -> None:
    found = registry.filter(
        category="text-llm",
        tags=["small", "quantized"],
        status="stable",
        provider="qwen",
        architecture="llama",
        quantized=True,
        vision=False,
        task="training",
        max_vram_gb=24,
        query="qwen*vl",
    )
    assert_type(found, list[ModelInfo])
    assert_type(registry.filter(tags="small"), list[ModelInfo])


def use_documented_getters(registry: ModelRegistry) -> None:
    assert_type(registry.get_all_models(), dict[str, ModelInfo])
    assert_type(registry.get_model("a/b"), ModelInfo | None)
    assert_type(registry.get_text_models(), list[ModelInfo])
    assert_type(registry.get_vision_models(), list[ModelInfo])
    assert_type(registry.get_models_by_category("text-llm"), list[ModelInfo])
    assert_type(registry.get_models_by_tag("small"), list[ModelInfo])
    assert_type(registry.get_recommended_models(), list[ModelInfo])
    assert_type(registry.get_recommended_models(category="text-llm"), list[ModelInfo])
    assert_type(registry.get_stable_models(), list[ModelInfo])
    assert_type(registry.check_model_exists("a/b"), bool)
    assert_type(registry.get_categories(), dict[str, dict[str, Any]])
    assert_type(registry.get_model_list_for_ui("text-llm"), list[dict[str, Any]])
    assert_type(get_text_models(), list[ModelInfo])
    assert_type(get_vision_models(), list[ModelInfo])


def read_an_entry(model: ModelInfo) -> None:
    assert_type(model.tags, tuple[str, ...])
    assert_type(model.requirements.min_vram_gb, float)
    assert_type(model.requirements.min_gpus, int)
    assert_type(model.capabilities.streaming, bool)
    assert_type(model.is_vision_model, bool)
    assert_type(model.is_quantized, bool)
    assert_type(model.supports_selective_loss, bool)
    assert_type(model.urls.huggingface, str | None)
    if model.architecture is not None:
        assert_type(model.architecture.parameters, int | None)
    if model.training_defaults is not None:
        assert_type(model.training_defaults.lora_config.r, int)
        assert_type(model.training_defaults.hyperparameters.learning_rate, float)


def merge_plain_dicts(model: ModelInfo) -> dict[str, Any]:
    defaults = model.get_training_hyperparameters()
    user_overrides = {"batch_size": 1}
    final_config = {**defaults, **user_overrides}
    hyperparams = model.get_training_hyperparameters()
    hyperparams["learning_rate"] = 1e-4
    print(hyperparams["learning_rate"], model.get_lora_config()["r"], model.get_inference_config()["max_model_len"])
    return final_config


def validate(registry: ModelRegistry) -> None:
    is_valid, error = validate_model_for_training("a/b")
    assert_type(is_valid, bool)
    assert_type(error, str | None)
    assert_type(registry.validate_model_for_inference("a/b"), tuple[bool, str | None])
    assert_type(validate_model_for_inference("a/b", hardware=None), tuple[bool, str | None])
    report = registry.validate("a/b", "training", overrides={"r": 8}, hardware=None)
    assert_type(report, Report)
    assert_type(report.verdict, Verdict)
    assert_type(report.error_message, str | None)
    for finding in report.findings:
        print(finding.code, finding.severity, finding.message, finding.have, finding.need, finding.unit)


def place_on_a_cluster() -> None:
    registry, inventory = get_registry(), read_inventory(Path("inventory.json"))
    placement = registry.place("inference", ["a/b", "a/c"], inventory, replicas={"a/b": 2}, solver="first-fit")
    assert_type(placement, Placement)
    assert_type(placement.is_complete, bool)
    for model in placement.models:
        for seat in model.seats:
            assert_type(seat.report, Report)
            assert_type(seat.replicas * seat.gpus, int)
    for file in registry.job_files(placement, "slurm"):
        Path(file.name).write_text(file.text, encoding="utf-8")
