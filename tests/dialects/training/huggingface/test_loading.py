"""How TRL loads a model, and what it trains of it."""

from __future__ import annotations

from typing import Any

import pytest
from training_exports import asked, entry_of, said, vision_entry

from model_garden_registry.dialects.rules import RefusedValueError, UnsayableError
from model_garden_registry.dialects.training.huggingface.loading import (
    ADAPTER,
    LOADING,
    TOWER,
    says_model,
    written_kernel,
)
from model_garden_registry.dialects.training.huggingface.trl import TRL

MODEL = {"model_name_or_path": "org/model"}
FOUR_BITS = entry_of(quantization={"method": "4bit", "type": "bitsandbytes"})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(MODEL, {"method": "full", "base_quantization": None, "dtype": "auto"}, id="all weights"),
        pytest.param(
            MODEL | {"use_peft": True},
            {"method": "lora", "base_quantization": None, "dtype": "float32"},
            id="an adapter: TRL loads float32 unless it is told otherwise",
        ),
        pytest.param(
            MODEL | {"use_peft": True, "dtype": "bfloat16"},
            {"method": "lora", "base_quantization": None, "dtype": "bfloat16"},
            id="its type is named",
        ),
        pytest.param(
            {"use_peft": True, "load_in_4bit": True},
            {"method": "qlora", "base_quantization": None, "dtype": "float32"},
            id="four bits, and all else in float32",
        ),
        pytest.param(
            {"use_peft": True, "load_in_8bit": True, "dtype": "auto"},
            {"method": "lora", "base_quantization": "8bit", "dtype": "auto"},
            id="eight bits",
        ),
        pytest.param(
            MODEL | {"dtype": "auto"},
            {"method": "full", "base_quantization": None, "dtype": "bfloat16"},
            id="all weights in the type of the checkpoint",
        ),
        pytest.param({"max_length": 2048}, {}, id="arguments of a trainer alone"),
        pytest.param(
            {"model_init_kwargs": {"dtype": "bfloat16"}}, {"dtype": "bfloat16"}, id="within keyword arguments"
        ),
        pytest.param({"model_init_kwargs": {"torch_dtype": "float16"}}, {"dtype": "float16"}, id="by its old name"),
        pytest.param({"model_init_kwargs": {"dtype": "float8"}}, {}, id="a type that no setting has"),
        pytest.param({"model_init_kwargs": '{"use_cache": false}'}, {}, id="other keyword arguments"),
        pytest.param(
            {"attn_implementation": "flash_attention_2", "max_length": 1},
            {"attn_implementation": "flash_attention_2"},
            id="a kernel",
        ),
        pytest.param(
            {"model_init_kwargs": {"attn_implementation": "kernels-community/vllm-flash-attn3"}},
            {"attn_implementation": "flash_attention_3"},
            id="a kernel from the Hub",
        ),
        pytest.param({"attn_implementation": "eager"}, {"attn_implementation": "eager"}, id="eager"),
    ],
)
def test_how_a_model_is_loaded_is_read(values: dict[str, Any], expected: dict[str, Any]) -> None:
    """What a file does not say is as TRL does it, where the file says anything of the model."""
    assert LOADING.read(said(TRL, **values)) == expected


@pytest.mark.parametrize(
    ("values", "key", "problem"),
    [
        ({"use_peft": True, "load_in_4bit": True, "load_in_8bit": True}, "load_in_8bit", "with load_in_4bit"),
        ({"load_in_4bit": True}, "load_in_4bit", "needs use_peft"),
        ({"load_in_8bit": True}, "load_in_8bit", "needs use_peft"),
        ({"use_peft": True, "load_in_4bit": True, "dtype": "auto"}, "dtype", "the compute type"),
    ],
)
def test_what_trl_refuses_of_bits_is_refused(values: dict[str, Any], key: str, problem: str) -> None:
    """Two numbers of bits, or few bits without an adapter."""
    with pytest.raises(RefusedValueError, match=problem) as caught:
        LOADING.read(said(TRL, **values))

    assert caught.value.key == key


def test_a_kernel_that_no_setting_has_is_left() -> None:
    """The stack's own is counted in its place."""
    words = said(TRL, attn_implementation="flex_attention")

    assert LOADING.read(words) == {}
    assert "attn_implementation" in words.left


@pytest.mark.parametrize(
    ("overrides", "written"),
    [
        ({}, {"use_peft": True, "dtype": "auto"}),
        ({"method": "full"}, {"use_peft": False}),
        ({"method": "full", "dtype": "float32"}, {"use_peft": False, "dtype": "float32"}),
        ({"method": "qlora", "dtype": "bfloat16"}, {"use_peft": True, "dtype": "bfloat16", "load_in_4bit": True}),
        (
            {"method": "qlora"},
            {
                "use_peft": True,
                "dtype": "bfloat16",
                "load_in_4bit": True,
                "model_init_kwargs": {"dtype": "auto"},
            },
        ),
        (
            {"sharding": "device_map", "n_gpus": 2},
            {"use_peft": True, "dtype": "auto", "model_init_kwargs": {"device_map": "auto"}},
        ),
        ({"base_quantization": "8bit"}, {"use_peft": True, "dtype": "auto", "load_in_8bit": True}),
        (
            {"attn_implementation": "flash_attention_2"},
            {"use_peft": True, "dtype": "auto", "attn_implementation": "flash_attention_2"},
        ),
    ],
)
def test_how_a_model_is_loaded_is_written(overrides: dict[str, Any], written: dict[str, Any]) -> None:
    """The type is always said where TRL's own float32 is not meant; a kernel only where somebody asked for it."""
    assert LOADING.write(asked(TRL, **overrides)) == written


