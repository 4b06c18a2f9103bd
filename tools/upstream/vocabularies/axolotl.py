"""Keys of an axolotl file: the fields of its configuration, of what it mixes in, and of the plugins in its wheel."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.upstream.vocabularies.pydantic_fields import enum_values, fields, model_at

__all__ = ["BESIDE", "keys"]

#: Unpacked beside it, at the release that it asks for: its optimizers and schedules are named there.
BESIDE = ("transformers",)

_SCHEMAS = "axolotl.utils.schemas"
_INPUT = f"{_SCHEMAS}.config.AxolotlInputConfig"
_DEPRECATED = f"{_SCHEMAS}.deprecated.DeprecatedParameters"
#: Groups whose fields are keys of their own.
_GROUPS = {
    "context_parallel": "axolotl.integrations.context_parallel.args.ContextParallelConfig",
    "fsdp_config": f"{_SCHEMAS}.fsdp.FSDPConfig",
}
#: Values of absent keys that our rules read.
_DEFAULTS = {
    "activation_offloading", "adapter", "attn_implementation", "bf16", "bfloat16", "chunked_cross_entropy",
    "cut_cross_entropy", "deepspeed", "eager_attention", "eval_strategy", "evaluation_strategy", "float16", "fp16",
    "freeze_mm_modules", "fsdp_config.activation_checkpointing", "fsdp_config.offload_params",
    "gradient_accumulation_steps", "gradient_checkpointing", "liger_fused_linear_cross_entropy", "load_in_4bit",
    "load_in_8bit", "lora_alpha", "lora_dropout", "lora_modules_to_save", "lora_r", "lora_target_linear",
    "lora_target_modules", "lr_scheduler", "micro_batch_size", "num_epochs", "optimizer",
    "peft_autocast_adapter_dtype", "peft_use_rslora", "plugins", "quantize_moe_experts", "reward_model", "rl",
    "sample_packing", "sequence_len", "test_datasets", "val_set_size",
}  # fmt: skip
#: Schedules of its own, which stand in the code of its builder only.
_SCHEDULES = ("one_cycle", "rex")


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """
    Return the keys of an unpacked axolotl with transformers beside it.

    What only fails when training starts, such as the name of an optimizer, is among what a key takes.
    """
    found = {name: facts for path in _plugins(root) for name, facts in fields(model_at(root, path)).items()}
    found |= fields(model_at(root, _INPUT))
    for name in _refused(root):
        del found[name]
    for group, path in _GROUPS.items():
        found |= {f"{group}.{name}": facts for name, facts in fields(model_at(root, path)).items()}
    found["optimizer"]["choices"] = [
        *enum_values(root, "transformers.training_args.OptimizerNames"),
        *_built(root, enum_values(root, f"{_SCHEMAS}.enums.CustomSupportedOptimizers")),
    ]
    found["lr_scheduler"]["choices"] = [
        *enum_values(root, "transformers.trainer_utils.SchedulerType"),
        *(name for name in _SCHEDULES if name in _builder(root)),
    ]
    found["eval_strategy"]["choices"] = enum_values(root, "transformers.trainer_utils.IntervalStrategy")
    found["save_strategy"]["choices"] = enum_values(root, "transformers.trainer_utils.SaveStrategy")
    for name in found.keys() - _DEFAULTS:
        found[name].pop("default", None)
    return dict(sorted(found.items()))


def _plugins(root: Path) -> Iterator[str]:
    """Yield the dotted paths of what plugins mix in."""
    for path in sorted((root / "axolotl" / "integrations").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "get_input_args":
                yield from (
                    one.value
                    for one in ast.walk(node)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.startswith("axolotl.")
                )


def _refused(root: Path) -> list[str]:
    """Return fields that stand there only to be refused, whatever their value."""
    return [
        ast.literal_eval(validator.args[0])
        for node in model_at(root, _DEPRECATED).node.body
        if isinstance(node, ast.FunctionDef) and any(isinstance(one, ast.Raise) for one in ast.walk(node))
        for validator in node.decorator_list
        if isinstance(validator, ast.Call)
    ]


def _built(root: Path, names: list[str]) -> list[str]:
    """Return the optimizers that are not only listed, but built: another one is refused when training starts."""
    return [name for name in names if name in _builder(root)]


def _builder(root: Path) -> set[str]:
    """Return every word in the code that builds a trainer."""
    tree = ast.parse((root / "axolotl" / "core" / "builders" / "base.py").read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
