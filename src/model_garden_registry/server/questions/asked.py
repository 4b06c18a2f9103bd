"""Questions, as values: for a list and for a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from model_garden_registry.catalogue.filtering import Filter, SortField
from model_garden_registry.entries.tasks import Task
from model_garden_registry.server.questions.bounds import GPU_PATTERN, LONGEST_GPU, LONGEST_ID, MOST_ASKED_GPUS

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
    """

    category: str | None = None
    others: Filter = _NO_FILTER
    sort: SortField | None = None
    offset: int = 0
    limit: int | None = None
    fits: bool = False
    gpu: str | None = None

    @property
    def filter(self) -> Filter:
        """All filters together."""
        return replace(self.others, category=self.category)


#: JSON schema for: a count needs a name.
_COUNTED: dict[str, Any] = {
    "allOf": [
        {
            "anyOf": [
                {"properties": {"gpus": {"type": "null"}}},
                {"properties": {"gpu": {"type": "string"}}, "required": ["gpu"]},
            ]
        }
    ]
}


class Question(BaseModel):
    """A model, and how it is to be used."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, json_schema_extra=_COUNTED)

    model_id: str = Field(
        min_length=1,
        max_length=LONGEST_ID,
        description="Id of the model, or a former one.",
        examples=["unsloth/tinyllama-bnb-4bit"],
    )
    config: dict[str, Any] | None = Field(
        None,
        description="Settings that override the entry's, by leaf name, dotted path or nested objects.",
        examples=[{"batch_size": 1, "lora_config": {"r": 8}}],
    )
    method: Literal["full", "lora", "qlora"] | None = None
    gpu: str | None = Field(
        None,
        max_length=LONGEST_GPU,
        pattern=GPU_PATTERN,
        description="Judge this GPU instead of those of the machine that the server runs on.",
        examples=["RTX 4090", "L4:2"],
    )
    gpus: int | None = Field(None, ge=1, le=MOST_ASKED_GPUS, description="How many of `gpu` there are.", examples=[2])
    allow_deprecated: bool = Field(
        default=False, description="Whether a deprecated model is a note instead of a failure."
    )

    @model_validator(mode="after")
    def _name_what_is_counted(self) -> Self:
        if self.gpus is not None and self.gpu is None:
            raise PydanticCustomError("gpu_missing", "gpus states a number, but gpu names no GPU")
        return self


class TrainingQuestion(Question):
    """A model that is to be trained."""

    method: Literal["full", "lora", "qlora"] | None = Field(
        None, description="What is trained; the same as `method` in `config`.", examples=["lora"]
    )


class InferenceQuestion(Question):
    """A model that is to be served."""

    method: None = Field(None, description="Serving has none.")


QUESTIONS: dict[Task, type[Question]] = {"training": TrainingQuestion, "inference": InferenceQuestion}
