"""What a model and its engines support at most: messages about what exceeds it, for entries and for settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model_garden_registry.errors import closing
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.versions import capability_of
from model_garden_registry.near_names import close_names
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo
    from model_garden_registry.entries.tasks import Task

#: vLLM's largest `--max-lora-rank`. Source: vLLM, `LoRAConfig`.
LARGEST_SERVED_RANK = 512


def positions(entry: ModelInfo) -> int | None:
    """Return the longest sequence that the model has positions for, in tokens; None if unknown."""
    return entry.architecture.max_position_embeddings if entry.architecture else None


def attention_heads(entry: ModelInfo) -> int | None:
    """Return the number of query heads of a layer; None if unknown."""
    return entry.architecture.num_attention_heads if entry.architecture else None


def declared_capability(entry: ModelInfo) -> tuple[int, int] | None:
    """
    Return the lowest CUDA compute capability that the entry states for the model; None if it states none.

    A derived one repeats what an engine needs for a number format, and refuses nothing: that is checked for the
    engine or stack in use. One without a source counts as declared.
    """
    pointers = ("/requirements/cuda_compute_capability", "/requirements")
    source = next((entry.sources[pointer] for pointer in pointers if pointer in entry.sources), None)
    is_derived = source is not None and source.kind == "derived"
    return None if is_derived else capability_of(entry.requirements.cuda_compute_capability)


def source_kind(entry: ModelInfo, name: str, task: Task | None = None) -> str:
    """
    Return the kind of source of a requirement: the nearest one stated, else ``declared``.

    Args:
        task: The task that it is for; None: a requirement of both.
    """
    around = f"/requirements/{task}" if task and getattr(entry.requirements, task) is not None else "/requirements"
    for pointer in (f"{around}/{name}", around, "/requirements"):
        if pointer in entry.sources:
            return entry.sources[pointer].kind
    return "declared"


def beyond_positions(entry: ModelInfo, name: str, tokens: int) -> str | None:
    """Return the message if a length exceeds the model's positions, else None."""
    longest = positions(entry)
    return f"{name} {tokens} is beyond the model's {longest} positions" if longest and tokens > longest else None


def indivisible_heads(entry: ModelInfo, size: int) -> str | None:
    """Return the message if tensor parallelism does not divide the heads, else None."""
    heads = attention_heads(entry)
    return f"tensor_parallel_size {size} does not divide {heads} attention heads" if heads and heads % size else None


def parallel_bitsandbytes(entry: ModelInfo, size: int) -> str | None:
    """Return the message if bitsandbytes weights are split over GPUs, else None."""
    is_split = size > 1 and entry.quantization.is_bitsandbytes
    return "bitsandbytes weights with tensor parallelism: vLLM refuses most of them" if is_split else None


def unknown_parsers(entry: ModelInfo) -> Iterator[tuple[str, str]]:
    """Yield parsers of an entry that vLLM has only with a plug-in, if at all: the setting, and a message."""
    engine = engine_of("vllm")
    for name, known in engine.parsers.items():
        value = getattr(entry.inference_defaults, name)
        if value is not None and value not in known:
            near = closing(close_names(value, known))
            yield name, f"{engine.named} has {name} {visible(value)} only with a plug-in{near}"


def unserved_rank(rank: int) -> str | None:
    """Return the message if vLLM serves no adapter of this rank, else None."""
    is_served = rank <= LARGEST_SERVED_RANK
    return None if is_served else f"vLLM serves adapters up to rank {LARGEST_SERVED_RANK}, not {rank}"


def rank_flag(rank: int) -> str | None:
    """
    Return the option with which vLLM serves an adapter of this rank; None if it needs none, or none helps.

    Source:
        storage/engines.json, `max_lora_rank` and `lora_ranks`: a rank between them is served in the place of the next
    """
    engine = engine_of("vllm")
    if engine.max_lora_rank is None or rank <= engine.max_lora_rank:
        return None
    place = next((one for one in sorted(engine.lora_ranks) if one >= rank), None)
    default = f"rank {engine.max_lora_rank} unless told otherwise"
    return None if place is None else f"serve the adapter with --max-lora-rank {place}: {engine.named} takes {default}"


def beyond_one_image(entry: ModelInfo, name: str, tokens: int) -> str | None:
    """Return the message if a length is shorter than the tokens of the largest image, else None."""
    from model_garden_registry.memory.network.images import (
        image_tokens,  # late: a file that breaks the schema needs no models
    )

    tower = entry.architecture.vision if entry.architecture else None
    image = image_tokens(tower) if tower else None
    if not image or image <= tokens:
        return None
    return f"one image alone may take {image} tokens, more than {name} {tokens}: limit its pixels (max_pixels)"
