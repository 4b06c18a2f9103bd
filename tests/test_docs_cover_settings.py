"""What a setting needs beside its field: documentation, a line where it decides, and a place in the memory model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from model_garden_registry import load_registry
from model_garden_registry.cli.app import app
from model_garden_registry.cli.text.estimates import SPECIAL
from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    Settings,
    TrainingSettings,
    setting_fields,
)
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.fitting.remedies import MOVED

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = load_registry()
KINDS: dict[Task, type[Settings]] = {"training": TrainingSettings, "inference": InferenceSettings}

TEXT, VISION = "Qwen/Qwen3-8B", "Qwen/Qwen2.5-VL-7B-Instruct"
EXPERTS, HYBRID = "Qwen/Qwen3-30B-A3B-Instruct-2507", "Qwen/Qwen3.6-27B"
#: Encoding a hundred of its images takes more than anything else in a prompt.
LARGE_IMAGES = "google/gemma-3-27b-it"
EXPERTS = "google/gemma-4-26B-A4B-it"

#: Settings that decide how much memory is needed: another value, and where it shows: the model, and settings beside it.
DECIDING: dict[Task, dict[str, tuple[object, str, Mapping[str, object]]]] = {
    "training": {
        "batch_size": (9, TEXT, {}),
        "gradient_accumulation_steps": (1, TEXT, {"method": "full", "stack": "trl"}),
        "max_seq_length": (512, TEXT, {}),
        "optim": ("sgd", TEXT, {}),
        "lora_config.r": (64, TEXT, {}),
        "lora_config.lora_dropout": (0.5, TEXT, {}),
        "lora_config.target_modules": (["q_proj"], TEXT, {}),
        "lora_config.target_parameters": (["experts.gate_up_proj"], EXPERTS, {"stack": "trl", "method": "lora"}),
        "lora_config.use_dora": (True, TEXT, {}),
        "method": ("full", TEXT, {}),
        "stack": ("trl", TEXT, {}),
        "stack_version": ("1.6.0", TEXT, {"stack": "trl"}),
        "gradient_checkpointing": (False, TEXT, {}),
        "attn_implementation": ("eager", TEXT, {}),
        "loss": ("full", TEXT, {}),
        "adapter_dtype": ("bfloat16", TEXT, {}),
        "images_per_sample": (50, LARGE_IMAGES, {}),
        "n_gpus": (4, TEXT, {"sharding": "zero3"}),
        "nodes": (2, TEXT, {}),
        "sharding": ("zero3", TEXT, {"n_gpus": 2}),
        "offload": ("none", TEXT, {}),
        "algorithm": ("dpo", TEXT, {}),
        "base_quantization": ("8bit", TEXT, {"method": "lora"}),
        "expert_quantization": (False, EXPERTS, {"method": "qlora"}),
        "trains_embeddings": (True, TEXT, {"method": "lora"}),
        "trains_vision_tower": (False, LARGE_IMAGES, {"method": "full"}),
        "image_pixels": (10**6, "Qwen/Qwen3-VL-8B-Instruct", {"images_per_sample": 50}),
        "context_parallel_size": (2, TEXT, {"n_gpus": 2}),
        "dtype": ("float32", TEXT, {}),
        "master_weights": (True, TEXT, {"method": "full"}),
        "eval_batch_size": (64, TEXT, {}),
    },
    "inference": {
        "max_model_len": (1024, TEXT, {}),
        "dtype": ("float32", TEXT, {}),
        "quantization": ("fp8", TEXT, {}),
        "engine_version": ("0.16.0", TEXT, {}),
        "tensor_parallel_size": (2, TEXT, {}),
        "engine": ("sglang", TEXT, {}),
        "max_num_seqs": (7, TEXT, {}),
        "max_num_batched_tokens": (777, TEXT, {}),
        "kv_cache_dtype": ("fp8", TEXT, {}),
        "enforce_eager": (True, TEXT, {"engine": "sglang"}),
        "images_per_prompt": (100, LARGE_IMAGES, {}),
        "concurrent": (4, TEXT, {}),
        "mem_fraction_static": (0.5, TEXT, {"engine": "sglang"}),
        "kv_cache_memory_gb": (5, TEXT, {}),
        "pipeline_parallel_size": (2, TEXT, {}),
        "data_parallel_size": (2, EXPERTS, {}),
        "nodes": (2, TEXT, {}),
        "decode_context_parallel_size": (2, TEXT, {"tensor_parallel_size": 16}),
        "enable_expert_parallel": (True, EXPERTS, {"tensor_parallel_size": 3}),
        "speculative_tokens": (3, HYBRID, {}),
        "enable_prefix_caching": (False, HYBRID, {}),
        "language_model_only": (True, VISION, {}),
        "mamba_ssm_dtype": ("bfloat16", HYBRID, {}),
        "served_loras": (1, TEXT, {}),
        "max_lora_rank": (64, TEXT, {"served_loras": 1}),
        "cpu_offload_gb": (5, TEXT, {}),
    },
}
#: Settings that decide nothing about it, with another value each.
IDLE: dict[Task, dict[str, tuple[object, str]]] = {
    "training": {
        "learning_rate": (0.1, TEXT),
        "packing": (True, TEXT),
        "num_epochs": (9, TEXT),
        "warmup_steps": (99, TEXT),
        "lr_scheduler_type": ("cosine", TEXT),
        "lora_config.lora_alpha": (99, TEXT),
        "lora_config.use_rslora": (True, TEXT),
        "weight_decay": (0.5, TEXT),
        "warmup_ratio": (0.5, TEXT),
        "max_grad_norm": (0.5, TEXT),
        "seed": (5, TEXT),
        "chat_template": ("chatml", TEXT),
        "selective_loss.supported": (False, VISION),
        "selective_loss.default_level": ("aggressive", VISION),
        "selective_loss.recommended": (False, VISION),
    },
    "inference": {
        "gpu_memory_utilization": (0.5, TEXT),  # what of a GPU counts, not what is needed
        "sampling.temperature": (0.123, TEXT),
        "sampling.top_p": (0.123, TEXT),
        "sampling.top_k": (123, TEXT),
        "sampling.min_p": (0.123, TEXT),
        "sampling.presence_penalty": (0.123, TEXT),
        "sampling.repetition_penalty": (1.123, TEXT),
        "tool_call_parser": ("pythonic", TEXT),
        "reasoning_parser": ("step3", TEXT),
        "trust_remote_code": (True, TEXT),
    },
}
#: Settings that no formula follows, with a value that the estimate names.
UNMODELLED: dict[Task, dict[str, object]] = {
    "training": {
        "lora_config.modules_to_save": ["score"],
    },
    "inference": {
        "draft_model": "Qwen/Qwen3-0.6B",
    },
}
#: What `mgr estimate` does not show among its settings although it decides: 0 for most models, and where it is not, an
#: assumption of the page says what it adds. What shows only where it is chosen is `SPECIAL` of cli/text/estimates.py.
NOT_ON_THE_PAGE = {"lora_config.lora_dropout", "images_per_sample", "images_per_prompt", *SPECIAL}
NOT_ON_THE_PAGE |= {"lora_config.target_parameters", "lora_config.use_dora"}
#: What no remedy changes: it is what the run is for, or the gain is not worth another kind of run.
NO_REMEDY = {
    *("lora_config.r", "lora_config.lora_dropout", "lora_config.target_modules", "stack"),
    *("lora_config.target_parameters", "lora_config.use_dora"),
    *("stack_version", "engine_version"),
    *("adapter_dtype", "images_per_sample"),
    *("dtype", "quantization", "engine", "max_num_batched_tokens", "kv_cache_dtype"),
    *("enforce_eager", "images_per_prompt"),
    *("offload", "context_parallel_size", "master_weights", "eval_batch_size"),
    *(
        "mem_fraction_static",
        "kv_cache_memory_gb",
        "pipeline_parallel_size",
        "data_parallel_size",
        "decode_context_parallel_size",
    ),
    *(
        "nodes",
        "enable_expert_parallel",
        "speculative_tokens",
        "language_model_only",
        "mamba_ssm_dtype",
        "served_loras",
    ),
    *("enable_prefix_caching", "max_lora_rank", "cpu_offload_gb", "mem_fraction_static"),
    # What the run is for, or what a stack does by itself.
    *(
        "algorithm",
        "base_quantization",
        "expert_quantization",
        "trains_embeddings",
        "trains_vision_tower",
        "image_pixels",
    ),
}


def settings_of(task: Task) -> list[str]:
    return list(setting_fields(KINDS[task]))


def parts(task: Task, model_id: str, overrides: Mapping[str, object]) -> Mapping[str, int]:
    return REGISTRY.estimate(model_id, task, **overrides).parts


def lacking(task: Task, path: str) -> Iterator[str]:
    """Return what a setting lacks, a sentence for each place."""
    page = (ROOT / "docs/merging.md").read_text(encoding="utf-8")
    if f"\n| `{path}` | " not in page:
        yield f"docs/merging.md has no row for {path}: nox -s docs"
    if path not in shown("defaults", task):
        yield f"mgr defaults {task} does not show {path}"
    if not any(path in paths[task] for paths in (DECIDING, IDLE, UNMODELLED)):
        yield f"DECIDING, IDLE or UNMODELLED above does not say whether {path} decides memory"
    if path in DECIDING[task]:
        leaf = path.rpartition(".")[2]
        if leaf not in shown("estimate", task) and path not in NOT_ON_THE_PAGE:
            yield f"mgr estimate {task} does not show {path} among its settings, and NOT_ON_THE_PAGE does not say why"
        if leaf not in MOVED and path not in NO_REMEDY:
            yield f"no remedy moves {path} (memory/fitting/remedies.py: MOVED), and NO_REMEDY does not say so"


@cache
def shown(command: str, task: Task) -> frozenset[str]:
    """Return the first words of the lines that a command prints, for models that have all settings between them."""
    replies = [CliRunner().invoke(app, [command, task, model_id]) for model_id in (TEXT, VISION)]
    assert [reply.exit_code for reply in replies] == [0, 0]
    return frozenset(line.split()[0] for reply in replies for line in reply.stdout.splitlines() if line.strip())


@pytest.mark.parametrize("task", get_args(Task))
def test_every_setting_is_documented_shown_and_placed(task: Task) -> None:
    """Whoever adds a setting reads here what is still missing."""
    missing = [sentence for path in settings_of(task) for sentence in lacking(task, path)]

    assert not missing, "\n" + "\n".join(missing)


@pytest.mark.parametrize("task", get_args(Task))
def test_a_setting_that_is_only_a_field_lacks_everything(task: Task) -> None:
    """Each place has its sentence."""
    sentences = list(lacking(task, "new_setting"))

    assert [sentence.partition(" ")[0] for sentence in sentences] == ["docs/merging.md", "mgr", "DECIDING,"]


def test_lists_name_settings_that_are_there() -> None:
    """Nothing stays in a list when its setting goes, and nothing is in both."""
    deciding = {path for paths in DECIDING.values() for path in paths}
    named = deciding | {path for others in (IDLE, UNMODELLED) for paths in others.values() for path in paths}

    assert named == {path for task in KINDS for path in settings_of(task)}
    assert named >= NOT_ON_THE_PAGE
    assert deciding >= NO_REMEDY
    assert {path for path in NO_REMEDY if path.rpartition(".")[2] in MOVED} == set()
    shown_always = {path for path in NOT_ON_THE_PAGE for task in KINDS if path in shown("estimate", task)}
    assert shown_always == {"dtype"}  # of serving, where it is asked for often


@pytest.mark.parametrize(
    ("task", "path"), [pytest.param(task, path, id=f"{task} {path}") for task in KINDS for path in DECIDING[task]]
)
def test_a_setting_that_decides_changes_the_estimate(task: Task, path: str) -> None:
    """Another value needs other memory."""
    value, model_id, beside = DECIDING[task][path]

    assert parts(task, model_id, {**beside, path: value}) != parts(task, model_id, beside)


@pytest.mark.parametrize(
    ("task", "path"), [pytest.param(task, path, id=f"{task} {path}") for task in KINDS for path in IDLE[task]]
)
def test_any_other_setting_leaves_the_estimate_as_it_is(task: Task, path: str) -> None:
    """The value is another, the memory the same."""
    value, model_id = IDLE[task][path]
    before = REGISTRY.settings(model_id, task).as_dict()

    assert REGISTRY.settings(model_id, task, **{path: value}).as_dict() != before
    assert parts(task, model_id, {path: value}) == parts(task, model_id, {})


@pytest.mark.parametrize(
    ("task", "path"), [pytest.param(task, path, id=f"{task} {path}") for task in KINDS for path in UNMODELLED[task]]
)
def test_a_setting_that_no_formula_follows_is_named(task: Task, path: str) -> None:
    """The numbers stay, and the estimate says what they leave out."""
    chosen = REGISTRY.estimate(TEXT, task, **{path: UNMODELLED[task][path]})

    assert chosen.parts == parts(task, TEXT, {})
    assert [setting.setting for setting in chosen.not_modelled] == [path]
    assert REGISTRY.estimate(TEXT, task).not_modelled == ()


def test_every_setting_says_what_it_is() -> None:
    """Its field has a description, which the pages and editors show."""
    fields: dict[str, Any] = {path: field for kind in KINDS.values() for path, field in setting_fields(kind).items()}

    assert [path for path, field in fields.items() if not field.description] == []
