"""`mgr defaults`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.families.tables import table

Ask = Callable[..., Any]
Write = Callable[..., Path]

TEXT = """\
org/model: training

  learning_rate                  0.0002
  num_epochs                     3
  batch_size                     2
  gradient_accumulation_steps    4
  warmup_steps                   10
  max_seq_length                 2048
  optim                          adamw_8bit
  lr_scheduler_type              linear
  weight_decay                   null
  warmup_ratio                   null
  max_grad_norm                  null
  packing                        false
  seed                           null
  lora_config.r                  16
  lora_config.lora_alpha         16
  lora_config.lora_dropout       0.0
  lora_config.target_modules     q_proj,v_proj
  lora_config.use_rslora         false
  lora_config.target_parameters  []
  lora_config.modules_to_save    []
  lora_config.use_dora           false
  method                         lora
  stack                          trl
  stack_version                  1.16.0
  gradient_checkpointing         true
  attn_implementation            sdpa
  loss                           full
  adapter_dtype                  float32
  expert_quantization            false
  offload                        none
  images_per_sample              0
  n_gpus                         1
  nodes                          1
  sharding                       none
  context_parallel_size          1
  algorithm                      sft
  dtype                          auto
  master_weights                 false
  base_quantization              null
  trains_embeddings              false
  trains_vision_tower            false
  chat_template                  null
  image_pixels                   null
  eval_batch_size                null
