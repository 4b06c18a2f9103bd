"""
Read what SGLang does by default from an unpacked wheel, without importing it.

    python -m tools.upstream.engines_sglang FOLDER

The folder is the one that holds ``sglang/``. Works for SGLang 0.4 to 0.5.23. What a version does not state in a form
that can be read is left out: rows by memory and the reserve before 0.5.3, and formats that came from vLLM's classes.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tools.upstream.engines_sglang_pools import pool_facts

__all__ = ["facts"]

#: Name of a format in our tables: the names that SGLang has given it, in order of choice.
_NAMES = {
    "4bit/bitsandbytes": ("bitsandbytes",),
    "8bit/bitsandbytes": ("bitsandbytes",),
    "awq/awq": ("awq",),
    "gptq/gptq": ("gptq", "gptq_marlin"),
    "8bit/gptq": ("gptq", "gptq_marlin"),
    "fp8/fp8": ("fp8",),
    "fp8/compressed-tensors": ("compressed-tensors",),
    "fp8/modelopt": ("modelopt_fp8", "modelopt"),
    "mxfp4/mxfp4": ("mxfp4",),
    "nvfp4/modelopt": ("modelopt_fp4",),
    "nvfp4/compressed-tensors": ("compressed-tensors",),
    "w4a16/compressed-tensors": ("compressed-tensors",),
    "w8a8/compressed-tensors": ("compressed-tensors",),
    "gguf/gguf": ("gguf",),
}

#: Name of a format of compressed-tensors: the schemes that state its lowest capability. The lowest number counts.
_SCHEMES = {
    "fp8/compressed-tensors": ("CompressedTensorsW8A16Fp8",),
    "nvfp4/compressed-tensors": ("CompressedTensorsW4A4Fp4", "CompressedTensorsW4A16Fp4"),
    "w4a16/compressed-tensors": ("CompressedTensorsWNA16",),
    "w8a8/compressed-tensors": ("CompressedTensorsW8A8Int8",),
}

#: The class that states from where a format computes in its own type, where there is such a class.
_NATIVE = {
    "fp8/compressed-tensors": "CompressedTensorsW8A8Fp8",
    "nvfp4/compressed-tensors": "CompressedTensorsW4A4Fp4",
}

#: Names of classes for devices without CUDA.
_OTHER_DEVICES = re.compile(r"Ascend|CPU|XPU|Mlx|W4A4Config")

#: How the reserve begins, with the part for the activations of a chunk.
_RESERVE = re.compile(
    r"reserved_mem = (?P<base>\d+)\n((?!reserved_mem = ).)*?"
    r"reserved_mem \+= (activation_tokens|max\(self\.chunked_prefill_size, \d+\)) \* (?P<chunk>[\d.]+)",
    re.DOTALL,
)


def facts(root: Path) -> dict[str, object]:
    """
    Return what the wheel states, under the names of the fields of ``storage/engines.json``.

    Args:
        root: Folder that holds ``sglang/``.
    """
    package = root / "sglang" / "srt"
    reserve = _reserve(package)
    found = {
        **_capabilities(package),
        "memory_rows": _memory_rows(package),
        "reserve": reserve,
        **pool_facts(package, captures_prefill=bool(reserve and reserve["mib_per_prefill_graph"])),
        "max_loras": _max_loras(package),
        "quantizations": _words(package, "--quantization", name="QUANTIZATION_CHOICES", field="quantization"),
        "kv_cache_dtypes": _words(package, "--kv-cache-dtype", name="", field="kv_cache_dtype"),
        "formats": _formats(package) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _arguments(package: Path) -> Iterator[ast.AST]:
    """Yield every node of the modules that state settings."""
    for path in (package / "server_args.py", *sorted((package / "arg_groups").rglob("*.py"))):
        yield from ast.walk(_parse(path))


def _constant(node: ast.expr | None) -> Any:
    """Return the value that an expression writes out, or None if it is computed."""
    try:
        return None if node is None else ast.literal_eval(node)
    except ValueError:
        return None


def _capabilities(package: Path) -> dict[str, object]:
    """Return the lowest capability that is accepted, and that below which weights become float16."""
    for path in sorted((package / "model_executor").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        refused = re.search(r"SGLang only supports sm(\d+) and above", text)
        lowered = re.search(r"Compute capability below sm(\d+)\. Use float16", text)
        if refused and lowered:
            return {"capability": _dotted(int(refused[1])), "float16_below": _dotted(int(lowered[1]))}
    return {}


def _memory_rows(package: Path) -> list[dict[str, int]] | None:
    """Return chunk and CUDA graphs by memory of the device, smallest first."""
    for node in _arguments(package):
        if isinstance(node, ast.If) and re.fullmatch(r"gpu_mem < \d+ \* 1024", ast.unparse(node.test)):
            rows = list(_rows(node))
            return rows if all({"chunk", "graphs", "graphs_many"} <= row.keys() for row in rows) else None
    return None


def _rows(node: ast.If) -> Iterator[dict[str, int]]:
    """Yield one row for each branch, without those for another maker's devices."""
    below = re.fullmatch(r"gpu_mem < (\d+) \* 1024", ast.unparse(node.test))
    if below:
        yield {"below_mib": int(below[1]) * 1024} | _row(node.body)
    if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        yield from _rows(node.orelse[0])
    else:
        yield _row(node.orelse)


def _row(body: list[ast.stmt]) -> dict[str, int]:
    text = "\n".join(ast.unparse(line) for line in body)
    chunk = re.search(r"chunked_prefill_size=? ?=? ?(\d+)", text)
    graphs = re.findall(r"max_bs = (\d+)", text)
    if not (chunk and graphs):
        return {}
    return {"chunk": int(chunk[1]), "graphs": int(graphs[0]), "graphs_many": int(graphs[-1])}


