"""vLLM's commands and files: everything that is written is read again, and what is wrong is said at its option."""

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
from model_garden_registry.dialects.serving.vllm import VLLM
from model_garden_registry.findings import Severity

VALUES = {
    "max_model_len": st.integers(128, 40960),
    "dtype": st.sampled_from(["auto", "float16", "bfloat16", "float32"]),
    "gpu_memory_utilization": st.sampled_from([0.0, 0.5, 0.87, 1.0]),
    "quantization": st.sampled_from(
        [None, "awq", "gptq", "fp8", "compressed-tensors", "modelopt", "mxfp4", "bitsandbytes"]
    ),
    "tensor_parallel_size": st.sampled_from([1, 2, 4, 8]),
    "pipeline_parallel_size": st.integers(1, 4),
    "data_parallel_size": st.integers(1, 4),
    "max_num_seqs": st.none() | st.integers(1, 512),
    "max_num_batched_tokens": st.none() | st.integers(512, 65536),
    "kv_cache_dtype": st.sampled_from(["auto", "bfloat16", "fp8", "fp8_e4m3", "fp8_e5m2", "nvfp4"]),
    "enforce_eager": st.booleans(),
    "kv_cache_memory_gb": st.none() | st.integers(1, 90_000).map(lambda megabytes: megabytes / 1000),
    "speculative_tokens": st.integers(0, 5),
    "enable_prefix_caching": st.none() | st.booleans(),
    "mamba_ssm_dtype": st.sampled_from(["auto", "float32", "bfloat16", "float16"]),
    "cpu_offload_gb": st.integers(0, 90_000).map(lambda megabytes: megabytes / 1000),
}


@given(
    st.fixed_dictionaries({}, optional=VALUES),
    st.sampled_from([None, "org/draft"]),
    st.integers(0, 8),
    st.sampled_from([None, 8, 16, 320]),
)
def test_what_is_written_is_read_again(
    chosen: dict[str, Any], draft: str | None, served: int, rank: int | None
) -> None:
    """Every setting, from the command alone."""
    if chosen.get("speculative_tokens"):
        chosen["draft_model"] = draft
    if served:
        chosen |= {"served_loras": served, "max_lora_rank": rank}
    asked = request(VLLM, TEXT, **chosen)

    assert again(VLLM, asked).as_dict() == asked.settings.as_dict()


@pytest.mark.parametrize("model", [TEXT, VISION, MIXTURE, BNB, AWQ, DRAFTING])
def test_every_kind_of_model_is_read_again(model: str) -> None:
    """With images, experts and plug-ins."""
    asked = request(VLLM, model)

    assert again(VLLM, asked).as_dict() == asked.settings.as_dict()


def test_a_mixture_and_a_model_with_images_say_more() -> None:
    """Whole experts, no tower, several images."""
    experts = request(
        VLLM, MIXTURE, enable_expert_parallel=True, tensor_parallel_size=2, decode_context_parallel_size=1
    )
    images = request(VLLM, VISION, images_per_prompt=4, language_model_only=True)

    assert "--enable-expert-parallel" in argv(VLLM, experts)
    assert again(VLLM, experts).enable_expert_parallel
    assert argv(VLLM, images)[-3:] == ["--limit-mm-per-prompt", '{"image": 4}', "--language-model-only"]
    assert again(VLLM, images).images_per_prompt == 4


def test_a_command_says_what_matters() -> None:
    """The model by itself, and no option that says the default of vLLM but length, type and split."""
    assert argv(VLLM, request(VLLM, TEXT, gpu_memory_utilization=0.9, max_model_len=8192)) == [
        *("vllm", "serve", TEXT, "--max-model-len", "8192", "--dtype", "auto"),
        *("--gpu-memory-utilization", "0.9", "--tensor-parallel-size", "1"),
        *("--override-generation-config", '{"temperature": 0.6, "top_p": 0.95, "top_k": 20}'),
        *("--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--reasoning-parser", "qwen3"),
    ]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_file_for_config_is_read_again(tmp_path: Path, form: Any) -> None:
    """With the model in it; JSON is YAML."""
    asked = request(VLLM, VISION, enforce_eager=True, enable_prefix_caching=False)
    file = tmp_path / "serve.yaml"
    file.write_text(VLLM.export(asked, form).text, encoding="utf-8")

    (config,) = read_configs(file)

    assert (config.tool, config.model_id, config.findings) == ("vLLM 0.33.0", VISION, ())
    assert settings_of(config, VISION).as_dict() == asked.settings.as_dict()


