"""An example for each document of the command line, and for the bodies of requests."""

from __future__ import annotations

from typing import Any

from model_garden_registry.server.description.examples import VERDICT

_ID = "unsloth/tinyllama-bnb-4bit"

#: The body of a question about one model.
ONE_MODEL: dict[str, Any] = {"model_id": _ID, "config": {}, "gpu": "L4"}
#: Other bodies, by the name of the operation.
BODIES: dict[str, dict[str, Any]] = {
    "fit_models": {
        "task": "inference",
        "words": ["instruct", "8b"],
        "gpu": ["L4", "H100:2"],
        "engine": "vllm",
        "limit": 15,
    },
    "plan_gpus": {"task": "training", "model_id": _ID, "config": {"batch_size": 4}, "method": "qlora", "limit": 15},
}

_SPLIT: dict[str, Any] = {"gpus": 1, "how": "none", "chosen": False}
_PARTS: dict[str, float] = {
    "weights": 0.76,
    "adapters": 0.018,
    "gradients": 0.018,
    "optimizer": 0.009,
    "activations": 0.51,
    "logits": 0.26,
    "kv_cache": 0.0,
    "state_cache": 0.0,
    "overhead": 0.6,
}
_MEMORY: dict[str, Any] = {
    "expected_gb": 2.175,
    "safe_gb": 2.393,
    "per_gpu": True,
    "parts_gb": _PARTS,
    "error_band": 0.1,
    "cache": None,
    "not_modelled": [],
}
_TRAINED: dict[str, Any] = {"method": "qlora", "stack": "unsloth", "stack_version": "2026.10.9"}
_SERVED: dict[str, Any] = {
    "engine": "vllm",
    "engine_version": "0.33.0",
    "assumed": {"context_tokens": 2048, "sequences": 1},
}
_ASSUMED: dict[str, Any] = {"margin": 0.1, "coarse": False, "assumptions": ["2 sequences of 2,048 tokens"]}

TRAINING_ESTIMATE: dict[str, Any] = {
    "format": "mgr.estimate/1",
    "id": _ID,
    "task": "training",
    **_TRAINED,
    "split": _SPLIT,
    **_MEMORY,
    **_ASSUMED,
    "settings": VERDICT["data"]["settings"],
}
INFERENCE_ESTIMATE: dict[str, Any] = {
    "format": "mgr.estimate/1",
    "id": _ID,
    "task": "inference",
    **_SERVED,
    "split": _SPLIT,
    **_MEMORY,
    **_ASSUMED,
    "settings": {
        "max_model_len": 2048,
        "dtype": "auto",
        "gpu_memory_utilization": 0.85,
        "engine": "vllm",
        "engine_version": "0.33.0",
        "sampling": dict.fromkeys(("temperature", "top_p", "top_k", "min_p", "presence_penalty", "repetition_penalty")),
        "kv_cache_dtype": "auto",
        "mamba_ssm_dtype": "auto",
        "images_per_prompt": 0,
        **dict.fromkeys(("trust_remote_code", "enforce_eager", "enable_expert_parallel", "language_model_only"), False),
        **dict.fromkeys(("speculative_tokens", "served_loras", "cpu_offload_gb"), 0),
        **dict.fromkeys(
            ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size", "decode_context_parallel_size"), 1
        ),
        **dict.fromkeys(("concurrent", "nodes"), 1),
        **dict.fromkeys(("quantization", "tool_call_parser", "reasoning_parser", "max_num_seqs", "max_lora_rank")),
        **dict.fromkeys(("max_num_batched_tokens", "mem_fraction_static", "kv_cache_memory_gb", "draft_model")),
        "enable_prefix_caching": None,
    },
}

_DEVICE: dict[str, Any] = {
    "index": 0,
    "uuid": None,
    "name": "L4",
    "total_mib": 23034,
    "free_mib": None,
    "compute_capability": "8.9",
    "visible": True,
    "total_bytes": 24152899584,
    "free_bytes": None,
    "is_integrated": False,
    "processes": None,
    "unread": {},
    "pci_bus_id": None,
    "mig_enabled": False,
    "slices": [],
    "ecc_errors": None,
    "problem": None,
}
_JUDGED: dict[str, Any] = {
    "split": _SPLIT,
    "gpu_gb": 24.153,
    "expected_gb": 2.175,
    "safe_gb": 2.393,
    "share": 0.0991,
    "verdict": "ok",
}
FIT: dict[str, Any] = {
    "format": "mgr.fit/1",
    "task": "inference",
    "hardware": {**VERDICT["data"]["hardware"], "source": "named", "state": "read", "gpus": [_DEVICE]},
    "counts": {"runs": 1, "runs-with-changes": 0, "does-not-run": 0, "not-judged": 0},
    "models": [
        {
            "id": _ID,
            "parameters": "1.1B",
            "bucket": "runs",
            "reason": None,
            "gpu": "L4",
            "gpus": {"used": 1, "there": 1},
            "coarse": False,
            "remedies": [],
            **_SERVED,
            **_JUDGED,
        }
    ],
}
PLAN: dict[str, Any] = {
    "format": "mgr.plan/1",
    "id": _ID,
    "task": "training",
    "total": 1,
    "choices": [
        {
            "gpu": "L4",
            "count": 1,
            "total_gb": 24.153,
            "batch_size": 2,
            "max_seq_length": 2048,
            **_TRAINED,
            **_JUDGED,
        }
    ],
    "refused": None,
}
GPUS: dict[str, Any] = {
    "format": "mgr.gpus/1",
    "gpus": [
        {
            "name": "L4",
            "family": "L4",
            "aliases": [],
            "total_gb": 24.153,
            "total_mib": 23034,
            "source": "nvml",
            "compute_capability": "8.9",
            "architecture": "Ada Lovelace",
            "form_factor": "PCIe",
            "integrated": False,
            "mig": [],
        }
    ],
}
COMPARISON: dict[str, Any] = {
    "format": "mgr.compare/1",
    "models": ["Qwen/Qwen3-4B", "Qwen/Qwen3-8B"],
    "fields": [{"field": "parameters", "differs": True, "values": ["4B", "8B"]}],
}


def _form(task: str, **properties: object) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Settings for {task}",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


TRAINING_FORM = _form(
    "training",
    batch_size={
        "title": "Batch size",
        "description": "Sequences per step on each GPU.",
        "type": "integer",
        "minimum": 1,
        "maximum": 10**15,
        "default": 2,
    },
)
INFERENCE_FORM = _form(
    "inference",
    engine={
        "title": "Engine",
        "description": "Serving engine.",
        "type": "string",
        "enum": ["vllm", "sglang", "transformers"],
        "default": "vllm",
    },
)
EXPORT: dict[str, Any] = {
    "format": "mgr.export/1",
    "target": "vllm",
    "id": _ID,
    "task": "inference",
    "form": "argv",
    "text": f"vllm serve {_ID} --max-model-len 2048\n",
    "notes": [],
}
