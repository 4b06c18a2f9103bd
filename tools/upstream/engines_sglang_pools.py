"""Read how SGLang divides a GPU from an unpacked wheel: the share for weights and pools, and what each pool gets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["pool_facts"]

#: A number of what a tower takes from the share: its place in the function that adjusts it.
_TOWER = {
    "factor": r"base_mem_fraction_reduction_ratio = ([\d.]+)",
    "layers": r"baseline_vit_layers = (\d+)",
    "width": r"baseline_vit_hidden_size = (\d+)",
    "per_tower": r"sensitivity_scale = ([\d.]+)",
    "least": r"dynamic_adjustment_factor = max\(([\d.]+), min",
    "most": r"min\(([\d.]+), dynamic_adjustment_factor\)",
}
#: Sizes of graphs of prefill; the last ones go up to the chunk.
_SIZES = re.compile(r"list\(range\((\d+), ([^()]+?), (\d+)\)\)")


def pool_facts(package: Path, *, captures_prefill: bool) -> dict[str, object]:
    """
    Return what the wheel states, under the names of the fields of ``storage/engines.json``.

    Networks that a pool is for are in ``engines_sglang_networks``: their names there are those of classes.

    Args:
        package: The folder ``sglang/srt``.

        captures_prefill: Whether prefill has CUDA graphs unless told otherwise.
    """
    found = {
        "vision_share": _vision_share(package),
        "multimodal_mib": _multimodal_mib(package),
        "prefill_graph_sizes": _graph_sizes(package) if captures_prefill else None,
        "window_pool": _ratio(package, "swa_full_tokens_ratio") if _has_window_pool(package) else None,
        "state_pool": _ratio(package, "mamba_full_memory_ratio"),
    }
    return {name: value for name, value in found.items() if value is not None}


@cache
def _settings(package: Path) -> tuple[str, ...]:
    """Return the text of each module that states settings."""
    paths = (package / "server_args.py", *sorted((package / "arg_groups").rglob("*.py")))
    return tuple(path.read_text(encoding="utf-8") for path in paths)


def _functions(package: Path, name: str) -> Iterator[str]:
    """Yield the functions of a name, in one form of writing."""
    for text in _settings(package):
        nodes = ast.walk(ast.parse(text)) if f"def {name}(" in text else ()
        yield from (ast.unparse(node) for node in nodes if isinstance(node, ast.FunctionDef) and node.name == name)


def _vision_share(package: Path) -> dict[str, float] | None:
    text = next(_functions(package, "adjust_mem_fraction_for_vlm"), "")
    found = {name: re.search(pattern, text) for name, pattern in _TOWER.items()}
    return {name: float(match[1]) for name, match in found.items() if match} or None


def _multimodal_mib(package: Path) -> int | None:
    """Return what is kept for images before pools are made, where anything is."""
    configurator, environment = package / "mem_cache" / "kv_cache_configurator.py", package / "environ.py"
    if not configurator.exists() or "def mm_runtime_reservation_gb(" not in configurator.read_text(encoding="utf-8"):
        return None
    found = re.search(r"SGLANG_VLM_CACHE_SIZE_MB = EnvInt\((\d+)\)", environment.read_text(encoding="utf-8"))
    return int(found[1]) if found else None


def _graph_sizes(package: Path) -> list[list[int | None]] | None:
    """Return first, last and step of each run of sizes; a last one that is computed is the chunk."""
    texts = (
        text
        for name in ("generate_prefill_cuda_graph_batch_sizes", "_generate_piecewise_cuda_graph_tokens")
        for text in _functions(package, name)
    )
    return [_run(int(first), _last(stop), int(step)) for first, stop, step in _SIZES.findall(next(texts, ""))] or None


def _run(first: int, last: int | None, step: int) -> list[int | None]:
    """Return a run of sizes with the last one that it reaches."""
    return [first, None if last is None else last - (last - first) % step, step]


def _has_window_pool(package: Path) -> bool:
    """Return whether networks are listed that have a pool for windows."""
    return "hybrid_swa_archs = {" in (package / "configs" / "model_config.py").read_text(encoding="utf-8")


def _last(stop: str) -> int | None:
    """Return the last number before a stop that is written out."""
    numbers = [part.strip() for part in stop.split("+")]
    return sum(map(int, numbers)) - 1 if all(part.isdigit() for part in numbers) else None


def _ratio(package: Path, name: str) -> dict[str, float] | None:
    """Return the size of a pool beside that of tokens, as its setting states it."""
    stated = rf"^    {name}: (?:float = ([\d.]+)|A\[.*?fallback=([\d.]+))"
    found = re.search(stated, "\n".join(_settings(package)), re.MULTILINE | re.DOTALL)
    return {"ratio": float(found[1] or found[2])} if found else None
