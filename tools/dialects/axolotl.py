"""
Check exported files against axolotl's own configuration, and what it would pass to PEFT and transformers.

    python tools/dialects/axolotl.py FOLDER

Run it inside an environment that has axolotl; no GPU is needed. Every ``*.yaml`` and ``*.json`` of the folder is read,
both as YAML. axolotl passes over keys that it does not know, so each key is looked for among its fields too. One JSON
object goes to stdout; exit code 1 if a file is refused.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]
os.environ |= {"AXOLOTL_DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "TRL_EXPERIMENTAL_SILENCE": "1"}


def main(folder: Path) -> int:
    """Validate every file as axolotl does before loading anything."""
    logging.disable(logging.CRITICAL)
    yaml = importlib.import_module("yaml")
    refused: dict[str, str] = {}
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.json")])
    for path in files:
        try:
            _build(yaml.safe_load(path.read_text(encoding="utf-8")))
        except Exception as error:  # noqa: BLE001  (whatever it refuses a file with)
            refused[path.name] = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    version = importlib.metadata.version("axolotl")
    answer = {"tool": "axolotl", "version": version, "files": len(files), "refused": refused}
    sys.stdout.write(json.dumps(answer) + "\n")
    return int(bool(refused))


def _build(content: Mapping[str, Any]) -> None:
    config = importlib.import_module("axolotl.utils.config")
    # One manager of plugins serves the whole process: those of another file would add their keys to this one.
    importlib.import_module("axolotl.integrations.base").PluginManager._instance = None
    cfg = importlib.import_module("axolotl.utils.dict").DictDefault(content)
    config.prepare_plugins(cfg)
    _, model = importlib.import_module("axolotl.integrations.config").merge_input_args()
    known = {field.alias or name for name, field in model.model_fields.items()} | {*model.model_fields}
    if unknown := set(content) - known:
        raise ValueError(f"keys that axolotl passes over: {sorted(unknown)}")
    cfg = config.validate_config(cfg)
    _hand_on(cfg)


def _hand_on(cfg: Any) -> None:
    """Build the objects that are refused only when training starts."""
    names = importlib.import_module("axolotl.utils.schemas.enums").CustomSupportedOptimizers
    if cfg.optimizer not in {name.value for name in names}:
        importlib.import_module("transformers.training_args").OptimizerNames(cfg.optimizer)
    if cfg.lr_scheduler not in ("one_cycle", "rex"):
        importlib.import_module("transformers.trainer_utils").SchedulerType(cfg.lr_scheduler)
    if cfg.adapter:
        importlib.import_module("peft").LoraConfig(
            r=cfg.lora_r,
            lora_alpha=cfg.lora_alpha,
            lora_dropout=cfg.lora_dropout,
            target_modules="all-linear" if cfg.lora_target_linear else cfg.lora_target_modules,
            modules_to_save=cfg.lora_modules_to_save,
            use_rslora=bool(cfg.peft_use_rslora),
            task_type="CAUSAL_LM",
        )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