def test_weights_of_few_bits_are_not_trained_in_full() -> None:
    """With the model that they are made from, where it is known."""
    with pytest.raises(UnsayableError, match=r"published in 4bit cannot be trained in full$"):
        LOADING.write(asked(TRL, FOUR_BITS, method="full"))
    based = entry_of(quantization={"method": "4bit", "type": "bitsandbytes"}, base_model="org/base")
    with pytest.raises(UnsayableError, match="take org/base"):
        LOADING.write(asked(TRL, based, method="full"))


def test_whether_a_file_says_anything_of_its_model() -> None:
    """The arguments of a trainer do not."""
    assert says_model(said(TRL, lora_r=8))
    assert not says_model(said(TRL, learning_rate=1e-4, packing=True))
    assert written_kernel(asked(TRL)) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"lora_r": 64}, {}, id="without use_peft there is no adapter"),
        pytest.param(
            {"use_peft": True},
            {
                "lora_config.r": 16,
                "lora_config.lora_alpha": 32,
                "lora_config.lora_dropout": 0.05,
                "lora_config.use_rslora": False,
                "lora_config.target_parameters": [],
                "lora_config.use_dora": False,
                "trains_embeddings": False,
            },
            id="TRL's own adapter",
        ),
        pytest.param(
            {
                "use_peft": True,
                "lora_r": 8,
                "lora_alpha": 8,
                "lora_dropout": 0,
                "lora_target_modules": ["q_proj", "v_proj"],
                "use_rslora": True,
                "lora_modules_to_save": ["embed_tokens", "lm_head"],
                "lora_target_parameters": ["experts.down_proj"],
                "use_dora": True,
            },
            {
                "lora_config.r": 8,
                "lora_config.lora_alpha": 8,
                "lora_config.lora_dropout": 0,
                "lora_config.target_modules": ["q_proj", "v_proj"],
                "lora_config.use_rslora": True,
                "lora_config.target_parameters": ["experts.down_proj"],
                "lora_config.use_dora": True,
                "trains_embeddings": True,
            },
            id="all of it",
        ),
    ],
)
def test_an_adapter_is_read(values: dict[str, Any], expected: dict[str, Any]) -> None:
    """TRL's numbers where the file has none."""
    assert ADAPTER.read(said(TRL, **values)) == expected


@pytest.mark.parametrize("targets", ["all-linear", ["all-linear"]])
def test_all_layers_are_a_word_alone_or_in_a_list(targets: object) -> None:
    """TRL takes a list of one for the word."""
    found = ADAPTER.read(said(TRL, use_peft=True, lora_target_modules=targets))

    assert found["lora_config.target_modules"] == "all-linear"


def test_a_list_of_one_name_is_refused() -> None:
    """TRL makes a pattern of it, and no module's whole path is that."""
    with pytest.raises(RefusedValueError, match="write it twice"):
        ADAPTER.read(said(TRL, use_peft=True, lora_target_modules=["q_proj"]))


def test_one_name_is_written_twice() -> None:
    """So that it stays a list; read back it is one."""
    written = ADAPTER.write(asked(TRL, lora_config__target_modules=["q_proj"]))

    assert written["lora_target_modules"] == ["q_proj", "q_proj"]
    found = ADAPTER.read(said(TRL, use_peft=True, **written))
    assert found["lora_config.target_modules"] == ["q_proj"]


def test_a_variable_says_nothing_of_an_adapter() -> None:
    """Neither a rank nor names."""
    from model_garden_registry.dialects.items import Item, UnknownValue
    from model_garden_registry.dialects.rules import Words

    items = {"use_peft": Item("use_peft", True), "lora_r": Item("lora_r", UnknownValue("$R"))}

    assert "lora_config.r" not in ADAPTER.read(Words(items, TRL.vocabulary))


def test_no_adapter_is_written_where_all_weights_are_trained() -> None:
    """Nor one on the head, which TRL's fused loss would never train."""
    assert ADAPTER.write(asked(TRL, method="full")) == {}
    with pytest.raises(UnsayableError, match="lm_head"):
        ADAPTER.write(asked(TRL, lora_config__target_modules=["q_proj", "lm_head"]))
    assert ADAPTER.write(asked(TRL, trains_embeddings=True))["lora_modules_to_save"] == ["embed_tokens", "lm_head"]


def test_what_is_trained_of_a_tower_follows() -> None:
    """It has no key; who wants it otherwise is told."""
    assert TOWER.write(asked(TRL, vision_entry())) == {}
    assert TOWER.read(said(TRL)) == {}
    with pytest.raises(UnsayableError, match="follows from method and target_modules"):
        TOWER.write(asked(TRL, vision_entry(), method="full", trains_vision_tower=False))
