"""Files of TRL's commands."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound_entry import ENTRY
from training_exports import asked, entry_of, mixture_entry, read, settings_of, vision_entry, written_and_read

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.training.huggingface.trl import TRL
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.findings import Code, Severity

EXAMPLES = json.loads((Path(__file__).parents[2] / "examples" / "trl.json").read_text(encoding="utf-8"))

RUNS = st.fixed_dictionaries(
    {},
    optional={
        "learning_rate": st.floats(min_value=1e-8, max_value=1, allow_nan=False),
        "num_epochs": st.integers(1, 100),
        "batch_size": st.integers(1, 512),
        "gradient_accumulation_steps": st.integers(1, 512),
        "warmup_steps": st.integers(0, 10_000),
        "max_seq_length": st.integers(128, 8192),
        "optim": st.sampled_from(vocabulary("trl").keys["optim"].choices),
        "lr_scheduler_type": st.sampled_from(["linear", "cosine", "constant", "warmup_stable_decay"]),
        "gradient_checkpointing": st.booleans(),
        "packing": st.booleans(),
        "eval_batch_size": st.none() | st.integers(1, 64),
        "attn_implementation": st.sampled_from(["sdpa", "flash_attention_2", "flash_attention_3", "eager"]),
        "dtype": st.sampled_from(["auto", "bfloat16", "float16", "float32"]),
        "offload": st.sampled_from(["none", "activations"]),
        "n_gpus": st.integers(1, 64),
        "sharding": st.sampled_from(["none", "zero1", "zero2", "zero3", "fsdp", "fsdp2", "device_map"]),
    },
)
ADAPTERS = st.fixed_dictionaries(
    {},
    optional={
        "lora_config.r": st.integers(1, 512),
        "lora_config.lora_alpha": st.integers(1, 1024),
        "lora_config.lora_dropout": st.floats(0, 0.99),
        "lora_config.target_modules": st.just("all-linear")
        | st.lists(st.sampled_from(["q_proj", "k_proj", "v_proj", "gate_proj"]), min_size=1, unique=True),
        "lora_config.use_rslora": st.booleans(),
        "trains_embeddings": st.booleans(),
    },
)
METHODS = st.one_of(
    st.just({"method": "full"}),
    st.tuples(st.sampled_from(["lora", "qlora"]), ADAPTERS).map(lambda both: {"method": both[0], **both[1]}),
    ADAPTERS.map(lambda adapter: {"base_quantization": "8bit", **adapter}),
)


@given(RUNS, METHODS, st.booleans())
def test_a_file_that_is_written_is_read_as_the_same_settings(
    run: dict[str, Any], method: dict[str, Any], sees: bool
) -> None:
    """Every setting, whoever chose it, with nothing to complain of."""
    entry = vision_entry() if sees else entry_of()
    request = asked(TRL, entry, **run, **method)

    with tempfile.TemporaryDirectory() as folder:
        config = written_and_read(TRL, request, Path(folder), "yaml")

    assert config.model_id == "org/model"
    assert config.findings == ()
    assert settings_of(config, entry).as_dict() == request.training.as_dict()


@given(RUNS)
def test_arguments_alone_say_the_run(run: dict[str, Any]) -> None:
    """As one flat object; the model, its adapter and the processes are said elsewhere."""
    elsewhere = ("n_gpus", "sharding", "attn_implementation", "dtype", "trains_vision_tower", "master_weights")
    entry, plain = entry_of(), {key: value for key, value in run.items() if key not in elsewhere}
    request = asked(TRL, entry, **plain)

    with tempfile.TemporaryDirectory() as folder:
        config = written_and_read(TRL, request, Path(folder), "json")

    assert config.dialect is TRL
    assert config.findings == ()
    assert settings_of(config, entry).as_dict() == request.training.as_dict()


def test_arguments_alone_have_no_key_of_another_class() -> None:
    """``SFTConfig`` refuses what is not its own."""
    written = json.loads(TRL.export(asked(TRL, method="qlora", n_gpus=2, sharding="zero3")).text)

    assert not {"model_name_or_path", "use_peft", "lora_r", "load_in_4bit", "dtype", "num_processes"} & set(written)
    assert written["max_length"] == 2048


def test_notes_say_how_to_start_it() -> None:
    """With the processes and what is divided among them."""
    (note,) = TRL.export(asked(TRL)).notes
    assert "trl sft --config FILE.yaml --dataset_name ORG/NAME" in note
    assert any(
        "accelerate launch --config_file zero3.yaml --num_processes 2" in note
        for note in TRL.export(asked(TRL, n_gpus=2, sharding="zero3"), "script").notes
    )
    assert any("CUDA_VISIBLE_DEVICES" in note for note in TRL.export(asked(TRL, n_gpus=2, sharding="device_map")).notes)
    assert any(
        "target_parameters" in note for note in TRL.export(asked(TRL, mixture_entry("llama4", ["up_proj"]))).notes
    )


def test_images_have_a_note_of_their_own() -> None:
    """Their tokens must not be cut, and are not packed."""
    assert any("max_length counts their tokens" in note for note in TRL.export(asked(TRL, vision_entry())).notes)


def test_a_loss_that_the_data_asks_for_is_a_comment() -> None:
    """No tool says selective loss; it is not dropped in silence, and who asks for it is told."""
    selective = {"supported": True, "default_level": "moderate", "recommended": True}
    entry = vision_entry(training_defaults={**ENTRY["training_defaults"], "selective_loss": selective})

    assert (
        "# selective_loss.default_level = moderate: TRL has no equivalent" in TRL.export(asked(TRL, entry), "yaml").text
    )


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"algorithm": "dpo"}, "not for algorithm dpo"),
        ({"loss": "full"}, "no loss full: its own is tiled"),
        ({"image_pixels": 100_000}, "no option for image_pixels"),
        ({"adapter_dtype": "bfloat16"}, "no option for adapter_dtype"),
        ({"optim": "adamw_apex_fused"}, "no optim adamw_apex_fused"),
        ({"lr_scheduler_type": "greedy"}, "set eval_batch_size"),
        ({"offload": "weights", "sharding": "zero3", "n_gpus": 2}, "offloads the weights only"),
    ],
)
def test_what_trl_cannot_say_is_refused(overrides: dict[str, Any], problem: str) -> None:
    """With the reason, in each form alike."""
    for form in TRL.forms:
        with pytest.raises(UnsupportedExportError, match=problem):
            TRL.export(asked(TRL, **overrides), form)


@pytest.mark.parametrize(
    ("values", "setting", "value"),
    [
        ({"label_smoothing_factor": 0.1}, "loss", "full"),
        ({"gradient_checkpointing_kwargs": {"offload": True}}, "offload", "activations"),
        ({"activation_offloading": True}, "offload", "activations"),
        ({"packing": True}, "packing", True),
        ({}, "max_seq_length", 1024),
        ({}, "gradient_checkpointing", True),
        ({}, "batch_size", 8),
        ({}, "learning_rate", 2e-5),
    ],
)
def test_a_file_is_read_with_trls_own_defaults(values: dict[str, Any], setting: str, value: object) -> None:
    """What it leaves out is as SFTConfig has it."""
    assert read(TRL, model_name_or_path="org/model", **values).overrides[setting] == value
    assert "loss" not in read(TRL, model_name_or_path="org/model", label_smoothing_factor=0.0).overrides


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("max_seq_length", "max_length, since TRL 0.20"),
        ("torch_dtype", "dtype, since TRL 0.27"),
        ("max_prompt_length", "since TRL 0.29"),
        ("warmup_ratio", "warmup_steps with a number below 1"),
        ("use_liger", "use_liger_kernel"),
        ("vllm_device", "vllm_mode"),
        ("use_liger_loss", "use_liger_kernel, since TRL 0.28"),
        ("rpo_alpha", "loss_weights"),
        ("evaluation_strategy", "eval_strategy"),
        ("gradient_checkpointing_use_reentrant", "gradient_checkpointing_kwargs"),
    ],
)
def test_a_key_that_is_gone_says_what_to_write(key: str, instead: str) -> None:
    """TRL's commands hand it to accelerate, which refuses it."""
    config = read(TRL, model_name_or_path="org/model", **{key: 1})

    (finding,) = (finding for finding in config.findings if finding.where == key)
    assert (finding.code, finding.severity) == (Code.KEY_RETIRED, Severity.FAIL)
    assert instead in finding.message


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("max_lenght", "max_length"),
        ("lora_rank", "lora_r"),
        ("per_device_batch_size", "per_device_train_batch_size"),
        ("num_epochs", "num_train_epochs"),
        ("load_in_4bits", "load_in_4bit"),
        ("lora_target_module", "lora_target_modules"),
        ("use_lora", "use_dora"),
        ("model_name", "model_name_or_path"),
        ("packin", "packing"),
    ],
)
def test_a_slip_names_what_may_be_meant(key: str, near: str) -> None:
    """In TRL's own words."""
    config = read(TRL, use_peft=True, **{key: 1})

    (finding,) = (finding for finding in config.findings if finding.where == key)
    assert (finding.code, finding.severity) == (Code.KEY_UNKNOWN, Severity.FAIL)
    assert near in finding.message


def test_every_example_is_told_by_its_keys() -> None:
    """Of the files and commands that were looked at, whose key no vocabulary explains is a script's of its own."""
    words = vocabulary("trl")
    known = {*words.keys, *words.aliases, *words.retired}
    unknown = {example["path"]: set(example["keys"]) - known for example in EXAMPLES if set(example["keys"]) - known}
    own = [example for example in EXAMPLES if example["repository"] == "huggingface/trl"]

    assert len(EXAMPLES) >= 40
    assert len({example["path"] for example in own}) >= 20
    assert not {example["path"] for example in own} & unknown.keys()
    assert len(unknown) <= 0.1 * len(EXAMPLES)
