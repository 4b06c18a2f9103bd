"""An axolotl file, written and read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from axolotl_files import BNB, REGISTRY, TEXT, VISION, again, request, words
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.reading import config_of, read_config
from model_garden_registry.dialects.training.axolotl.dialect import AXOLOTL, DATA
from model_garden_registry.errors import InvalidOverrideError, RegistryError

EXAMPLES = json.loads((Path(__file__).parents[2] / "examples" / "axolotl.json").read_text(encoding="utf-8"))

_COUNTS = st.integers(1, 64)
#: What can be asked for, by setting.
OVERRIDES: dict[str, st.SearchStrategy[Any]] = {
    "learning_rate": st.floats(0, 1, allow_nan=False),
    "num_epochs": _COUNTS,
    "batch_size": _COUNTS,
    "gradient_accumulation_steps": _COUNTS,
    "warmup_steps": st.integers(0, 1000),
    "max_seq_length": st.integers(128, 8192),
    "optim": st.sampled_from(["adamw_torch", "adamw_8bit", "adamw_torch_8bit", "paged_adamw_8bit", "adamw_apex_fused"]),
    "lr_scheduler_type": st.sampled_from(["linear", "cosine", "constant", "warmup_stable_decay"]),
    "lora_config.r": _COUNTS,
    "lora_config.lora_alpha": _COUNTS,
    "lora_config.lora_dropout": st.floats(0, 0.99),
    "lora_config.target_modules": st.sampled_from(
        ["all-linear", ["q_proj", "v_proj"], ["gate_proj"], ["qkv", "o_proj"]]
    ),
    "lora_config.use_rslora": st.booleans(),
    "method": st.sampled_from(["full", "lora", "qlora"]),
    "gradient_checkpointing": st.booleans(),
    "attn_implementation": st.sampled_from(["sdpa", "flash_attention_2", "flash_attention_3", "eager"]),
    "loss": st.sampled_from(["full", "chunked", "fused", "tiled"]),
    "adapter_dtype": st.sampled_from(["float32", "bfloat16", "float16"]),
    "expert_quantization": st.booleans(),
    "offload": st.sampled_from(["none", "activations", "optimizer", "weights"]),
    "sharding": st.sampled_from(["none", "zero1", "zero2", "zero3", "fsdp", "fsdp2", "device_map"]),
    "context_parallel_size": st.sampled_from([1, 1, 2, 4]),
    "algorithm": st.sampled_from(["sft", "dpo", "kto", "orpo", "grpo", "reward"]),
    "dtype": st.sampled_from(["auto", "bfloat16", "float16", "float32"]),
    "base_quantization": st.sampled_from([None, "8bit"]),
    "trains_embeddings": st.booleans(),
    "trains_vision_tower": st.booleans(),
    "packing": st.booleans(),
    "image_pixels": st.sampled_from([None, 512 * 512, 1000]),
    "eval_batch_size": st.one_of(st.none(), _COUNTS),
}
#: What a file says nothing of where it is about something else: adapters of none, and GPUs that the launcher counts.
_OF_ADAPTERS = ("lora_config", "adapter_dtype", "trains_embeddings")


@given(
    st.sampled_from([TEXT, VISION, BNB, "Qwen/Qwen3-30B-A3B", "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"]),
    st.fixed_dictionaries({}, optional=OVERRIDES),
)
def test_what_is_written_is_read(model_id: str, overrides: dict[str, Any]) -> None:
    """Every setting that the tool has words for comes back; the others are refused, and nothing is lost in silence."""
    gpus = {"n_gpus": 4} if overrides.get("sharding") == "fsdp2" else {}
    try:
        asked = request(model_id, **overrides, **gpus)
    except InvalidOverrideError:
        return
    try:
        written = AXOLOTL.words(asked)
    except UnsupportedExportError:
        return

    before, after = asked.training.as_dict(), again(model_id, written).as_dict()

    left = _OF_ADAPTERS if asked.training.method == "full" else ()
    n_gpus = () if asked.training.sharding == "fsdp2" else ("n_gpus",)
    assert {name: after[name] for name in before if name not in (*left, *n_gpus)} == {
        name: value for name, value in before.items() if name not in (*left, *n_gpus)
    }


_ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["lora", "auto", "no"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(AXOLOTL.understood)), _ANY, max_size=12))
def test_whatever_stands_in_a_file_is_read_or_named(values: dict[str, Any]) -> None:
    """Never a fault of ours; each key is counted once, unless its value is none that the tool takes."""
    config = config_of(Path("run.yml"), AXOLOTL, [Item(key, value, 1, 1) for key, value in values.items()])

    counted = [*config.understood, *(remark.item for remark in config.not_followed)]
    assert len({item.key for item in counted}) == len(counted)
    assert all("\n" not in finding.message for finding in config.findings)


@pytest.mark.parametrize("model_id", [model_id for model_id in REGISTRY if REGISTRY[model_id].supports("training")])
def test_every_entry_is_written_and_read(model_id: str) -> None:
    """With its own settings, over axolotl."""
    assert again(model_id, words(model_id)).as_dict() == request(model_id).training.as_dict()


def test_a_file_of_every_form_is_recognised(tmp_path: Path) -> None:
    """As YAML and as JSON, by its keys."""
    for form in AXOLOTL.forms:
        file = tmp_path / f"run.{form}"
        file.write_text(AXOLOTL.export(request(), form).text, encoding="utf-8")

        config = read_config(file)

        assert config.dialect is AXOLOTL
        assert config.model_id == TEXT
        assert config.findings == ()
        assert config.overrides["stack"] == "axolotl"


def test_a_file_says_what_is_to_be_put_in_and_how_it_is_started() -> None:
    """As comments, before anything else."""
    text = AXOLOTL.export(request(), "yaml").text

    assert text.startswith(f"# put your data in place of {DATA}\n# start it with: axolotl train FILE\n")
    assert yaml.safe_load(text)["datasets"] == [{"path": DATA, "type": "chat_template"}]


def test_experts_that_names_do_not_reach_are_noted() -> None:
    """Where they are one tensor that PEFT makes nothing of names for; nothing of it where all weights are trained."""
    mixture = "google/gemma-4-26B-A4B-it"
    overrides = {"target_modules": ["q_proj", "gate_proj", "up_proj", "down_proj"]}

    assert any("as target_parameters" in note for note in AXOLOTL.export(request(mixture, **overrides)).notes)
    full = AXOLOTL.export(request(mixture, **overrides, method="full")).notes
    assert not any("as target_parameters" in note for note in full)


@pytest.mark.parametrize(
    ("overrides", "note"),
    [
        ({"n_gpus": 4}, "start it on 4 GPUs with: axolotl train FILE -- --num_processes 4"),
        ({"n_gpus": 2, "sharding": "device_map"}, "start it on 2 GPUs with: axolotl train FILE --launcher python"),
        ({"n_gpus": 1, "sharding": "device_map"}, "start it with: axolotl train FILE"),
        ({"algorithm": "grpo"}, "rl: grpo needs your reward functions in trl.reward_funcs"),
    ],
)
def test_what_the_file_cannot_say_is_noted(overrides: dict[str, Any], note: str) -> None:
    """How many GPUs it is started on, and what is missing."""
    assert note in AXOLOTL.export(request(**overrides)).notes


@pytest.mark.parametrize(
    ("algorithm", "reading"),
    [
        ("sft", "chat_template"),
        ("dpo", "chat_template.default"),
        ("kto", "chatml.argilla_chat"),
        ("orpo", "chat_template.argilla"),
        ("grpo", "chat_template"),
        ("reward", "bradley_terry.chat_template"),
    ],
)
def test_data_are_read_as_the_algorithm_wants_them(algorithm: str, reading: str) -> None:
    """Each has prompts of its own."""
    assert words(algorithm=algorithm)["datasets"][0]["type"] == reading


def test_images_reach_the_collator_as_they_are() -> None:
    """A vision model has a processor, and its data are not prepared; without images it is a text model."""
    assert words(VISION)["processor_type"] == "AutoProcessor"
    assert words(VISION)["skip_prepare_dataset"] is True
    assert words(VISION)["remove_unused_columns"] is False
    assert "processor_type" not in words(VISION, images_per_sample=0)


def test_columns_that_an_algorithm_needs_are_kept() -> None:
    """Which axolotl would refuse otherwise."""
    assert words(algorithm="kto")["remove_unused_columns"] is False
    assert "remove_unused_columns" not in words(algorithm="dpo")


def test_a_setting_without_words_is_refused() -> None:
    """Never left out in silence where somebody asked for it."""
    with pytest.raises(UnsupportedExportError, match=r"axolotl has no option for selective_loss\.supported"):
        words(**{"selective_loss.supported": True})
    with pytest.raises(UnsupportedExportError, match="chooses master_weights = false by itself"):
        words(master_weights=True)


def test_all_that_cannot_be_said_is_named_at_once() -> None:
    """Not one after the other."""
    with pytest.raises(RegistryError, match=r"FSDP2 only.*; .*no loss tiled|no loss tiled.*; .*FSDP2 only"):
        words(sharding="fsdp", loss="tiled")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['repository']}/{example['path']}")
def test_a_real_file_has_no_unexplained_key(example: dict[str, Any]) -> None:
    """Files of axolotl's own repository and of users: what is unknown is a slip of theirs."""
    config = config_of(Path("run.yml"), AXOLOTL, [Item(key, None, 1, 1) for key in example["keys"]])

    unexplained = {remark.item.key for remark in config.unknown} - {*AXOLOTL.vocabulary.retired}
    assert unexplained <= {
        "context_parapllel_size", "full_finetune", "hub_private_repo", "push_to_hub", "test_value", "wandb_run_name",
    }  # fmt: skip