"""

INFERENCE = {
    "max_model_len": 8192,
    "dtype": "auto",
    "gpu_memory_utilization": 0.0,
    "quantization": None,
    "tensor_parallel_size": 1,
    "engine": "vllm",
    "sampling": dict.fromkeys(("temperature", "top_p", "top_k", "min_p", "presence_penalty", "repetition_penalty")),
    "tool_call_parser": None,
    "reasoning_parser": None,
    "trust_remote_code": False,
    "engine_version": "0.33.0",
    "max_num_seqs": None,
    "max_num_batched_tokens": None,
    "kv_cache_dtype": "auto",
    "enforce_eager": False,
    "images_per_prompt": 0,
    "concurrent": 1,
    "mem_fraction_static": None,
    "kv_cache_memory_gb": None,
    "pipeline_parallel_size": 1,
    "data_parallel_size": 1,
    "nodes": 1,
    "decode_context_parallel_size": 1,
    "enable_expert_parallel": False,
    "speculative_tokens": 0,
    "draft_model": None,
    "enable_prefix_caching": None,
    "language_model_only": False,
    "mamba_ssm_dtype": "auto",
    "served_loras": 0,
    "max_lora_rank": None,
    "cpu_offload_gb": 0,
}


#: What the releases that are read choose in these tests.
STACK = {"gradient_checkpointing": True, "attn_implementation": "sdpa", "loss": "full", "adapter_dtype": "float32"}


@pytest.fixture(autouse=True)
def _one_model(registry: Write) -> Iterator[None]:
    registry({"id": "org/model", "aliases": ["org/former"]})
    (whole, *_) = table("stacks")["stacks"]["trl"]["ranges"]
    trl = {"read": "1.16.0", "ranges": [{**whole, **STACK, "quantized_adapter_dtype": "float32"}]}
    with facts_laid_over(stacks={"stacks": {"trl": trl}}, engines={"engines": {"vllm": {"read": "0.33.0"}}}):
        yield


def values(text: str) -> dict[str, str]:
    """Read the first two columns."""
    return dict(line.split()[:2] for line in text.splitlines()[2:])


def test_all_settings_of_a_task_are_given(mgr: Ask) -> None:
    """By dotted path, in the words that `--set` takes."""
    assert mgr("defaults", "training", "org/model").out == TEXT


def test_json_has_the_settings_with_groups_nested(mgr: Ask) -> None:
    """Format, id, task and settings; the id is the present one."""
    assert json.loads(mgr("defaults", "inference", "org/former", "--json").out) == {
        "format": "mgr.defaults/1",
        "id": "org/model",
        "task": "inference",
        "settings": INFERENCE,
    }


def test_overrides_win_over_the_entry_and_set_over_files(mgr: Ask, tmp_path: Path) -> None:
    """Files in the order given, then `--method`, then `--set`; of one name the last counts."""
    (tmp_path / "one.json").write_text('{"batch_size": 8, "num_epochs": 5, "lora_config": {"r": 4}}')
    (tmp_path / "two.toml").write_text('num_epochs = 7\nmax_seq_length = 4096\nmethod = "full"\n')

    sets = ["--set", "max_seq_length=1024", "--set", "r=8", "--set", "r=32"]
    files = ["--overrides", "one.json", "--overrides", "two.toml"]
    answer = values(mgr("defaults", "training", "org/model", *sets, *files, "--method", "qlora").out)

    changed = {"batch_size": "8", "num_epochs": "7", "max_seq_length": "1024", "lora_config.r": "32", "method": "qlora"}
    assert answer == values(TEXT) | changed


def test_an_explicit_automatic_value_is_a_value(mgr: Ask) -> None:
    """0.0, auto and 1 can be set like any other."""
    sets = ["--set", "gpu_memory_utilization=0.0", "--set", "dtype=auto", "--set", "tensor_parallel_size=1"]
    document = json.loads(mgr("defaults", "inference", "org/model", *sets, "--json", "--explain").out)

    assert document["settings"] == INFERENCE
    assert [document["origins"][name] for name in ("gpu_memory_utilization", "dtype", "tensor_parallel_size")] == [
        {"kind": "override", "detail": "--set"}
    ] * 3


def test_explain_adds_the_origin_of_every_value(mgr: Ask, tmp_path: Path) -> None:
    """Entry with its pointer, stack, format, file, option."""
    (tmp_path / "mine.json").write_text('{"batch_size": 8}')

    options = ["--overrides", "mine.json", "--set", "r=8", "--method", "full", "--explain"]
    lines = mgr("defaults", "training", "org/model", *options).out.splitlines()

    origins = {line.split()[0]: " ".join(line.split()[2:]) for line in lines[2:]}
    asked = ("batch_size", "lora_config.r", "method", "lora_config.use_rslora", "loss", "num_epochs", "stack")
    assert [origins[name] for name in asked] == [
        "file: mine.json",
        "override: --set",
        "override: --method",
        "built-in: format",
        "stack: trl 1.16.0",
        "entry: /training_defaults/hyperparameters/num_epochs",
        "built-in: provider is org",
    ]


def test_explain_in_json_has_an_origin_for_every_setting(mgr: Ask) -> None:
    """Kind and detail, by dotted path."""
    document = json.loads(mgr("defaults", "training", "org/model", "--explain", "--json").out)

    assert list(document["origins"]) == list(values(TEXT))
    assert document["origins"]["lora_config.r"] == {"kind": "entry", "detail": "/training_defaults/lora_config/r"}


def test_what_the_text_form_gives_can_be_set_again(mgr: Ask) -> None:
    """`--set` of every line changes nothing."""
    sets = [argument for name, value in values(TEXT).items() for argument in ("--set", f"{name}={value}")]

    assert mgr("defaults", "training", "org/model", *sets).out == TEXT


@pytest.mark.parametrize(
    ("task", "options", "problem"),
    [
        pytest.param(
            "training",
            ["--set", "batchsize=2"],
            "(from override: --set); did you mean batch_size or eval_batch_size?",
            id="typo",
        ),
        pytest.param(
            "training",
            ["--set", "stack_version=0.0.1"],
            "stack_version = '0.0.1' is not valid",
            id="a release of long ago",
        ),
        pytest.param("training", ["--set", "r=0"], "lora_config.r = '0' is not valid", id="out of bounds"),
        pytest.param("training", ["--set", "r"], "write it as NAME=VALUE", id="no value"),
        pytest.param(
            "inference",
            ["--method", "lora"],
            "--method: only for training: inference has no method",
            id="method for inference",
        ),
        pytest.param("training", ["--method", "magic"], "'magic' is not one of", id="unknown method"),
        pytest.param("cooking", [], "'cooking' is not one of", id="unknown task"),
        pytest.param("training", ["--overrides", "none.json"], "none.json: no such file", id="missing file"),
        pytest.param("training", ["--overrides", "bad.toml"], "bad.toml:1:3: is not TOML", id="broken file"),
        pytest.param("training", ["--json", "--format", "text"], "contradict each other", id="two formats"),
    ],
)
def test_a_wrong_question_exits_with_2(task: str, options: list[str], problem: str, mgr: Ask, tmp_path: Path) -> None:
    """Stderr says which part of it is wrong."""
    (tmp_path / "bad.toml").write_text("a b")

    answer = mgr("defaults", task, "org/model", *options)

    assert answer.code == 2
    assert problem in answer.err


def test_a_wrong_setting_in_json_is_an_error_document(mgr: Ask) -> None:
    """What was set, to what, what is possible, and what may have been meant."""
    answer = mgr("defaults", "training", "org/model", "--set", "batchsize=2", "--json")

    document = json.loads(answer.out)
    assert (document["format"], document["error"]) == ("mgr.error/1", "InvalidOverrideError")
    assert (document["setting"], document["value"], document["close"]) == (
        *("batchsize", "2"),
        ["batch_size", "eval_batch_size"],
    )


def test_a_task_without_defaults_is_a_wrong_question(mgr: Ask, registry: Write) -> None:
    """There are no settings to give."""
    registry({"training_defaults": None, "capabilities": {"training": False}})

    answer = mgr("defaults", "training", "org/model", "--json")

    assert answer.code == 2
    assert json.loads(answer.out)["error"] == "UnsupportedTaskError"


def test_on_a_terminal_origins_stand_below_and_names_stay_whole(mgr_on_terminal: Ask) -> None:
    """At 80 columns: neither a setting, nor a name in its value, nor a pointer is cut."""
    names = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    asked = ("defaults", "training", "org/model", "--set", f"target_modules={','.join(names)}")
    shown = mgr_on_terminal(*asked, "--explain", env={"NO_COLOR": "1"}).out
    plain = mgr_on_terminal(*asked, env={"NO_COLOR": "1"}).out

    assert max(map(len, (shown + plain).splitlines())) <= 80
    assert "    entry: /training_defaults/hyperparameters/gradient_accumulation_steps\n" in shown
    for text in (shown, plain):
        assert {"gradient_accumulation_steps", "lora_config.target_modules"} <= set(text.split())
        assert all(re.search(rf"\b{name}\b", text) for name in names)
