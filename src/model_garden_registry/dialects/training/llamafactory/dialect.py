"""A LLaMA-Factory file, written and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.training.known_values import where_known
from model_garden_registry.dialects.training.llamafactory import running, teaching
from model_garden_registry.dialects.vocabulary import vocabulary

#: Placeholder for the data, which the registry does not know.
DATA = "REPLACE_WITH_YOUR_DATASET"


def _template(request: ExportRequest) -> str | None:
    """
    Return the template of a vision model: without one the tokenizer's is used, which has no images.

    Source:
        0.9.5, `extras/constants.py` register_model_group: for families whose models all have the same one
    """
    shape, templates = request.entry.architecture, vocabulary("llamafactory").tables["templates"]
    return templates.get(shape.model_type or "") if shape and request.entry.is_vision_model else None


def _always(request: ExportRequest) -> Mapping[str, Any]:
    template = _template(request)
    return {"dataset": DATA, **({"template": template} if template else {}), "output_dir": "outputs"}


def _notes(request: ExportRequest) -> Iterator[str]:
    gpus = request.training.n_gpus
    yield f"put the name of your dataset, as dataset_info.json has it, in place of {DATA}"
    if request.entry.is_vision_model and _template(request) is None:
        yield "name the model's template (template:), without which LLaMA-Factory ignores images"
    if gpus > 1 or request.training.sharding != "none":
        yield f"start it with: FORCE_TORCHRUN=1 NPROC_PER_NODE={gpus} llamafactory-cli train FILE"
    else:
        yield "start it with: CUDA_VISIBLE_DEVICES=0 llamafactory-cli train FILE"


LLAMA_FACTORY = Dialect(
    name="llamafactory",
    task="training",
    model_key="model_name_or_path",
    rules=tuple(map(where_known, (running.TRAINING, *teaching.RULES, *running.RULES))),
    forms=("yaml",),
    marks=frozenset({"finetuning_type", "lora_target", "stage", "template", "infer_backend", "export_dir"}),
    constants={"stack": "llama-factory"},
    refuses_unknown=True,
    commands=frozenset({"llamafactory-cli train", "lmf train"}),
    always=_always,
    notes=lambda request: tuple(_notes(request)),
    unsaid={
        "images_per_sample": "it depends on the data",
        "nodes": "set when it is started",
        "stack_version": "it is the installed release",
    },
)