def test_notes_say_what_is_left_out_and_what_is_needed() -> None:
    """VLLM's own share, and the plug-in of a library."""
    share = "gpu_memory_utilization is left out: vLLM's default is 0.92"
    plugin = "bitsandbytes weights need the plug-in vllm-bnb-plugin for vLLM"

    assert VLLM.export(request(VLLM, TEXT, gpu_memory_utilization=0.9)).notes == ()
    assert VLLM.export(request(VLLM, TEXT, gpu_memory_utilization=0.0)).notes == (share,)
    assert plugin in VLLM.export(request(VLLM, BNB)).notes
    (machines,) = VLLM.export(request(VLLM, TEXT, gpu_memory_utilization=0.9, nodes=2)).notes
    assert machines.startswith("each of the 2 machines starts it, with --node-rank")


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"quantization": "squeezellm"}, "it has no quantization squeezellm"),
        ({"max_lora_rank": 16}, "max_lora_rank has no effect with served_loras 0"),
        ({"draft_model": "a/b"}, "draft_model has no effect"),
    ],
)
def test_what_vllm_cannot_say_is_refused(overrides: dict[str, Any], why: str) -> None:
    """With the reason."""
    with pytest.raises(UnsupportedExportError, match=why):
        words(VLLM, TEXT, **overrides)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--gpu-memory-utilization 0", "--gpu-memory-utilization is a share above 0: leave it out for vLLM's default"),
        (
            "--gpu-memory-utilization 0.0",
            "--gpu-memory-utilization is a share above 0: leave it out for vLLM's default",
        ),
        ("--gpu-memory-utilization 90", "--gpu-memory-utilization must be at most 1, not 90"),
        (
            "--gpu-memory-utilization -0.5",
            "--gpu-memory-utilization is a share above 0: leave it out for vLLM's default",
        ),
        ("--tensor-parallel-size 0", "--tensor-parallel-size must be at least 1, not 0"),
        ("-tp two", "-tp takes a whole number, not 'two'"),
        ("--max-model-len -2", "--max-model-len must be at least -1, not -2"),
        ("--max-model-len 1.5K", "--max-model-len takes no fraction before K; 1.5k is decimal"),
        ("--max-num-seqs 1k", "--max-num-seqs takes a whole number, not '1k'"),
        ("--limit-mm-per-prompt image=1", "--limit-mm-per-prompt takes a mapping, not 'image=1'"),
        ("--dtype int8", "--dtype 'int8' is not one of"),
        ("--quantization squeezellm", "--quantization 'squeezellm' is not one of"),
        ("--max-lora-rank 24 --enable-lora", "--max-lora-rank '24' is not one of 1, 8, 16, 32"),
        ("--tensor-paralel-size 2", "--tensor-paralel-size is not a key of vLLM 0.33.0, which refuses it"),
        ("--max 9", "--max is not a key of vLLM 0.33.0, which refuses it"),
        (
            "--swap-space 4",
            "--swap-space was removed, and vLLM 0.33.0 refuses it: nothing: requests are computed again",
        ),
        ("--task generate", "--task was removed, and vLLM 0.33.0 refuses it: --runner"),
        ("--guided_decoding_backend x", "--guided_decoding_backend was removed, and vLLM 0.33.0 refuses it"),
        ("--calculate-kv-scales", "--calculate-kv-scales was removed, and vLLM 0.33.0 refuses it"),
        ("--omni", "--omni was removed, and vLLM 0.33.0 refuses it: it is an option of vllm-omni, not of vLLM"),
    ],
)
def test_what_vllm_refuses_is_said(arguments: str, message: str) -> None:
    """At the option, in one line."""
    (found,) = said(read(VLLM, f"a/b {arguments}"))

    assert found.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--max-loras 4", "--max-loras does nothing without --enable-lora"),
        ("--max-lora-rank 8", "--max-lora-rank does nothing without --enable-lora"),
        (
            "--no-enable-chunked-prefill",
            "--no-enable-chunked-prefill is not followed: batches are counted in chunks, which is vLLM's default",
        ),
        (
            "--attention-backend FLASHINFER",
            "--attention-backend is not followed: kernels chosen by hand may need workspaces of other sizes",
        ),
        ("-O3", "-O is not followed: CUDA graphs are counted as vLLM captures them by default"),
        (
            "--config x.yaml",
            "--config is not followed: the options in that file are not read here: check that file as well",
        ),
    ],
)
def test_what_is_not_followed_is_said(arguments: str, message: str) -> None:
    """As a warning."""
    assert said(read(VLLM, f"a/b {arguments}"), Severity.WARNING) == [message]


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        ("--enable-lora", {"served_loras": 1, "max_lora_rank": None}),
        ("--enable-lora --max-loras 4 --max-lora-rank 64", {"served_loras": 4, "max_lora_rank": 64}),
        ("--disable-lora", {"served_loras": 0, "max_lora_rank": None}),
        ("--enable-lora --max-loras $N", {"max_lora_rank": None}),
        ("--enable-lora --max-lora-rank $N", {"served_loras": 1}),
        ("--enable-chunked-prefill", {}),
        ("--disable-prefix-caching", {"enable_prefix_caching": False}),
        ("--enable-prefix-caching=$X", {}),
        ("--kv-cache-memory-bytes 2g", {"kv_cache_memory_gb": 2}),
        ("--kv-cache-memory-bytes $X", {}),
        ("--gpu-memory-utilization $X", {}),
        ("--device-memory-utilization 0.5", {"gpu_memory_utilization": 0.5}),
        ("--tensor-par 2", {"tensor_parallel_size": 2}),
        (
            "--port 1 --trust-remote-code --tool-call-parser hermes --enable-auto-tool-choice",
            {"trust_remote_code": True, "tool_call_parser": "hermes"},
        ),
        (
            """--reasoning-parser qwen3 --override-generation-config '{"top_k": 20, "max_new_tokens": 5}'""",
            {"reasoning_parser": "qwen3", "sampling.top_k": 20},
        ),
    ],
)
def test_options_become_settings(arguments: str, settings: dict[str, Any]) -> None:
    """Others than these are as vLLM has them by default."""
    plain, found = read(VLLM, "a/b").overrides, read(VLLM, f"a/b {arguments}").overrides
    named = {name: value for name, value in found.items() if name in settings or value != plain.get(name)}

    assert named == settings


def test_every_option_is_understood_or_reviewed() -> None:
    """In exactly one of three lists."""
    lists = [set(VLLM.understood), set(VLLM.vocabulary.without_influence), set(VLLM.vocabulary.not_followed)]

    assert sorted(key for keys in lists for key in keys) == sorted(VLLM.vocabulary.keys)
