"""Mistakes that a type checker must point out: each line is wrong, and an ignore that is not needed is an error."""

from model_garden_registry import Hardware, ModelInfo, ModelRegistry, TrainingSettings, get_model, known_gpu


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
    registry.filter(task="serve")  # type: ignore[arg-type]
    return registry.settings("a/b", "inference")  # type: ignore[return-value]


def forget_that_a_fact_may_be_missing(hardware: Hardware) -> int:
    hardware.gpus[0].total_bytes // 2**20  # type: ignore[operator]
    hardware.gpus = ()  # type: ignore[misc]
    return known_gpu("L4", 2).gpus[0].index  # type: ignore[call-arg]


def name_hardware_in_words(registry: ModelRegistry) -> None:
    registry.validate("a/b", "training", hardware="L4")  # type: ignore[arg-type]
