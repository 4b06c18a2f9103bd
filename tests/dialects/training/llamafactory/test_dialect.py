"""A LLaMA-Factory file, written and read."""

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

from model_garden_registry.dialects.errors import ForeignFileError, UnsupportedExportError
from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.reading import config_of, read_config
from model_garden_registry.dialects.training.llamafactory.dialect import DATA, LLAMA_FACTORY
from model_garden_registry.errors import InvalidOverrideError

EXAMPLES = json.loads((Path(__file__).parents[2] / "examples" / "llamafactory.json").read_text(encoding="utf-8"))
#: What users' own copies of it have, and slips.
_OF_USERS = {
    "audio_padding", "audio_specaugment", "audio_specaugment_fill_value", "audio_specaugment_mask_param",
    "audio_specaugment_num_masks", "compute_endpointing_metrics", "compute_wer_cer", "dynamic_prompt_sampling",
    "eval_loss_on_full_dataset", "eval_num_samples", "val_dataset",
}  # fmt: skip
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
        asked = request(LLAMA_FACTORY, model_id, **overrides)
        written = LLAMA_FACTORY.words(asked)
    except (InvalidOverrideError, UnsupportedExportError):
        return

    before, after = asked.training.as_dict(), again(LLAMA_FACTORY, model_id, written).as_dict()

    # How many GPUs there are is said where the run is started; pixels are those of images.
    left = {"n_gpus", *(_OF_ADAPTERS if asked.training.method == "full" else ())}
    left |= set() if asked.entry.is_vision_model else {"image_pixels"}
    assert {name: after[name] for name in before if name not in left} == {
        name: value for name, value in before.items() if name not in left
    }


@pytest.mark.parametrize("model_id", [model_id for model_id in REGISTRY if REGISTRY[model_id].supports("training")])
def test_every_entry_is_written_and_read(model_id: str) -> None:
    """With its own settings; on several GPUs, with a split that the tool has."""
    gpus = REGISTRY[model_id].requirements_for("training").min_gpus
    split = {"sharding": "zero2", "n_gpus": gpus} if gpus > 1 else {}
    asked = request(LLAMA_FACTORY, model_id, **split).training.as_dict()

    assert again(LLAMA_FACTORY, model_id, words(LLAMA_FACTORY, model_id, **split)).as_dict() == asked


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['repository']}/{example['path']}")
def test_a_real_file_has_no_unexplained_key(example: dict[str, Any]) -> None:
    """Files of the tool's own repository, all of them; users' own copies of it have keys of their own."""
    config = config_of(Path("run.yaml"), LLAMA_FACTORY, [Item(key, None, 1, 1) for key in example["keys"]])

    vocabulary = LLAMA_FACTORY.vocabulary
    unexplained = {remark.item.key for remark in config.unknown} - {*vocabulary.retired, *vocabulary.elsewhere}
    is_own = example["repository"] == "hiyouga/LLaMA-Factory"
    assert unexplained <= (set() if is_own else _OF_USERS)


def test_every_key_is_understood_or_explained() -> None:
    """By exactly one of them."""
    words_of_it = LLAMA_FACTORY.vocabulary
    explained = [*LLAMA_FACTORY.understood, *words_of_it.without_influence, *words_of_it.not_followed]

    assert sorted(explained) == sorted(words_of_it.keys)


def test_a_file_is_recognised(tmp_path: Path) -> None:
    """By its keys, as YAML and as JSON."""
    file = tmp_path / "run.yaml"
    file.write_text(LLAMA_FACTORY.export(request(LLAMA_FACTORY)).text, encoding="utf-8")

    config = read_config(file)

    assert (config.dialect, config.model_id, config.findings) == (LLAMA_FACTORY, TEXT, ())
    (tmp_path / "run.json").write_text(json.dumps(words(LLAMA_FACTORY)), encoding="utf-8")
    assert read_config(tmp_path / "run.json").overrides == config.overrides


@pytest.mark.parametrize(
    "content",
    [
        {"model_name_or_path": TEXT, "template": "qwen3", "infer_backend": "huggingface", "trust_remote_code": True},
        {"model_name_or_path": TEXT, "adapter_name_or_path": "saves", "template": "qwen3", "export_dir": "out"},
        {"model_name_or_path": TEXT, "stage": "sft", "do_predict": True, "predict_with_generate": True},
    ],
)
def test_a_file_that_trains_nothing_says_so(content: dict[str, Any], tmp_path: Path) -> None:
    """Files for chatting, exporting and predicting have the same keys."""
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")

    assert said(read_config(tmp_path / "run.yaml")) == [
        "do_train is not true: the file trains nothing; it chats, predicts or exports"
    ]


def test_a_file_of_its_second_edition_is_none_of_it(tmp_path: Path) -> None:
    """That has other keys, and is read where USE_V1 is set."""
    content = {"model": TEXT, "model_class": "llm", "dist_config": {"name": "fsdp2"}, "cutoff_len": 2048}
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")

    with pytest.raises(ForeignFileError, match="not a file of a known tool"):
        read_config(tmp_path / "run.yaml")


