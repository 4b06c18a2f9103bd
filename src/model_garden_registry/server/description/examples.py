"""An example for each reply, as they stand in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from model_garden_registry.families.family import EXAMPLE

_HYPERPARAMETERS = {
    "learning_rate": 0.0002,
    "num_epochs": 3,
    "batch_size": 2,
    "gradient_accumulation_steps": 4,
    "warmup_steps": 10,
    "max_seq_length": 2048,
    "optim": "adamw_8bit",
    "lr_scheduler_type": "linear",
}
_DEFAULTS: dict[str, Any] = {
    "training_defaults": {
        "hyperparameters": _HYPERPARAMETERS,
        "lora_config": {
            "r": 16,
            "lora_alpha": 16,
            "lora_dropout": 0.0,
            "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"],
            "use_rslora": False,
        },
    },
    "inference_defaults": {
        "max_model_len": 2048,
        "dtype": "auto",
        "gpu_memory_utilization": 0.85,
        "quantization": None,
        "tensor_parallel_size": 1,
    },
}
_IDENTITY: dict[str, Any] = {
    "id": "unsloth/tinyllama-bnb-4bit",
    "name": "TinyLlama 1.1B (4-bit)",
    "category": "text-llm",
    "parameters": "1.1B",
    "description": "Compact model for trying out a pipeline.",
    "tags": ["small", "fast", "testing", "quantized"],
    "status": "stable",
}

MODELS: dict[str, Any] = {
    "success": True,
    "data": [
        {
            **_IDENTITY,
            "is_vision": False,
            "is_quantized": True,
            "min_vram_gb": 4,
            "recommended_vram_gb": 6,
            **_DEFAULTS,
        }
    ],
    "total": 1,
}
MODEL: dict[str, Any] = {
    "success": True,
    "data": {
        **_IDENTITY,
        "provider": "unsloth",
        "base_architecture": EXAMPLE,
        "quantization": {"method": "4bit", "type": "bitsandbytes"},
        "requirements": {"min_vram_gb": 4, "recommended_vram_gb": 6, "min_ram_gb": 8, "cuda_compute_capability": "7.0"},
        "capabilities": {
            "training": True,
            "inference": True,
            "vision": False,
            "structured_outputs": True,
            "streaming": True,
        },
        **_DEFAULTS,
        "urls": {"huggingface": "https://huggingface.co/unsloth/tinyllama-bnb-4bit", "docs": None},
    },
}
CATEGORIES: dict[str, Any] = {
    "success": True,
    "data": {
        "text-llm": {"name": "Text Language Models", "description": "Models that read and write text.", "icon": "✍️"},
    },
}
_NO_MACHINE: dict[str, Any] = {
    "source": "none",
    "state": "no-library",
    "problem": "libnvidia-ml.so.1 is not installed",
    "driver_version": None,
    "cuda_version": None,
    "gpus": [],
    "alternatives": [],
    "ram_gb": None,
    "ram": None,
    "environment": {"CUDA_VISIBLE_DEVICES": None, "CUDA_DEVICE_ORDER": None},
    "hints": [],
    "unread": {},
}
VERDICT: dict[str, Any] = {
    "success": True,
    "data": {
        "format": "mgr.report/1",
        "subject": "unsloth/tinyllama-bnb-4bit",
        "task": "training",
        "method": "qlora",
        "stack": "unsloth",
        "stack_version": "2026.10.9",
        "verdict": "not-checked",
        "is_valid": True,
        "error_message": None,
        "settings": {
            **_HYPERPARAMETERS,
            "batch_size": 1,
            **dict.fromkeys(("weight_decay", "warmup_ratio", "max_grad_norm", "seed")),
            "lora_config": {
                **_DEFAULTS["training_defaults"]["lora_config"],
                "target_parameters": [],
                "modules_to_save": [],
                "use_dora": False,
            },
            "method": "qlora",
            "stack": "unsloth",
            "stack_version": "2026.10.9",
            "gradient_checkpointing": True,
            "attn_implementation": "sdpa",
            "loss": "chunked",
            "adapter_dtype": "float32",
            "expert_quantization": True,
            "offload": "activations",
            "images_per_sample": 0,
            "n_gpus": 1,
            "nodes": 1,
            "sharding": "none",
            "context_parallel_size": 1,
            "algorithm": "sft",
            "dtype": "auto",
            **dict.fromkeys(("master_weights", "trains_embeddings", "trains_vision_tower", "packing"), False),
            **dict.fromkeys(("base_quantization", "image_pixels", "eval_batch_size", "chat_template")),
        },
        "split": {"gpus": 1, "how": "none", "chosen": False},
        "memory": None,
        "hardware": {**_NO_MACHINE, "state": None, "problem": None},
        "findings": [
            {
                "code": "not-checked",
                "severity": "note",
                "where": "",
                "message": "hardware not checked",
                "have": None,
                "need": None,
                "unit": None,
            }
        ],
        "remedies": [],
    },
    "valid": True,
    "errors": [],
    "warnings": [],
}
UNKNOWN_MODEL: dict[str, Any] = {
    "detail": "Model 'unsloth/tinylama' not found in registry",
    "format": "mgr.error/1",
    "error": "UnknownModelError",
    "message": "no model 'unsloth/tinylama' in the registry; did you mean unsloth/tinyllama-bnb-4bit?",
    "model_id": "unsloth/tinylama",
    "problem": None,
    "close": ["unsloth/tinyllama-bnb-4bit"],
}
NO_REGISTRY: dict[str, Any] = {
    "detail": "Registry not found: models_registry.json",
    "format": "mgr.error/1",
    "error": "RegistryNotFoundError",
    "message": "Registry not found: models_registry.json",
    "path": "models_registry.json",
    "problem": "no such file",
    "code": "not-found",
    "line": None,
    "column": None,
}
WRONG_SETTING: dict[str, Any] = {
    "detail": "unknown setting 'batch_siz' (from override: config); did you mean batch_size?",
    "format": "mgr.error/1",
    "error": "InvalidOverrideError",
    "message": "unknown setting 'batch_siz' (from override: config); did you mean batch_size?",
    "setting": "batch_siz",
    "value": 1,
    "allowed": "there is no such setting",
    "close": ["batch_size"],
    "origin": "override: config",
}
WRONG_TYPE: dict[str, Any] = {
    "detail": [{"type": "string_type", "loc": ["body", "model_id"], "msg": "Input should be a valid string"}]
}
MISSING_ID: dict[str, Any] = {"detail": "Missing 'model_id' in request"}
TOO_LARGE: dict[str, Any] = {"detail": "A body has at most 65536 bytes"}
NO_JSON: dict[str, Any] = {"detail": "Send application/json"}
TOO_SLOW: dict[str, Any] = {"detail": "The body did not arrive in time"}
HEALTH: dict[str, Any] = {
    "status": "ok",
    "version": "0.1.0",
    "registry": {
        "file": "models_registry.json",
        "version": "1.1.0",
        "last_updated": "2026-11-23T00:00:00Z",
        "models": 31,
    },
    "behind_seconds": None,
    "problem": None,
}
READY: dict[str, Any] = {"ready": True}
LONG_HEAD: dict[str, Any] = {"detail": "The head of a request has at most 16384 bytes"}
OTHER_HOST: dict[str, Any] = {"detail": "This server does not answer for that Host"}
WRONG_KEY: dict[str, Any] = {"detail": "unknown key 'categroy'; did you mean category?", "close": ["category"]}
WRONG_QUERY: dict[str, Any] = {
    "detail": [
        {"type": "greater_than_equal", "loc": ["query", "limit"], "msg": "Input should be greater than or equal to 1"}
    ]
}
HARDWARE: dict[str, Any] = {"success": True, "data": {"format": "mgr.hardware/1", **_NO_MACHINE}}
