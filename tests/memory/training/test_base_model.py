"""What of a model is loaded, what is trained beside adapters, and what stays frozen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.training.base_model import Beside, base_bytes, trained_beside, trained_parameters
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.step import step_of

Make = Callable[..., Any]

MATRIX = 128256 * 4096
#: Weights of Llama-3.1-8B.
WEIGHTS = 8_030_261_248
TOWER = 676_550_144


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        pytest.param({"method": "full"}, 2 * WEIGHTS, id="one model"),
        pytest.param({"method": "full", "algorithm": "dpo"}, 4 * WEIGHTS, id="a second one to compare answers with"),
        pytest.param({"method": "full", "algorithm": "orpo"}, 2 * WEIGHTS, id="ORPO compares with none"),
        pytest.param({"method": "lora", "algorithm": "dpo"}, 2 * WEIGHTS, id="without its adapters it is the second"),
        pytest.param({"method": "lora", "algorithm": "reward"}, 2 * (WEIGHTS - MATRIX), id="a score instead of a head"),
        pytest.param(
            {"method": "lora", "base_quantization": "8bit"}, WEIGHTS + 2 * MATRIX + 266_240, id="layers in a byte"
        ),
    ],
)
def test_what_is_loaded(changes: dict[str, Any], size: int, model: Make, training: Make) -> None:
    """In half precision but for layers that are quantised; 266,240 are norms."""
    entry, runtime = model(), TrainingRuntime(references=("dpo", "kto"))
    shape = shape_of(entry)
    step = step_of(entry, shape, training(entry, **changes), runtime)

    assert base_bytes(shape, step, runtime) == size


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        pytest.param({"trains_vision_tower": True}, 0, id="everything"),
        pytest.param({"trains_vision_tower": False}, TOWER, id="all but a frozen tower"),
        pytest.param(
            {"trains_vision_tower": True, "algorithm": "reward"}, 152064 * 3584, id="no head where there is a score"
        ),
    ],
)
def test_what_of_all_weights_is_trained(changes: dict[str, Any], left: int, model: Make, training: Make) -> None:
    """Qwen2.5-VL-7B."""
    entry = model("qwen2.5-vl-7b")
    shape = shape_of(entry)
    step = step_of(entry, shape, training(entry, method="full", **changes), TrainingRuntime())

    assert trained_parameters(shape, step) == shape.parameters - left


@pytest.mark.parametrize(
    ("shape", "runtime", "changes", "beside"),
    [
        pytest.param("llama-3.1-8b", {}, {}, [], id="nothing"),
        pytest.param(
            "llama-3.1-8b",
            {},
            {"trains_embeddings": True},
            [Beside(MATRIX, 2, keeps_state=True), Beside(MATRIX, 2)],
            id="copies of embeddings and head",
        ),
        pytest.param(
            "llama-3.2-1b",
            {"trained_end_bytes": 4},
            {"trains_embeddings": True},
            [Beside(128256 * 2048, 4, keeps_state=True), Beside(128256 * 2048, 4)],
            id="also where they are one matrix; LLaMA-Factory: in float32",
        ),
        pytest.param(
            "qwen2.5-vl-7b",
            {},
            {"trains_vision_tower": True, "target_modules": ["q_proj", "down_proj"]},
            [Beside(32 * 16 * (1280 + 3420), 4)],
            id="the tower's matrices of the names",
        ),
        pytest.param(
            "qwen2.5-vl-7b",
            {"adapts_whole_tower": True},
            {"trains_vision_tower": True, "target_modules": ["q_proj"]},
            [Beside(32 * 16 * (4 * 1280 + 2 * 1280 + 3 * (1280 + 3420)), 4)],
            id="all of them",
        ),
        pytest.param(
            "qwen2.5-vl-7b",
            {},
            {"trains_vision_tower": True, "target_modules": "all-linear"},
            [Beside(32 * 16 * (4 * 1280 + 2 * 1280 + 3 * (1280 + 3420)), 4)],
            id="all of them, by one word",
        ),
        pytest.param("llama-3.1-8b", {}, {"trains_vision_tower": True}, [], id="no tower"),
    ],
)
def test_what_is_trained_beside_adapters(
    shape: str, runtime: dict[str, Any], changes: dict[str, Any], beside: list[Beside], *, model: Make, training: Make
) -> None:
    """Of the language model, rank 16."""
    entry, facts = model(shape), TrainingRuntime(**runtime)
    numbers, settings = shape_of(entry), training(entry, method="lora", **changes)
    step = step_of(entry, numbers, settings, facts)

    assert [*trained_beside(numbers, step, settings, facts)] == beside
