"""
Build TRL's real configurations of every exported file: arguments, files for its commands, and programs.

    python tools/dialects/trl.py FOLDER

Run it inside an environment that has TRL, PEFT, bitsandbytes and torch; nothing needs a GPU. ``*.json`` becomes an
``SFTConfig``, and a ``DPOConfig`` of what both have; ``*.yaml`` goes through the parser of ``trl sft``, what is left of
it through accelerate's; ``*.py`` is compiled, its configurations are built, and its calls are bound to the real
signatures. One JSON object goes to stdout; exit code 1 if a file is refused.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import inspect
import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_CALLS = runpy.run_path(str(_HERE / "python_calls.py"))["calls"]
# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != _HERE]


def main(folder: Path) -> int:
    """Build the configuration of every file, for a machine without a GPU."""
    refused: dict[str, str] = {}
    counts: dict[str, int] = {}
    builds: dict[str, Callable[[Path], None]] = {"*.json": _arguments, "*.yaml": _command, "*.py": _program}
    for pattern, build in builds.items():
        for path in sorted(folder.glob(pattern)):
            counts[pattern] = counts.get(pattern, 0) + 1
            try:
                build(path)
            except (AttributeError, ValueError, TypeError, ImportError, SyntaxError, SystemExit) as error:
                refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    version = importlib.metadata.version("trl")
    sys.stdout.write(
        json.dumps({"tool": "trl", "version": version, "files": sum(counts.values()), **counts, "refused": refused})
        + "\n"
    )
    return int(bool(refused))


def _arguments(path: Path) -> None:
    trl = importlib.import_module("trl")
    stated = json.loads(path.read_text(encoding="utf-8"))
    _check(stated, trl.SFTConfig(**stated, use_cpu=True))
    known = {field.name for field in dataclasses.fields(trl.DPOConfig)}
    shared = {key: value for key, value in stated.items() if key in known}
    _check(shared, trl.DPOConfig(**shared, use_cpu=True))


def _command(path: Path) -> None:
    """Parse a file as ``trl sft`` does, and what it hands to accelerate as accelerate does."""
    yaml = importlib.import_module("yaml")
    stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    parser = importlib.import_module("trl.scripts.sft").make_parser(prog="trl sft")
    environment = dict(os.environ)
    _, config, model, _, left, _ = parser.parse_args_and_config(
        ["--config", str(path), "--use_cpu", "True", "--dataset_name", "org/data"],
        return_remaining_strings=True,
        separate_remaining_strings=True,
    )
    os.environ.clear()
    os.environ.update(environment)
    launching = importlib.import_module("trl.cli.accelerate_config").resolve_accelerate_config_argument(left)
    launch = importlib.import_module("accelerate.commands.launch").launch_command_parser()
    launched = launch.parse_args([*launching, "sft.py"])
    if launched.training_script != "sft.py":
        raise ValueError(f"accelerate takes {launched.training_script} for the program")
    fields = {field.name for owner in (model, config) for field in dataclasses.fields(owner)}
    _check({key: value for key, value in stated.items() if key in fields}, model, config)
    utils = importlib.import_module("trl.trainer.utils")
    adapter = utils.get_peft_config(model)
    if adapter is not None:
        _check({"target_modules": stated["lora_target_modules"], "r": stated["lora_r"]}, adapter)
    utils.get_quantization_config(model)


def _check(stated: dict[str, Any], *built: Any) -> None:
    for key, value in stated.items():
        owner = next(one for one in built if hasattr(one, key))
        found = getattr(owner, key)
        same = found == set(value) if isinstance(found, set) else found == value
        # A type of torch is `torch.bfloat16`, a word of a closed set an enumeration.
        if not same and str(getattr(found, "value", found)).removeprefix("torch.") != str(value):
            raise ValueError(f"{key} = {value} became {found}")


def _program(path: Path) -> None:
    trl, peft, transformers = (importlib.import_module(name) for name in ("trl", "peft", "transformers"))
    datasets = importlib.import_module("datasets")
    built = {"SFTConfig": trl.SFTConfig, "LoraConfig": peft.LoraConfig}
    built["BitsAndBytesConfig"] = transformers.BitsAndBytesConfig
    bound = {"SFTTrainer": trl.SFTTrainer, "load_dataset": datasets.load_dataset}
    for call in _CALLS(path):
        if call.name in built:
            further = {"use_cpu": True} if call.name == "SFTConfig" else {}
            _check(dict(call.arguments), built[call.name](**call.arguments, **further))
        elif call.name in bound:
            inspect.signature(bound[call.name]).bind(*range(call.positional), **call.arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
