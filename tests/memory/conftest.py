"""Entries with the shapes of well-known networks, as their config.json files state them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings

ENTRY: dict[str, Any] = {
    "id": "acme/owl",
    "name": "Owl",
    "category": "text-llm",
    "provider": "acme",
    "base_architecture": "llama",
    "parameters": "8B",
    "description": "",
    "tags": [],
    "status": "stable",
    "requirements": {"min_vram_gb": 1, "recommended_vram_gb": 2, "min_ram_gb": 1},
    "capabilities": {
        "training": True,
        "inference": True,
        "vision": False,
        "structured_outputs": True,
        "streaming": True,
    },
    "training_defaults": {
        "hyperparameters": {
            "learning_rate": 0.0002,
            "num_epochs": 1,
            "batch_size": 1,
            "gradient_accumulation_steps": 1,
            "warmup_steps": 0,
            "max_seq_length": 2048,
            "optim": "adamw_torch",
            "lr_scheduler_type": "linear",
        },
        "lora_config": {
            "r": 16,
            "lora_alpha": 16,
            "lora_dropout": 0,
            "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        },
    },
    "inference_defaults": {"max_model_len": 8192, "dtype": "auto", "gpu_memory_utilization": 0.9},
    "urls": {},
}

SHAPES: dict[str, dict[str, Any]] = {
    "llama-3.1-8b": {
        "model_type": "llama",
        "num_hidden_layers": 32,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 128256,
        "tie_word_embeddings": False,
    },
    "llama-3.2-1b": {
        "model_type": "llama",
        "num_hidden_layers": 16,
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 64,
        "vocab_size": 128256,
        "tie_word_embeddings": True,
    },
    "mixtral-8x7b": {
        "model_type": "mixtral",
        "num_hidden_layers": 32,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 32000,
        "tie_word_embeddings": False,
        "moe": {"num_experts": 8, "num_experts_per_tok": 2},
    },
    "qwen3-30b-a3b": {
        "model_type": "qwen3_moe",
        "num_hidden_layers": 48,
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "num_attention_heads": 32,
        "num_key_value_heads": 4,
        "head_dim": 128,
        "vocab_size": 151936,
        "tie_word_embeddings": False,
        "moe": {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768},
    },
    "deepseek-v3": {
        "model_type": "deepseek_v3",
        "parameters": 671026419200,
        "num_hidden_layers": 61,
        "hidden_size": 7168,
        "intermediate_size": 18432,
        "num_attention_heads": 128,
        "num_key_value_heads": 128,
        "vocab_size": 129280,
        "tie_word_embeddings": False,
        "moe": {
            "num_experts": 256,
            "num_experts_per_tok": 8,
            "moe_intermediate_size": 2048,
            "n_shared_experts": 1,
            "first_k_dense_replace": 3,
        },
        "mla": {
            "kv_lora_rank": 512,
            "qk_rope_head_dim": 64,
            "q_lora_rank": 1536,
            "qk_nope_head_dim": 128,
            "v_head_dim": 128,
        },
    },
    "gpt-oss-20b": {
        "model_type": "gpt_oss",
        "parameters": 20914757184,
        "num_hidden_layers": 24,
        "hidden_size": 2880,
        "intermediate_size": 2880,
        "num_attention_heads": 64,
        "num_key_value_heads": 8,
        "head_dim": 64,
        "vocab_size": 201088,
        "tie_word_embeddings": False,
        "sliding_window": {"window": 128, "num_layers": 12},
        "moe": {"num_experts": 32, "num_experts_per_tok": 4, "moe_intermediate_size": 2880},
    },
    "gemma-3-12b": {
        "model_type": "gemma3",
        "parameters": 12187325040,
        "num_hidden_layers": 48,
        "hidden_size": 3840,
        "intermediate_size": 15360,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 256,
        "vocab_size": 262208,
        "tie_word_embeddings": True,
        "sliding_window": {"window": 1024, "num_layers": 40},
        "vision": {"parameters": 421290864, "tokens_per_image": 256},
    },
    "phi-2": {
        "model_type": "phi",
        "num_hidden_layers": 32,
        "hidden_size": 2560,
        "intermediate_size": 10240,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "vocab_size": 51200,
        "tie_word_embeddings": False,
    },
    "qwen2.5-vl-7b": {
        "model_type": "qwen2_5_vl",
        "parameters": 8292166656,
        "num_hidden_layers": 28,
        "hidden_size": 3584,
        "intermediate_size": 18944,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "head_dim": 128,
        "vocab_size": 152064,
        "tie_word_embeddings": False,
        "vision": {
            "parameters": 676550144,
            "num_hidden_layers": 32,
            "hidden_size": 1280,
            "intermediate_size": 3420,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "max_pixels": 12845056,
        },
    },
}

#: What a stack chooses, chosen for it: tests of memory are not about what stacks do.
PLAIN: dict[str, Any] = {
    "gradient_checkpointing": True,
    "attn_implementation": "sdpa",
    "loss": "full",
    "adapter_dtype": "float32",
    "master_weights": False,
}

Model = Callable[..., ModelInfo]
Training = Callable[..., TrainingSettings]
Inference = Callable[..., InferenceSettings]


@pytest.fixture(scope="session")
def model() -> Model:
    """Give an entry by the name of its shape, with changes to it; None takes a number away, layers are counted."""

    def make(name: str = "llama-3.1-8b", *, quantization: tuple[str, str] | None = None, **changes: Any) -> ModelInfo:
        if "layers" in changes:
            changes = {"num_hidden_layers": sum(group["count"] for group in changes["layers"]), **changes}
        shape = {key: value for key, value in {**SHAPES[name], **changes}.items() if value is not None}
        raw = {**ENTRY, "architecture": shape}
        if quantization:
            raw["quantization"] = dict(zip(("method", "type"), quantization, strict=True))
        return ModelInfo.model_validate(raw)

    return make


@pytest.fixture(scope="session")
def shapeless() -> ModelInfo:
    """Give an entry that says nothing of its shape."""
    return ModelInfo.model_validate(ENTRY)


@pytest.fixture(scope="session")
def training() -> Training:
    """Give training settings: plain ones or those of a stack that is named, changed as wanted."""

    def make(entry: ModelInfo, **changes: Any) -> TrainingSettings:
        return merge(entry, "training", Layer(changes if "stack" in changes else {**PLAIN, **changes}))

    return make


@pytest.fixture(scope="session")
def inference() -> Inference:
    """Give inference settings: those of vLLM at 8192 tokens, changed as wanted."""

    def make(entry: ModelInfo, **changes: Any) -> InferenceSettings:
        return merge(entry, "inference", Layer(changes))

    return make
