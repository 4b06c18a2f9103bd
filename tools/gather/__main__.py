"""
Gather facts about models from public sources, and report what is new, changed and gone since the last time.

    python -m tools.gather                                          what was gathered: sources, dates, conflicts
    python -m tools.gather vllm-recipes=PATH transformers=WHEEL     compare with what a checkout or archive says now
    python -m tools.gather --write vllm-recipes=PATH                also keep it, in tools/facts/gathered/
    python -m tools.gather hub                                      ask the Hugging Face Hub about every entry

A path is a checkout, a bare git directory, a folder, a wheel, a zip or a tar archive. Facts are kept as their source
states them, with its address, commit and day. If sources contradict each other, each is shown; none is chosen, and
nothing is averaged. What people enter stands in ``tools/facts/models/``, which is compared and never written.

Exit code: 0, whatever is found; 2 where a source is not known or cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.entered import read_entered
from tools.gather import (
    hub,
    kaito_catalog,
    training_examples,
    transformers_configs,
    unsloth_mapper,
    unsloth_notebooks,
    vllm_recipes,
)
from tools.gather.gathered import Facts, Gathered, changes, conflicts, read_gathered
from tools.gather.trees import Origin, Tree, open_tree

from model_garden_registry.files.documents import read_document

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "tools" / "facts" / "gathered"
REGISTRY = ROOT / "storage" / "models_registry.json"

#: A tree → models with what is said of them.
Reader = Callable[[Tree], Iterator[tuple[str, dict[str, Any]]]]

#: Source → its address, and what reads it.
SOURCES: Mapping[str, tuple[str, Reader]] = {
    "transformers": (transformers_configs.ADDRESS, transformers_configs.facts),
    "vllm-recipes": (vllm_recipes.ADDRESS, vllm_recipes.facts),
    "unsloth-mapper": (unsloth_mapper.ADDRESS, unsloth_mapper.facts),
    "unsloth-notebooks": (unsloth_notebooks.ADDRESS, unsloth_notebooks.facts),
    "axolotl-examples": (training_examples.AXOLOTL_ADDRESS, training_examples.axolotl_facts),
    "llama-factory-examples": (training_examples.LLAMA_FACTORY_ADDRESS, training_examples.llama_factory_facts),
    "kaito": (kaito_catalog.ADDRESS, kaito_catalog.facts),
}


def main(arguments: list[str] | None = None) -> int:
    """Compare, print, and keep where that is asked for."""
    parser = argparse.ArgumentParser(description="Gather facts about models from public sources.")
    parser.add_argument("sources", nargs="*", help=f"SOURCE=PATH, or hub; sources: {', '.join(SOURCES)}")
    parser.add_argument("--write", action="store_true", help="keep what was gathered in tools/facts/gathered/")
    asked = parser.parse_args(arguments)
    known = {path.stem: read_gathered(path) for path in sorted(KEPT.glob("*.json"))}
    for text in asked.sources:
        found = _gathered(text)
        before: Facts = known[found.source].facts if found.source in known else {}
        lines = list(changes(before, found.facts))
        _say(f"{found.source}: {len(found.facts)} models at {found.origin.commit[:12]} of {found.origin.date}")
        for line in lines:
            _say(f"  {line}")
        _say(f"  {_counts(lines)}")
        known[found.source] = found
        if asked.write:
            KEPT.mkdir(parents=True, exist_ok=True)
            (KEPT / f"{found.source}.json").write_text(found.as_text(), encoding="utf-8", newline="\n")
    _report(known)
    return 0


def _gathered(text: str) -> Gathered:
    """
    Read one source.

    Raises:
        SystemExit: It is not known, or cannot be read.
    """
    name, _, place = text.partition("=")
    if name == "hub":
        ids = list(read_document(REGISTRY)["models"])
        today = datetime.now(UTC).date().isoformat()
        return Gathered(source=name, address=hub.ADDRESS, origin=Origin("", today), facts=_by_model(hub.facts(ids)))
    if name not in SOURCES or not place:
        sys.stderr.write(f"{text}: write SOURCE=PATH, where SOURCE is one of {', '.join(SOURCES)}, or hub\n")
        raise SystemExit(2)
    address, read = SOURCES[name]
    tree = open_tree(Path(place))
    facts = _by_model(read(tree))
    if not facts:
        sys.stderr.write(f"{place}: has no file of {name}\n")
        raise SystemExit(2)
    return Gathered(source=name, address=address, origin=tree.origin, facts=facts)


def _by_model(said: Iterator[tuple[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Merge what a source states of a model in several places."""
    facts: dict[str, dict[str, Any]] = {}
    for model, values in said:
        facts.setdefault(model, {}).update(values)
    return facts


def _report(known: Mapping[str, Gathered]) -> None:
    """Print what was gathered from where, and where sources contradict each other or what was entered."""
    _say("gathered:")
    for name, found in known.items():
        read = f"{found.origin.date}  {found.origin.commit[:12]:12}"
        _say(f"  {name:24} {len(found.facts):5} models  {read} {found.address}")
    facts = {name: found.facts for name, found in known.items()} | {"entered": _entered()}
    lines = list(conflicts(facts))
    for line in lines:
        _say(line)
    _say(f"{len(lines)} conflicts")


def _entered() -> Facts:
    """Return what people entered, in the words of sources."""
    shape = ("architecture_class", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads")
    found: dict[str, dict[str, Any]] = {}
    for raw in read_entered():
        stated = raw["architecture"]
        said = {name: stated[name] for name in (*shape, "vocab_size") if name in stated}
        said |= {"context": stated["max_position_embeddings"]} if "max_position_embeddings" in stated else {}
        found[raw["id"]] = said | ({"license": raw["license"]} if "license" in raw else {})
    return found


def _counts(lines: list[str]) -> str:
    kinds = ("new", "changed", "gone")
    return ", ".join(f"{sum(line.startswith(kind) for line in lines)} {kind}" for kind in kinds)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
