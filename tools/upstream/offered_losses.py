"""Which losses training stacks offer beside their own, and which model types Liger Kernel has a fused one for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.upstream.expressions import Expression

__all__ = ["AXOLOTL", "MS_SWIFT", "TRL", "liger_facts", "llama_factory_losses"]

_PATCHES = "liger_kernel/transformers/monkey_patch.py"
_PREFIX = "apply_liger_kernel_to_"
#: The argument by which a function of Liger Kernel makes one of head and loss.
_FUSED = "fused_linear_cross_entropy"
_BY_LIGER = {"needs": "liger-kernel"}

TRL = (
    Expression(
        "losses",
        "trl/trainer/sft_trainer.py",
        "SFTTrainer",
        f"args.liger_kernel_config = {{**liger_kernel_config, '{_FUSED}': False}}",
        states={},
    ),
)
AXOLOTL = tuple(
    Expression("losses", f"axolotl/{file}", place, text, states={"chunked": {}, "fused": _BY_LIGER})
    for file, place, text in (
        ("integrations/liger/args.py", "LigerArgs", f"liger_{_FUSED}: bool | None = None"),
        ("integrations/liger/plugin.py", "LigerPlugin", f"kwargs['{_FUSED}'] = patch_{_FUSED}"),
        ("utils/schemas/config.py", "AxolotlInputConfig", "chunked_cross_entropy: bool | None = Field("),
    )
)
MS_SWIFT = (
    Expression(
        "losses",
        "swift/trainers/arguments.py",
        "TrainArgumentsMixin.__post_init__",
        "if is_mp() and self.use_liger_kernel: raise ValueError('liger_kernel does not support device_map.",
        states={"fused": {**_BY_LIGER, "not_with": ["device_map"]}},
    ),
)


def liger_facts(root: Path) -> Mapping[str, Any]:
    """Return the model types for which Liger Kernel, unpacked, fuses head and loss unless it is told otherwise."""
    tree = ast.parse((root / _PATCHES).read_text(encoding="utf-8"))
    fusing = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and _fuses(node)}
    named = dict(_types(tree))
    return {"fused_loss": sorted(name for name, function in named.items() if function in fusing)}


def llama_factory_losses(root: Path) -> Mapping[str, Any]:
    """Return what LLaMA-Factory offers: the types that it passes on to the function of Liger Kernel that is theirs."""
    tree = ast.parse((root / _PATCHES).read_text(encoding="utf-8"))
    fusing = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and _fuses(node)}
    passed = ast.parse((root / "llamafactory/model/model_utils/liger_kernel.py").read_text(encoding="utf-8"))
    types = sorted(name for name, function in _passed_on(passed) if function in fusing and function == _PREFIX + name)
    return {"losses": {"fused": {**_BY_LIGER, "model_types": types}}}


def _fuses(function: ast.FunctionDef) -> bool:
    """Return whether head and loss become one by default."""
    names = [argument.arg for argument in function.args.args]
    defaults = dict(zip(names[len(names) - len(function.args.defaults) :], function.args.defaults, strict=True))
    default = defaults.get(_FUSED)
    return isinstance(default, ast.Constant) and default.value is True


def _types(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each model type with the function for it."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MODEL_TYPE_TO_APPLY_LIGER_FN":
            pairs = ast.unparse(node.value).strip("{}").split(", ")
            for name, _, function in (pair.partition(": ") for pair in pairs):
                yield ast.literal_eval(name), function


def _passed_on(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each model type that a branch is for, with the function that the branch imports."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test).startswith("model_type ")):
            continue
        named = ast.literal_eval(node.test.comparators[0]) if isinstance(node.test, ast.Compare) else ()
        imports = [part for step in node.body for part in ast.walk(step) if isinstance(part, ast.ImportFrom)]
        for name in [named] if isinstance(named, str) else named:
            yield from ((name, part.names[0].name) for part in imports)
