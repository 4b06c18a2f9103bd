"""
Print what TRL's ``SFTTrainer`` does by default.

    python tools/upstream/stack_trl.py

Run it inside an environment that has TRL. One JSON object goes to stdout, with the names of the fields of
``storage/stacks.json``. Defaults are asked of the real classes; what the trainer does in code is read from its source.
Works for TRL 0.12 to 1.16.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.util
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["facts"]

#: Fields of ``SFTConfig`` whose defaults our tables state; a version has those that it knows.
_COMPARED = (
    "optim",
    "learning_rate",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "max_seq_length",
    "max_length",
    "packing",
    "padding_free",
    "gradient_checkpointing",
    "loss_type",
    "bf16",
    "activation_offloading",
)


def facts() -> dict[str, object]:
    """Return what the installed TRL does, under the names of the fields of ``storage/stacks.json``."""
    trl = importlib.import_module("trl")
    defaults = _defaults(trl.SFTConfig)
    package = _package()
    trainer = (package / "trainer" / "sft_trainer.py").read_text(encoding="utf-8")
    utilities = (package / "trainer" / "utils.py").read_text(encoding="utf-8")
    prepares = re.search(r"prepare_(model_for_kbit_training|peft_model)\(", trainer) is not None
    loss, tile = _loss(package, _as_made(trl.SFTConfig, "loss_type"))
    found: dict[str, object] = {
        "gradient_checkpointing": bool(defaults["gradient_checkpointing"]),
        "loss": loss,
        "loss_tile": tile,
        "quantized_adapter_dtype": "bfloat16" if _casts_adapters(trainer) else "float32",
        "autocasts": bool(_as_made(trl.SFTConfig, "bf16")),
        "prepares_kbit": prepares,
        "double_quantizes": bool(_defaults(trl.ModelConfig)["use_bnb_nested_quant"]),
        "offloads_activations": bool(defaults.get("activation_offloading")),
        "fuses": bool(defaults.get("use_liger_kernel")),
        "config_defaults": {name: defaults[name] for name in _COMPARED if name in defaults},
    }
    dtype = _load_dtype(utilities)
    return found | ({"load_dtype": dtype} if dtype else {})


def _package() -> Path:
    """Return the folder of TRL, without importing its trainer."""
    spec = importlib.util.find_spec("trl")
    if spec is None or spec.origin is None:
        message = "TRL is not installed here"
        raise ModuleNotFoundError(message)
    return Path(spec.origin).parent


def _defaults(config: Any) -> dict[str, Any]:
    """Return the defaults of a dataclass as its fields state them, words of an enumeration as text."""
    stated = {field.name: field.default for field in dataclasses.fields(config)}
    return {name: getattr(value, "value", value) for name, value in stated.items() if value is not dataclasses.MISSING}


def _as_made(config: Any, name: str) -> Any:
    """Return what a field holds after the class has filled in what was left open."""
    with tempfile.TemporaryDirectory() as folder:
        return getattr(config(output_dir=folder, use_cpu=True, report_to=[]), name, None)


def _loss(package: Path, kind: object) -> tuple[str, list[int | None] | None]:
    """
    Return how much of the logits is in memory at once: tiles, chunks of tokens, or all.

    Returns:
        The word, and tokens and words of the vocabulary in one tile.
    """
    words = _number(package / "trainer" / "utils.py", "_CHUNKED_LOGPROB_CHUNK_SIZE")
    tokens = _number(package / "kernels" / "chunked_logprob.py", "TOKEN_CHUNK_SIZE")
    if tokens is not None and words is not None:
        return "tiled", [tokens, words]
    if kind == "chunked_nll":
        return "chunked", [_number(package / "trainer" / "sft_trainer.py", "_CHUNKED_LM_HEAD_CHUNK_SIZE"), None]
    return "full", None


def _number(path: Path, name: str) -> int | None:
    """Return the number that a module gives to a name, or None if there is no such module or name."""
    source = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = re.search(rf"^{name} = (\d+)$", source, re.MULTILINE)
    return int(found[1]) if found else None


def _casts_adapters(trainer: str) -> bool:
    """Return whether trained parameters of a quantised model become bfloat16."""
    return re.search(r"requires_grad.*:\s+param\.data = param\.data\.to\(torch\.bfloat16\)", trainer) is not None


def _load_dtype(utilities: str) -> str | None:
    """Return the type in which a model given by name is loaded, where TRL itself chooses it."""
    for node in ast.walk(ast.parse(utilities)):
        if isinstance(node, ast.FunctionDef) and node.name == "create_model_from_path":
            found = re.search(r"kwargs\.get\('dtype', '(float32|bfloat16)'\)", ast.unparse(node))
            return found[1] if found else None
    return None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts()) + "\n")
