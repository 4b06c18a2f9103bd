"""Keys in ``storage/vocabularies/`` compared with those of the real packages, and their renewal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tools.upstream.compare import Row

from model_garden_registry.families.versions import known_release

__all__ = ["beside", "key_rows", "renew", "vocabularies"]

_FILES = Path(__file__).resolve().parents[3] / "storage" / "vocabularies"


def vocabularies() -> dict[str, list[str]]:
    """Return which vocabularies are those of each package."""
    found: dict[str, list[str]] = {}
    for path in sorted(_FILES.glob("*.json")):
        found.setdefault(json.loads(path.read_text(encoding="utf-8"))["package"], []).append(path.stem)
    return found


def beside(tool: str, root: Path) -> tuple[str, ...]:
    """Return what is unpacked beside a package for its keys, each at the newest release that it takes."""
    return tuple(f"{name}{_bounds(root, name)}" for name in getattr(_reader(tool), "BESIDE", ()))


def key_rows(tool: str, version: str, root: Path) -> Iterator[Row]:
    """Compare each key with the unpacked or installed package; an older one than was read has other keys."""
    ours = json.loads((_FILES / f"{tool}.json").read_text(encoding="utf-8"))
    if known_release(version) < known_release(ours["version"]):
        return
    theirs = _keys(tool, root)
    for key in sorted({*ours["keys"], *theirs}):
        mine, found = ours["keys"].get(key), theirs.get(key)
        yield Row(f"keys of {ours['title']} {version}", key, mine, found, ours["version"], mine == found)
    if "gpus" in ours:
        yield from _gpu_rows(ours, version, _reader(tool).accelerators(root))


def _gpu_rows(ours: Mapping[str, Any], version: str, theirs: Mapping[str, list[int]]) -> Iterator[Row]:
    """Compare the names of GPUs, and the sizes that each has; which GPUs of ours they are is reviewed by hand."""
    left_out = {name for names in ours["gpus_left_out"].values() for name in names}
    for name in sorted(set(theirs) - left_out):
        known = ours["gpus"].get(name)
        mine = None if known is None else [gpus["memory_gb"] for gpus in known if "memory_gb" in gpus]
        yield Row(f"GPUs of {ours['title']} {version}", name, mine, theirs[name], ours["version"], mine == theirs[name])


def renew(tool: str, version: str, root: Path) -> list[str]:
    """
    Write the keys that a package has, and its release; everything reviewed stays.

    Returns:
        Reviewed keys that are gone.
    """
    path = _FILES / f"{tool}.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content |= {"keys": _keys(tool, root), "version": version}
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    reviewed = {
        key for part in ("without_influence", "not_followed") for keys in content[part].values() for key in keys
    }
    return sorted({*reviewed, *content["aliases"].values()} - set(content["keys"]))


def _keys(tool: str, root: Path) -> dict[str, Any]:
    read: Callable[[Path], Mapping[str, Any]] = _reader(tool).keys
    found: dict[str, Any] = json.loads(json.dumps(read(root)))
    return found


def _reader(tool: str) -> Any:
    return import_module(f"tools.upstream.vocabularies.{tool.replace('-', '_')}")


def _bounds(root: Path, name: str) -> str:
    """Return which releases of a library the packages below a folder take; empty if none says."""
    for path in sorted(root.glob("*.dist-info/METADATA")):
        stated = path.read_text(encoding="utf-8")
        if found := re.search(rf"^Requires-Dist: {re.escape(name)} ?\(?([^;()\n]*)\)?$", stated, re.MULTILINE):
            return found[1].strip()
    return ""