@pytest.mark.parametrize("program", ["llamafactory-cli train", "lmf train"])
def test_a_command_is_read(program: str, tmp_path: Path) -> None:
    """Which has the keys of a file as options."""
    options = "--do_train --stage dpo --lora_target q_proj,v_proj --packing False --no_double_quantization"
    (tmp_path / "run.sh").write_text(f"{program} --model_name_or_path {TEXT} {options}\n", encoding="utf-8")
    config = read_config(tmp_path / "run.sh")

    assert (config.dialect, config.model_id, said(config)) == (LLAMA_FACTORY, TEXT, [])
    assert config.overrides["algorithm"] == "dpo"
    assert config.overrides["lora_config.target_modules"] == ["q_proj", "v_proj"]
    assert config.overrides["packing"] is False


def test_values_of_a_shell_are_not_guessed() -> None:
    """What follows from them is left to the registry."""
    unknown = UnknownValue("$SIZE")
    config = read(
        LLAMA_FACTORY,
        do_train=True,
        per_device_train_batch_size=unknown,
        lora_rank=unknown,
        deepspeed=unknown,
        val_size=1,
    )

    assert said(config) == []
    assert not {"batch_size", "lora_config.r", "lora_config.lora_alpha", "sharding"} & {*config.overrides}
    assert config.overrides["max_seq_length"] == 2048


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("evaluation_strategy", "write eval_strategy"),
        ("dpo_beta", "write pref_beta"),
        ("image_resolution", "write image_max_pixels"),
        ("ray_run_name", "leave it out"),
        ("no_cuda", "write use_cpu"),
        ("group_by_length", "write train_sampling_strategy: group_by_length"),
    ],
)
def test_a_key_that_is_gone_says_what_to_write(key: str, instead: str) -> None:
    """Which is refused by the tool of today."""
    (found,) = said(read(LLAMA_FACTORY, do_train=True, **{key: "x"}))

    assert found.startswith(f"{key} was removed, and LLaMA-Factory 0.9.5 refuses it: {instead}")


@pytest.mark.parametrize(
    ("key", "near"), [("lora_rnk", "lora_rank"), ("cutoff_length", "cutoff_len"), ("learning-rate", "learning_rate")]
)
def test_a_slip_has_near_names(key: str, near: str) -> None:
    """In the tool's own vocabulary."""
    (found,) = said(read(LLAMA_FACTORY, do_train=True, **{key: 1}))

    assert found.startswith(f"{key} is not a key of LLaMA-Factory 0.9.5, which refuses it; did you mean ")
    assert near in found


def test_a_file_says_what_is_to_be_put_in_and_how_it_is_started() -> None:
    """As comments, before anything else."""
    text = LLAMA_FACTORY.export(request(LLAMA_FACTORY)).text

    assert text.startswith(f"# put the name of your dataset, as dataset_info.json has it, in place of {DATA}\n# start")
    assert yaml.safe_load(text)["dataset"] == DATA


@pytest.mark.parametrize(
    ("model_id", "overrides", "note"),
    [
        (TEXT, {}, "start it with: CUDA_VISIBLE_DEVICES=0 llamafactory-cli train FILE"),
        (TEXT, {"n_gpus": 4}, "start it with: FORCE_TORCHRUN=1 NPROC_PER_NODE=4 llamafactory-cli train FILE"),
        (TEXT, {"sharding": "zero2"}, "start it with: FORCE_TORCHRUN=1 NPROC_PER_NODE=1 llamafactory-cli train FILE"),
        ("google/gemma-4-E4B-it", {},
         "name the model's template (template:), without which LLaMA-Factory ignores images"),
    ],
)  # fmt: skip
def test_what_the_file_cannot_say_is_noted(model_id: str, overrides: dict[str, Any], note: str) -> None:
    """How it is started, and what it needs beside."""
    assert note in LLAMA_FACTORY.export(request(LLAMA_FACTORY, model_id, **overrides)).notes


def test_a_model_has_its_template() -> None:
    """As the entry states it; of a model that sees also where it does not; of another that of its tokenizer."""
    assert words(LLAMA_FACTORY, VISION)["template"] == "qwen2_vl"
    assert words(LLAMA_FACTORY, VISION, chat_template=None)["template"] == "qwen2_vl"
    assert words(LLAMA_FACTORY, TEXT, chat_template="owl")["template"] == "owl"
    assert "template" not in words(LLAMA_FACTORY, TEXT, chat_template=None)


def test_templates_are_those_that_the_tool_itself_takes(repository: Path) -> None:
    """For every model that sees and that its own table has."""
    gathered = repository / "tools" / "facts" / "gathered" / "llama-factory-examples.json"
    theirs = {model: facts.get("template") for model, facts in json.loads(gathered.read_bytes())["models"].items()}

    ours = {
        model_id: words(LLAMA_FACTORY, model_id, sharding="none", n_gpus=1).get("template")
        for model_id, entry in REGISTRY.items()
        if entry.is_vision_model and entry.training_defaults and theirs.get(model_id)
    }
    named = {model_id: template for model_id, template in ours.items() if template}

    assert len(named) > 20
    assert named == {model_id: theirs[model_id] for model_id in named}
