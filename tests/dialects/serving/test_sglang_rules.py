"""What several options of SGLang mean together."""

from __future__ import annotations

from typing import Any

import pytest
from serving_commands import DRAFTING, MIXTURE, TEXT, read, request, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.serving.sglang import SGLANG
from model_garden_registry.findings import Severity

BY_REQUESTS = "data parallel attention is counted as tensor parallel"


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        ("--dp-size 2", {"data_parallel_size": 2}),
        ("--dp $N", {}),
        ("--ep-size 4", {"enable_expert_parallel": True}),
        ("--ep 1", {}),
        ("--ep $N", {}),
        ("--disable-cuda-graph", {"enforce_eager": True}),
        ("--cuda-graph-backend-decode disabled --cuda-graph-backend-prefill disabled", {"enforce_eager": True}),
        ("--chunked-prefill-size 4096", {"max_num_batched_tokens": 4096}),
        ("--chunked-prefill-size $N", {}),
        ("--disable-radix-cache", {"enable_prefix_caching": False}),
        ("--enable-lora --max-lora-rank 16", {"served_loras": 8, "max_lora_rank": 16}),
        ("--enable-lora --max-loras-per-batch $N --max-lora-rank 16", {"max_lora_rank": 16}),
        ("--lora-paths a=b c=d --max-loras-per-batch 2", {"served_loras": 2}),
        ("--speculative-algorithm EAGLE --speculative-num-draft-tokens 4", {"speculative_tokens": 4}),
        (
            "--speculative-algorithm NEXTN --speculative-num-steps 3 --speculative-eagle-topk 1",
            {"speculative_tokens": 4},
        ),
        (
            "--speculative-algorithm EAGLE3 --speculative-draft-model-path a/b --speculative-num-draft-tokens 4",
            {"speculative_tokens": 4, "draft_model": "a/b"},
        ),
    ],
)
def test_options_become_settings(arguments: str, settings: dict[str, Any]) -> None:
    """Others than these are as SGLang has them by default."""
    plain, config = read(SGLANG, "a/b").overrides, read(SGLANG, f"a/b {arguments}")

    assert {name: value for name, value in config.overrides.items() if value != plain[name]} == settings
    assert said(config) == []


@pytest.mark.parametrize(
    ("arguments", "message", "left"),
    [
        (
            "--dp-size 8 --enable-dp-attention",
            f"--enable-dp-attention is not followed: {BY_REQUESTS}",
            None,
        ),
        (
            "--attn-dp-size 8",
            f"--attn-dp-size is not followed: {BY_REQUESTS}",
            None,
        ),
        (
            "--cuda-graph-backend-decode disabled",
            "--cuda-graph-backend-decode is not followed: CUDA graphs are counted for both phases, as by default",
            None,
        ),
        (
            "--cuda-graph-backend-prefill breakable",
            "--cuda-graph-backend-prefill is not followed: CUDA graphs are counted for both phases, as by default",
            None,
        ),
        (
            "--chunked-prefill-size -1",
            "--chunked-prefill-size is not followed: prompts are counted in chunks, which is SGLang's default",
            "max_num_batched_tokens",
        ),
        ("--max-lora-rank 8", "--max-lora-rank does nothing without --enable-lora", None),
        ("--lora-target-modules q_proj", "--lora-target-modules does nothing without --enable-lora", None),
        (
            "--enable-lora --max-lora-rank 8 --lora-target-modules q_proj",
            "--lora-target-modules is not followed: adapters are counted on all linear layers of the model",
            None,
        ),
        (
            "--speculative-algorithm NGRAM",
            "--speculative-algorithm is not followed: what NGRAM drafts without a model is not counted",
            "speculative_tokens",
        ),
        (
            "--speculative-algorithm EAGLE",
            "--speculative-algorithm is not followed: the number of drafted tokens is SGLang's choice for the model",
            "speculative_tokens",
        ),
        (
            "--speculative-algorithm EAGLE3 --speculative-num-draft-tokens 4",
            "--speculative-algorithm is not followed: what EAGLE3 drafts with is not named",
            "speculative_tokens",
        ),
        ("--speculative-algorithm $A", "--speculative-algorithm is not known from the file: $A", "speculative_tokens"),
        ("--disable-radix-cache=$A", "--disable-radix-cache is not known from the file: $A", "enable_prefix_caching"),
    ],
)
def test_what_is_not_followed_is_said(arguments: str, message: str, left: str | None) -> None:
    """As a warning; the setting is then the registry's."""
    config = read(SGLANG, f"a/b {arguments}")

    assert said(config, Severity.WARNING) == [message]
    assert left not in config.overrides
    assert config.overrides["data_parallel_size"] == 1


def test_experts_are_divided_among_the_gpus_of_a_layer() -> None:
    """One GPU divides none."""
    assert words(SGLANG, MIXTURE, enable_expert_parallel=True, tensor_parallel_size=4)["ep_size"] == 4
    with pytest.raises(UnsupportedExportError, match="it divides experts over tensor_parallel_size GPUs"):
        SGLANG.words(request(SGLANG, MIXTURE, enable_expert_parallel=True))


@pytest.mark.parametrize(
    ("model", "written"),
    [
        (None, {"speculative_algorithm": "NEXTN"}),
        ("a/b", {"speculative_algorithm": "STANDALONE", "speculative_draft_model_path": "a/b"}),
    ],
)
def test_drafting_is_a_tree_of_one_branch(model: str | None, written: dict[str, Any]) -> None:
    """With a step less than tokens."""
    found = words(SGLANG, DRAFTING, speculative_tokens=4, draft_model=model)
    tree = {"speculative_num_draft_tokens": 4, "speculative_num_steps": 3, "speculative_eagle_topk": 1}

    assert {key: value for key, value in found.items() if key.startswith("speculative")} == {**written, **tree}


@pytest.mark.parametrize(
    ("overrides", "key", "value"),
    [
        ({"enforce_eager": True}, "cuda_graph_backend_prefill", "disabled"),
        ({"max_num_batched_tokens": 2048}, "chunked_prefill_size", 2048),
        ({"enable_prefix_caching": False}, "disable_radix_cache", True),
        ({"enable_prefix_caching": True}, "disable_radix_cache", None),
        ({"data_parallel_size": 2}, "dp_size", 2),
        ({"served_loras": 2, "max_lora_rank": 24}, "lora_target_modules", ["all"]),
    ],
)
def test_settings_become_options(overrides: dict[str, Any], key: str, value: object) -> None:
    """Where they differ from SGLang's defaults."""
    assert words(SGLANG, TEXT, **overrides).get(key) == value
