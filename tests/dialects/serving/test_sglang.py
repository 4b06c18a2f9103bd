"""SGLang's commands and files: everything that is written is read again, and what is wrong is said at its option."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving_commands import (
    AWQ,
    BNB,
    DRAFTING,
    MIXTURE,
    TEXT,
    VISION,
    again,
    argv,
    read,
    request,
    said,
    settings_of,
    words,
)

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.reading import read_configs
from model_garden_registry.dialects.serving.sglang import SGLANG

VALUES = {
    "max_model_len": st.integers(128, 40960),
    "dtype": st.sampled_from(["auto", "float16", "bfloat16", "float32"]),
    "mem_fraction_static": st.none() | st.sampled_from([0.5, 0.87]),
    "quantization": st.sampled_from(
        [None, "awq", "gptq", "fp8", "compressed-tensors", "modelopt", "mxfp4", "bitsandbytes"]
    ),
    "tensor_parallel_size": st.sampled_from([1, 2, 4, 8]),
    "pipeline_parallel_size": st.integers(1, 4),
    "data_parallel_size": st.integers(1, 4),
    "max_num_seqs": st.none() | st.integers(1, 512),
    "max_num_batched_tokens": st.none() | st.integers(512, 65536),
    "kv_cache_dtype": st.sampled_from(["auto", "bfloat16", "fp8_e4m3", "fp8_e5m2"]),
    "enforce_eager": st.booleans(),
    "speculative_tokens": st.sampled_from([0, 2, 3, 8]),
    "enable_prefix_caching": st.sampled_from([None, False]),
    "mamba_ssm_dtype": st.sampled_from(["auto", "float32", "bfloat16", "float16"]),
    "cpu_offload_gb": st.integers(0, 80).map(lambda gib: round(gib * 1.073741824, 6)),
}


@given(
    st.fixed_dictionaries({}, optional=VALUES),
    st.sampled_from([None, "org/draft"]),
    st.integers(0, 8),
    st.integers(1, 64),
)
def test_what_is_written_is_read_again(chosen: dict[str, Any], draft: str | None, served: int, rank: int) -> None:
    """Every setting, from the command alone; the share of vLLM is not one of SGLang's."""
    if chosen.get("speculative_tokens"):
        chosen["draft_model"] = draft
    if served:
        chosen |= {"served_loras": served, "max_lora_rank": rank}
    asked = request(SGLANG, TEXT, **chosen)

    assert again(SGLANG, asked).as_dict() == asked.settings.as_dict()


@pytest.mark.parametrize("model", [TEXT, VISION, MIXTURE, BNB, AWQ, DRAFTING])
def test_every_kind_of_model_is_read_again(model: str) -> None:
    """With images and experts."""
    asked = request(SGLANG, model, tensor_parallel_size=2, enable_expert_parallel=model == MIXTURE)

    assert again(SGLANG, asked).as_dict() == asked.settings.as_dict()


def test_a_command_says_what_matters() -> None:
    """The model by its option, and no option that says the default of SGLang but length, type and split."""
    assert argv(SGLANG, request(SGLANG, TEXT, max_model_len=8192, mem_fraction_static=0.8)) == [
        *("python", "-m", "sglang.launch_server", "--model-path", TEXT, "--context-length", "8192"),
        *("--dtype", "auto", "--mem-fraction-static", "0.8", "--tp-size", "1"),
        *("--preferred-sampling-params", '{"temperature": 0.6, "top_p": 0.95, "top_k": 20}'),
        *("--tool-call-parser", "hermes", "--reasoning-parser", "qwen3"),
    ]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_file_for_config_is_read_again(tmp_path: Path, form: Any) -> None:
    """With the model in it."""
    asked = request(SGLANG, VISION, enforce_eager=True, enable_prefix_caching=False)
    file = tmp_path / "serve.yaml"
    file.write_text(SGLANG.export(asked, form).text, encoding="utf-8")

    (config,) = read_configs(file)

    assert (config.tool, config.model_id, config.findings) == ("SGLang 0.5.23", VISION, ())
    assert settings_of(config, VISION).as_dict() == asked.settings.as_dict()


@pytest.mark.parametrize(
    "start", ["python3 -m sglang.launch_server --model-path a/b", "sglang serve a/b", "sglang serve --model a/b"]
)
def test_a_server_is_started_in_several_ways(tmp_path: Path, start: str) -> None:
    """The model is the same."""
    file = tmp_path / "run.sh"
    file.write_text(f"{start} --tp 4 --context-length 8k\n", encoding="utf-8")

    (config,) = read_configs(file)

    assert (config.model_id, config.findings) == ("a/b", ())
    assert (config.overrides["tensor_parallel_size"], config.overrides["max_model_len"]) == (4, 8000)


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        (
            {"gpu_memory_utilization": 0.5, "kv_cache_dtype": "fp8"},
            "it has no kv_cache_dtype fp8: it takes auto, bfloat16, fp8_e4m3",
        ),
        ({"quantization": "squeezellm"}, "it has no quantization squeezellm"),
        ({"max_lora_rank": 16}, "max_lora_rank has no effect with served_loras 0"),
        ({"served_loras": 1}, "it needs max_lora_rank to load adapters later"),
        ({"draft_model": "a/b"}, "draft_model has no effect"),
        ({"speculative_tokens": 1}, "it drafts at least 2 tokens"),
        ({"cpu_offload_gb": 10}, "it takes cpu_offload_gb in whole GiB"),
    ],
)
def test_what_sglang_cannot_say_is_refused(overrides: dict[str, Any], why: str) -> None:
    """With the reason."""
    with pytest.raises(UnsupportedExportError, match=why):
        words(SGLANG, TEXT, **overrides)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--tp two", "--tp takes a whole number, not 'two'"),
        ("--max-running-requests 1k", "--max-running-requests takes a whole number, not '1k'"),
        ("--context-length 1.5K", "--context-length takes no fraction before K; 1.5k is decimal"),
        ("--dtype int8", "--dtype 'int8' is not one of"),
        ("--quantization squeezellm", "--quantization 'squeezellm' is not one of"),
        ("--mem-fraction 0.8 --gpu-memory-utilization 0.9", "--gpu-memory-utilization is not a key of SGLang 0.5.23"),
        ("--no-disable-radix-cache", "--no-disable-radix-cache is not a key of SGLang 0.5.23"),
        (
            "--cuda-graph-max-bs 8",
            "--cuda-graph-max-bs was removed, and SGLang 0.5.23 refuses it: --cuda-graph-max-bs-decode",
        ),
        ("--enable-ep-moe", "--enable-ep-moe was removed, and SGLang 0.5.23 refuses it: --ep-size"),
        ("--limit-mm-data-per-request image=1", "--limit-mm-data-per-request takes a mapping, not 'image=1'"),
    ],
)
def test_what_sglang_refuses_is_said(arguments: str, message: str) -> None:
    """At the option, in one line."""
    (found,) = said(read(SGLANG, f"a/b {arguments}"))

    assert found.startswith(message)


def test_every_option_is_understood_or_reviewed() -> None:
    """In exactly one of three lists."""
    lists = [set(SGLANG.understood), set(SGLANG.vocabulary.without_influence), set(SGLANG.vocabulary.not_followed)]

    assert sorted(key for keys in lists for key in keys) == sorted(SGLANG.vocabulary.keys)
