"""
Build ``storage/models_registry.json`` from facts, the policy of defaults, and what was written by hand.

    python -m tools.build_catalogue            write the file
    python -m tools.build_catalogue --check    check that it is up to date; exit code 1 if it is not

``facts/models/`` has what is known of each model. ``catalogue.json`` has what people wrote: the head of the
file, words for families of models, and fields of entries that override the policy's choice. Entries of the
file that no facts are for stay as they are: those before the first of ours in front, the others behind. Two runs give
the same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from tools.counts import with_counts
from tools.entered import read_entered
from tools.first_releases import First, first_releases_of, with_first_releases
from tools.other_ids import Model, OtherIds
from tools.recommended import chat_templates, recommended
from tools.sources import stated as stated_source
from tools.statements import FIELDS as POINTERS
from tools.statements import told_of

from model_garden_registry.authoring.config_json import architecture_of
from model_garden_registry.authoring.drafting import FIELDS, draft_entry, merged
from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.wording.describing import letters
from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.requirements import Quantization

HERE = Path(__file__).resolve().parent
REGISTRY = HERE.parent / "storage" / "models_registry.json"

#: Sources of a shape: the model itself, or others that share it.
_READ = ("shape", "config"), ("siblings", "parameters")
#: Facts from a model's page, and abilities.
_PAGE, _ABILITIES = ("license", "gated", "released", "languages"), ("function_calling", "reasoning")

#: The basis of parameter counts, by how they were checked.
_COUNTED = {
    "exact": "parameter count computed from the shape and equal to the published total",
    "exact-plus-MTP": "parameter count computed from the shape, without the layer that predicts further tokens",
    "checkpoint-has-MTP": "parameter count computed from the shape, without the layer that predicts further tokens",
    "packed-mxfp4": "parameter count computed from the shape",
    "computed-only": "parameter count computed from the shape",
    "class": "parameter count of its class in transformers",
    "within-1pct": "parameter count computed from the shape, within 1 % of the published total",
}


def main() -> int:
    """Write the registry, or compare it."""
    parser = argparse.ArgumentParser(description="Build the registry from facts and policy.")
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    is_check = parser.parse_args().check
    text = as_text(build())
    if is_check:
        return int(REGISTRY.read_text(encoding="utf-8") != text)
    REGISTRY.write_text(text, encoding="utf-8", newline="\n")
    return 0


def as_text(document: Mapping[str, Any]) -> str:
    """Return a document as text that reads well in a diff: one value a line."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def build() -> dict[str, Any]:
    """Return the whole document."""
    written = _read(HERE / "catalogue.json")
    entered = read_entered()
    others = _other_ids(entered)
    templates = chat_templates(entered)
    ours = [*all_facts(entered, written["families"], others.copies, templates)]
    front, back = _kept(frozenset(facts.model_id for facts in ours))
    by_hand = [*front.values(), *back.values(), *written["models"].values()]
    taken = {letters(entry["description"]) for entry in by_hand if "description" in entry}
    families: dict[tuple[str, str, bool], list[ModelFacts]] = {}
    for facts in ours:
        if not facts.original:
            families.setdefault(_kin(facts), []).append(facts)
    named = {copy["id"] for copies in others.copies.values() for copy in copies}
    models = {key: _with_releases(merged(entry, written["models"].get(key, {}))) for key, entry in front.items()}
    for facts in ours:
        changes = written["models"].get(facts.model_id, {})
        original = models.get(facts.original.model_id, {}) if facts.original else {}
        entry = draft_entry(
            facts,
            as_of=written["as_of"],
            changes=changes,
            relatives=families.get(_kin(facts), ()),
            of_original=original.get("requirements"),
            taken=taken,
        )
        if entry is None and facts.model_id in named:
            continue
        if entry is None:
            raise SystemExit(f"no machine can serve {facts.model_id}: remove its facts")
        taken.add(letters(entry["description"]))
        models[facts.model_id] = entry
    models |= back
    for model_id, entry in models.items():
        rest = [tag for tag in entry["tags"] if tag != "recommended"]
        models[model_id] = {**entry, "tags": [*rest, "recommended"] if model_id in written["recommended"] else rest}
    for model_id, aliases in others.aliases().items():
        models[model_id] = _with(models[model_id], "aliases", list(aliases))
    for model_id, results in _read(HERE / "facts" / "benchmarks.json").items():
        models[model_id] = _with(models[model_id], "benchmarks", results)
    return {**written["head"], "models": models}


