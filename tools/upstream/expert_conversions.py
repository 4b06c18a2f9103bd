"""Read for which families PEFT turns names of experts' layers into parameters, from unpacked PEFT and transformers."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from model_garden_registry.families.family import family_of, known_model_types
from model_garden_registry.families.ranges import Package
from model_garden_registry.families.stacks import library_package

__all__ = ["conversions_package", "converted_families"]

_PATTERNS = ("transformers/conversion_mapping.py", "_MODEL_TO_CONVERSION_PATTERN")
_PEFT = "peft/utils/transformers_weight_conversion.py"
#: What PEFT knows by pattern, and the patterns that it adds to those of transformers.
_KNOWN, _ADDED = "_MOE_TARGET_MODULE_MAPPING", "_MODEL_TO_CONVERSION_PATTERN"


def conversions_package() -> Package:
    """Return the families whose experts' layers PEFT converts by our records, as a table of one range."""
    package = library_package("peft")
    names = sorted(name for name in known_model_types() if family_of(name).peft_converts)
    ranges = ({"since": package.read, "peft_converts": names},)
    return Package(title=package.title, oldest=package.oldest, read=package.read, ranges=ranges)


def converted_families(root: Path) -> dict[str, list[str]]:
    """Return those of our families that PEFT has a pattern for."""
    file, name = _PATTERNS
    patterns = dict(_assigned(root / file, name)) | _added(root / _PEFT)
    known = _assigned(root / _PEFT, _KNOWN)
    return {"peft_converts": sorted(one for one in known_model_types() if patterns.get(one) in known)}


def _assigned(module: Path, name: str) -> Any:
    """Return what a module assigns to a name, written out."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                return ast.literal_eval(value)
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
                return ast.literal_eval(value)
    raise SystemExit(f"{module.name} assigns {name} no more")


def _added(module: Path) -> dict[str, str]:
    """Return the patterns that PEFT adds, one by one."""
    found: dict[str, str] = {}
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value) if name == _ADDED:
                found[ast.literal_eval(key)] = ast.literal_eval(value)
    return found
