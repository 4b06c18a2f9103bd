"""
Read what vLLM does by default from an unpacked wheel, without importing it.

    python tools/upstream/engines_vllm.py FOLDER

The folder is the one that holds ``vllm/``. Works for vLLM 0.6 to 0.33. What a version does not state in a form that
can be read is left out.
"""

from __future__ import annotations

import ast
import json
import re
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["facts"]

#: Name of a format in our tables: the names that vLLM has given it, newest first.
_NAMES = {
    "4bit/bitsandbytes": ("bitsandbytes",),
    "8bit/bitsandbytes": ("bitsandbytes",),
    "awq/awq": ("awq",),
    "gptq/gptq": ("gptq",),
    "8bit/gptq": ("gptq",),
    "fp8/fp8": ("fp8",),
    "fp8/compressed-tensors": ("compressed-tensors",),
    "fp8/modelopt": ("modelopt",),
    "mxfp4/mxfp4": ("mxfp4",),
    "nvfp4/modelopt": ("modelopt_fp4", "nvfp4"),
    "nvfp4/compressed-tensors": ("compressed-tensors",),
    "w4a16/compressed-tensors": ("compressed-tensors",),
    "w8a8/compressed-tensors": ("compressed-tensors",),
    "gguf/gguf": ("gguf",),
}

#: Name of a format: the classes that state its lowest capability. The first row of which all classes exist is read;
#: the lowest of its numbers counts.
_CLASSES: dict[str, tuple[tuple[str, ...], ...]] = {
    "4bit/bitsandbytes": (("BitsAndBytesConfig",),),
    "8bit/bitsandbytes": (("BitsAndBytesConfig",),),
    "awq/awq": (("AutoAWQConfig",), ("AWQConfig",)),
    "gptq/gptq": (("AutoGPTQConfig",), ("GPTQConfig",)),
    "8bit/gptq": (("AutoGPTQConfig",), ("GPTQConfig",)),
    "fp8/fp8": (("Fp8Config",),),
    "fp8/compressed-tensors": (("CompressedTensorsW8A16Fp8",),),
    "fp8/modelopt": (("ModelOptFp8Config",),),
    "mxfp4/mxfp4": (("Mxfp4Config",),),
    "nvfp4/modelopt": (("ModelOptNvFp4Config",),),
    "nvfp4/compressed-tensors": (
        ("CompressedTensorsW4A4Fp4", "CompressedTensorsW4A16Fp4"),
        ("CompressedTensorsW4A4Fp4",),
    ),
    "w4a16/compressed-tensors": (("CompressedTensorsWNA16",),),
    "w8a8/compressed-tensors": (("CompressedTensorsW8A8Int8",),),
    "gguf/gguf": (("GGUFConfig",),),
}

#: The class that states from where a format computes in its own type, where there is such a class.
_NATIVE = {"fp8/compressed-tensors": "CompressedTensorsW8A8Fp8"}

#: Magic bytes of nvcc's fat binaries, and the size of the header.
_FATBIN = struct.pack("<I", 0xBA55ED50)
_FATBIN_HEAD = 16

#: The form of a condition that chooses the batch by device.
_DEVICE_TEST = re.compile(r"device_memory >= \d+ \* GiB_bytes|'h100' in device_name")


def facts(root: Path) -> dict[str, object]:
    """
    Return what the wheel states, under the names of the fields of ``storage/engines.json``.

    Args:
        root: Folder that holds ``vllm/``.
    """
    package = root / "vllm"
    names = _quantizations(package)
    found = {
        "utilization": _default(package, "gpu_memory_utilization"),
        "capability": _capability(package),
        "batches": _batches(package),
        "graphs_in_share": _environment(package, "VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS") == "1",
        "block_tokens": _block_tokens(package),
        "lora_ranks": _literal(package, "MaxLoRARanks") or _assigned(package, "possible_max_ranks"),
        "max_lora_rank": _default(package, "max_lora_rank"),
        "max_loras": _default(package, "max_loras"),
        "falls_back": any("Falling back to %s for compatibility" in ast.unparse(tree) for tree in _configs(package)),
        "float16_refused": _float16_refused(package),
        "quantizations": names or None,
        "kv_cache_dtypes": sorted(_literal(package, "CacheDType") or _choices(package, "--kv-cache-dtype") or ())
        or None,
        "formats": _formats(package, names) if names else None,
    }
    return {name: value for name, value in found.items() if value is not None}


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _configs(package: Path) -> Iterator[ast.Module]:
    """Yield the modules that state settings, the configuration before the arguments."""
    paths = [package / "config.py", *sorted((package / "config").glob("*.py")), package / "engine" / "arg_utils.py"]
    yield from (_parse(path) for path in paths if path.is_file())


def _constant(node: ast.expr | None) -> Any:
    """Return the value that an expression writes out, or None if it is computed."""
    try:
        return None if node is None else ast.literal_eval(node)
    except ValueError:
        return None


