"""Target modules against the real thing: PEFT on tiny models of transformers' own classes (``nox -s peft``)."""

from __future__ import annotations

import json
from typing import Any

import peft
import pytest
import transformers
from torch import nn

from model_garden_registry.bundled import bundled_registry

#: What libraries say to each other of their next releases is not ours.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning", "ignore::DeprecationWarning")

MODELS: dict[str, Any] = json.loads(bundled_registry().read_bytes())["models"]

#: Small numbers for every dimension that a configuration may have.
TINY = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "moe_intermediate_size": 16,
    "shared_expert_intermediate_size": 16,
    "shared_intermediate_size": 16,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "num_experts": 4,
    "num_local_experts": 4,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "max_position_embeddings": 64,
    "kv_lora_rank": 8,
    "q_lora_rank": 8,
    "qk_rope_head_dim": 4,
    "qk_nope_head_dim": 4,
    "v_head_dim": 8,
    "depth": 2,
    "embed_dim": 32,
    "out_hidden_size": 32,
    "num_heads": 4,
}

ENTRIES = [
    pytest.param("meta-llama/Llama-3.1-8B-Instruct", id="llama"),
    pytest.param("Qwen/Qwen2.5-7B-Instruct", id="biases on queries, keys and values"),
    pytest.param("Qwen/Qwen3-8B", id="norms on queries and keys"),
    pytest.param("microsoft/phi-4", id="fused matrices"),
    pytest.param("microsoft/phi-2", id="two matrices in a feed-forward layer"),
    pytest.param("google/gemma-3-1b-it", id="windows"),
    pytest.param("mistralai/Mixtral-8x7B-Instruct-v0.1", id="experts of Mixtral"),
    pytest.param("Qwen/Qwen3-30B-A3B-Instruct-2507", id="experts"),
    pytest.param("deepseek-ai/DeepSeek-V2-Lite-Chat", id="latent attention"),
    pytest.param("LiquidAI/LFM2-1.2B", id="convolutions"),
    pytest.param("ibm-granite/granite-4.0-h-micro", id="state spaces"),
    pytest.param("bigcode/starcoder2-3b", id="names of its own"),
    pytest.param("zai-org/GLM-4-9B-0414", id="a fused gate"),
    pytest.param("Qwen/Qwen3-VL-8B-Instruct", id="images"),
    pytest.param("google/gemma-3-4b-it", id="images and windows"),
    pytest.param("Qwen/Qwen3.5-9B", id="linear attention"),
]


#: What an entry's shape says beside `model_type` that decides which layers there are.
DECISIVE = {"ibm-granite/granite-4.0-h-micro": {"num_hidden_layers": 4, "layer_types": ["mamba", "attention"] * 2}}


def tiny_config(model_id: str) -> Any:
    """Make a small configuration of an entry's architecture."""
    shape = MODELS[model_id]["architecture"]
    plain = transformers.CONFIG_MAPPING[shape["model_type"]](**DECISIVE.get(model_id, {}))
    shrink(plain)
    for part in ("text_config", "vision_config"):
        if getattr(plain, part, None) is not None:
            shrink(getattr(plain, part))
    if "mla" in shape and "q_lora_rank" not in shape["mla"]:
        plain.q_lora_rank = None
    return plain


def shrink(config: Any) -> None:
    """Make every dimension small, and the list of layers as short as they are."""
    for name, value in TINY.items():
        if getattr(config, name, None) is not None:
            setattr(config, name, value)
    kinds = getattr(config, "layer_types", None)
    if kinds:
        config.layer_types = [*sorted(set(kinds)), *kinds][: config.num_hidden_layers]


def built(model_id: str) -> nn.Module:
    """Build a tiny random model of an entry's architecture."""
    config = tiny_config(model_id)
    has_images = hasattr(config, "vision_config")
    loader = transformers.AutoModelForImageTextToText if has_images else transformers.AutoModelForCausalLM
    model: nn.Module = loader.from_config(config)
    return model


@pytest.mark.parametrize("model_id", ENTRIES)
def test_peft_finds_every_target_module(model_id: str) -> None:
    """Each name of an entry's target modules is a layer that gets an adapter."""
    entry = MODELS[model_id]
    names = entry["training_defaults"]["lora_config"]["target_modules"]
    wanted = peft.LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=names)

    adapted = peft.get_peft_model(built(model_id), wanted)

    found = [name.partition(".lora_A")[0] for name, _ in adapted.named_modules() if name.endswith(".lora_A")]
    assert [name for name in names if not any(path.endswith(name) for path in found)] == []
    assert found
