"""A program that trains with TRL."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_exports import asked, entry_of

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.training.huggingface.trl import TRL
from model_garden_registry.dialects.training.huggingface.trl_script import sft_arguments


def calls(text: str) -> dict[str, dict[str, Any]]:
    """Return the calls of a program by name, with those of their arguments that are values."""
    found: dict[str, dict[str, Any]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            found[ast.unparse(node.func)] = dict(_values(node))
    return found


def _values(node: ast.Call) -> Any:
    for word in node.keywords:
        try:
            yield word.arg, ast.literal_eval(word.value)
        except ValueError:
            yield word.arg, ast.unparse(word.value).partition("(")[0]


def script(**overrides: Any) -> str:
    """Return the program for the sound entry."""
    return TRL.export(asked(TRL, **overrides), "script").text


def test_a_program_says_everything() -> None:
    """The configuration, the adapter, the bits, and where the data belongs."""
    text = script(method="qlora", eval_batch_size=2, lora_config__lora_dropout=0.05, trains_embeddings=True)

    found = calls(text)

    assert found["SFTConfig"] == {
        "output_dir": "outputs",
        "learning_rate": 0.0002,
        "num_train_epochs": 3,
        "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": 4,
        "warmup_steps": 10,
        "optim": "adamw_8bit",
        "lr_scheduler_type": "linear",
        "eval_strategy": "epoch",
        "per_device_eval_batch_size": 2,
        "max_length": 2048,
        "packing": False,
        "gradient_checkpointing": True,
        "activation_offloading": False,
        "model_init_kwargs": {"dtype": "auto"},
    }
    assert found["LoraConfig"] == {
        "task_type": "CAUSAL_LM",
        "r": 16,
        "lora_alpha": 16,
        "lora_dropout": 0.05,
        "target_modules": ["q_proj", "v_proj"],
        "use_rslora": False,
        "modules_to_save": ["embed_tokens", "lm_head"],
    }
    assert found["BitsAndBytesConfig"] == {
        "load_in_4bit": True,
        "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_use_double_quant": True,
        "bnb_4bit_compute_dtype": "bfloat16",
    }
    assert found["SFTTrainer"] == {
        "model": "MODEL",
        "args": "args",
        "train_dataset": "train_dataset",
        "eval_dataset": "eval_dataset",
        "quantization_config": "BitsAndBytesConfig",
        "peft_config": "LoraConfig",
    }
    assert "# Put your data here" in text


def test_all_weights_need_neither_an_adapter_nor_bits() -> None:
    """And the type is TRL's own."""
    found = calls(script(method="full"))

    assert "LoraConfig" not in found
    assert "BitsAndBytesConfig" not in found
    assert "model_init_kwargs" not in found["SFTConfig"]
    assert "peft" not in script(method="full")


def test_eight_bits_have_a_configuration_of_their_own() -> None:
    """Four-bit words do not stand in it."""
    assert calls(script(base_quantization="8bit"))["BitsAndBytesConfig"] == {"load_in_8bit": True}
    assert calls(script(method="qlora", dtype="float16"))["BitsAndBytesConfig"]["bnb_4bit_compute_dtype"] == "float16"


def test_a_list_of_one_name_is_no_trap_here() -> None:
    """PEFT's own configuration keeps it a list."""
    assert calls(script(lora_config__target_modules=["q_proj"]))["LoraConfig"]["target_modules"] == ["q_proj"]


@given(st.text(min_size=1))
def test_a_program_compiles_whatever_the_model_is_called(name: str) -> None:
    """An id is a value in it, never a part of its text, also in its comments."""
    entry = entry_of()
    request = asked(TRL, entry)
    odd = ExportRequest(target="trl", model_id=name, entry=entry, settings=request.settings)

    tree = ast.parse(TRL.export(odd, "script").text)

    (model,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MODEL"
    )
    assert ast.literal_eval(model) == name
    assert [type(node).__name__ for node in tree.body] == [
        *("ImportFrom",) * 3,
        *("Assign", "FunctionDef", "If"),
    ]


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ({"learning_rate": 1e-4, "use_peft": True, "lora_r": 8}, {"learning_rate": 1e-4}),
        ({"dtype": "auto", "packing": True}, {"packing": True, "model_init_kwargs": {"dtype": "auto"}}),
        (
            {"attn_implementation": "eager", "model_init_kwargs": {"device_map": "auto"}, "num_processes": 1},
            {"model_init_kwargs": {"attn_implementation": "eager", "device_map": "auto"}},
        ),
    ],
)
def test_arguments_of_the_configuration_alone(words: dict[str, Any], arguments: dict[str, Any]) -> None:
    """What says how the model is loaded becomes keyword arguments of that."""
    assert sft_arguments(words) == arguments


@pytest.mark.parametrize(
    ("quantization", "loader"),
    [
        pytest.param({"method": "mxfp4", "type": "mxfp4"}, "Mxfp4Config", id="MXFP4"),
        pytest.param({"method": "fp8", "type": "fp8"}, "FineGrainedFP8Config", id="FP8"),
    ],
)
def test_weights_that_are_not_trained_as_they_are_are_unpacked(quantization: dict[str, Any], loader: str) -> None:
    """A file cannot say so, and its notes name the program."""
    asked_for = asked(TRL, entry_of(quantization=quantization))

    text = TRL.export(asked_for, "script").text

    assert f"from transformers import {loader}\n" in text
    assert f"quantization_config={loader}(" in text
    assert any("--format script" in note for note in TRL.export(asked_for).notes)
