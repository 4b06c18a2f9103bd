"""An entry as a JSON document."""

from __future__ import annotations

import pytest

from model_garden_registry.entries.defaults import InferenceDefaults
from model_garden_registry.payloads.entries import entry_document, filled_defaults

INFERENCE = {"max_model_len": 8192, "dtype": "auto", "gpu_memory_utilization": 0.0}


def test_filled_inference_defaults_are_those_of_the_format() -> None:
    """What is filled in is what a validated entry has."""
    validated = InferenceDefaults.model_validate(INFERENCE).known()
    del validated["engine"]

    assert filled_defaults({"inference_defaults": INFERENCE})["inference_defaults"] == validated


def test_stated_values_stay_and_so_does_everything_else() -> None:
    """Further keys are kept; the document is the entry otherwise."""
    stated = {**INFERENCE, "quantization": "awq", "tensor_parallel_size": 2, "engine": "sglang", "x-mine": 1}
    raw = {
        "id": "org/model",
        "x-team": {"cost": 3},
        "training_defaults": {"stack": "trl"},
        "inference_defaults": stated,
    }

    assert entry_document(raw) == raw


def test_without_training_both_groups_are_empty_and_fresh() -> None:
    """Clients read the groups without looking, and one's change is nobody else's."""
    one, two = (entry_document({"training_defaults": None})["training_defaults"] for _ in range(2))
    one["lora_config"]["r"] = 8

    assert two == {"hyperparameters": {}, "lora_config": {}}


@pytest.mark.parametrize("value", [["a list"], "a text", 3])
def test_what_is_no_object_stays_what_it_is(value: object) -> None:
    """A row's entry has not been checked: nothing fails over it."""
    raw = {"training_defaults": value, "inference_defaults": value}

    assert filled_defaults(raw) == raw
