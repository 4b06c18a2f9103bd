"""Keys of the files that TRL's commands take: those of its configurations, of the model, the data and accelerate."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from tools.upstream.vocabularies.fields import Key, class_fields, compared, merged, options
from tools.upstream.vocabularies.transformers import training_arguments

__all__ = ["BESIDE", "keys"]

#: Whose arguments its configurations and commands have too.
BESIDE = ("accelerate", "transformers")

_TRAINER = "trl/trainer"
_LAUNCH = "accelerate/commands/launch.py"
#: Module and class of each configuration; the first states the defaults.
_CONFIGURATIONS = (
    (f"{_TRAINER}/sft_config.py", "SFTConfig"),
    (f"{_TRAINER}/dpo_config.py", "DPOConfig"),
    (f"{_TRAINER}/kto_config.py", "KTOConfig"),
    (f"{_TRAINER}/grpo_config.py", "GRPOConfig"),
    (f"{_TRAINER}/rloo_config.py", "RLOOConfig"),
    (f"{_TRAINER}/reward_config.py", "RewardConfig"),
    ("trl/experimental/orpo/orpo_config.py", "ORPOConfig"),
    (f"{_TRAINER}/model_config.py", "ModelConfig"),
    ("trl/scripts/utils.py", "ScriptArguments"),
    ("trl/scripts/utils.py", "DatasetMixtureConfig"),
    ("trl/scripts/grpo.py", "GRPOScriptArguments"),
)
#: Values of absent keys that our rules read.
_DEFAULTS = {
    "activation_checkpointing", "activation_offloading", "bf16", "dtype", "eval_strategy", "fp16",
    "gradient_accumulation_steps", "gradient_checkpointing", "learning_rate", "load_in_4bit", "load_in_8bit",
    "lora_alpha", "lora_dropout", "lora_modules_to_save", "lora_r", "lora_target_modules", "loss_type",
    "lr_scheduler_type", "max_completion_length", "max_length", "num_train_epochs", "optim", "packing",
    "per_device_eval_batch_size", "per_device_train_batch_size", "use_dora", "use_liger_kernel", "use_peft",
    "use_rslora", "warmup_steps", "attn_implementation", "num_processes", "accelerate_config",
    "model_init_kwargs", "deepspeed", "fsdp", "eval_packing", "num_generations",
}  # fmt: skip

#: What scripts of two projects take besides, in files of the same kind: with TRL's parser, they read classes of theirs.
#: Source: huggingface/alignment-handbook 925acdf, `src/alignment/configs.py`; huggingface/open-r1 1416fa0,
#: `src/open_r1/configs.py`
_OF_SCRIPTS = {
    **dict.fromkeys(("benchmarks", "callbacks"), "array"),
    **dict.fromkeys(
        ("code_eval_test_batch_size", "cosine_max_len", "max_completion_len", "repetition_n_grams"), "integer"
    ),
    **dict.fromkeys(("parallel_code_exec_per_proc", "soft_punish_cache"), "integer"),
    **dict.fromkeys(("cosine_max_value_correct", "cosine_max_value_wrong", "repetition_max_penalty"), "number"),
    **dict.fromkeys(("cosine_min_value_correct", "cosine_min_value_wrong"), "number"),
    **dict.fromkeys(("overwrite_hub_revision", "push_to_hub_revision"), "boolean"),
    "dataset_mixture": "object",
    **dict.fromkeys(("chat_template", "system_prompt", "hub_model_revision", "dataset_prompt_column"), "string"),
    **dict.fromkeys(
        ("wandb_entity", "wandb_project", "wandb_run_group", "e2b_router_url", "morph_router_url"), "string"
    ),
    **dict.fromkeys(("code_eval_scoring_mode", "code_language", "code_provider", "ioi_provider"), "string"),
}


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the keys by their names, below a folder with ``trl/``, ``transformers/`` and ``accelerate/``."""
    arguments = training_arguments(root)
    base = {**arguments, **_over(arguments, class_fields(root / _TRAINER / "base_config.py", "_BaseConfig"))}
    first, *others = (class_fields(root / file, name) for file, name in _CONFIGURATIONS)
    found = merged({**base, **_over(base, first)}, *(_over(base, each) for each in others))
    for name in ("loss_type", "f_divergence_type"):
        _close(found[name], root, name)
    launching = {name: key for name, key in options(root / _LAUNCH).items() if name not in found}
    found.update(launching)
    found.update(_negated(found))
    found.update({name: {"types": [kind]} for name, kind in _OF_SCRIPTS.items()})
    # No keys of a file: the word behind ``trl``, or the name of a script, which says whose configuration the keys are,
    # and the option that gives a command its file.
    trained = _commands(root / "trl/cli/commands/__init__.py")
    scripts = [name for name in ("orpo",) if (root / "trl/experimental" / name).is_dir()]
    found["command"] = {"types": ["string"], "choices": sorted([*trained, *scripts])}
    found["config"] = {"types": ["string"]}
    found.update(accelerate_config={"types": ["string"], "default": None}, env={"types": ["object"]})
    for name, key in found.items():
        if name not in _DEFAULTS:
            key.pop("default", None)
        # The values of a file become defaults of the parser, which takes a word for a list of one.
        if "array" in key["types"] and "string" not in key["types"]:
            key["types"] = ["string", *key["types"]]
    found["scale_rewards"]["types"] = ["boolean", "string"]
    # Nothing is said here of what decides it: absent, it is on where fp16 is not.
    found["bf16"]["default"] = None
    return found


def _commands(path: Path) -> list[str]:
    """Return the commands that train, sorted."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    return sorted(ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == "TrainingCommand")


def _negated(found: dict[str, Key]) -> dict[str, Key]:
    """Return the options that turn off what is on by default; only command lines have them."""
    on = (name for name, key in found.items() if key["types"] == ["boolean"] and key.get("default") is True)
    return {f"no_{name}": {"types": ["boolean"]} for name in on}


def _over(base: dict[str, Key], own: dict[str, Key]) -> dict[str, Key]:
    """Return keys that stand over those of a base class, which keep its choices and bounds where they state none."""
    kept = ("choices", "minimum", "maximum")
    return {
        name: {**{word: value for word, value in base.get(name, {}).items() if word in kept}, **key}
        for name, key in own.items()
    }


def _close(key: Key, root: Path, name: str) -> None:
    """Add to a key the words that trainers compare it with."""
    trainers = ("sft", "dpo", "kto", "grpo", "rloo")
    found = {
        word
        for trainer in trainers
        for word in compared(root / _TRAINER / f"{trainer}_trainer.py", name, f"{name}s", name.replace("_type", ""))
    }
    declared = {
        word
        for file, owner in _CONFIGURATIONS
        for word in class_fields(root / file, owner).get(name, {}).get("choices", ())
    }
    key["choices"] = sorted(found | declared)
