"""Read which models transformers has that write text, and hold against it the types of which no entry is made."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from model_garden_registry.families.family import other_model_types
from model_garden_registry.families.ranges import Package
from model_garden_registry.families.stacks import library_package

__all__ = ["others_package", "writers_among_others"]

_CLASSES = "transformers/models/auto/modeling_auto.py"
#: Where the models stand that continue a text, with or without images before it.
_WRITE = ("MODEL_FOR_CAUSAL_LM_MAPPING_NAMES", "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES")
#: Where those of them stand that are encoders, have one, or hear: a class for a text alone is a part of theirs.
_ENCODE = (
    "MODEL_FOR_MASKED_LM_MAPPING_NAMES",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES",
)


def others_package() -> Package:
    """Return that none of our types of which no entry is made is one that an entry could be made of, by their kinds."""
    package = library_package("transformers")
    kinds: dict[str, list[str]] = {kind: [] for kind in other_model_types().values()}
    ranges = ({"since": package.read, "others": kinds},)
    return Package(title=package.title, oldest=package.oldest, read=package.read, ranges=ranges)


def writers_among_others(root: Path) -> dict[str, Mapping[str, list[str]]]:
    """Return the types of which we make no entry and that write text in an unpacked transformers, by their kinds."""
    named = _mappings(root / _CLASSES)
    writers = {name for mapping in _WRITE for name in named[mapping]}
    writers -= {name for mapping in _ENCODE for name in named[mapping]}
    kinds: dict[str, list[str]] = {kind: [] for kind in other_model_types().values()}
    for name, kind in other_model_types().items():
        if name in writers:
            kinds[kind].append(name)
    return {"others": kinds}


def _mappings(module: Path) -> dict[str, list[str]]:
    """Return the model types of each mapping that a module writes out as pairs."""
    found: dict[str, list[str]] = {}
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[ast.List(elts=pairs)])):
                found[name] = [
                    ast.literal_eval(one.elts[0]) for one in pairs if isinstance(one, ast.Tuple | ast.List) and one.elts
                ]
    return found