def _kin(facts: ModelFacts) -> tuple[str, str, bool]:
    """Return what related models share: maker, family and vision."""
    return facts.model_id.partition("/")[0], facts.family, facts.has_vision


def _kept(ours: frozenset[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the entries of the file that are not made from facts: those in front of ours, and the others."""
    models = _read(REGISTRY)["models"]
    front = dict(takewhile(lambda pair: pair[0] not in ours, models.items()))
    return front, {key: entry for key, entry in models.items() if key not in ours and key not in front}


def _other_ids(entered: Sequence[Mapping[str, Any]]) -> OtherIds:
    """Return the other ids of what is entered, and of the entries before it."""
    models = [Model(raw["id"], raw.get("quantization", {}).get("method"), raw.get("released")) for raw in entered]
    copies = [copy["id"] for raw in entered for copy in raw.get("copies", ())]
    made = [raw["id"] for raw in entered if not raw.get("is_written_by_hand")]
    front, _ = _kept(frozenset((*made, *copies)))
    return OtherIds(models, (*copies, *front))


def _with(entry: Mapping[str, Any], field: str, value: Any) -> dict[str, Any]:
    """Return an entry with one more field, in its place."""
    entry = {**entry, field: value}
    ordered = {name: entry[name] for name in FIELDS if name in entry}
    return ordered | {name: value for name, value in entry.items() if name not in ordered}


def all_facts(
    known: Iterable[Mapping[str, Any]],
    families: Mapping[str, str],
    further: Mapping[str, Iterable[Mapping[str, Any]]],
    templates: Mapping[str, str],
) -> Iterator[ModelFacts]:
    """
    Return the facts of every model, each followed by those of its copies.

    Args:
        known: What was entered.

        families: What each family is known for.

        further: Copies that were not entered, by their original.

        templates: Chat template of a model, by its id.
    """
    configs = {raw["id"]: raw["config"] for raw in known if isinstance(raw.get("config"), dict)}
    for raw in known:
        original = _facts(raw, families.get(raw["family"], ""), configs, templates.get(raw["id"]))
        if not raw.get("is_written_by_hand"):
            yield original
        for copy in (*raw.get("copies", ()), *further.get(raw["id"], ())):
            yield with_first_releases(_copy(original, copy), _told(raw, configs), _recipe(raw))


def _architecture(raw: Mapping[str, Any], configs: Mapping[str, Mapping[str, Any]]) -> Architecture:
    """
    Return the shape of a model, from the stated facts and its config.json or that of a sibling.

    Stated numbers and config.json must agree.
    """
    stated, told = raw["architecture"], _told(raw, configs)
    if told is None:
        return Architecture.model_validate(stated)
    read = architecture_of(told, Path(f"config.json of {raw['id']}")).model_dump(exclude_none=True, mode="json")
    both = merged(read, stated)
    if others := [name for name, value in read.items() if merged(both, {name: value})[name] != both[name]]:
        raise SystemExit(f"{raw['id']} states another {', '.join(others)} than its config.json")
    return Architecture.model_validate(both)


def _told(raw: Mapping[str, Any], configs: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the known config.json of a model: its own, or a sibling's."""
    config = raw.get("config")
    return configs[config] if isinstance(config, str) else config


def _facts(
    raw: Mapping[str, Any], words: str, configs: Mapping[str, Mapping[str, Any]], template: str | None
) -> ModelFacts:
    told = told_of(raw)
    stated: dict[str, Any] = {name: told[name].value for name in _PAGE if name in told}
    abilities = {name: told[name].value for name in _ABILITIES if name in told}
    calls_tools = abilities.get("function_calling")
    reasons = True if raw["kind"] == "reasoning" else abilities.get("reasoning")
    advised = replace(recommended(raw, reasons=reasons, calls_tools=calls_tools), chat_template=template)
    facts = ModelFacts(
        model_id=raw["id"],
        provider=raw["provider"],
        family=raw["family"],
        family_words=words,
        kind=raw["kind"],
        has_vision=raw["category"] == "vision-vlm",
        architecture=_architecture(raw, configs),
        rounded_parameters=raw.get("rounded_parameters"),
        quantization=Quantization.model_validate(raw.get("quantization", {"method": None, "type": None})),
        stated=stated,
        calls_tools=calls_tools,
        reasons=reasons,
        is_served_by_vllm=raw.get("served_by_vllm", True),
        has_unsloth=raw.get("unsloth", False),
        sources={**_sources(raw), **{POINTERS[name]: fact.source for name, fact in told.items()}},
        recommended=advised,
    )
    return with_first_releases(with_counts(facts, _told(raw, configs)), _told(raw, configs), _recipe(raw))


def _recipe(raw: Mapping[str, Any]) -> First | None:
    """Return the lowest vLLM that a recipe states for a model."""
    source = stated_source(raw["sources"].get("vllm", ()), raw["id"], "min_versions")
    return First(raw["vllm"], source) if "vllm" in raw and source else None


def _with_releases(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry that no facts are for, with the lowest releases for its shape and its weights."""
    found = first_releases_of(
        Architecture.model_validate(entry["architecture"]), Quantization.model_validate(entry.get("quantization", {}))
    )
    stated = entry.get("min_versions", {}) | {name: f">={first.release}" for name, first in found.items()}
    told = {pointer: source for pointer, source in entry["sources"].items() if not pointer.startswith("/min_versions")}
    told |= {f"/min_versions/{name}": first.source for name, first in found.items()}
    return _with({**entry, "sources": dict(sorted(told.items()))}, "min_versions", stated) if stated else entry


def _copy(original: ModelFacts, copy: Mapping[str, Any]) -> ModelFacts:
    """Return the facts of a quantised copy: its original's, except those that the copy's publisher decides."""
    publisher = copy["id"].partition("/")[0].lower()
    own = publisher == original.model_id.partition("/")[0].lower()
    kept = {name: original.stated[name] for name in ("license", "languages") if name in original.stated}
    sources = {pointer: source for pointer, source in original.sources.items() if pointer.strip("/") not in _DATED}
    own_shape = copy.get("architecture", {})
    but = f", but for {_and(own_shape)}" if own_shape else ""
    shape = {"source": f"its original's, {original.model_id}{but}"}
    named = stated_source(copy["sources"], copy["id"], "quantization")
    return ModelFacts(
        model_id=copy["id"],
        provider=original.provider if own else publisher,
        family=original.family,
        kind=original.kind,
        has_vision=original.has_vision,
        architecture=original.architecture.model_copy(update=own_shape),
        rounded_parameters=original.rounded_parameters,
        quantization=Quantization.model_validate({name: copy[name] for name in _FORMAT if name in copy}),
        original=original,
        stated=kept,
        calls_tools=original.calls_tools,
        reasons=original.reasons,
        is_served_by_vllm=original.is_served_by_vllm,
        has_unsloth=publisher == "unsloth",
        sources={
            **sources,
            "/architecture": {**original.sources["/architecture"], **shape},
            **({"/quantization": named} if named else {}),
        },
        recommended=original.recommended,
    )


#: Facts about the number format of a copy.
_FORMAT = ("method", "type", "group_size", "weights_gb")
#: What a copy does not share with its original.
_DATED = frozenset({"released", "gated"})


def _and(names: Iterable[str]) -> str:
    return " and ".join(names)


def _sources(entered: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """
    Return where shape and number format come from, as an entry states it.

    Facts that the source of a shape does not cover have their own source in ``fields``, by their path in the shape.
    """
    model_id, raw = entered["id"], entered["sources"]
    parts = [f"config.json values as published in {', '.join(raw['shape'])}"] if raw.get("shape") else []
    if raw.get("siblings"):
        parts.append(f"of checkpoints of the same shape in {', '.join(raw['siblings'])}")
    if raw.get("config"):
        parts.append(f"layers read from config.json as kept in {', '.join(raw['config'])}")
    count = _COUNTED.get(raw.get("count", ""))
    if count or raw.get("parameters"):
        parts.append(count or f"parameter count as reported in {', '.join(raw['parameters'])}")
    if raw.get("library"):
        parts.append(raw["library"])
    if raw.get("solved"):
        parts.append(f"{', '.join(raw['solved'])} solved from the other numbers")
    own, others = ([name for key in keys for name in raw.get(key, ())] for keys in _READ)
    words = "; ".join(parts) or "names of the repositories"
    shape = stated_source(own, model_id, "architecture", words) or stated_source(others, model_id, "shape", words)
    quantization = stated_source(raw.get("quantization", ()), model_id, "quantization")
    own_fields = {f"/architecture/{field}": source for field, source in raw.get("fields", {}).items()}
    return {
        "/architecture": shape or {"kind": "declared", "source": words},
        **({"/quantization": quantization} if quantization else {}),
        **own_fields,
    }


def _read(path: Path) -> Any:
    return json.loads(path.read_bytes())


if __name__ == "__main__":
    raise SystemExit(main())
