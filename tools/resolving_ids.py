"""
Count which ids that people type resolve.

    python -m tools.resolving_ids               the ids that gathered sources have people load; a line for each source
    python -m tools.resolving_ids FILE.csv      those of a file with the columns where and id
    python -m tools.resolving_ids --missing     also the ids that do not

An id resolves if the registry has it, or a former name or a mirror of it. One that is not of a language model
(embeddings, rerankers, speech, images, video) counts as answered if the registry says that it is out of scope.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tools.other_ids import FOLLOWED, followed_ids

from model_garden_registry import ModelRegistry, UnknownModelError, load_registry

#: The error's words for such an id.
OUT_OF_SCOPE = "out of scope"


def main(arguments: list[str] | None = None) -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description="Count which ids that people type resolve.")
    parser.add_argument("file", type=Path, nargs="?", help="a CSV file with the columns where and id")
    parser.add_argument("--missing", action="store_true", help="name the ids that do not resolve")
    asked = parser.parse_args(arguments)
    places = _of_file(asked.file) if asked.file else {source: followed_ids(source) for source in FOLLOWED}
    everything = [model_id for ids in places.values() for model_id in ids]
    answers = answered(load_registry(), everything)
    for place, loaded in {**places, "all": everything}.items():
        sys.stdout.write(f"{_line(place, Counter(answers[model_id] for model_id in loaded))}\n")
        if asked.missing and place != "all":
            sys.stdout.writelines(f"    {model_id}\n" for model_id in loaded if answers[model_id] == "unknown")
    return 0


def _of_file(path: Path) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            places.setdefault(row["where"], []).append(row["id"])
    return places


def _line(place: str, counts: Counter[str]) -> str:
    in_scope = counts["resolves"] + counts["unknown"]
    share = counts["resolves"] / in_scope if in_scope else 0.0
    return f"{place:24} {counts['resolves']:4} of {in_scope:4} ({share:4.0%}), {counts['out of scope']} out of scope"


def answered(registry: ModelRegistry, ids: Iterable[str]) -> dict[str, str]:
    """Return for each id: ``resolves``, ``out of scope`` or ``unknown``."""
    found: dict[str, str] = {}
    for model_id in ids:
        try:
            registry.resolve(model_id)
        except UnknownModelError as error:
            found[model_id] = "out of scope" if OUT_OF_SCOPE in (error.problem or "") else "unknown"
        else:
            found[model_id] = "resolves"
    return found


if __name__ == "__main__":
    raise SystemExit(main())
