"""How engines write numbers, and what several of their options have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from serving_commands import REGISTRY, TEXT, VISION, read, request, said, settings_of, words

from model_garden_registry.dialects.rules import UnsayableError
from model_garden_registry.dialects.serving.sglang import SGLANG
from model_garden_registry.dialects.serving.spellings import offload_rule, short_number
from model_garden_registry.dialects.serving.vllm import VLLM
from model_garden_registry.entries.defaults import PromptLimits
from model_garden_registry.findings import Severity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("8k", 8000),
        ("8K", 8192),
        ("25.6k", 25600),
        ("1m", 10**6),
        ("2M", 2**21),
        ("1g", 10**9),
        ("1G", 2**30),
        ("1t", 10**12),
        ("1T", 2**40),
        ("4096", "4096"),
        ("k", "k"),
        ("8kb", "8kb"),
        ("-1", "-1"),
        pytest.param("9" * 400 + "k", "9" * 400 + "k", id="beyond all numbers"),
    ],
)
def test_short_numbers(text: str, number: object) -> None:
    """A small letter is decimal, a capital one binary; any other text stays."""
    assert short_number(text) == number


def test_a_fraction_before_a_binary_suffix_is_refused() -> None:
    """As the engines do."""
    with pytest.raises(ValueError, match=r"takes no fraction before K; 1\.5k is decimal"):
        short_number("1.5K")


@pytest.mark.parametrize(
    ("dialect", "arguments", "setting", "value"),
    [
        (VLLM, "a --max-model-len 8k", "max_model_len", 8000),
        (VLLM, "a", "max_model_len", 40960),
        (SGLANG, "a --context-length 1K", "max_model_len", 1024),
        (SGLANG, "a", "max_model_len", 40960),
        (VLLM, "a --dtype half", "dtype", "float16"),
        (VLLM, "a --dtype float", "dtype", "float32"),
        (VLLM, "a", "dtype", "auto"),
        (SGLANG, "a --dtype bfloat16", "dtype", "bfloat16"),
        (VLLM, "a --max-num-seqs 16", "max_num_seqs", 16),
        (VLLM, "a", "max_num_seqs", None),
        (VLLM, "a --max-num-seqs $N", "max_num_seqs", None),
        (VLLM, "a --enforce-eager", "enforce_eager", True),
        (VLLM, "a --no-enforce-eager", "enforce_eager", False),
        (VLLM, "a", "enforce_eager", False),
        (VLLM, "a --quantization awq_marlin", "quantization", "awq"),
        (VLLM, "a --quantization None", "quantization", None),
        (VLLM, "a --kv-cache-dtype fp8_e5m2", "kv_cache_dtype", "fp8_e5m2"),
        (VLLM, "a --pipeline-parallel-size $N", "pipeline_parallel_size", 1),
        (VLLM, "a -pp 2", "pipeline_parallel_size", 2),
        (VLLM, "a --cpu-offload-gb 10", "cpu_offload_gb", 10.737418),
        (SGLANG, "a", "cpu_offload_gb", 0),
    ],
)
def test_values_are_read_in_our_words(dialect: Any, arguments: str, setting: str, value: object) -> None:
    """What is absent is the engine's own, or that of the model; what only a shell knows, the registry's."""
    assert getattr(settings_of(read(dialect, arguments), TEXT), setting) == value


@pytest.mark.parametrize(
    "name", ["max-model-len", "dtype", "enforce-eager", "quantization", "cpu-offload-gb", "data-parallel-size"]
)
def test_what_only_a_shell_knows_is_no_setting(name: str) -> None:
    """And is said."""
    config = read(VLLM, f"a --{name}=$X")

    assert name.replace("-", "_") not in config.overrides
    assert said(config, Severity.WARNING) == [f"--{name} is not known from the file: $X"]


@pytest.mark.parametrize(
    ("dialect", "arguments", "message"),
    [
        (
            VLLM,
            "a --max-model-len auto",
            "--max-model-len is not followed: the longest length that fits is not computed",
        ),
        (
            VLLM,
            "a --max-model-len=-1",
            "--max-model-len is not followed: the longest length that fits is not computed",
        ),
        (VLLM, "a -q torchao", "-q is not followed: weights quantised this way at load time"),
        (
            SGLANG,
            "a --kv-cache-dtype mxfp8",
            "--kv-cache-dtype is not followed: the size of this cache type is unknown",
        ),
    ],
)
def test_values_without_a_word_of_ours_are_named(dialect: Any, arguments: str, message: str) -> None:
    """They are warnings."""
    assert said(read(dialect, arguments), Severity.WARNING) == [message]


@pytest.mark.parametrize(
    ("limits", "images"),
    [
        ('{"image": 3}', 3),
        ('{"image": {"count": 2, "width": 512}}', 2),
        ('{"video": 1}', None),
        ('{"image": true}', None),
        ('{"image": "2"}', None),
    ],
)
def test_images_are_counted(limits: str, images: int | None) -> None:
    """By themselves, or with their size; what says nothing of them leaves the load to the registry."""
    assert read(VLLM, f"a --limit-mm-per-prompt '{limits}'").overrides.get("images_per_prompt") == images


def test_only_a_model_that_takes_images_says_how_many() -> None:
    """None among them."""
    assert words(VLLM, VISION, images_per_prompt=0)["limit_mm_per_prompt"] == {"image": 0}
    assert words(SGLANG, VISION)["limit_mm_data_per_request"] == {"image": 1}
    assert "limit_mm_per_prompt" not in words(VLLM, TEXT)


def test_some_engines_take_whole_gibibytes() -> None:
    """What lies between is refused with its neighbours."""
    rule = offload_rule(whole=True)

    assert rule.write(request(SGLANG, cpu_offload_gb=10.737418)) == {"cpu_offload_gb": 10}
    assert rule.write(request(SGLANG)) == {}
    with pytest.raises(UnsayableError, match=r"whole GiB, such as 9\.66368 or 10\.7374 GB"):
        rule.write(request(SGLANG, cpu_offload_gb=10))
    assert offload_rule(whole=False).write(request(VLLM, cpu_offload_gb=10)) == {"cpu_offload_gb": 9.313225746}


def test_a_word_that_an_engine_has_not_is_not_written() -> None:
    """It says which it has."""
    with pytest.raises(UnsayableError, match=r"it has no quantization squeezellm: it takes awq, gptq, fp8"):
        next(rule for rule in VLLM.rules if rule.settings == ("quantization",)).write(
            request(VLLM, quantization="squeezellm")
        )


def test_the_registry_states_the_positions_that_are_read() -> None:
    """So that the lengths above are the model's."""
    shape = REGISTRY[TEXT].architecture

    assert shape is not None
    assert shape.max_position_embeddings == 40960


def test_limits_of_videos_and_sound_are_the_entrys() -> None:
    """Images are a setting; what is read of the others changes nothing."""
    asked = request(VLLM, VISION, images_per_prompt=3)
    limits = PromptLimits(image=1, video=0)
    defaults = asked.entry.inference_defaults.model_copy(update={"limit_mm_per_prompt": limits})
    entry = asked.entry.model_copy(update={"inference_defaults": defaults})

    written = VLLM.words(replace(asked, entry=entry))

    assert written["limit_mm_per_prompt"] == {"image": 3, "video": 0}
