"""The query of a list: the filters of ``mgr list``, with the names of the library."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

from model_garden_registry.api.bounds import GPU_PATTERN, LONGEST_GPU, SIZE_PATTERN
from model_garden_registry.catalogue.filtering import Filter, SortField
from model_garden_registry.catalogue.sizes import SIZE_WORDS, parse_size
from model_garden_registry.entries.tasks import Status, Task
from model_garden_registry.families.family import EXAMPLE
from model_garden_registry.near_names import close_names
from model_garden_registry.payloads.entries import ROW_KEYS
from model_garden_registry.server.questions.asked import ListQuestion
from model_garden_registry.visible_text import visible

#: Longer words match nothing, and wildcards in them take time.
_LONGEST = 200
_MOST_TAGS = 20


def _check_size(value: str | None) -> str | None:
    if value is not None:
        parse_size(value)
    return value


def _fields(value: str | None) -> tuple[str, ...]:
    return () if value is None else tuple(dict.fromkeys(name.strip() for name in value.split(",")))


def _check_fields(value: str | None) -> str | None:
    for name in _fields(value):
        if name not in ROW_KEYS:
            near = ", ".join(close_names(name, ROW_KEYS))
            raise ValueError(f"{visible(name)!r} is no key of a row" + (f"; did you mean {near}?" if near else ""))
    return value


async def list_question(
    *,
    category: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=_LONGEST,
            description="Only this category; an unknown one has no models.",
            examples=["text-llm"],
        ),
    ] = None,
    tag: Annotated[
        list[Annotated[str, Query(min_length=1, max_length=_LONGEST)]],
        Query(
            default_factory=list,
            max_length=_MOST_TAGS,
            description="Only with this tag; may be repeated.",
            examples=[["recommended"]],
        ),
    ],
    status: Annotated[Status | None, Query(description="Only this status.")] = None,
    provider: Annotated[
        str | None, Query(min_length=1, max_length=_LONGEST, description="Only from this provider.", examples=["qwen"])
    ] = None,
    architecture: Annotated[
        str | None,
        Query(min_length=1, max_length=_LONGEST, description="Only this architecture.", examples=[EXAMPLE]),
    ] = None,
    task: Annotated[Task | None, Query(description="Only what supports this task.")] = None,
    quantized: Annotated[bool | None, Query(description="Only with, or without, quantised weights.")] = None,
    vision: Annotated[bool | None, Query(description="Only what takes images, or what does not.")] = None,
    max_vram_gb: Annotated[
        float | None,
        Query(
            ge=0,
            allow_inf_nan=False,
            description="Only what needs at most this memory per GPU, in decimal GB; respects `task`.",
            examples=[24],
        ),
    ] = None,
    size: Annotated[
        str | None,
        Query(
            max_length=_LONGEST,
            pattern=SIZE_PATTERN,
            description=f"Only this size: {SIZE_WORDS}.",
            examples=["small", "7B..14B"],
        ),
        AfterValidator(_check_size),
    ] = None,
    query: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=_LONGEST,
            description="Words that all occur in id, name, provider, architecture or tags; * and ? are wildcards.",
            examples=["qwen*vl"],
        ),
    ] = None,
    fits: Annotated[
        bool, Query(description="Only what runs on the GPUs of the server's machine; respects `task`.")
    ] = False,
    gpu: Annotated[
        str | None,
        Query(
            max_length=LONGEST_GPU,
            pattern=GPU_PATTERN,
            description="Only what runs on this GPU, or several of it, instead of the server's; respects `task`.",
            examples=["L4", "a100-80gb:2"],
        ),
    ] = None,
    fields: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=_LONGEST,
            description="Only these keys of each row, with commas between; the reply's schema is that of whole rows.",
            examples=["id,min_vram_gb"],
        ),
        AfterValidator(_check_fields),
    ] = None,
    sort: Annotated[SortField | None, Query(description="Sort by this instead of the file's order.")] = None,
    offset: Annotated[int, Query(ge=0, description="Skip this many models.")] = 0,
    limit: Annotated[int | None, Query(ge=1, description="At most this many models.")] = None,
) -> ListQuestion:
    """Read the query of a list."""
    others = Filter(
        tags=tuple(tag),
        status=status,
        provider=provider,
        architecture=architecture,
        quantized=quantized,
        vision=vision,
        task=task,
        max_vram_gb=max_vram_gb,
        size=size,
        query=query,
    )
    return ListQuestion(category, others, sort, offset, limit, fits, gpu, _fields(fields))
