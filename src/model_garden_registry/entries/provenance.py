"""Where numbers come from, and the fate of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from model_garden_registry.entries.part import Number, Part, ReadOnly
from model_garden_registry.entries.patterns import DATE_PATTERN, URL_PATTERN
from model_garden_registry.entries.tasks import SourceKind, Task


class Source(Part):
    """Where a number of the entry comes from."""

    kind: SourceKind = Field(
        description=(
            "measured: on real hardware; derived: computed from the shape; vendor: the maker's model card, config or "
            "paper; published: a published table; declared: experience, without a source."
        ),
        examples=["derived"],
    )
    source: str = Field(min_length=1, description="What exactly: a page, a file, a command.", examples=["config.json"])
    as_of: str = Field(pattern=DATE_PATTERN, description="Month or day when the source said so.", examples=["2026-11"])
    url: str | None = Field(
        None,
        pattern=URL_PATTERN,
        description="Address of the page or file.",
        examples=["https://github.com/vllm-project/recipes"],
    )


class Deprecation(Part):
    """Why a model should not be chosen any more."""

    since: str = Field(pattern=DATE_PATTERN, description="Month or day since when it applies.", examples=["2025-01"])
    reason: str = Field(min_length=1, description="Why, in a sentence.", examples=["A newer generation does better."])
    successor: str | None = Field(
        None, min_length=1, description="Id of the entry to use instead.", examples=["Qwen/Qwen2.5-VL-7B-Instruct"]
    )


class Benchmark(Part):
    """One published or measured result."""

    name: str = Field(min_length=1, description="Name of the benchmark.", examples=["MMLU"])
    value: Number = Field(description="The result, in `unit`.", examples=[71.2])
    unit: str = Field(min_length=1, description="Unit of the value.", examples=["%"])
    conditions: str | None = Field(None, min_length=1, description="Conditions of the test.", examples=["5-shot"])
    source: str = Field(min_length=1, description="Where the result is published.", examples=["model card"])
    as_of: str = Field(pattern=DATE_PATTERN, description="Month or day of the result.", examples=["2025-01"])
    task: Task | None = Field(None, description="For a measurement: training or inference.", examples=["inference"])
    gpu: str | None = Field(None, min_length=1, description="For a measurement: the GPUs.", examples=["2x A100-80GB"])
    stack: str | None = Field(None, min_length=1, description="Training stack.", examples=["axolotl"])
    engine: str | None = Field(None, min_length=1, description="Serving engine.", examples=["vllm"])
    version: str | None = Field(None, min_length=1, description="Release of stack or engine.", examples=["0.11.0"])
    settings: Annotated[Mapping[str, Any], ReadOnly] = Field(
        default={},
        validate_default=True,
        description="Settings that the run had, by their names here.",
        examples=[{"batch_size": 2, "max_seq_length": 2048}],
    )
    quantity: str | None = Field(
        None, min_length=1, description="What exactly was measured.", examples=["peak_reserved"]
    )
