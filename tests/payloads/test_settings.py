"""Merged settings as a JSON document."""

from __future__ import annotations

from model_garden_registry.entries.settings.task_settings import InferenceSettings, Origin, OriginKind
from model_garden_registry.payloads.settings import defaults_document

VALUES = {
    "max_model_len": 8192,
    "dtype": "auto",
    "gpu_memory_utilization": 0.9,
    "quantization": None,
    "tensor_parallel_size": 1,
    "engine": "vllm",
    "sampling": dict.fromkeys(("temperature", "top_p", "top_k", "min_p", "presence_penalty", "repetition_penalty")),
    "tool_call_parser": None,
    "reasoning_parser": None,
    "trust_remote_code": False,
    "engine_version": "0.33.0",
    "max_num_seqs": None,
    "max_num_batched_tokens": None,
    "kv_cache_dtype": "auto",
    "enforce_eager": False,
    "images_per_prompt": 0,
    "concurrent": 1,
    "mem_fraction_static": None,
    "kv_cache_memory_gb": None,
    "pipeline_parallel_size": 1,
    "nodes": 1,
    "data_parallel_size": 1,
    "decode_context_parallel_size": 1,
    "enable_expert_parallel": False,
    "speculative_tokens": 0,
    "draft_model": None,
    "enable_prefix_caching": None,
    "language_model_only": False,
    "mamba_ssm_dtype": "auto",
    "served_loras": 0,
    "max_lora_rank": None,
    "cpu_offload_gb": 0,
}
SETTINGS = InferenceSettings.model_validate({**VALUES, "origins": {"dtype": Origin(OriginKind.ENTRY, "/dtype")}})


def test_settings_stand_below_their_id_and_task() -> None:
    """Plain values; origins are left out unless wanted."""
    assert defaults_document("org/model", "inference", SETTINGS) == {
        "format": "mgr.defaults/1",
        "id": "org/model",
        "task": "inference",
        "settings": VALUES,
    }


def test_origins_are_kind_and_detail_by_path() -> None:
    """As plain texts."""
    document = defaults_document("org/model", "inference", SETTINGS, with_origins=True)

    assert document["origins"] == {"dtype": {"kind": "entry", "detail": "/dtype"}}
