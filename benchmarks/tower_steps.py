"""Steps of networks that read images, with a vision tower that is trained, adapted or frozen."""

from __future__ import annotations

from typing import Any

from benchmarks.training_shapes import ALL, ATTENTION, Case, shape

#: Sizes of published config.json files; of the language models fewer layers, so that the towers weigh as much.
GEMMA3_4B: dict[str, Any] = {
    "model_type": "gemma3",
    "text_config": shape("gemma3_text", (12, 2560, 10_240, 8, 4, 256, 262_208), tied=True, sliding_window=1024),
    "vision_config": {
        "model_type": "siglip_vision_model",
        "num_hidden_layers": 27,
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_attention_heads": 16,
        "image_size": 896,
        "patch_size": 14,
        "vision_use_head": False,
    },
    "tie_word_embeddings": True,
}
QWEN25_VL_7B: dict[str, Any] = {
    "model_type": "qwen2_5_vl",
    "text_config": shape("qwen2_5_vl_text", (7, 3584, 18_944, 28, 4, 128, 152_064)),
    "vision_config": {
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "num_heads": 16,
        "out_hidden_size": 3584,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "window_size": 112,
        "fullatt_block_indexes": [7, 15, 23, 31],
    },
    "tie_word_embeddings": False,
}
QWEN3_VL_8B: dict[str, Any] = {
    "model_type": "qwen3_vl",
    "text_config": shape("qwen3_vl_text", (9, 4096, 12_288, 32, 8, 128, 151_936)),
    "vision_config": {
        "depth": 27,
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_heads": 16,
        "out_hidden_size": 4096,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "num_position_embeddings": 2304,
        "deepstack_visual_indexes": [8, 16, 24],
    },
    "tie_word_embeddings": False,
}


def _gemma(**settings: Any) -> Case:
    return _case("Gemma-3-4B third", GEMMA3_4B, 419_816_304, images=4, **settings)


def _qwen25(**settings: Any) -> Case:
    return _case("Qwen2.5-VL-7B quarter", QWEN25_VL_7B, 676_550_144, images=2, **settings)


def _qwen3(**settings: Any) -> Case:
    return _case("Qwen3-VL-8B quarter", QWEN3_VL_8B, 576_388_336, images=2, **settings)


def _case(name: str, architecture: dict[str, Any], tower_parameters: int, **settings: Any) -> Case:
    optim = "adamw_torch_fused" if settings["method"] == "full" else "adamw_torch"
    known: dict[str, Any] = {"loss": "fused", "optim": optim, "tower_parameters": tower_parameters}
    return Case(name=name, architecture=architecture, **known, **settings)


TOWERS = (
    _gemma(method="full", trains_tower=True),
    _gemma(method="full", trains_tower=True, gradient_checkpointing=False),
    _gemma(method="full"),
    _gemma(method="lora", trains_tower=True),
    _gemma(method="lora", trains_tower=True, gradient_checkpointing=False),
    _gemma(method="lora", gradient_checkpointing=False),
    _gemma(method="lora"),
    _qwen25(method="full", trains_tower=True),
    _qwen25(method="full", trains_tower=True, gradient_checkpointing=False),
    _qwen25(method="lora", trains_tower=True, target_modules=(*ALL, "qkv", "proj"), gradient_checkpointing=False),
    _qwen25(method="lora", target_modules=ATTENTION),
    _qwen3(method="full", trains_tower=True),
    _qwen3(method="full", trains_tower=True, gradient_checkpointing=False),
    _qwen3(
        method="lora",
        trains_tower=True,
        target_modules=(*ALL, "qkv", "proj", "linear_fc1", "linear_fc2"),
        gradient_checkpointing=False,
        adapter_dtype="bfloat16",
    ),
    _qwen3(method="lora", trains_tower=True, target_modules="all-linear"),
    _qwen3(method="lora", batch_size=2),
)