def _reserve(package: Path) -> dict[str, object] | None:
    """Return the parts of what is kept free for activations and CUDA graphs."""
    for node in _arguments(package):
        if isinstance(node, ast.FunctionDef) and node.name.endswith("handle_gpu_memory_settings"):
            text = ast.unparse(node)
            head = _RESERVE.search(text)
            gpus = re.search(r"reserved_mem \+= \w+\.tp_size \* \w+\.pp_size / (\d+) \* (\d+)", text)
            least = re.search(r"gpu_mem > (\d+) \* 1024:\s+reserved_mem = max\(reserved_mem, (\d+) \* 1024\)", text)
            graphs = _graph_reserve(package, text)
            if head and gpus and least and graphs:
                return {
                    "base_mib": int(head["base"]),
                    "mib_per_chunk_token": float(head["chunk"]),
                    "mib_per_gpu": int(gpus[2]) // int(gpus[1]),
                    **graphs,
                    "least_mib_above_gib": [int(least[2]) * 1024, int(least[1])],
                }
    return None


def _graph_reserve(package: Path, settings: str) -> dict[str, object]:
    """Return the parts for CUDA graphs: of decoding, and of the prefill where it is captured by default."""
    own = next((n for n in _arguments(package) if getattr(n, "name", "") == "reserve_for_graph_mb"), None)
    text = ast.unparse(own) if own else settings
    decode = re.search(r"reserved_mem \+= [\w.]*max_bs \* (\d+)\n", text)
    prefill = re.search(r"(\w+).*:\s+(?:if not .*use_mla_backend\(.*\):\s+)?reserved_mem \+= len\(.*\) \* (\d+)", text)
    latent = re.search(r"\* 8\s+else:\s+reserved_mem \+= ([\d.]+) \* 1024", text)
    is_on = prefill and "if self.enable_piecewise_cuda_graph" not in text
    if not decode:
        return {}
    return {
        "mib_per_graph_sequence": int(decode[1]),
        "mib_per_prefill_graph": int(prefill[2]) if prefill and is_on else 0,
        "prefill_graphs_latent_mib": int(float(latent[1]) * 1024) if latent else None,
    }


def _max_loras(package: Path) -> Any:
    for node in _arguments(package):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "max_loras_per_batch":
            return _constant(node.value)
    return None


def _words(package: Path, option: str, *, name: str, field: str) -> list[str] | None:
    """Return the words that an option accepts: of a list with a name, of a field, or of the option itself."""
    for node in _arguments(package):
        words = None
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            words = _constant(node.value)
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == field:
            words = _choices(node.annotation)
        elif isinstance(node, ast.Call) and node.args and _constant(node.args[0]) == option:
            words = _choices(node)
        if words:
            return sorted(words)
    return None


def _choices(expression: ast.expr) -> Any:
    for node in ast.walk(expression):
        if isinstance(node, ast.keyword) and node.arg == "choices":
            return _constant(node.value)
    return None


def _formats(package: Path) -> dict[str, object]:
    """Return the formats of weights whose lowest capability SGLang's own classes state."""
    least = _least_capabilities(package)
    methods = _methods(package)
    return {key: value for key in _NAMES if (value := _format(key, methods, least))}


def _format(key: str, methods: dict[str, str], least: dict[str, int]) -> dict[str, object] | None:
    name = next((name for name in _NAMES[key] if name in methods), None)
    if name is None:
        return None
    numbers = [least[part] for part in _SCHEMES.get(key, (methods[name],)) if part in least]
    if not numbers:
        return None
    stated: dict[str, object] = {"name": name, "least": _dotted(min(numbers))}
    native = least.get(_NATIVE.get(key, ""))
    if native is not None and native != min(numbers):
        stated["native"] = _dotted(native)
    return stated


def _methods(package: Path) -> dict[str, str]:
    """Return the names of methods and their classes, without those for other makers' devices."""
    found: dict[str, str] = {}
    for table in ast.walk(_parse(package / "layers" / "quantization" / "__init__.py")):
        if isinstance(table, ast.Dict):
            for key, value in zip(table.keys, table.values, strict=True):
                if isinstance(value, ast.Name) and not _OTHER_DEVICES.search(value.id):
                    found.setdefault(_constant(key), value.id)
    return found


def _least_capabilities(package: Path) -> dict[str, int]:
    """Return what each class's ``get_min_capability`` returns on CUDA."""
    found = {}
    for path in sorted((package / "layers" / "quantization").rglob("*.py")):
        for node in ast.walk(_parse(path)):
            if isinstance(node, ast.ClassDef):
                numbers = [number for method in node.body for number in _returned(method)]
                if numbers:
                    # Breadth first, the line that no test for another maker's device guards comes first.
                    found[node.name] = numbers[0]
    return found


def _returned(method: ast.stmt) -> Iterator[int]:
    """Yield the numbers that a method returns; of a choice, the one without the special case."""
    if isinstance(method, ast.FunctionDef) and method.name == "get_min_capability":
        for node in ast.walk(method):
            if isinstance(node, ast.Return):
                value = node.value
                if isinstance(value, ast.IfExp):
                    value = value.body if ast.unparse(value.test).startswith("not ") else value.orelse
                number = _constant(value)
                if isinstance(number, int):
                    yield number


def _dotted(capability: int) -> str:
    return f"{capability // 10}.{capability % 10}"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts(Path(sys.argv[1])), indent=1) + "\n")
