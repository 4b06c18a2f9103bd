"""
Report how real files of other tools are read; the files are not copied.

    python -m tools.dialects.examples FOLDER…

A line for each file, or command in a file: its tool, its model, and how many keys are understood, without influence,
not followed, gone (with what to write instead) and unknown; then all of it in sum, and which keys are unknown. Files of
no known tool are counted. Exit code 1 if a file makes anything but an answer or an error of ours.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from model_garden_registry import ForeignConfig, ModelRegistry, load_registry, read_configs
from model_garden_registry.errors import RegistryError, UnknownModelError

_ENDS = frozenset({".yaml", ".yml", ".json", ".sh", ".bash", ".jsonnet", ""})
_KINDS = ("understood", "without influence", "not followed", "gone", "unknown")
_HEAD = ("file", "tool", "model", *_KINDS)


def main() -> int:
    """Read all files below the folders."""
    parser = argparse.ArgumentParser(description="Report how real files of other tools are read.")
    parser.add_argument("folders", nargs="+", type=Path)
    registry, sums, failed = load_registry(), Counter[str](), 0
    sys.stdout.write("\t".join(_HEAD) + "\n")
    for path in _files(parser.parse_args().folders):
        sums["files"] += 1
        try:
            configs = read_configs(path)
        except RegistryError:
            sums["of no known tool"] += 1
            continue
        except Exception:  # noqa: BLE001  (unforeseen errors are what this looks for)
            failed += 1
            sys.stderr.write(f"{path}:\n{traceback.format_exc()}")
            continue
        for config in configs:
            _write(registry, config, sums)
    _write_sums(sums)
    return int(bool(failed))


def _files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        found = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        yield from (path for path in found if path.is_file() and path.suffix in _ENDS)


def _write(registry: ModelRegistry, config: ForeignConfig, sums: Counter[str]) -> None:
    retired = config.dialect.vocabulary.retired
    unknown = [remark.item.key for remark in config.unknown if remark.item.key not in retired]
    gone = len(config.unknown) - len(unknown)
    counts = [len(config.understood), len(config.without_influence), len(config.not_followed), gone, len(unknown)]
    sums.update(f"! {config.dialect.name}: {key}" for key in unknown)
    try:
        model = registry.resolve(config.model_id or "").id
    except UnknownModelError:
        model = f"? {config.model_id}"
    place = str(config.path) if config.line is None else f"{config.path}:{config.line}"
    sys.stdout.write("\t".join((place, config.tool, model, *map(str, counts))) + "\n")
    sums["recognised"] += 1
    sums["model resolved"] += not model.startswith("?")
    sums["without an unknown key"] += not unknown
    sums.update(dict(zip(_KINDS, counts, strict=True)))


def _write_sums(sums: Counter[str]) -> None:
    recognised, keys = sums["recognised"], sum(sums[kind] for kind in _KINDS)
    clean = sums["without an unknown key"]
    sys.stdout.write(
        f"{sums['files']} files, {sums['of no known tool']} of no known tool; {recognised} recognised, "
        f"{sums['model resolved']} models resolved, {clean} without an unknown key ({clean / max(recognised, 1):.1%})\n"
    )
    shares = (f"{kind} {sums[kind]} ({sums[kind] / max(keys, 1):.1%})" for kind in _KINDS)
    sys.stdout.write(f"{keys} keys: {', '.join(shares)}\n")
    sys.stdout.writelines(f"{name[2:]}\t{count}\n" for name, count in sums.most_common() if name.startswith("! "))


if __name__ == "__main__":
    sys.exit(main())
