"""
Count which ids that people type resolve.

    python tools/resolving_ids.py FILE.csv            columns where, id, times; a line for each place and one for all
    python tools/resolving_ids.py FILE.csv --missing  also the ids that do not

An id resolves where the registry has it, or a former name or a mirror of it. One that is not of a language model
(embeddings, rerankers, speech, images, video) counts as answered where the registry says that it is out of scope.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from model_garden_registry import ModelRegistry, UnknownModelError, load_registry

#: What the error says of such an id.
OUT_OF_SCOPE = "out of scope"


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description="Count which ids that people type resolve.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--missing", action="store_true", help="name the ids that do not resolve")
    asked = parser.parse_args()
    with asked.file.open(encoding="utf-8", newline="") as file:
        rows = [(row["where"], row["id"]) for row in csv.DictReader(file)]
    answers = answered(load_registry(), [model_id for _, model_id in rows])
    for place in [*dict.fromkeys(where for where, _ in rows), "all"]:
        here = [model_id for where, model_id in rows if place in (where, "all")]
        counts = Counter(answers[model_id] for model_id in here)
        in_scope = len(here) - counts["out of scope"]
        share = counts["resolves"] / in_scope if in_scope else 0.0
        sys.stdout.write(
            f"{place:24} {counts['resolves']:4} of {in_scope:4} ({share:4.0%}), {counts['out of scope']} out of scope\n"
        )
        if asked.missing and place != "all":
            sys.stdout.writelines(f"    {model_id}\n" for model_id in here if answers[model_id] == "unknown")
    return 0


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
