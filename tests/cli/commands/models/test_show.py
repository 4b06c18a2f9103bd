"""`mgr show`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]
Write = Callable[..., Path]


def test_origins_are_shown_where_they_are_asked_for(mgr: Ask, tmp_path: Path) -> None:
    """What an overlay states by its pointer, everything else as one."""
    own = tmp_path / "own.json"
    own.write_text('{"extends": true, "models": {"Qwen/Qwen3-8B": {"name": "Ours"}}}', encoding="utf-8")
    call = ("--registry", "own.json", "show", "Qwen/Qwen3-8B")

    shown = mgr(*call, "--origins").out.partition("\nOrigins\n")[2].splitlines()
    document = json.loads(mgr(*call, "--origins", "--json").out)

    assert [line.split()[:2] for line in shown] == [["/name", "own.json"], ["everything", "else"]]
    assert document["origins"]["/name"] == {"named_by": "argument", "file": "own.json"}
    assert {origin["named_by"] for origin in document["origins"].values()} == {"argument", "shipped"}
    assert "origins" not in json.loads(mgr(*call, "--json").out)
    assert mgr("show", "Qwen/Qwen3-8B", "--origins").out.partition("\nOrigins\n")[2].startswith("  everything ")


RICH_ENTRY = {
    "id": "org/new",
    "name": "New",
    "aliases": ["org/former"],
    "status": "deprecated",
    "license": "apache-2.0",
    "gated": True,
    "languages": ["en", "zh"],
    "quantization": {"method": "4bit", "type": "bitsandbytes"},
    "deprecation": {"since": "2026-01", "reason": "Superseded.", "successor": "org/next"},
    "architecture": {
        "model_type": "llama",
        "num_hidden_layers": 32,
        "moe": {"num_experts": 8, "num_experts_per_tok": 2},
    },
    "requirements": {
        "cuda_compute_capability": "8.0",
        "training": {"min_vram_gb": 20, "recommended_vram_gb": 24, "min_gpus": 2},
        "inference": {"min_vram_gb": 10.5, "recommended_vram_gb": 12},
    },
    "min_versions": {"vllm": ">=0.8.5"},
    "urls": {"huggingface": "https://huggingface.co/org/new"},
    "notes": ["Needs a prompt."],
    "benchmarks": [
        {"name": "MMLU", "value": 71.2, "unit": "%", "conditions": "5-shot", "source": "card", "as_of": "2026-01"},
        {
            "name": "memory",
            "value": 14,
            "unit": "GB",
            "source": "log",
            "as_of": "2026-02",
            "task": "training",
            "quantity": "peak_reserved",
            "gpu": "L4",
            "stack": "axolotl",
            "version": "0.21",
            "settings": {"batch_size": 2, "max_seq_length": 2048},
        },
    ],
    "sources": {
        "/requirements": {"kind": "measured", "source": "one L4", "as_of": "2026-02"},
        "/license": {"kind": "published", "source": "a table", "as_of": "2026-03", "url": "https://example.org"},
    },
}

TEXT = """\
org/new

Identity
  name                  New
  category              text-llm
  provider              org
  architecture          llama
  parameters            8B
  status                deprecated
  deprecated.since      2026-01
  deprecated.reason     Superseded.
  deprecated.successor  org/next
  description           Eight billion parameters.
  tags                  small
  quantization          4bit bitsandbytes
  license               apache-2.0
  gated                 yes
  languages             en, zh
  former ids            org/former

Requirements
  training            2 GPUs with 20 GB or more each, 24 GB recommended
  inference           1 GPU with 10.5 GB or more each, 12 GB recommended
  main memory         16 GB or more
  compute capability  8.0 or higher

Capabilities
  training            yes
  inference           yes
  vision              no
  structured_outputs  yes
  streaming           yes
  function_calling    ?
  reasoning           ?

Architecture
  model_type               llama
  num_hidden_layers        32
  moe.num_experts          8
  moe.num_experts_per_tok  2

Training defaults
  hyperparameters.learning_rate                0.0002
  hyperparameters.num_epochs                   3
  hyperparameters.batch_size                   2
  hyperparameters.gradient_accumulation_steps  4
  hyperparameters.warmup_steps                 10
  hyperparameters.max_seq_length               2048
  hyperparameters.optim                        adamw_8bit
  hyperparameters.lr_scheduler_type            linear
  lora_config.r                                16
  lora_config.lora_alpha                       16
  lora_config.lora_dropout                     0.0
  lora_config.target_modules                   q_proj, v_proj
  lora_config.use_rslora                       no

