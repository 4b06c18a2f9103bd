"""A program that trains with Unsloth."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound_entry import ENTRY
from training_exports import asked, entry_of, said, vision_entry

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.training.huggingface.trl import TRL
from model_garden_registry.dialects.training.huggingface.unsloth import UNSLOTH
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.entries.model import ModelInfo

PRECISIONS = ("load_in_4bit", "load_in_8bit", "load_in_16bit", "full_finetuning")


def calls(text: str) -> dict[str, dict[str, str]]:
    """Return the calls of a program by name, with their named arguments as they are written."""
    return {
        ast.unparse(node.func): {str(word.arg): ast.unparse(word.value) for word in node.keywords}
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
    }


def script(entry: ModelInfo | None = None, /, **overrides: Any) -> dict[str, dict[str, str]]:
    """Return the calls of the program for a model."""
    return calls(UNSLOTH.export(asked(UNSLOTH, entry, **overrides)).text)


def test_a_program_says_everything() -> None:
    """Unsloth changes TRL's own defaults, so that each value is written; the length stands in both places."""
    found = script(max_seq_length=4096)

    assert found["FastLanguageModel.from_pretrained"] == {
        "model_name": "MODEL",
        "max_seq_length": "4096",
        "dtype": "None",
        "load_in_4bit": "False",
        "load_in_8bit": "False",
        "load_in_16bit": "True",
        "full_finetuning": "False",
        "use_gradient_checkpointing": "'unsloth'",
    }
    assert found["FastLanguageModel.get_peft_model"] == {
        "model": "model",
        "r": "16",
        "lora_alpha": "16",
        "lora_dropout": "0.0",
        "target_modules": "['q_proj', 'v_proj']",
        "use_rslora": "False",
        "bias": "'none'",
        "random_state": "3407",
        "use_gradient_checkpointing": "'unsloth'",
    }
    assert found["SFTConfig"] == {
        "output_dir": "'outputs'",
        "learning_rate": "0.0002",
        "max_length": "4096",
        "packing": "False",
        "num_train_epochs": "3",
        "per_device_train_batch_size": "2",
        "gradient_accumulation_steps": "4",
        "warmup_steps": "10",
        "optim": "'adamw_8bit'",
        "lr_scheduler_type": "'linear'",
    }
    assert set(found["SFTTrainer"]) == {"model", "processing_class", "args", "train_dataset"}


@pytest.mark.parametrize(
    ("overrides", "true"),
    [
        ({}, "load_in_16bit"),
        ({"method": "qlora"}, "load_in_4bit"),
        ({"base_quantization": "8bit"}, "load_in_8bit"),
        ({"method": "full"}, "full_finetuning"),
    ],
)
def test_one_precision_is_said_and_the_others_denied(overrides: dict[str, Any], true: str) -> None:
    """Four bits are Unsloth's default, and two of them are refused."""
    loaded = script(**overrides)["FastLanguageModel.from_pretrained"]

    assert [name for name in PRECISIONS if loaded[name] == "True"] == [true]
    assert [name for name in PRECISIONS if loaded[name] == "False"] == [name for name in PRECISIONS if name != true]


@pytest.mark.parametrize(
    ("overrides", "word"),
    [
        ({}, "'unsloth'"),
        ({"offload": "none"}, "True"),
        ({"gradient_checkpointing": False}, "False"),
    ],
)
def test_checkpointing_is_said_where_the_model_is_loaded_and_adapted(overrides: dict[str, Any], word: str) -> None:
    """Its own checkpointing lets the inputs of layers wait in main memory."""
    found = script(**overrides)

    for name in ("from_pretrained", "get_peft_model"):
        assert found[f"FastLanguageModel.{name}"]["use_gradient_checkpointing"] == word
    assert found["SFTConfig"].get("gradient_checkpointing") == ("False" if word == "False" else None)


def test_a_vision_model_has_its_own_class_and_collator() -> None:
    """Its tower gets adapters unless that is denied."""
    found = script(vision_entry())

    assert found["FastVisionModel.get_peft_model"]["finetune_vision_layers"] == "True"
    assert found["SFTTrainer"]["data_collator"] == "UnslothVisionDataCollator(model, tokenizer)"
    assert found["SFTConfig"]["remove_unused_columns"] == "False"
    spared = script(vision_entry(), trains_vision_tower=False)["FastVisionModel.get_peft_model"]
    assert spared["finetune_vision_layers"] == "False"
    assert spared["finetune_language_layers"] == "True"


