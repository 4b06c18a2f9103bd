"""Settings: which type a task gives, and what is in it."""

from typing import Literal, assert_type

from model_garden_registry import InferenceSettings, ModelRegistry, Origin, OriginKind, TrainingSettings


def by_task(registry: ModelRegistry) -> None:
    training = registry.settings("a/b", "training", r=8, lora_config={"lora_alpha": 16}, learning_rate=1e-4)
    inference = registry.settings("a/b", "inference", max_model_len=4096)
    assert_type(training, TrainingSettings)
    assert_type(inference, InferenceSettings)
    assert_type(training.lora_config.r, int)
    assert_type(training.learning_rate, float)
    assert_type(training.method, Literal["full", "lora", "qlora"])
    assert_type(training.gradient_checkpointing, bool)
    assert_type(inference.max_model_len, int)
    assert_type(inference.max_num_seqs, int | None)
    assert_type(inference.gpu_memory_utilization, float)


def by_a_task_known_later(registry: ModelRegistry, task: Literal["training", "inference"]) -> int:
    settings = registry.settings("a/b", task)
    assert_type(settings, TrainingSettings | InferenceSettings)
    if isinstance(settings, TrainingSettings):
        return settings.max_seq_length
    return settings.max_model_len


def with_dotted_paths(registry: ModelRegistry) -> TrainingSettings:
    overrides = {"lora_config.r": 8, "optim": "adamw_torch"}
    return registry.settings("a/b", "training", **overrides)


def origins(settings: TrainingSettings) -> list[str]:
    assert_type(settings.origin("batch_size"), Origin)
    return [path for path, origin in settings.origins.items() if origin.kind is OriginKind.OVERRIDE]