def _default(package: Path, field: str) -> Any:
    """Return the default of a setting, be it written as a value or as ``Field(default=...)``."""
    for module in _configs(package):
        for node in ast.walk(module):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == field:
                value = _constant(_field_default(node.value))
                if value is not None:
                    return value
    return None


def _field_default(node: ast.expr | None) -> ast.expr | None:
    """Return the default of a call of ``Field``, that for CUDA where platforms differ, or the expression itself."""
    if isinstance(node, ast.Call):
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        return named.get("default", node.args[0] if node.args else None)
    if isinstance(node, ast.IfExp) and ast.unparse(node.test).startswith("not current_platform.is_"):
        return node.body
    return node


def _assigned(package: Path, name: str) -> list[Any] | None:
    """Return the words or numbers that are assigned to a name."""
    for module in _configs(package):
        for node in ast.walk(module):
            if isinstance(node, ast.Assign) and _assigns(node, name):
                return list(_constant(node.value) or ()) or None
    return None


def _assigns(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _literal(package: Path, name: str) -> list[Any] | None:
    """Return the words of ``name = Literal[...]``."""
    for module in _configs(package):
        value = _literal_in(module, name)
        if value:
            return value
    return None


def _literal_in(module: ast.Module, name: str) -> list[Any] | None:
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript) and _assigns(node, name):
            value = _constant(node.value.slice)
            return list(value) if isinstance(value, tuple) else [value]
    return None


def _choices(package: Path, option: str) -> list[Any] | None:
    """Return the ``choices`` of an option of the command line."""
    for node in ast.walk(_parse(package / "engine" / "arg_utils.py")):
        if isinstance(node, ast.Call) and node.args and _constant(node.args[0]) == option:
            return next((_constant(keyword.value) for keyword in node.keywords if keyword.arg == "choices"), None)
    return None


def _quantizations(package: Path) -> list[str]:
    """Return the names that ``--quantization`` accepts: a type of words; before 0.8, the keys of a table or a list."""
    module = _parse(package / "model_executor" / "layers" / "quantization" / "__init__.py")
    words = _literal_in(module, "QuantizationMethods")
    if words:
        return sorted(words)
    for node in ast.walk(module):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "QUANTIZATION_METHODS":
            return sorted(_constant(node.value) or _keys(node.value)) if node.value else []
    return []


def _float16_refused(package: Path) -> list[str]:
    """Return the model types that refuse float16; none where the version has no such table."""
    for module in _configs(package):
        for node in ast.walk(module):
            if isinstance(node, ast.Assign) and _assigns(node, "_FLOAT16_NOT_SUPPORTED_MODELS"):
                return sorted(_constant(node.value) or _keys(node.value))
    return []


def _keys(table: ast.expr) -> list[str]:
    return [_constant(key) for key in table.keys] if isinstance(table, ast.Dict) else []


def _environment(package: Path, name: str) -> Any:
    """Return the default of an environment variable, as text, or None if the version has no such variable."""
    for node in ast.walk(_parse(package / "envs.py")):
        if isinstance(node, ast.Call) and len(node.args) == 2 and _constant(node.args[0]) == name:
            return _constant(node.args[1])
    return None


def _block_tokens(package: Path) -> Any:
    """Return the tokens in a block of the cache on CUDA, where one setting states them."""
    value = _default(package, "DEFAULT_BLOCK_SIZE") or _default(package, "block_size")
    if value is not None:
        return value
    for node in ast.walk(_parse(package / "platforms" / "cuda.py")):
        if isinstance(node, ast.If) and "block_size is None" in ast.unparse(node.test):
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]).endswith("block_size"):
                    return _constant(line.value)
    return None


def _batches(package: Path) -> list[dict[str, object]] | None:
    """
    Return the default batch by device, largest first.

    Until 0.7 the second engine, which chooses by device, was off by default.
    """
    tree = _parse(package / "engine" / "arg_utils.py")
    if _environment(package, "VLLM_USE_V1") != "0":
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and _DEVICE_TEST.search(ast.unparse(node.test)):
                return list(_batch_rows(node, tree))
    for node in ast.walk(tree):
        sequences = None
        if isinstance(node, ast.IfExp) and ast.unparse(node.test) == "not envs.VLLM_USE_V1":
            sequences = _constant(node.body)
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "max_num_seqs":
            sequences = _constant(node.value)
        if sequences is not None:
            return [{"memory_gib": 0, "sequences": sequences, "tokens": None, "tokens_in_process": None}]
    return None


def _capability_flags(tree: ast.Module) -> dict[str, str]:
    """Return the names that stand for one capability, as in ``is_gb10 = platform.is_device_capability((12, 1))``."""
    flags = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            called = node.value.func
            if isinstance(called, ast.Attribute) and called.attr == "is_device_capability" and node.value.args:
                value = _constant(node.value.args[0])
                if isinstance(value, tuple):
                    flags[node.targets[0].id] = ".".join(str(part) for part in value)
    return flags


