"""
Ids that people type for a model of the catalogue: former names, mirrors of the same weights, and quantised copies.

None is entered one by one. ``facts/other_ids.json`` says which organisations and repositories were renamed, who mirrors
models under their own name, and in which files a publisher keeps its number formats; ``facts/gathered/`` says which ids
sources name.

- A former name or a mirror becomes an alias of the entry that has its weights.
- A copy with other weights becomes an entry of its own, where a source that people follow names it, its original has an
  entry, and its format is known. A mapper's list alone makes none: it has hundreds that no other source names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tools.gather.gathered import Facts, read_gathered

FACTS = Path(__file__).resolve().parent / "facts"

#: Sources of ids that people copy: guides, examples, presets.
FOLLOWED = ("unsloth-notebooks", "axolotl-examples", "llama-factory-examples", "vllm-recipes", "kaito")
#: The source for which repositories have the weights of which original.
MAPPER = "unsloth-mapper"

#: Suffixes of names that tell the weight format, with the format if it does not depend on the publisher.
_ENDINGS: tuple[tuple[str, tuple[str, str] | str | None], ...] = (
    (r"-unsloth-bnb-4bit", ("4bit", "bitsandbytes-dynamic")),
    (r"-bnb-(?:4bit|nf4(?:-bf16)?)", ("4bit", "bitsandbytes")),
    (r"-awq(?:-int4)?", ("awq", "awq")),
    (r"-gptq-int8", ("8bit", "gptq")),
    (r"-gptq(?:-int4)?", ("gptq", "gptq")),
    (r"-fp8(?:-(?:dynamic|block))?", "FP8"),
    (r"-(?:nv)?fp4(?:-(?:v\d|qad|w4a4))?", "NVFP4"),
    (r"-quantized\.w8a8", "W8A8"),
    (r"-(?:quantized\.|qat-)w4a16(?:-ct)?", "W4A16"),
    (r"-(?:bf16|fp16|dequantized)", None),
)


class Named(NamedTuple):
    """
    The parts of a repository name.

    Args:
        publisher: Its organisation.

        stem: Its name in small letters, without words for number format and layout.

        format: Method and type; a word that means one of them by its publisher; None: weights as they were trained.

        is_plain: Whether no word says how weights are stored.
    """

    publisher: str
    stem: str
    format: tuple[str, str] | str | None
    is_plain: bool


class Model(NamedTuple):
    """An original of the catalogue: its id, its number format (None: as it was trained), and its month of release."""

    id: str
    method: str | None = None
    released: str | None = None


class OtherIds:
    """
    The ids of models in a catalogue.

    Args:
        models: Originals, in the order of the catalogue.

        copies: Ids of the copies that the catalogue has by hand.
    """

    def __init__(self, models: Iterable[Model], copies: Iterable[str]) -> None:
        self._told = read_told()
        self._models = {model.id: model for model in models}
        self._entries = {*self._models, *copies}
        self._by_stem: dict[str, set[str]] = {}
        for model_id in self._models:
            self._by_stem.setdefault(named(model_id).stem, set()).add(model_id)
        for other, row in self._told["same_weights"].items():
            if row["now"] in self._models:
                self._by_stem.setdefault(named(other).stem, set()).add(row["now"])
        self.copies = self._further_copies()
        self._entries |= {row["id"] for rows in self.copies.values() for row in rows}

    def aliases(self) -> dict[str, list[str]]:
        """Return the other ids of each entry that has some, sorted: none that another entry has in any case."""
        taken = {entry.casefold() for entry in self._entries}
        found: dict[str, list[str]] = {}
        for other in sorted({*self._told["same_weights"], *self._former(), *_gathered_ids()}):
            meant = None if other.casefold() in taken else self._same_weights(other)
            if meant is not None:
                found.setdefault(meant, []).append(other)
        return found

    def _further_copies(self) -> dict[str, list[dict[str, Any]]]:
        """Return the copies of each original that were not entered, as rows of facts: id, method, type, sources."""
        taken = {entry.casefold() for entry in self._entries}
        found: dict[str, list[dict[str, Any]]] = {}
        entered = [{**row} for row in self._told["copies"] if row["of"] in self._models]
        followed = (self._copy(_spelled().get(copy.casefold(), copy), sources) for copy, sources in _followed().items())
        for row in (*entered, *followed):
            if row is not None and row["id"].casefold() not in taken:
                taken.add(row["id"].casefold())
                found.setdefault(row.pop("of"), []).append(row)
        return found

    def _same_weights(self, other: str) -> str | None:
        """Return the entry that has the weights of an id; None: none has, or nothing says so."""
        if other in self._entries:
            return other
        if row := self._told["same_weights"].get(other):
            return self._same_weights(row["now"])
        organisation, _, name = other.partition("/")
        if row := self._told["organisations"].get(organisation):
            return self._same_weights(f"{row['now']}/{name}")
        words = named(other)
        if not words.is_plain or other in self._told["converted"]:
            return None
        if original := gathered(MAPPER).get(other, {}).get("mirror_of"):
            return None if self._is_unpacked(original) else self._same_weights(original)
        meant = self._original(words.stem)
        if meant is None or self._is_unpacked(meant):
            return None
        # A maker has a model twice where it also publishes it in transformers' layout.
        return meant if organisation in self._told["mirrors"] or meant.startswith(f"{organisation}/") else None

    def _former(self) -> Iterator[str]:
        """Return the ids that originals had before their organisation was renamed."""
        for former, row in self._told["organisations"].items():
            for model in self._models.values():
                organisation, _, name = model.id.partition("/")
                if organisation == row["now"] and model.released and model.released <= row["until"]:
                    yield f"{former}/{name}"

    def _original(self, stem: str) -> str | None:
        """Return the one original of a name; None: there is none, or several."""
        holders = self._by_stem.get(stem, set())
        return next(iter(holders)) if len(holders) == 1 else None

    def _is_unpacked(self, original: str) -> bool:
        """Return whether a mirror under the same name is in half precision though the original is published in FP8."""
        model = self._models.get(original)
        return model is not None and model.method == "fp8" and gathered(MAPPER).get(original, {}).get("format") == "fp8"

    def _copy(self, copy: str, sources: list[str]) -> dict[str, Any] | None:
        """Return the facts of a copy with weights of its own; None: it is none, or of nothing that is known here."""
        words = named(copy)
        said = {**gathered(MAPPER).get(copy, {}), **gathered("vllm-recipes").get(copy, {})}
        stated = said.get("mirror_of") or said.get("copy_of") or said.get("variant_of")
        model = self._models.get(self._copied(words, self._same_weights(stated) if stated else None) or "")
        if model is None:
            return None
        converted = self._converted(words)
        row = {"of": model.id, "id": copy, "sources": sources, **converted}
        if words.format is None:
            is_own = converted or (model.method is not None and (not words.is_plain or self._is_unpacked(model.id)))
            is_own = is_own and words.publisher in self._told["mirrors"]
            return {**row, "method": None, "type": None} if is_own else None
        kept = words.format
        if isinstance(kept, str):
            kept = self._told["formats"].get(words.publisher, {}).get(kept)
        return {**row, "method": kept[0], "type": kept[1]} if kept else None

    def _copied(self, words: Named, stated: str | None) -> str | None:
        """
        Return the original of a copy: as a source states it, but for what the name says better.

        A recipe names the model that it is about, which may be an older one or a sibling: a copy by the maker, and one
        whose name says more, are of what their name says.
        """
        by_name = self._original(words.stem)
        if stated is None or by_name is None:
            return by_name or stated
        says_more = words.stem.startswith(named(stated).stem) or words.publisher == by_name.partition("/")[0]
        return by_name if says_more else stated

    def _converted(self, words: Named) -> dict[str, Any]:
        """Return the shape of what a publisher keeps as a network of another type, by the name without its format."""
        for other, row in self._told["converted"].items():
            if (words.publisher, words.stem) == (named(other).publisher, named(other).stem):
                return {"architecture": row["architecture"]}
        return {}


def named(model_id: str) -> Named:
    """Return the parts of a repository name."""
    publisher, _, name = model_id.rpartition("/")
    for ending, kept in _ENDINGS:
        if found := re.search(rf"{ending}$", name, re.IGNORECASE):
            return Named(publisher, _stem(name[: found.start()]), kept, is_plain=False)
    return Named(publisher, _stem(name), None, is_plain=True)


def _stem(name: str) -> str:
    """Return a name in small letters, without the word for transformers' own layout of the same weights."""
    return name.lower().removesuffix("-hf")


@cache
def read_told() -> dict[str, Any]:
    """Return the content of ``facts/other_ids.json``."""
    told: dict[str, Any] = json.loads((FACTS / "other_ids.json").read_bytes())
    return told


@cache
def gathered(source: str) -> Facts:
    """Return what was gathered from a source."""
    return read_gathered(FACTS / "gathered" / f"{source}.json").facts


def followed_ids(source: str) -> list[str]:
    """Return the ids that a source loads; for LLaMA-Factory those of its examples, not of its whole table."""
    facts = gathered(source)
    return [model for model, said in facts.items() if source != "llama-factory-examples" or "examples" in said]


@cache
def _followed() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source in FOLLOWED:
        for model in followed_ids(source):
            found.setdefault(model, []).append(source)
    return found


@cache
def _spelled() -> dict[str, str]:
    """Return the ids of the mapper as it writes them, by their letters."""
    return {model.casefold(): model for model in gathered(MAPPER)}


def _gathered_ids() -> Iterator[str]:
    for source in (*FOLLOWED, MAPPER):
        yield from gathered(source)
