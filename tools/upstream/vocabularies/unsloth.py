"""Arguments of the functions of Unsloth that a training script calls, read from its source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.upstream.vocabularies.fields import arguments, merged

__all__ = ["keys"]

_MODELS = "unsloth/models"
#: File, class and function; the first states the defaults.
_FUNCTIONS = (
    ("loader.py", "FastLanguageModel", "from_pretrained"),
    ("loader.py", "FastModel", "from_pretrained"),
    ("llama.py", "FastLlamaModel", "get_peft_model"),
    ("vision.py", "FastBaseModel", "get_peft_model"),
)
#: Types of arguments whose defaults say nothing of them.
_TYPES = {
    "auto_model": ["object"], "device_map": ["string", "object"], "device_map_planner_kwargs": ["object"],
    "dtype": ["string"], "ensure_weight_tying": ["boolean"], "finetune_last_n_layers": ["integer"],
    "float32_mixed_precision": ["boolean"], "layers_pattern": ["string", "array"],
    "layers_to_transform": ["integer", "array"], "modules_to_save": ["array"],
    "offload_embedding": ["boolean", "string"],
    "offload_layers": ["integer", "string"], "on_model_resolved": ["object"], "qat_scheme": ["string", "object"],
    "resize_model_vocab": ["integer"], "revision": ["string"], "rope_scaling": ["object"],
    "target_modules": ["string", "array"], "target_parameters": ["array"], "task_type": ["string"],
    "token": ["string"], "whisper_language": ["string"], "whisper_task": ["string"],
    "init_lora_weights": ["boolean", "string"], "use_gradient_checkpointing": ["boolean", "string"],
}  # fmt: skip
#: What stands for an argument that is absent, where what we write depends on it.
_DEFAULTS = {
    "dtype", "finetune_attention_modules", "finetune_language_layers", "finetune_mlp_modules", "finetune_vision_layers",
    "full_finetuning", "load_in_16bit", "load_in_4bit", "load_in_8bit", "lora_alpha", "lora_dropout", "max_seq_length",
    "r", "random_state", "use_gradient_checkpointing", "use_rslora",
}  # fmt: skip


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the arguments by their names, below a folder with ``unsloth/``."""
    found = merged(*(arguments(root / _MODELS / file, owner, name) for file, owner, name in _FUNCTIONS))
    for name, key in found.items():
        key["types"] = _TYPES.get(name, key["types"])
        if name not in _DEFAULTS:
            key.pop("default", None)
    return found
