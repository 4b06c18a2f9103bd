"""Llama-3.2-1B, as published: its config.json, and its shape as an entry states it."""

from __future__ import annotations

from typing import Any

SHAPE: dict[str, Any] = {
    "model_type": "llama",
    "num_hidden_layers": 16,
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "vocab_size": 128256,
    "tie_word_embeddings": True,
    "max_position_embeddings": 131072,
    "dtype": "bfloat16",
}
CONFIG: dict[str, Any] = {
    **{key: value for key, value in SHAPE.items() if key != "dtype"},
    "architectures": ["LlamaForCausalLM"],
    "hidden_act": "silu",
    "torch_dtype": SHAPE["dtype"],
}