Inference defaults
  max_model_len           8192
  dtype                   auto
  gpu_memory_utilization  0.0 (automatic)
  tensor_parallel_size    1

Lowest versions
  vllm  >=0.8.5

Pages
  huggingface  https://huggingface.co/org/new

Notes
  Needs a prompt.

Measured memory, and the estimate for it
  training  14.00 GB  not compared: it does not state gradient_checkpointing  peak_reserved, L4, axolotl 0.21, \
batch_size=2 max_seq_length=2048, 2026-02, log

Benchmarks
  MMLU  71.2 %  2026-01  5-shot, card

Where numbers come from
  /requirements  measured   2026-02  one L4
  /license       published  2026-03  a table https://example.org
"""


def test_everything_that_an_entry_says_is_shown(mgr: Ask, registry: Write) -> None:
    """One section a subject; what the entry does not state is left out."""
    registry(RICH_ENTRY, {"id": "org/next"})

    assert mgr("show", "org/new").out == TEXT


def test_a_terminal_shows_the_same_words(mgr_on_terminal: Ask, registry: Write) -> None:
    """Only the room between the words and the folding differ."""
    registry(RICH_ENTRY, {"id": "org/next"})

    answer = mgr_on_terminal("show", "org/new", "--color", "never").out

    note, _, shown = answer.partition("\n")
    assert note == "mgr: note: registry registry.json, named by MGR_REGISTRY"
    assert shown.split() == TEXT.split()
    assert max(map(len, shown.splitlines())) <= 80


def test_json_is_the_entry_as_it_stands_in_the_file_with_its_defaults_filled(
    mgr: Ask, registry: Write, entry: Callable[..., dict[str, Any]]
) -> None:
    """The five documented keys of inference defaults are there; nothing else is added or lost."""
    changes = {"id": "org/model", "x-team": {"cost": 3}, "inference_defaults": {"tensor_parallel_size": 2}}
    registry(changes)

    answer = mgr("show", "org/model", "--json")

    filled = {"quantization": None, "tensor_parallel_size": 2}
    assert json.loads(answer.out) == {
        "format": "mgr.entry/1",
        "entry": entry({**changes, "inference_defaults": filled}),
    }
    assert answer.err == ""


def test_json_of_a_model_that_cannot_be_trained_has_empty_training_defaults(mgr: Ask, registry: Write) -> None:
    """Clients read `training_defaults.hyperparameters` without looking whether it is there."""
    registry({"training_defaults": None, "capabilities": {"training": False}})

    shown = json.loads(mgr("show", "org/model", "--json").out)["entry"]

    assert shown["training_defaults"] == {"hyperparameters": {}, "lora_config": {}}


def test_a_model_that_cannot_be_trained_says_so(mgr: Ask, registry: Write) -> None:
    """Requirements leave training out, and its defaults are none."""
    registry({"training_defaults": None, "capabilities": {"training": False}})

    shown = mgr("show", "org/model").out

    assert "Training defaults\n  none  it cannot be trained\n" in shown
    assert "Requirements\n  inference  " in shown


FAMILY = (
    {"id": "lab/four", "base_model": "org/model", "quantization": {"method": "4bit", "type": "bitsandbytes"}},
    {
        "id": "org/model",
        "architecture": {
            "model_type": "llama",
            "parameters": 8_030_261_248,
            "num_hidden_layers": 32,
            "hidden_size": 4096,
            "intermediate_size": 14336,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "vocab_size": 128256,
            "tie_word_embeddings": False,
        },
        "requirements": {"training": {"min_vram_gb": 56, "recommended_vram_gb": 80, "min_gpus": 4}},
    },
    {
        "id": "lab/eight",
        "base_model": "org/model",
        "quantization": {"method": "fp8", "type": "fp8"},
        "capabilities": {"training": False},
        "training_defaults": None,
    },
    {"id": "org/other", "base_model": "org/elsewhere"},
)


@pytest.mark.parametrize("model_id", ["org/model", "lab/four", "lab/eight"])
def test_a_model_is_shown_with_its_variants(model_id: str, mgr: Ask, registry: Write) -> None:
    """Whichever of them is asked for: the base first, each with its size and the memory for each task."""
    registry(*FAMILY)

    assert (
        "Variants\n"
        "  id         quantization       disk      training     inference\n"
        "  org/model  none               16.06 GB  4x 56-80 GB  20-24 GB\n"
        "  lab/four   4bit bitsandbytes  unknown   20-24 GB     20-24 GB\n"
        "  lab/eight  fp8                unknown   no           20-24 GB\n"
        "\n"
    ) in mgr("show", model_id).out


def test_a_model_without_variants_has_none_shown(mgr: Ask, registry: Write) -> None:
    """Neither a base that has no entry nor the model alone is a group."""
    registry(*FAMILY)

    assert "Variants" not in mgr("show", "org/other").out


def test_what_weights_take_on_disk_is_shown_where_the_shape_is_known(mgr: Ask, registry: Write) -> None:
    """It is among the requirements."""
    registry(*FAMILY)

    shown = [mgr("show", model_id).out for model_id in ("org/model", "org/other")]

    assert ["  disk         16.06 GB of weights\n" in text for text in shown] == [True, False]


def test_a_broken_variant_is_left_out_with_a_warning(mgr: Ask, registry: Write) -> None:
    """The others are shown."""
    registry(*FAMILY, {"id": "org/bad", "base_model": "org/model", "requirements": ...})

    answer = mgr("show", "org/model")

    assert (answer.code, "lab/four" in answer.out, "org/bad" in answer.out) == (0, True, False)
    assert answer.err.startswith("mgr: warning: registry.json: left out: entry 'org/bad' is not valid")


def test_a_former_id_resolves(mgr: Ask, registry: Write) -> None:
    """The entry is shown under its present id."""
    registry({"id": "org/new", "aliases": ["org/former"]})

    assert mgr("show", "org/former").out == mgr("show", "org/new").out


def test_a_typo_gets_near_names(mgr: Ask, registry: Write) -> None:
    """Exit 2: invalid usage; nothing on stdout."""
    registry({"id": "org/model"})

    answer = mgr("show", "org/modle")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "mgr: error: no model 'org/modle' in the registry; did you mean org/model?\n"


def test_a_typo_in_json_is_an_error_document(mgr: Ask, registry: Write) -> None:
    """Its facts on stdout, the sentence on stderr."""
    registry({"id": "org/model"})

    answer = mgr("show", "org/modle", "--json")

    assert answer.code == 2
    assert json.loads(answer.out) == {
        "format": "mgr.error/1",
        "error": "UnknownModelError",
        "message": "no model 'org/modle' in the registry; did you mean org/model?",
        "model_id": "org/modle",
        "close": ["org/model"],
        "problem": None,
    }
    assert answer.err == "mgr: error: no model 'org/modle' in the registry; did you mean org/model?\n"


@pytest.mark.parametrize("format_option", ["--json", "--format=text"])
def test_a_bad_entry_gives_no_answer_but_its_pointer(format_option: str, mgr: Ask, registry: Write) -> None:
    """Exit 3; the others are not affected."""
    registry({"id": "org/bad", "requirements": {"min_vram_gb": "much"}}, {"id": "org/good"})

    answer = mgr("show", "org/bad", format_option)

    assert answer.code == 3
    assert "/models/org~1bad/requirements/min_vram_gb" in answer.err
    assert mgr("show", "org/good", format_option).code == 0


def test_every_model_of_the_application_is_listed_and_shown(mgr: Ask, repository: Path) -> None:
    """The registry in use is format 1.0.0; nothing in it is missed or warned of."""
    registry = repository / "tests/registries/valid/application.json"

    listed = mgr("list", "-q", "--registry", registry)
    shown = [mgr("show", model_id, "--registry", registry) for model_id in listed.out.split()]

    assert len(shown) == 11
    assert {(answer.code, answer.err) for answer in [listed, *shown]} == {(0, "")}


@pytest.mark.parametrize("place", ["name", "description"])
def test_text_of_an_entry_is_only_text(place: str, mgr: Ask, mgr_on_terminal: Ask, registry: Write) -> None:
    """No markup, no escape, no second line, on a terminal as in a pipe."""
    registry({place: "[red]x[/] \x1b[2J\u202e\nnext"})

    piped = mgr("show", "org/model").out
    shown = mgr_on_terminal("show", "org/model", "--color", "never").out

    for text in (piped, shown):
        assert r"[red]x[/] \x1b[2J\u202e\nnext" in text
        assert not set(text) & {"\x1b", "\u202e"}


def test_an_entry_is_headed_by_the_id_that_finds_it(mgr: Ask, registry: Write) -> None:
    """Where it calls itself something else, what can be asked for counts."""
    path = registry({"id": "org/model"})
    document = json.loads(path.read_bytes())
    document["models"] = {"org/key": document["models"]["org/model"]}
    path.write_text(json.dumps(document))

    assert mgr("show", "org/key").out.splitlines()[0] == "org/key"
    assert mgr("defaults", "training", "org/key").out.splitlines()[0] == "org/key: training"
