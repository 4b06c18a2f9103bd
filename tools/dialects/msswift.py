"""
Check exported files with ms-swift's own parser and the checks after it.

    python tools/dialects/msswift.py FOLDER

Run it inside an environment that has ms-swift, deepspeed and liger-kernel; no GPU is needed, and no model: in place of
each stands a small one of its kind, since ms-swift asks for ``config.json``. Every ``*.yaml`` and ``*.json`` of the
folder is read as ``swift sft FILE`` or ``swift rlhf FILE`` reads it. One JSON object goes to stdout; exit code 1 if
a file is refused.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
import tempfile
from pathlib import Path

# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]

os.environ |= {"LOG_LEVEL": "ERROR", "TRL_EXPERIMENTAL_SILENCE": "1", "TRANSFORMERS_VERBOSITY": "error"}

_SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 128,
    "max_position_embeddings": 32768,
    "torch_dtype": "bfloat16",
}
_TOWER = {"vision_config": {"depth": 2, "hidden_size": 32, "num_heads": 4}}
#: Its kinds of models → the class of such a model, its ``model_type``, and what it has besides layers.
_KINDS = {
    "qwen2": ("Qwen2ForCausalLM", "qwen2", "qwen2_5", {}),
    "qwen2_5_vl": ("Qwen2_5_VLForConditionalGeneration", "qwen2_5_vl", "qwen2_5_vl", _TOWER),
}
_WITHOUT_GPU = ("--use_cpu", "true", "--report_to", "none", "--add_version", "false")


def main(folder: Path) -> int:
    """Build the arguments of every file."""
    refused: dict[str, str] = {}
    before, folder = Path.cwd(), folder.resolve()
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.json")])
    with tempfile.TemporaryDirectory() as place:
        models = {kind: _model(Path(place), kind) for kind in _KINDS}
        os.chdir(place)  # where it puts what a run would leave
        environment = dict(os.environ)
        for path in files:
            try:
                _build(path, models)
            except (ValueError, TypeError, AssertionError, OSError, ImportError, SystemExit) as error:
                refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
            os.environ.clear()
            os.environ.update(environment)
        os.chdir(before)
    version = importlib.metadata.version("ms-swift")
    sys.stdout.write(
        json.dumps({"tool": "msswift", "version": version, "files": len(files), "refused": refused}) + "\n"
    )
    return int(bool(refused))


def _model(place: Path, kind: str) -> str:
    architecture, model_type, _, more = _KINDS[kind]
    folder = place / kind
    folder.mkdir()
    config = {"architectures": [architecture], "model_type": model_type, **_SHAPE, **more}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return str(folder)


def _build(path: Path, models: dict[str, str]) -> None:
    arguments = [str(path)]
    importlib.import_module("swift.cli.main").parse_yaml_args(arguments)
    kind = "qwen2_5_vl" if "--freeze_vit" in arguments else "qwen2"
    arguments[arguments.index("--model") + 1] = models[kind]
    arguments += ["--model_type", kind, "--template", _KINDS[kind][2], *_WITHOUT_GPU]
    kinds = importlib.import_module("swift.arguments")
    asked = kinds.RLHFArguments if "--rlhf_type" in arguments else kinds.SftArguments
    _, left = importlib.import_module("swift.utils").parse_args(asked, arguments)
    if left:
        raise ValueError(f"takes no {' '.join(left)}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
