"""
Check what ``lifecycle/local/hub_cache.py`` expects of the cache of huggingface_hub. Works for huggingface_hub 2.4.0.

The names are read from its source: variables in their order, the folder of a model, the name of a partial download.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.upstream.compare import Row

#: What our reader expects, by fact.
EXPECTED = {
    "variables": [
        *("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"),
        *("~/.cache", "huggingface", "hub"),
    ],
    "separator": "--",
    "folder of a model": "models",
    "folders": ["blobs", "refs", "snapshots"],
    "incomplete": ".incomplete",
}


def cache_rows(version: str, root: Path) -> Iterator[Row]:
    """Compare an unpacked or installed package with what our reader expects."""
    for fact, found in facts(root / "huggingface_hub").items():
        ours = EXPECTED[fact]
        yield Row(f"huggingface_hub {version}", fact, ours, found, "2.4.0", ours == found)


def facts(package: Path) -> dict[str, object]:
    """Return what the source of the package says; what is not found is None."""
    constants = (package / "constants.py").read_text(encoding="utf-8")
    download = (package / "file_download.py").read_text(encoding="utf-8")
    named = {fact: _constant(constants, name) for fact, name in (("separator", "REPO_ID_SEPARATOR"),)}
    repositories = re.search(r'repo_folder_name\(.*?parts = \[f"\{repo_type\}(\w+)"', download, re.DOTALL)
    return {
        "variables": _variables(constants),
        **named,
        "folder of a model": f"model{repositories[1]}" if repositories else None,
        "folders": sorted({*re.findall(r'storage_folder, "(blobs|refs|snapshots)"', download)}),
        "incomplete": next(iter(re.findall(r'blob_path \+ "(\.\w+)"', download)), None),
    }


def _constant(source: str, name: str) -> object:
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            return ast.literal_eval(node.value)
    return None


def _variables(source: str) -> list[str]:
    """Return the variables that decide where the cache is, and the folders of its default."""
    assigned = {
        ast.unparse(node.targets[0]): ast.unparse(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
    }
    order = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME")
    variables = [name for one in order for name in re.findall(r"os\.getenv\('(\w+)'", assigned.get(one, ""))]
    home = "/".join(re.findall(r"'([~.\w]+)'", assigned.get("default_home", "")))
    below = re.findall(r"default_home\), '(\w+)'", assigned.get("HF_HOME", ""))
    return [*variables, home, *below, *re.findall(r"HF_HOME, '(\w+)'", assigned.get("default_cache_path", ""))]
