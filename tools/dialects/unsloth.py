"""
Bind the calls of every exported program to Unsloth's real signatures, and build the configuration that it makes.

    python tools/dialects/unsloth.py FOLDER

Run it inside an environment that has unsloth and unsloth_zoo (without what they ask for) and TRL. Unsloth cannot be
imported where there is no GPU, so that its signatures are read from its source. Every ``*.py`` of the folder is
compiled. One JSON object goes to stdout; exit code 1 if a file is refused.
"""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import runpy
import sys
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_CALLS = runpy.run_path(str(_HERE / "python_calls.py"))["calls"]
# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != _HERE]

#: Called name → package, file, class and function that take the arguments.
_FUNCTIONS = {
    "FastLanguageModel.from_pretrained": ("unsloth", "models/loader.py", "FastLanguageModel", "from_pretrained"),
    "FastVisionModel.from_pretrained": ("unsloth", "models/loader.py", "FastModel", "from_pretrained"),
    "FastLanguageModel.get_peft_model": ("unsloth", "models/llama.py", "FastLlamaModel", "get_peft_model"),
    "FastVisionModel.get_peft_model": ("unsloth", "models/vision.py", "FastBaseModel", "get_peft_model"),
    "UnslothVisionDataCollator": ("unsloth_zoo", "vision_utils.py", "UnslothVisionDataCollator", "__init__"),
}
#: Arguments that functions pass to transformers by ``**kwargs``.
_HANDED_ON = {"attn_implementation"}


def main(folder: Path) -> int:
    """Check every program."""
    refused: dict[str, str] = {}
    files = sorted(folder.glob("*.py"))
    for path in files:
        try:
            _check(path)
        except (AttributeError, ValueError, TypeError, ImportError, SyntaxError) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    version = f"{importlib.metadata.version('unsloth')} (TRL {importlib.metadata.version('trl')})"
    sys.stdout.write(
        json.dumps({"tool": "unsloth", "version": version, "files": len(files), "refused": refused}) + "\n"
    )
    return int(bool(refused))


def _check(path: Path) -> None:
    trl = importlib.import_module("trl")
    found = list(_CALLS(path))
    for call in found:
        if call.name in _FUNCTIONS:
            _bind(call)
        elif call.name == "SFTConfig":
            trl.SFTConfig(**call.arguments, use_cpu=True)
        elif call.name == "SFTTrainer":
            inspect.signature(trl.SFTTrainer).bind(**call.arguments)
    if not any(call.name.endswith(".from_pretrained") and call.name in _FUNCTIONS for call in found):
        raise ValueError("loads no model")


def _bind(call: Any) -> None:
    signature = _signature(*_FUNCTIONS[call.name])
    own = [] if call.name.endswith("from_pretrained") or "." in call.name else [object()]
    signature.bind(*own, *range(call.positional), **call.arguments)
    if unknown := set(call.arguments) - set(signature.parameters) - _HANDED_ON:
        raise TypeError(f"{call.name} has no {', '.join(sorted(unknown))}")
    words = ("load_in_4bit", "load_in_8bit", "load_in_16bit", "full_finetuning")
    if call.name.endswith("from_pretrained") and sum(call.arguments[word] is True for word in words) != 1:
        raise ValueError("of bits and full_finetuning one is True")


@cache
def _signature(package: str, file: str, owner: str, name: str) -> inspect.Signature:
    """Return the signature of a function, read from the source of a package that is not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"{package} is not installed")
    tree = ast.parse((Path(spec.submodule_search_locations[0]) / file).read_text(encoding="utf-8"))
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == owner)
    function = next(
        node for found in classes for node in found.body if isinstance(node, ast.FunctionDef) and node.name == name
    )
    given = function.args
    first = len(given.args) - len(given.defaults)
    kinds = inspect.Parameter
    parameters = [
        kinds(one.arg, kinds.POSITIONAL_OR_KEYWORD, default=kinds.empty if index < first else None)
        for index, one in enumerate(given.args)
    ]
    if given.vararg:
        parameters.append(kinds(given.vararg.arg, kinds.VAR_POSITIONAL))
    parameters += [kinds(one.arg, kinds.KEYWORD_ONLY, default=None) for one in given.kwonlyargs]
    if given.kwarg:
        parameters.append(kinds(given.kwarg.arg, kinds.VAR_KEYWORD))
    return inspect.Signature(parameters)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