def _batch_rows(node: ast.If, tree: ast.Module) -> Iterator[dict[str, object]]:
    """Yield one row for each branch of the chain of conditions."""
    yield _batch_row(ast.unparse(node.test), node.body, tree)
    if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        yield from _batch_rows(node.orelse[0], tree)
    else:
        yield _batch_row("", node.orelse, tree)


def _batch_row(test: str, body: list[ast.stmt], tree: ast.Module) -> dict[str, object]:
    memory = re.search(r"device_memory >= (\d+) \* GiB_bytes", test)
    tokens = _by_context(body, "default_max_num_batched_tokens", tree)
    row: dict[str, object] = {
        "memory_gib": int(memory[1]) if memory else 0,
        "sequences": _by_context(body, "default_max_num_seqs", tree)["OPENAI_API_SERVER"],
        "tokens": tokens["OPENAI_API_SERVER"],
        "tokens_in_process": tokens["LLM_CLASS"],
    }
    flags = _capability_flags(tree)
    exceptions = {
        "names": re.findall(r"'([^']+)' in device_name", test),
        "not_names": re.findall(r"'([^']+)' not in device_name", test),
        "not_capabilities": [flags[name] for name in re.findall(r"not (\w+)", test) if name in flags],
    }
    return row | {name: value for name, value in exceptions.items() if value}


def _by_context(body: list[ast.stmt], name: str, tree: ast.Module) -> dict[str, object]:
    """Return a default by where it is used, the server or the process itself: of a branch, or else of all branches."""
    for line in [*body, *ast.walk(tree)]:
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == name:
            if isinstance(line.value, ast.Dict):
                pairs = zip(line.value.keys, line.value.values, strict=True)
                return {ast.unparse(key).rpartition(".")[2]: _constant(value) for key, value in pairs if key}
            return dict.fromkeys(("LLM_CLASS", "OPENAI_API_SERVER"), _constant(line.value))
    message = f"no branch sets {name}"
    raise ValueError(message)


def _formats(package: Path, accepted: list[str]) -> dict[str, object]:
    """Return the formats of weights: name, lowest capability, and None if the version cannot load one."""
    least = _least_capabilities(package)
    return {key: _format(key, accepted, least) for key in _NAMES}


def _format(key: str, accepted: list[str], least: dict[str, int]) -> dict[str, object] | None:
    name = next((name for name in _NAMES[key] if name in accepted), None)
    classes = next((row for row in _CLASSES[key] if all(part in least for part in row)), None)
    if name is None or classes is None:
        return None
    stated: dict[str, object] = {"name": name, "least": _dotted(min(least[part] for part in classes))}
    if key in _NATIVE and _NATIVE[key] in least:
        stated["native"] = _dotted(least[_NATIVE[key]])
    return stated


def _least_capabilities(package: Path) -> dict[str, int]:
    """Return the number that each class's ``get_min_capability`` returns, the lowest where it returns several."""
    found = {}
    for path in sorted((package / "model_executor" / "layers" / "quantization").rglob("*.py")):
        for node in ast.walk(_parse(path)):
            if isinstance(node, ast.ClassDef):
                numbers = [number for method in node.body for number in _returned(method)]
                if numbers:
                    found[node.name] = min(numbers)
    return found


def _returned(method: ast.stmt) -> Iterator[int]:
    if isinstance(method, ast.FunctionDef) and method.name == "get_min_capability":
        for node in ast.walk(method):
            value = _constant(node.value) if isinstance(node, ast.Return) else None
            if isinstance(value, int):
                yield value


def _dotted(capability: int) -> str:
    return f"{capability // 10}.{capability % 10}"


def _capability(package: Path) -> str | None:
    """Return the lowest capability that the compiled kernels are for, or None if they are not unpacked."""
    counts: Counter[int] = Counter()
    for path in sorted(package.glob("_C*.so")):
        counts.update(_architectures(path.read_bytes()))
    if not counts:
        return None
    # A file that is compiled for nvcc's own default says nothing of the others.
    common = max(counts.values()) / 4
    return _dotted(min(number for number, count in counts.items() if count >= common))


def _architectures(library: bytes) -> Iterator[int]:
    """
    Yield the architecture of each piece of machine code in a library.

    Source:
        Layout of a fat binary: head of 16 bytes (magic, version, size of the head, size of the rest), then pieces with
        kind (2 is machine code), size of the head, size, and the architecture at byte 28.
    """
    for found in re.finditer(re.escape(_FATBIN), library):
        head, size = struct.unpack_from("<HQ", library, found.start() + 6)
        if head != _FATBIN_HEAD:
            continue
        at = found.start() + head
        end = min(at + size, len(library) - 32)
        while at < end:
            kind, _, piece_head, piece = struct.unpack_from("<HHIQ", library, at)
            if kind == 2:
                yield struct.unpack_from("<I", library, at + 28)[0]
            at += piece_head + piece if piece_head else end


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts(Path(sys.argv[1])), indent=1) + "\n")
