"""CPU time and peak memory of whole processes, run in turn so that a drifting machine drifts for all."""

from __future__ import annotations

import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """
    CPU time and peak memory of one process.

    Args:
        cpu_seconds: User and system time.

        peak_bytes: Largest resident set.
    """

    cpu_seconds: float
    peak_bytes: int


def run_in_turn(commands: Mapping[str, Sequence[str]], rounds: int, cwd: str) -> dict[str, list[Cost]]:
    """Run every command once as a warm-up, then all of them in turn, ``rounds`` times."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            cost = _run(command, cwd)
            if number:
                costs[name].append(cost)
    return costs


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the pairwise ratios."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


#: Files of 100,000 entries are larger than a registry may be unless that is said.
_LARGE = {"MGR_MAX_REGISTRY_MIB": "1024"}


def _environment(cwd: str) -> dict[str, str]:
    """Return the environment of a program that has run before: what the warm-up compiles is there for all rounds."""
    compiled = {"PYTHONPYCACHEPREFIX": str(Path(cwd) / "compiled")}
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | compiled | _LARGE


def _run(command: Sequence[str], cwd: str) -> Cost:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=cwd, env=_environment(cwd)
    )
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # 1 is an answer: "not valid"
        raise SystemExit(f"{' '.join(command)} exited {process.returncode}:\n{output.decode(errors='replace')}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
