"""Words in the columns of a measured row: releases, number formats, and settings in the notes."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import get_args

from benchmarks.row_stacks import Row, notes
from model_garden_registry.entries.defaults import InferenceEngine, TrainingStack
from model_garden_registry.families.ranges import Package

#: Settings that notes of a training row name in other words: pattern, name, value (a text: the pattern's group).
_TRAINING: tuple[tuple[str, str, object], ...] = (
    (r"quantize_moe_experts\b(?!\W*false)", "expert_quantization", True),
    (
        r"experts? (?:stay|stays|remain|kept|keep)\b|not quanti[sz]e (?:the )?(?:fused )?experts",
        "expert_quantization",
        False,
    ),
    (r"\b(?:not |un)packed\b", "packing", False),
    (r"\bpacked\b", "packing", True),
    (r"tower (?:is )?(?:trained|adapted)", "trains_vision_tower", True),
    (r"tower (?:is )?(?:frozen|not)|freeze_(?:vit|mm_modules|vision)", "trains_vision_tower", False),
    (r"modules_to_save|(?:embeddings?|lm_head|head) (?:are |is )?trained|trained embed", "trains_embeddings", True),
    (r"activation[_ ]?offload(?:ing)?\b(?!\W*(?:false|off))|offload\w* (?:of )?activations", "offload", "activations"),
    (
        r"optimi[sz]er[_ ]?(?:cpu[_ ])?offload|offload[_ ]optimi[sz]er|optimi[sz]er on (?:the )?cpu",
        "offload",
        "optimizer",
    ),
    (r"(?:param\w*|weights?)[_ ]?offload|offload[_ ](?:param|weight)\w*", "offload", "weights"),
    (r"\b(dpo|kto|orpo|grpo)\b", "algorithm", r"\1"),
    (r"\breward (?:model|head|trainer)", "algorithm", "reward"),
    (r"\b(?:context|sequence)[_ ]parallel(?:_size|ism)?\W{0,2}(\d+)|\b[cs]p ?= ?(\d+)", "context_parallel_size", r"\1"),
)
#: Likewise of a serving row.
_SERVING: tuple[tuple[str, str, object], ...] = (
    (r"\bmtp\b.*?\bn ?= ?(\d+)|\bn_spec ?=? ?(\d+)|num_speculative_tokens\W{0,3}(\d+)", "speculative_tokens", r"\1"),
    (r"\bmtp (?:layer )?included|\bwith mtp\b", "speculative_tokens", "1"),
    (r"expert[- _]parallel(?!\w*\W*false)|\bep ?=? ?\d+", "enable_expert_parallel", True),
    (r"pipeline[- _]parallel(?:[- _]size)?\W{0,2}(\d+)|\bpp ?=? ?(\d+)", "pipeline_parallel_size", r"\1"),
    (r"(?<!-)\bdata[- _]parallel(?:[- _]size)?\W{0,2}(\d+)|\bdp ?=? ?(\d+)", "data_parallel_size", r"\1"),
    (
        r"decode[- _]context[- _]parallel(?:[- _]size)?\W{0,2}(\d+)|\bdcp ?=? ?(\d+)",
        "decode_context_parallel_size",
        r"\1",
    ),
    (r"enable[-_]prefix[-_]caching", "enable_prefix_caching", True),
    (r"text[- ]only|language[-_]model[-_]only", "language_model_only", True),
    (r"mem[-_]fraction[-_]static\W{0,2}(\d*\.\d+)", "mem_fraction_static", r"\1"),
    (r"max[-_]lora[-_]rank\W{0,2}(\d+)", "max_lora_rank", r"\1"),
    (r"max[-_]loras\W{0,2}(\d+)|served[-_]loras\W{0,2}(\d+)", "served_loras", r"\1"),
    (r"cpu[-_]offload[-_]gb\W{0,2}(\d+(?:\.\d+)?)", "cpu_offload_gb", r"\1"),
    (r"kv[-_]cache[-_]memory\w*\W{0,2}(\d+(?:\.\d+)?) ?gb\b", "kv_cache_memory_gb", r"\1"),
    (r"enforce[-_]eager", "enforce_eager", True),
)
#: Sharding by what notes call it; the first that is found.
_SHARDING = (
    ("fsdp2", r"\bfsdp ?2\b|sharding=fsdp2"),
    ("zero1", r"zero-?1\b"),
    ("zero2", r"zero-?2\b"),
    ("zero3", r"zero-?3\b"),
    ("fsdp", r"\bfsdp\b"),
    ("device_map", r"\bdevice_map\b"),
)
#: Notes whose names are not those of settings.
_RENAMED = {"kv_dtype": "kv_cache_dtype", "n_spec": "speculative_tokens", "tp": "tensor_parallel_size"}


def noted_settings(row: Row, known: Container[str]) -> dict[str, object]:
    """
    Return the settings that the notes of a row name, as far as they say more than its column `settings`.

    Args:
        known: Names of settings: ``name=value`` in the notes is one of them.
    """
    said = f"{row.get('notes', '')}; {row.get('quant', '')}".lower()
    found: dict[str, object] = {}
    for pattern, name, value in _TRAINING if row["task"] == "training" else _SERVING:
        if name not in found and (match := re.search(pattern, said)):
            group = next((text for text in match.groups() if text), "")
            found[name] = group if value == r"\1" else value
    if pixels := re.search(r"\b(\d{3,4})x(\d{3,4})\b", said):
        found["image_pixels"] = int(pixels[1]) * int(pixels[2])
    pairs = {_RENAMED.get(name, name): value for name, value in notes(row).items()}
    return found | {name: value for name, value in pairs.items() if name in known and name != "sharding"}


def noted_sharding(row: Row) -> str | None:
    """Return what the notes say of sharding; None if they say nothing."""
    said = row.get("notes", "").lower()
    stated = re.search(r"sharding=(\w+)", said)
    if stated and stated[1] in ("none", "ddp"):
        return "none"
    return next((name for name, pattern in _SHARDING if re.search(pattern, said)), stated and stated[1])


def named_stack(row: Row) -> TrainingStack | None:
    """Return the training stack that the column `framework` names, the first of several."""
    framework = row.get("framework", "").lower().replace("_", "-").replace("llamafactory", "llama-factory")
    named = [(framework.find(stack), stack) for stack in get_args(TrainingStack) if stack in framework]
    return min(named)[1] if named else None


def named_engine(row: Row) -> InferenceEngine | None:
    """Return the serving engine that the column `framework` names, the first of several."""
    framework = row.get("framework", "").lower()
    named = [(framework.find(engine), engine) for engine in get_args(InferenceEngine) if engine in framework]
    return min(named)[1] if named else None


def named_release(row: Row, package: Package) -> str | None:
    """
    Return the release of a project that a row names; the oldest that is covered for older ones.

    The notes may say it more exactly than the column `framework`: ``vllm 0.10`` and ``vLLM 0.10.1.1``. A notebook keeps
    the output of the day when it was run, which is long ago for most: without a release, it counts as older ones do.
    """
    title = re.escape(package.title)
    column, said = (
        re.findall(rf"{title}[\s=v~-]*(\d+(?:\.\d+)+)", row.get(name, ""), re.IGNORECASE)
        for name in ("framework", "notes")
    )
    stated = next((text for text in said if not column or text.startswith(f"{column[0]}.")), None)
    stated = stated or next(iter(column), None)
    if stated is None:
        return package.oldest if row.get("source", "").endswith(".ipynb") else None
    return stated if package.covers(stated) else package.oldest
