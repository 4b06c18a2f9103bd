"""
Check what ``storage/`` states of other projects (families, stacks, engines, words, GPUs) against current packages.

    python -m tools.upstream                        the newest release of each that the package index gives
    python -m tools.upstream trl==1.6.0 vllm        one of an older release, whose facts of then are named
                                                    beside those of now, and the newest of another
    python -m tools.upstream --renew axolotl        write the keys that it has today into storage/vocabularies/
    python -m tools.upstream --write                also write docs/upstream.json, from which the docs are made

Each package is run in its own environment or read from its unpacked wheel; nothing needs a GPU or weights.
Exit code: 0 all facts agree, 1 some differ.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tools.upstream.asked import TOOLS, Tool
from tools.upstream.compare import Row, families_rows, package_rows
from tools.upstream.vocabularies.comparing import beside, key_rows, renew, vocabularies

HERE = Path(__file__).resolve().parent
LAST_RUN = HERE.parents[1] / "docs" / "upstream.json"


def main() -> int:
    """Compare, print the result, and return the exit code."""
    parser = argparse.ArgumentParser(description="Check our tables against the real packages.")
    parser.add_argument("packages", nargs="*", help="such as trl or trl==1.6.0; all, where none is named")
    parser.add_argument("--write", action="store_true", help="write docs/upstream.json, where everything agrees")
    parser.add_argument("--renew", action="store_true", help="write the keys of today into storage/vocabularies/")
    asked = parser.parse_args()
    rows: list[Row] = []
    versions: dict[str, str] = {}
    for requirement in asked.packages or [*TOOLS, *(name for name in vocabularies() if name not in TOOLS)]:
        name = requirement.partition("==")[0]
        with tempfile.TemporaryDirectory() as folder:
            version, found = ask(name, requirement, Path(folder), renews=asked.renew)
        versions[name] = version
        rows += found
    differing = [row for row in rows if not row.agrees]
    write_rows(rows)
    if asked.write and not differing:
        last = {"date": datetime.now(UTC).date().isoformat(), "versions": versions, "facts": counts(rows)}
        LAST_RUN.write_text(json.dumps(last, indent=2) + "\n", encoding="utf-8")
    return int(bool(differing))


def ask(name: str, requirement: str, folder: Path, *, renews: bool = False) -> tuple[str, list[Row]]:
    """
    Return the release of a package and its facts beside ours.

    Args:
        renews: Whether the keys that it has are written first.
    """
    tool, words = TOOLS.get(name), vocabularies().get(name, [])
    sys.stderr.write(f"asking {requirement}\n")
    if tool is None or not tool.script:
        version = unpack(requirement, folder)
        for further in {*(tool.beside if tool else ()), *(one for word in words for one in beside(word, folder))}:
            unpack(further, folder)
        rows = [
            *(_table_rows(tool, version, folder) if tool else ()),
            *word_rows(words, version, folder, renews=renews),
        ]
        return version, rows
    python = environment(folder, [requirement, *tool.beside])
    version = run(python, "-c", f"import importlib.metadata as m; print(m.version({name!r}))").strip()
    rows = list(package_rows(tool.package(), version, json.loads(run(python, str(HERE / tool.script)))))
    if name == "transformers":
        rows += families_rows(json.loads(run(python, str(HERE / "families.py"))))
    source = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    rows += tool.further(version, source) if tool.further else ()
    return version, [*rows, *tool.source_rows(version, source), *word_rows(words, version, source, renews=renews)]


def _table_rows(tool: Tool, version: str, root: Path) -> Iterator[Row]:
    """Compare our tables with an unpacked package."""
    yield from (row for read in tool.read for row in package_rows(tool.package(), version, read(root)))
    yield from tool.source_rows(version, root)
    yield from tool.further(version, root) if tool.further else ()


def word_rows(words: Iterable[str], version: str, root: Path, *, renews: bool) -> Iterator[Row]:
    """Compare the keys of vocabularies with those of their package, renewed first where that is asked for."""
    for tool in words:
        if renews:
            for key in renew(tool, version, root):
                sys.stderr.write(f"{tool}: {key} is reviewed and gone\n")
        yield from key_rows(tool, version, root)


def unpack(requirement: str, folder: Path) -> str:
    """Download a package, unpack its code into a folder, and return its release: its wheel, else its source."""
    download = (sys.executable, "-m", "pip", "download", "--no-deps", "--ignore-requires-python", "-q")
    wheels = (*download, "--only-binary=:all:", "-d", str(folder), requirement)
    if subprocess.run(wheels, capture_output=True, check=False).returncode:
        run(*download, "-d", str(folder), requirement)
    package = next(path for path in folder.iterdir() if path.name.endswith((".whl", ".tar.gz")))
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            archive.extractall(
                folder, [name for name in archive.namelist() if name.endswith((".py", ".json", "METADATA", ".so"))]
            )
    else:
        with tarfile.open(package) as archive:
            archive.extractall(folder, filter="data")
    package.unlink()
    return package.name.removesuffix(".tar.gz").split("-")[1]


def environment(folder: Path, requirements: Iterable[str]) -> str:
    """Make a virtual environment with packages in it; return its Python."""
    run(sys.executable, "-m", "venv", str(folder))
    python = str(folder / "bin" / "python")
    run(python, "-m", "pip", "install", "-q", *requirements)
    return python


def run(*command: str) -> str:
    """Run a program and return what it prints; what it says on stderr is shown if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    return done.stdout


def write_rows(rows: Iterable[Row]) -> None:
    """Print the counts of families, what differs, what is otherwise in the newest release, and how many facts."""
    shown = list(rows)
    for row in shown:
        if row.fact == "parameters" or row.moved or not row.agrees:
            mark = "  " if row.agrees else "! "
            both = f"ours {show(row.ours)}  theirs {show(row.theirs)}"
            since = f"since {row.since}, by now {show(row.newest)}" if row.moved else row.since
            sys.stdout.write(f"{mark}{row.subject:32} {row.fact:28} {both}  ({since})\n")
    sys.stdout.write(f"{len(shown)} facts, {sum(not row.agrees for row in shown)} differ\n")
    sys.stdout.writelines(f"  {subject}: {number}\n" for subject, number in counts(shown).items())


def show(value: object) -> str:
    """Write a value in one line."""
    return f"{value:,}" if type(value) is int else json.dumps(value, default=str)


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """Return how many facts each package gave; those of all families together."""
    found: dict[str, int] = {}
    for row in rows:
        subject = "families" if row.since.startswith(("transformers ", "remote")) else row.subject
        found[subject] = found.get(subject, 0) + 1
    return found


if __name__ == "__main__":
    raise SystemExit(main())
