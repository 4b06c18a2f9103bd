"""Questions, as values: for a list and for a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from pydantic import ConfigDict, Field, model_validator

from model_garden_registry.api.asked import JUDGED, GpuName, InventoryKeys, OneModel, one_source
from model_garden_registry.catalogue.filtering import Filter, SortField
from model_garden_registry.entries.tasks import Method, Task

_NO_FILTER = Filter()


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """
    The query of a list.

    Args:
        category: Key of a category, or None for all.

        others: The other filters.

        sort: An order other than the file's.

        offset: How many matches to skip.

        limit: The most models.

        fits: Whether only models that fit on the GPUs of this machine.

        gpu: Only models that fit on this GPU, by name.

        fields: The keys of each row, in this order; empty: all.
    """

    category: str | None = None
    others: Filter = _NO_FILTER
    sort: SortField | None = None
    offset: int = 0
    limit: int | None = None
    fits: bool = False
    gpu: str | None = None
    fields: tuple[str, ...] = ()

    @property
    def filter(self) -> Filter:
        """All filters together."""
        return replace(self.others, category=self.category)


class Question(OneModel):
    """A model that is to be judged."""

    model_config = ConfigDict(json_schema_extra=JUDGED)

    gpu: GpuName | None = Field(
        None,
        description="Judge this GPU instead of those of the machine that the server runs on.",
        examples=["RTX 4090", "L4:2"],
    )
    inventory: InventoryKeys = None
    allow_deprecated: bool = Field(
        default=False, description="Whether a deprecated model is a note instead of a failure."
    )

    @model_validator(mode="after")
    def _name_gpus_or_a_cluster(self) -> Self:
        return one_source(self)


class TrainingQuestion(Question):
    """A model that is to be trained."""

    method: Method | None = Field(
        None, description="What is trained; the same as `method` in `config`.", examples=["lora"]
    )


class InferenceQuestion(Question):
    """A model that is to be served."""

    method: None = Field(None, description="Serving has none.")


QUESTIONS: dict[Task, type[Question]] = {"training": TrainingQuestion, "inference": InferenceQuestion}
