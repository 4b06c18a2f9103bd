"""Numbers, parts and verdicts in words. The page's modules say the same: ``assets/wording.js``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.entries.tasks import Task
from model_garden_registry.units import short_number

#: What people do with a model, by task.
TASK_TITLES: Mapping[Task, str] = {"inference": "Serve", "training": "Train"}
#: Parts of an estimate, in the order in which they are drawn.
PART_NAMES: Mapping[str, str] = {
    "weights": "weights",
    "adapters": "adapters",
    "gradients": "gradients",
    "optimizer": "optimizer",
    "activations": "activations",
    "logits": "logits",
    "kv_cache": "KV cache",
    "state_cache": "state cache",
    "overhead": "overhead",
}
#: Training stacks and serving engines as they write themselves.
TOOL_NAMES: Mapping[str, str] = {
    "unsloth": "Unsloth",
    "trl": "TRL",
    "axolotl": "Axolotl",
    "llama-factory": "LLaMA-Factory",
    "ms-swift": "ms-swift",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "transformers": "Transformers",
}
_METHOD_NAMES = {"lora": "LoRA", "qlora": "QLoRA", "full": "full fine-tuning"}


def gigabytes(number: float) -> str:
    """Return decimal GB with grouped digits: one decimal, two below 10."""
    return f"{number:,.1f} GB" if number >= 10 else f"{number:.2f} GB"


def needed(least_gb: float, gpus: int) -> str:
    """Return the least memory of each GPU, and how many there must be: ``8 x 53 GB``, with the sign."""
    times = f"{gpus} \N{MULTIPLICATION SIGN} " if gpus > 1 else ""
    return f"{times}{short_number(least_gb)} GB"


def tokens(number: int) -> str:
    """Return a number of tokens as model pages state it: ``128k`` for 131072 and for 128000."""
    for unit, sign in ((10**6, "M"), (1 << 20, "M"), (10**3, "k"), (1 << 10, "k")):
        if number >= unit and number % unit == 0:
            return f"{number // unit}{sign}"
    return f"{number:,}"


def value_words(value: object) -> str:
    """Return the value of a setting in words."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(value_words, value)) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {value_words(one)}" for name, one in value.items() if one is not None) or "none"
    return str(value)


def run_words(document: Mapping[str, Any]) -> str:
    """Return what an estimate is about: ``LoRA with Unsloth 2026.10.9, batch 1 of 2,048 tokens``."""
    settings = document["settings"]
    if document["task"] == "training":
        method = _METHOD_NAMES.get(document["method"], document["method"])
        tool = f"{TOOL_NAMES.get(document['stack'], document['stack'])} {document['stack_version']}"
        return f"{method} with {tool}, batch {settings['batch_size']} of {settings['max_seq_length']:,} tokens"
    assumed = document["assumed"]
    tool = f"{TOOL_NAMES.get(document['engine'], document['engine'])} {document['engine_version']}"
    sequences = assumed["sequences"]
    many = "1 sequence" if sequences == 1 else f"{sequences:,} sequences"
    return f"{tool}, {many} of {assumed['context_tokens']:,} tokens"
