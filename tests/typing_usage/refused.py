"""Mistakes that a type checker must point out: each line is wrong, and an ignore that is not needed is an error."""

from model_garden_registry import ModelInfo, ModelRegistry, TrainingSettings, get_model


def forget_none() -> str:
    return get_model("a/b").name  # type: ignore[union-attr]


def change_the_registry(registry: ModelRegistry, model: ModelInfo) -> None:
    registry["a/b"] = model  # type: ignore[index]
    del registry["a/b"]  # type: ignore[attr-defined]
    registry.path = model  # type: ignore[misc,assignment]


def change_a_model(model: ModelInfo) -> None:
    model.tags.append("x")  # type: ignore[attr-defined]


def mix_up_tasks(registry: ModelRegistry) -> TrainingSettings:
    registry.settings("a/b", "train")  # type: ignore[call-overload]
    registry.filter("text-llm")  # type: ignore[call-arg]
    registry.filter(task="serve")  # type: ignore[arg-type]
    return registry.settings("a/b", "inference")  # type: ignore[return-value]
