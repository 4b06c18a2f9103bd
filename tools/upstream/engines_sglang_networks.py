"""Read which networks SGLang treats apart, and how many states each request has, from an unpacked wheel."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.upstream.expressions import Expression

from model_garden_registry.families.family import family_of, known_model_types

__all__ = ["EXPRESSIONS", "network_facts"]

#: Networks that our table names though no family has them.
_ALSO = ("kimi_linear", "mimo_v2_flash", "step3p5")
#: Fact, module, and the name that has the classes of its networks.
_LISTS = (
    ("window_pool.model_types", "configs/model_config.py", "hybrid_swa_archs"),
    ("state_pool.buffered", "arg_groups/overrides.py", "_MAMBA_EXTRA_BUFFER_ARCHS"),
    (
        "prefill_graphs_with_images",
        "configs/model_config.py",
        "multimodal_breakable_cuda_graph_supported_model_archs",
    ),
)

_CONFIGURATOR = "sglang/srt/mem_cache/kv_cache_configurator.py"
_SLOTS = "MAMBA_CACHE_SIZE_MAX_RUNNING_REQUESTS_RATIO = 3"

#: States of a request, those of networks that write ahead, and those that no request gets.
EXPRESSIONS = (
    Expression("state_pool.slots", _CONFIGURATOR, "", "MAMBA_CACHE_SIZE_MAX_RUNNING_REQUESTS_RATIO = {}"),
    Expression(
        "state_pool.slots", "sglang/srt/environ.py", "", "SGLANG_OPT_MAMBA_SKIP_DECODE_LOCK = EnvBool(False)", states=3
    ),
    Expression("state_pool.buffered_slots", _CONFIGURATOR, "", _SLOTS, states=5),
    Expression(
        "state_pool.buffered_slots",
        "sglang/srt/mem_cache/allocation_sizing.py",
        "get_mamba_tracking_slots",
        "return 2 if overlap else 1",
        states=5,
    ),
    Expression(
        "state_pool.spare_slots",
        _CONFIGURATOR,
        "_handle_max_mamba_cache",
        "int((mamba_budget_bytes - replayssm_fixed_bytes - per_slot) // per_slot)",
        states=1,
    ),
)


def network_facts(package: Path) -> dict[str, object]:
    """
    Return the networks of each list, by the names of our table; of a list that is not there, that it is not.

    Args:
        package: The folder ``sglang/srt``.
    """
    return {fact: _networks(package / file, name) or f"not found in {file} {name}" for fact, file, name in _LISTS}


def _networks(module: Path, name: str) -> list[str]:
    """
    Return the model types whose classes a list has; of a class for text alone also the type for text alone.

    Families that are refused are left out.
    """
    assigned = _assigned(module)
    stems = {stem for one in _words(assigned.get(name), assigned) for stem in _stems(one)}
    told = {one for one in known_model_types() if not family_of(one).refused}
    return sorted(one for one in {*told, *_ALSO} if _plain(one) in stems)


def _assigned(module: Path) -> dict[str, ast.expr]:
    """Return what a module assigns to each name, wherever it does."""
    nodes = ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if module.is_file() else ()
    return {ast.unparse(node.targets[0]): node.value for node in nodes if isinstance(node, ast.Assign)}


def _words(value: ast.expr | None, assigned: dict[str, ast.expr]) -> Iterator[str]:
    """Yield the words of a list, those of lists that it takes in included."""
    for node in ast.walk(value) if value else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name) and node.id.isupper():
            yield from _words(assigned.get(node.id), assigned)


def _stems(name: str) -> Iterator[str]:
    stem, _, rest = name.partition("For")
    yield _plain(stem)
    if rest == "CausalLM":
        yield _plain(f"{stem}text")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