@pytest.mark.parametrize(
    ("overrides", "call", "argument", "value"),
    [
        ({"dtype": "float16"}, "FastLanguageModel.from_pretrained", "dtype", "torch.float16"),
        (
            {"attn_implementation": "flash_attention_2"},
            "FastLanguageModel.from_pretrained",
            "attn_implementation",
            "'flash_attention_2'",
        ),
        (
            {"n_gpus": 2, "sharding": "device_map"},
            "FastLanguageModel.from_pretrained",
            "device_map",
            "'balanced'",
        ),
        (
            {"trains_embeddings": True},
            "FastLanguageModel.get_peft_model",
            "modules_to_save",
            "['embed_tokens', 'lm_head']",
        ),
        (
            {"lora_config__target_modules": "all-linear"},
            "FastLanguageModel.get_peft_model",
            "target_modules",
            "'all-linear'",
        ),
        (
            {"lora_config__target_parameters": ["experts.down_proj"]},
            "FastLanguageModel.get_peft_model",
            "target_parameters",
            "['experts.down_proj']",
        ),
        ({"seed": 7}, "FastLanguageModel.get_peft_model", "random_state", "7"),
        ({"seed": 7}, "SFTConfig", "seed", "7"),
        ({"warmup_ratio": 0.1}, "SFTConfig", "warmup_steps", "0.1"),
        ({"eval_batch_size": 2}, "SFTConfig", "eval_strategy", "'epoch'"),
        ({"eval_batch_size": 2}, "SFTTrainer", "eval_dataset", "eval_dataset"),
    ],
)
def test_what_is_asked_for_is_written(overrides: dict[str, Any], call: str, argument: str, value: str) -> None:
    """Each where Unsloth or TRL takes it."""
    assert script(**overrides)[call][argument] == value


def test_a_type_is_imported_where_it_is_named() -> None:
    """``"auto"`` is no word of Unsloth: None lets it choose."""
    assert "import torch\n" in UNSLOTH.export(asked(UNSLOTH, dtype="bfloat16")).text
    assert "import torch\n" not in UNSLOTH.export(asked(UNSLOTH)).text


def test_no_adapter_is_made_where_all_weights_are_trained() -> None:
    """Unsloth would pass over it."""
    assert "FastLanguageModel.get_peft_model" not in script(method="full")


def test_its_notes_say_how_to_start_it() -> None:
    """With one process for each GPU that has a copy."""
    assert UNSLOTH.export(asked(UNSLOTH)).notes == ("org/model with Unsloth: python FILE.py",)
    (note,) = UNSLOTH.export(asked(UNSLOTH, n_gpus=4)).notes
    assert note.endswith("torchrun --nproc_per_node 4 FILE.py")
    (alone,) = UNSLOTH.export(asked(UNSLOTH, n_gpus=2, sharding="device_map")).notes
    assert alone.endswith("python FILE.py")


def test_a_loss_that_the_data_asks_for_is_a_comment() -> None:
    """No tool says selective loss."""
    entry = vision_entry(training_defaults={**ENTRY["training_defaults"], "selective_loss": {"supported": True}})

    text = UNSLOTH.export(asked(UNSLOTH, entry)).text

    assert "# selective_loss.supported = True: Unsloth has no equivalent\n" in text


@pytest.mark.parametrize(
    ("entry", "overrides", "problem"),
    [
        (None, {"algorithm": "grpo"}, "not for algorithm grpo"),
        (None, {"loss": "full"}, "chooses its loss itself: fused"),
        (None, {"n_gpus": 2, "sharding": "zero3"}, "sharding zero3 is set in the launcher"),
        (None, {"n_gpus": 2, "context_parallel_size": 2}, "splitting sequences is set in the launcher"),
        (None, {"n_gpus": 2, "sharding": "zero3", "offload": "optimizer"}, "cannot offload the optimizer"),
        (vision_entry(), {"method": "full", "trains_vision_tower": False}, "trains the vision tower"),
        (entry_of(quantization={"method": "4bit", "type": "bitsandbytes"}), {"method": "full"}, "published in 4bit"),
        (None, {"expert_quantization": False}, "no option for expert_quantization"),
        (None, {"lora_config__use_dora": True}, "no option for use_dora"),
        (None, {"optim": "adamw_apex_fused"}, "no optim adamw_apex_fused"),
    ],
)
def test_what_unsloth_cannot_say_is_refused(entry: ModelInfo | None, overrides: dict[str, Any], problem: str) -> None:
    """With the reason."""
    with pytest.raises(UnsupportedExportError, match=problem):
        UNSLOTH.export(asked(UNSLOTH, entry, **overrides))


@given(st.text(min_size=1), st.booleans())
def test_a_program_compiles_whatever_the_model_is_called(name: str, sees: bool) -> None:
    """An id is a value in it, never a part of its text."""
    entry = vision_entry() if sees else entry_of()
    request = asked(UNSLOTH, entry)
    odd = ExportRequest(target="unsloth", model_id=name, entry=entry, settings=request.settings)

    tree = ast.parse(UNSLOTH.export(odd).text)

    (model,) = (node.value for node in tree.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(model) == name


def test_every_argument_is_one_of_unsloths() -> None:
    """Those that its functions name; what they pass on to transformers is not among them."""
    words = vocabulary("unsloth").keys
    found = script(vision_entry(), trains_embeddings=True, n_gpus=2, sharding="device_map")

    arguments = {*found["FastVisionModel.from_pretrained"], *found["FastVisionModel.get_peft_model"]} - {"model"}
    assert arguments <= set(words)
    assert set(found["SFTConfig"]) <= set(vocabulary("trl").keys)


def test_nothing_is_read() -> None:
    """Its rules go one way: a program is no file of settings."""
    assert [rule.read(said(TRL)) for rule in UNSLOTH.rules] == [{}] * len(UNSLOTH.rules)
