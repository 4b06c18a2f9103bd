"""Settings by the names that people and other tools have for them."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.entries.settings import other_names
from model_garden_registry.entries.settings.merging import Layer, read_layers
from model_garden_registry.entries.settings.other_names import plain_name, setting_of, settings_meant
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings, setting_fields
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError

KINDS: dict[Task, Any] = {"training": TrainingSettings, "inference": InferenceSettings}
TABLES = {TrainingSettings: other_names._TRAINING, InferenceSettings: other_names._INFERENCE}


@pytest.mark.parametrize(
    ("task", "name", "setting"),
    [
        ("training", "bs", "batch_size"),
        ("training", "per_device_train_batch_size", "batch_size"),
        ("training", "--per-device-train-batch-size", "batch_size"),
        ("training", "LR", "learning_rate"),
        ("training", "ctx", "max_seq_length"),
        ("training", "cutoff_len", "max_seq_length"),
        ("training", "lora_rank", "r"),
        ("training", "tp", "n_gpus"),
        ("training", "max_model_len", "max_seq_length"),
        ("training", "hyperparameters.lr", "learning_rate"),
        ("inference", "bs", "max_num_seqs"),
        ("inference", "ctx", "max_model_len"),
        ("inference", "seq_len", "max_model_len"),
        ("inference", "num_ctx", "max_model_len"),
        ("inference", "tp", "tensor_parallel_size"),
        ("inference", "tp-size", "tensor_parallel_size"),
        ("inference", "max-model-len", "max_model_len"),
        ("inference", "gpu-memory-utilization", "gpu_memory_utilization"),
        ("inference", "GPU_MEMORY_UTILIZATION", "gpu_memory_utilization"),
    ],
)
def test_another_name_of_a_setting_is_told_by_ours(task: Task, name: str, setting: str) -> None:
    """The error names the one that is meant, and no other."""
    with pytest.raises(InvalidOverrideError) as caught:
        read_layers(task, [Layer({name: "1"})])

    assert (caught.value.allowed, caught.value.close) == ("there is no such setting", (setting,))


@pytest.mark.parametrize(
    ("task", "name", "other"), [("inference", "lora_alpha", "training"), ("training", "kv_cache_dtype", "inference")]
)
def test_a_setting_of_the_other_task_is_told_as_such(task: Task, name: str, other: str) -> None:
    """Where it has no counterpart."""
    with pytest.raises(InvalidOverrideError) as caught:
        read_layers(task, [Layer({name: 1})])

    assert (caught.value.allowed, caught.value.close) == (f"it is a setting for {other}", ())


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_every_name_of_the_table_means_one_setting_that_there_is(kind: Any) -> None:
    """No setting is called by a name of another one, and each name is written plainly."""
    leaves = {path.rpartition(".")[2] for path in setting_fields(kind)}
    names = [name for others in TABLES[kind].values() for name in others.split()]

    assert set(TABLES[kind]) <= leaves
    assert len(names) == len(set(names))
    assert not leaves & set(names)
    assert all(name == plain_name(name) for name in names)


def test_a_name_of_nothing_means_nothing() -> None:
    """It is left to names that are written alike."""
    assert setting_of("batch_siz", TrainingSettings) is None
    assert settings_meant("batch_siz") == ()


def test_without_a_task_a_name_may_mean_a_setting_of_each() -> None:
    """Its own name means itself alone."""
    assert settings_meant("--tp") == ("n_gpus", "tensor_parallel_size")
    assert settings_meant("--max-model-len") == ("max_model_len",)
    assert settings_meant("bf16") == ("dtype",)
