"""A file of arguments for ms-swift, written and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.texts.command import Command
from model_garden_registry.dialects.texts.options import plain_option
from model_garden_registry.dialects.training.known_values import where_known
from model_garden_registry.dialects.training.msswift import adapters, division, environment, lengths, teaching

#: Placeholder for the data, which the registry does not know.
DATA = "REPLACE/WITH-YOUR-DATA"


def _always(_: ExportRequest) -> Mapping[str, Any]:
    # Without use_hf, an id means ModelScope.
    return {"use_hf": True, "dataset": [DATA], "output_dir": "outputs"}


def _notes(request: ExportRequest) -> Iterator[str]:
    algorithm = request.training.algorithm
    yield f"put your data in place of {DATA}"
    if algorithm == "grpo":
        yield "rlhf_type: grpo needs your reward_funcs"
    yield f"start it with: swift {'sft' if algorithm == 'sft' else 'rlhf'} FILE"


def _of_command(command: Command) -> Iterator[Item]:
    """Yield the algorithm of ``swift rlhf`` if no option sets it."""
    options = {plain_option(word.text.partition("=")[0]) for word in command.words if word.text.startswith("--")}
    if command.subcommand == "rlhf" and "rlhf_type" not in options:
        yield Item("rlhf_type", "dpo", command.line, command.column)


MS_SWIFT = Dialect(
    name="msswift",
    task="training",
    model_key="model",
    rules=tuple(map(where_known, (*teaching.RULES, *adapters.RULES, *lengths.RULES, *division.RULES))),
    forms=("yaml", "json"),
    marks=frozenset(
        {
            "tuner_type", "train_type", "sft_type", "rlhf_type", "attn_impl", "split_dataset_ratio", "freeze_vit",
            "dataset_num_proc", "quant_bits", "loss_scale",
        }
    ),
    constants={"stack": "ms-swift"},
    refuses_unknown=True,
    environment=environment.KEY,
    of_command=_of_command,
    commands=frozenset({"swift sft", "swift pt", "swift rlhf"}),
    always=_always,
    notes=lambda request: tuple(_notes(request)),
    unsaid={
        "images_per_sample": "it depends on the data",
        "chat_template": "it depends on the model",
        "stack_version": "it is the installed release",
    },
)  # fmt: skip
