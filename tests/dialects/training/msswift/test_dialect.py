"""A file for ms-swift, written and read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from training_files import BNB, REGISTRY, TEXT, VISION, again, read, request, said, words
from training_overrides import some_overrides

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.reading import config_of, read_config
from model_garden_registry.dialects.training.msswift.dialect import DATA, MS_SWIFT
from model_garden_registry.errors import InvalidOverrideError

EXAMPLES = json.loads((Path(__file__).parents[2] / "examples" / "msswift.json").read_text(encoding="utf-8"))
#: What a file says nothing of where all weights are trained.
_OF_ADAPTERS = ("lora_config", "trains_embeddings")


@settings(deadline=None)
@given(
    st.sampled_from([TEXT, VISION, BNB, "Qwen/Qwen3-30B-A3B", "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"]),
    some_overrides(),
)
def test_what_is_written_is_read(model_id: str, overrides: dict[str, Any]) -> None:
    """Every setting that the tool has words for comes back; the others are refused, and nothing is lost in silence."""
    try:
        asked = request(MS_SWIFT, model_id, **overrides)
        written = MS_SWIFT.words(asked)
    except (InvalidOverrideError, UnsupportedExportError):
        return

    before, after = asked.training.as_dict(), again(MS_SWIFT, model_id, written).as_dict()

    left = _OF_ADAPTERS if asked.training.method == "full" else ()
    assert {name: after[name] for name in before if name not in left} == {
        name: value for name, value in before.items() if name not in left
    }


@pytest.mark.parametrize("model_id", [model_id for model_id in REGISTRY if REGISTRY[model_id].supports("training")])
def test_every_entry_is_written_and_read(model_id: str) -> None:
    """With its own settings, over ms-swift."""
    asked = request(MS_SWIFT, model_id).training.as_dict()

    assert again(MS_SWIFT, model_id, words(MS_SWIFT, model_id)).as_dict() == asked


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['repository']}/{example['path']}")
def test_a_real_file_has_no_unexplained_key(example: dict[str, Any]) -> None:
    """Of the tool's own repository and of users: what is unknown was known once."""
    config = config_of(Path("run.sh"), MS_SWIFT, [Item(key, None, 1, 1) for key in example["keys"]])

    assert {remark.item.key for remark in config.unknown} <= {*MS_SWIFT.vocabulary.retired}


def test_every_key_is_understood_or_explained() -> None:
    """By exactly one of them."""
    words_of_it = MS_SWIFT.vocabulary
    explained = [*MS_SWIFT.understood, *words_of_it.without_influence, *words_of_it.not_followed]

    assert sorted(explained) == sorted(words_of_it.keys)


def test_a_file_is_recognised(tmp_path: Path) -> None:
    """By its keys, in every form."""
    for form in MS_SWIFT.forms:
        file = tmp_path / f"run.{form}"
        file.write_text(MS_SWIFT.export(request(MS_SWIFT), form).text, encoding="utf-8")

        config = read_config(file)

        assert (config.dialect, config.model_id, config.findings) == (MS_SWIFT, TEXT, ())
        assert config.overrides["stack"] == "ms-swift"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("NPROC_PER_NODE=4 MAX_PIXELS=602112 swift sft --packing false --deepspeed zero2",
         {"n_gpus": 4, "image_pixels": 602112, "packing": False, "sharding": "zero2", "algorithm": "sft"}),
        ("CUDA_VISIBLE_DEVICES=0,1 swift sft --no_gradient_checkpointing --learning_rate 1e-5",
         {"n_gpus": 2, "sharding": "device_map", "gradient_checkpointing": False, "learning_rate": 1e-5}),
        ("swift rlhf --target_modules q_proj v_proj --lora-rank 4",
         {"algorithm": "dpo", "lora_config.target_modules": ["q_proj", "v_proj"], "lora_config.r": 4}),
        ("swift rlhf --rlhf_type kto", {"algorithm": "kto"}),
        ("NPROC_PER_NODE=8 NNODES=2 swift pt --gradient_checkpointing", {"n_gpus": 16, "gradient_checkpointing": True}),
        ("NPROC_PER_NODE=$N swift sft --deepspeed zero3 --lora_rank $R", {"sharding": "zero3"}),
    ],
)  # fmt: skip
def test_a_command_is_read(command: str, expected: dict[str, Any], tmp_path: Path) -> None:
    """With the variables that are set for it, and what its subcommand says."""
    (tmp_path / "run.sh").write_text(f"{command} --model {TEXT} --max_length 2048\n", encoding="utf-8")
    config = read_config(tmp_path / "run.sh")

    assert (config.dialect, config.model_id, said(config)) == (MS_SWIFT, TEXT, [])
    assert {name: config.overrides[name] for name in expected} == expected
    assert ("n_gpus" in config.overrides) == ("n_gpus" in expected)


def test_values_of_a_shell_are_not_guessed() -> None:
    """What follows from them is left to the registry."""
    unknown = UnknownValue("$SIZE")
    config = read(MS_SWIFT, max_length=unknown, lora_alpha=unknown, deepspeed=unknown, tuner_type=unknown)

    assert said(config) == []
    assert not {"max_seq_length", "lora_config.lora_alpha", "sharding", "method"} & {*config.overrides}
    assert config.overrides["batch_size"] == 1


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("train_type", "write tuner_type, since ms-swift 4.1"),
        ("sft_type", "write tuner_type"),
        ("model_id_or_path", "write model"),
        ("tensor_parallel_size", "write vllm_tensor_parallel_size"),
        ("num_infer_workers", "leave it out"),
        ("evaluation_strategy", "write eval_strategy"),
        ("merge_lora", "that is an argument of swift export"),
    ],
)
def test_a_key_that_is_gone_says_what_to_write(key: str, instead: str) -> None:
    """Which is refused by the tool of today."""
    (found,) = said(read(MS_SWIFT, **{key: "x"}))

    assert found.startswith(f"{key} was removed, and ms-swift 4.6.0 refuses it: {instead}")


@pytest.mark.parametrize(
    ("key", "near"), [("lora_rnk", "lora_rank"), ("max_lenght", "max_length"), ("quant_bit", "quant_bits")]
)
def test_a_slip_has_near_names(key: str, near: str) -> None:
    """In the tool's own vocabulary."""
    (found,) = said(read(MS_SWIFT, **{key: 1}))

    assert found.startswith(f"{key} is not a key of ms-swift 4.6.0, which refuses it; did you mean ")
    assert near in found


def test_a_file_says_what_is_to_be_put_in_and_how_it_is_started() -> None:
    """As comments, before anything else; ids are those of Hugging Face."""
    text = MS_SWIFT.export(request(MS_SWIFT)).text

    assert text.startswith(f"# put your data in place of {DATA}\n# start it with: swift sft FILE\n")
    assert (yaml.safe_load(text)["dataset"], yaml.safe_load(text)["use_hf"]) == ([DATA], True)


@pytest.mark.parametrize(
    ("overrides", "note"),
    [
        ({"algorithm": "dpo"}, "start it with: swift rlhf FILE"),
        ({"algorithm": "grpo"}, "rlhf_type: grpo needs your reward_funcs"),
    ],
)
def test_what_the_file_cannot_say_is_noted(overrides: dict[str, Any], note: str) -> None:
    """How it is started, and what it needs beside."""
    assert note in MS_SWIFT.export(request(MS_SWIFT, **overrides)).notes
