"""``TrainingArguments``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from training_exports import asked, entry_of, read, settings_of, written_and_read

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.recognising import dialect_of
from model_garden_registry.dialects.training.huggingface.peft import PEFT
from model_garden_registry.dialects.training.huggingface.transformers import TRANSFORMERS
from model_garden_registry.dialects.training.huggingface.trl import TRL
from model_garden_registry.findings import Code, Severity


def test_every_argument_that_matters_is_written() -> None:
    """One flat object; precision is not said unless somebody asks."""
    made = TRANSFORMERS.export(asked(TRANSFORMERS, max_seq_length=4096))

    assert json.loads(made.text) == {
        "output_dir": "outputs",
        "learning_rate": 0.0002,
        "num_train_epochs": 3,
        "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": 4,
        "warmup_steps": 10,
        "optim": "adamw_8bit",
        "lr_scheduler_type": "linear",
        "gradient_checkpointing": True,
    }
    assert made.notes == ("the model (org/model) and its loading are in your program, its adapter in mgr export peft",)


@pytest.mark.parametrize(
    ("overrides", "note"),
    [
        ({"method": "full"}, "the model (org/model) and its loading are in your program"),
        ({"n_gpus": 4, "sharding": "zero3"}, "start it with: accelerate launch --num_processes 4 PROGRAM"),
        ({"n_gpus": 2, "sharding": "device_map"}, "one process for 2 GPUs: load the model with device_map='auto'"),
    ],
)
def test_what_the_arguments_leave_open_is_noted(overrides: dict[str, Any], note: str) -> None:
    """The model, the adapter, the processes."""
    assert note in TRANSFORMERS.export(asked(TRANSFORMERS, **overrides)).notes


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"learning_rate": 5e-6, "num_epochs": 1, "batch_size": 8, "gradient_accumulation_steps": 1, "warmup_steps": 0},
        {"optim": "adafactor", "lr_scheduler_type": "cosine", "eval_batch_size": 2},
        {"gradient_checkpointing": False},
        {"offload": "activations"},
        *({"n_gpus": 2, "sharding": sharding} for sharding in ("zero1", "zero2", "zero3", "fsdp", "fsdp2")),
    ],
    ids=str,
)
def test_what_is_written_is_read_back(overrides: dict[str, Any], tmp_path: Path) -> None:
    """All that the arguments say; how many processes there are is said when they are started."""
    entry = entry_of()
    request = asked(TRANSFORMERS, entry, **overrides)

    config = written_and_read(TRANSFORMERS, request, tmp_path)

    assert config.dialect is TRANSFORMERS
    assert config.findings == ()
    assert config.model is None
    again, before = settings_of(config, entry).as_dict(), request.training.as_dict()
    assert again | {"n_gpus": before["n_gpus"]} == before


def test_what_only_deepspeed_can_move_is_refused() -> None:
    """The arguments have no words for it."""
    with pytest.raises(UnsupportedExportError, match="leave offloading the weights to DeepSpeed or FSDP"):
        TRANSFORMERS.export(asked(TRANSFORMERS, n_gpus=2, sharding="zero3", offload="weights"))


def test_a_file_of_arguments_is_read_as_a_plain_trainer() -> None:
    """Full logits, no checkpointing and transformers' own numbers where the file has none."""
    found = dict(read(TRANSFORMERS, output_dir="out", per_device_train_batch_size=4).overrides)

    assert found == {
        "stack": "trl",
        "loss": "full",
        "learning_rate": 5e-5,
        "num_epochs": 3,
        "batch_size": 4,
        "gradient_accumulation_steps": 1,
        "warmup_steps": 0,
        "optim": "adamw_torch_fused",
        "lr_scheduler_type": "linear",
        "eval_batch_size": None,
        "gradient_checkpointing": False,
        "offload": "none",
    }


@pytest.mark.parametrize(
    ("values", "offload"),
    [
        ({"gradient_checkpointing_kwargs": {"offload": True}}, "activations"),
        ({"deepspeed": {"zero_optimization": {"stage": 3, "offload_param": {"device": "cpu"}}}}, "weights"),
        ({"fsdp": "full_shard"}, "none"),
    ],
)
def test_what_waits_in_main_memory_is_read(values: dict[str, Any], offload: str) -> None:
    """From checkpointing's arguments, or from DeepSpeed's."""
    assert read(TRANSFORMERS, output_dir="out", **values).overrides["offload"] == offload


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("warmup_ratio", "warmup_steps with a number below 1, since transformers 5.15"),
        ("evaluation_strategy", "eval_strategy, since transformers 4.51"),
        ("no_cuda", "use_cpu"),
        ("group_by_length", "train_sampling_strategy"),
        ("overwrite_output_dir", "always overwritten"),
        ("per_gpu_train_batch_size", "per_device_train_batch_size"),
        ("logging_dir", "TENSORBOARD_LOGGING_DIR"),
        ("save_safetensors", "the only format"),
    ],
)
def test_an_argument_that_is_gone_says_what_to_write(key: str, instead: str) -> None:
    """And since which release."""
    config = read(TRANSFORMERS, output_dir="out", **{key: 1})

    (finding,) = config.findings
    assert (finding.code, finding.severity) == (Code.KEY_RETIRED, Severity.FAIL)
    assert instead in finding.message


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("per_device_batch_size", "per_device_train_batch_size"),
        ("learning_rat", "learning_rate"),
        ("num_epochs", "num_train_epochs"),
        ("gradient_checkpoint", "gradient_checkpointing"),
        ("lr_scheduler", "lr_scheduler_type"),
    ],
)
def test_a_slip_names_what_may_be_meant(key: str, near: str) -> None:
    """In transformers' own words."""
    config = read(TRANSFORMERS, output_dir="out", **{key: 1})

    (finding,) = (finding for finding in config.findings if finding.code is Code.KEY_UNKNOWN)
    assert near in finding.message


@pytest.mark.parametrize(
    ("keys", "tool"),
    [
        ({"output_dir", "learning_rate", "per_device_train_batch_size"}, "transformers"),
        ({"per_device_train_batch_size", "learning_rate", "max_length", "packing"}, "trl"),
        ({"model_name_or_path", "dataset_name", "learning_rate"}, "trl"),
        ({"peft_type", "r", "lora_alpha", "target_modules"}, "peft"),
        ({"learning_rate", "epochs", "output_dir", "seed"}, None),
        ({"r", "lora_alpha", "rate"}, None),
    ],
)
def test_whose_file_it_is_is_told_by_its_keys(keys: set[str], tool: str | None) -> None:
    """A file of some program that has a learning rate is nobody's."""
    found = dialect_of(keys, (TRL, PEFT, TRANSFORMERS))

    assert (found.name if found else None) == tool
