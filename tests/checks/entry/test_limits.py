"""What a model and its engines can do at most, at the limit and one beyond."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from own_facts import facts_laid_over, newest

from model_garden_registry.checks.entry.limits import (
    attention_heads,
    beyond_one_image,
    beyond_positions,
    declared_capability,
    indivisible_heads,
    parallel_bitsandbytes,
    positions,
    rank_flag,
    source_kind,
    unknown_parsers,
    unserved_rank,
)
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task

EntryWith = Callable[[Mapping[str, Any]], ModelInfo]
BNB = {"quantization": {"method": "4bit", "type": "bitsandbytes"}}


def test_limits_come_from_the_shape(entry_with: EntryWith) -> None:
    """An entry that does not state its shape has none."""
    stated, unstated = entry_with({}), entry_with({"architecture": None})

    assert (positions(stated), attention_heads(stated)) == (8192, 32)
    assert (positions(unstated), attention_heads(unstated)) == (None, None)


def test_what_is_at_the_limit_is_fine(entry_with: EntryWith) -> None:
    """As is what nobody knows the limit of."""
    stated, unstated = entry_with({}), entry_with({"architecture": None})

    assert beyond_positions(stated, "max_model_len", 8192) is None
    assert beyond_positions(unstated, "max_model_len", 10**9) is None
    assert indivisible_heads(stated, 32) is None
    assert indivisible_heads(unstated, 7) is None
    assert parallel_bitsandbytes(entry_with(BNB), 1) is None
    assert parallel_bitsandbytes(stated, 8) is None
    assert unserved_rank(512) is None


@pytest.mark.parametrize(
    ("say", "message"),
    [
        pytest.param(
            lambda entry: beyond_positions(entry, "max_model_len", 8193),
            "max_model_len 8193 is beyond the model's 8192 positions",
            id="a length",
        ),
        pytest.param(
            lambda entry: indivisible_heads(entry, 3),
            "tensor_parallel_size 3 does not divide 32 attention heads",
            id="heads",
        ),
        pytest.param(
            lambda entry: parallel_bitsandbytes(entry, 2),
            "bitsandbytes weights with tensor parallelism: vLLM refuses most of them",
            id="bitsandbytes",
        ),
        pytest.param(lambda _: unserved_rank(513), "vLLM serves adapters up to rank 512, not 513", id="a rank"),
    ],
)
def test_what_is_beyond_has_a_sentence(
    say: Callable[[ModelInfo], str | None], message: str, entry_with: EntryWith
) -> None:
    """One more than what can be."""
    assert say(entry_with(BNB)) == message


def test_an_image_is_beyond_a_shorter_sequence(entry_with: EntryWith) -> None:
    """By one token; of an image that nobody knows the size of, nothing is said."""
    entry = entry_with({"architecture.vision": {"tokens_per_image": 256}})

    assert [beyond_one_image(entry, "max_model_len", tokens) for tokens in (256, 255)] == [
        None,
        "one image alone may take 256 tokens, more than max_model_len 255: limit its pixels (max_pixels)",
    ]
    assert beyond_one_image(entry_with({"architecture": None}), "max_model_len", 128) is None


def _source(kind: str) -> dict[str, str]:
    return {"kind": kind, "source": "somebody", "as_of": "2026-11"}


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        pytest.param({}, (12, 0), id="without a source: declared"),
        pytest.param({"/requirements": _source("declared")}, (12, 0), id="declared with everything around it"),
        pytest.param({"/requirements": _source("derived")}, None, id="derived with everything around it"),
        pytest.param(
            {"/requirements": _source("derived"), "/requirements/cuda_compute_capability": _source("vendor")},
            (12, 0),
            id="its own source counts",
        ),
        pytest.param({"/requirements/cuda_compute_capability": _source("derived")}, None, id="derived by itself"),
    ],
)
def test_a_capability_that_was_derived_refuses_nothing(
    sources: dict[str, Any], found: tuple[int, int] | None, entry_with: EntryWith
) -> None:
    """It sums up what an engine needed; only what somebody says of the model is a floor."""
    stated = {"requirements.cuda_compute_capability": "12.0", "sources": sources}

    assert declared_capability(entry_with(stated)) == found
    assert declared_capability(entry_with({"sources": {}})) is None


@pytest.mark.parametrize(
    ("rank", "place"), [(1, None), (16, None), (17, 32), (32, 32), (65, 128), (300, 320), (512, 512), (513, None)]
)
def test_vllm_serves_a_rank_in_the_next_place_for_one(rank: int, place: int | None) -> None:
    """Up to 16 without an option, beyond 512 with none."""
    found = rank_flag(rank)

    assert (found and found.partition(":")[0]) == (place and f"serve the adapter with --max-lora-rank {place}")


def test_an_engine_without_a_default_needs_no_option() -> None:
    """Nothing is known of ranks then."""
    with facts_laid_over(engines={"engines": {"vllm": newest("engines", "vllm", max_lora_rank=None)}}):
        assert rank_flag(512) is None


@pytest.mark.parametrize(
    ("sources", "name", "task", "kind"),
    [
        pytest.param({}, "min_vram_gb", "training", "declared", id="none: declared"),
        pytest.param({"/requirements": "vendor"}, "min_vram_gb", "training", "vendor", id="around both tasks"),
        pytest.param({"/requirements": "vendor"}, "min_ram_gb", None, "vendor", id="of a number for both"),
        pytest.param(
            {"/requirements": "vendor", "/requirements/training": "measured"},
            "min_vram_gb",
            "training",
            "measured",
            id="around the task",
        ),
        pytest.param(
            {"/requirements/training": "measured", "/requirements/training/min_vram_gb": "published"},
            "min_vram_gb",
            "training",
            "published",
            id="its own",
        ),
        pytest.param(
            {"/requirements/min_vram_gb": "derived", "/requirements/training": "measured"},
            "min_vram_gb",
            "inference",
            "derived",
            id="of a task without numbers of its own",
        ),
        pytest.param(
            {"/requirements/min_ram_gb": "derived", "/requirements/training": "measured"},
            "min_ram_gb",
            None,
            "derived",
            id="its own, for both",
        ),
    ],
)
def test_the_nearest_source_counts(
    sources: dict[str, str], name: str, task: Task | None, kind: str, entry_with: EntryWith
) -> None:
    """Of the number, of the numbers of its task, of all."""
    block = {"min_vram_gb": 20, "recommended_vram_gb": 24}
    stated = {pointer: _source(each) for pointer, each in sources.items()}

    assert source_kind(entry_with({"requirements.training": block, "sources": stated}), name, task) == kind


def test_a_parser_that_vllm_lacks_may_be_a_plug_in(entry_with: EntryWith) -> None:
    """Its near names follow; one that vLLM has, or none, is fine."""
    parsers = {"tool_call_parser": ["hermes"], "reasoning_parser": ["qwen3"]}
    entry = entry_with({"inference_defaults.tool_call_parser": "hermess\x1b"})
    fine = entry_with({"inference_defaults.tool_call_parser": "hermes", "inference_defaults.reasoning_parser": "qwen3"})
    with facts_laid_over(engines={"engines": {"vllm": newest("engines", "vllm", parsers=parsers)}}):
        found = [*unknown_parsers(entry)], [*unknown_parsers(fine)], [*unknown_parsers(entry_with({}))]

    assert found == (
        [
            (
                "tool_call_parser",
                "vLLM 9999.1 has tool_call_parser hermess\\x1b only with a plug-in; did you mean hermes?",
            )
        ],
        [],
        [],
    )


def test_an_option_for_a_rank_says_what_vllm_takes_without_it() -> None:
    """As a whole sentence."""
    ranks = {"max_lora_rank": 16, "lora_ranks": [64, 8, 32]}
    with facts_laid_over(engines={"engines": {"vllm": newest("engines", "vllm", **ranks)}}):
        found = [rank_flag(rank) for rank in (16, 33, 65)]

    assert found == [
        None,
        "serve the adapter with --max-lora-rank 64: vLLM 9999.1 takes rank 16 unless told otherwise",
        None,
    ]


def test_of_a_tower_that_nothing_is_known_of_nothing_is_said(entry_with: EntryWith) -> None:
    """Its images may have any number of tokens."""
    assert beyond_one_image(entry_with({"architecture.vision": {}}), "max_model_len", 1) is None
    assert beyond_one_image(entry_with({}), "max_model_len", 1) is None
