"""An axolotl file, written and read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.training.axolotl import adapters, numbers, objectives, splits
from model_garden_registry.dialects.training.huggingface.adapters import left_experts

#: Placeholder for the data, which the registry does not know.
DATA = "REPLACE/WITH-YOUR-DATA"
#: Dataset format of each algorithm for conversations.
_READINGS = {
    "dpo": "chat_template.default",
    "kto": "chatml.argilla_chat",
    "orpo": "chat_template.argilla",
    "reward": "bradley_terry.chat_template",
}


def _always(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    found: dict[str, Any] = {
        "datasets": [{"path": DATA, "type": _READINGS.get(settings.algorithm, "chat_template")}],
        "output_dir": "./outputs",
    }
    has_images = request.entry.is_vision_model and bool(settings.images_per_sample)
    if has_images:
        found |= {"processor_type": "AutoProcessor", "skip_prepare_dataset": True}
    if has_images or settings.algorithm == "kto":
        found["remove_unused_columns"] = False
    return found


def _notes(request: ExportRequest) -> Iterator[str]:
    settings = request.training
    yield f"put your data in place of {DATA}"
    if settings.sharding == "device_map" and settings.n_gpus > 1:
        yield f"start it on {settings.n_gpus} GPUs with: axolotl train FILE --launcher python"
    elif settings.n_gpus > 1:
        yield f"start it on {settings.n_gpus} GPUs with: axolotl train FILE -- --num_processes {settings.n_gpus}"
    else:
        yield "start it with: axolotl train FILE"
    if settings.algorithm == "grpo":
        yield "rl: grpo needs your reward functions in trl.reward_funcs"
    if settings.method != "full":
        yield from left_experts(request)


AXOLOTL = Dialect(
    name="axolotl",
    task="training",
    model_key="base_model",
    rules=(*adapters.RULES, *numbers.RULES, *objectives.RULES, *splits.RULES),
    forms=("yaml", "json"),
    marks=frozenset({"base_model", "micro_batch_size", "sequence_len", "lora_target_linear"}),
    constants={"stack": "axolotl"},
    preferred={"gradient_checkpointing": True},
    refuses_unknown=False,
    always=_always,
    notes=lambda request: tuple(_notes(request)),
    unsaid={
        "images_per_sample": "it depends on the data",
        "nodes": "set when it is started",
        "chat_template": "it is the tokenizer's",
        "stack_version": "it is the installed release",
    },
    flat_groups=frozenset({"fsdp_config", "context_parallel"}),
)
