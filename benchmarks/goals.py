"""The comparisons, and the ratio to reach in each (see ARCHITECTURE.md, Performance)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from benchmarks import programs
from benchmarks.lines import Line
from benchmarks.measure import Cost, ratio
from benchmarks.registries import first_id, write_registry
from model_garden_registry.bundled import bundled_registry, bundled_schema
from model_garden_registry.hardware.driver.library import find_library

#: From so many entries on ajv-cli must not be faster.
_MANY = 10_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    One ratio of a race.

    Args:
        goal: Name of the goal; empty for a peer that is measured for the record.

        ours: Name of the command above the line.

        base: Name of the command below the line.

        limit: What the ratio must not exceed; None for the record.

        memory: Whether peak memory is compared instead of CPU time.

        beyond: Name of the command whose cost is taken off above the line: what a program that has come so far adds.
    """

    goal: str
    ours: str
    base: str
    limit: float | None = None
    memory: bool = False
    beyond: str = ""

    def measured(self, costs: dict[str, list[Cost]]) -> float:
        """Return the ratio."""
        attribute = "peak_bytes" if self.memory else "cpu_seconds"
        ours, base = ([getattr(cost, attribute) for cost in costs[name]] for name in (self.ours, self.base))
        if self.beyond:
            ours = [cost - getattr(other, attribute) for cost, other in zip(ours, costs[self.beyond], strict=True)]
        return ratio(ours, base)

    def line(self, costs: dict[str, list[Cost]]) -> Line:
        """Return the ratio with its goal."""
        ours = f"({self.ours} - {self.beyond})" if self.beyond else self.ours
        what = f"{ours} / {self.base}" + (" (peak memory)" if self.memory else "")
        return Line(self.goal, what, self.measured(costs), self.limit)


@dataclass(frozen=True, slots=True)
class Race:
    """
    Commands that run in turn, and the ratios between them.

    Args:
        title: What it is about.

        commands: By name.

        comparisons: The ratios.
    """

    title: str
    commands: dict[str, programs.Command]
    comparisons: Sequence[Comparison]


def start_up(directory: Path) -> Race:
    """Race short commands: G1, G6, G17, and `mgr lint`."""
    path = write_registry(directory / "100.json", 100)
    return Race(
        "start-up and the shipped registry",
        {
            "bare python": programs.BARE_PYTHON,
            "J (json.load, 100 entries)": programs.json_load(path),
            "empty Typer app": programs.EMPTY_TYPER_APP,
            "empty Typer app that reads the registry": programs.reading_typer_app(bundled_registry()),
            "check-jsonschema --version": programs.CHECK_JSONSCHEMA_VERSION,
            "naive list, 100 entries": programs.naive_list(path),
            "mgr list": programs.mgr("--registry", str(bundled_registry()), "list"),
            "mgr lint": programs.mgr("--registry", str(bundled_registry()), "lint"),
            "mgr --help": programs.mgr("--help"),
            "import model_garden_registry": programs.IMPORT_PACKAGE,
            "import pydantic and models": programs.IMPORT_MODELS,
        },
        [
            Comparison("G1", "mgr list", "empty Typer app that reads the registry", 1.3),
            Comparison("", "mgr list", "empty Typer app"),
            Comparison("G17", "mgr --help", "empty Typer app", 1.2),
            Comparison("lint", "mgr lint", "mgr list", 6.0),
            Comparison("G6", "import model_garden_registry", "import pydantic and models", 1.1),
            *(
                Comparison("", peer, "J (json.load, 100 entries)")
                for peer in (
                    "mgr list",
                    "empty Typer app",
                    "check-jsonschema --version",
                    "naive list, 100 entries",
                )
            ),
        ],
    )


def gpu_probe() -> Race:
    """Race the question for GPUs on a machine without an NVIDIA library: G9."""
    return Race(
        "the question for GPUs where no NVIDIA library is",
        {
            "bare python": programs.BARE_PYTHON,
            "values": programs.IMPORT_GPUS,
            "find_library": programs.FIND_LIBRARY,
            "read_hardware": programs.READ_HARDWARE,
            "import pynvml, nvmlInit": programs.START_NVML,
        },
        [
            Comparison("G9", "find_library", "bare python", 1.25),
            Comparison("", "read_hardware", "bare python", beyond="values"),
            Comparison("", "import pynvml, nvmlInit", "bare python", beyond="bare python"),
            Comparison("", "read_hardware", "bare python"),
            Comparison("", "import pynvml, nvmlInit", "bare python"),
        ],
    )


def many_rows(directory: Path) -> Race:
    """Race a list of 10,000 entries: G2."""
    path = write_registry(directory / "10000.json", 10_000)
    return Race(
        "10,000 entries",
        {
            "J": programs.json_load(path),
            "mgr list": programs.mgr("--registry", str(path), "list"),
            "naive list": programs.naive_list(path),
        },
        [Comparison("G2", "mgr list", "J", 1.5), Comparison("", "naive list", "J")],
    )


def one_of_many(directory: Path) -> Race:
    """Race one entry out of 100,000: G3, G5, G8."""
    path = write_registry(directory / "100000.json", 100_000)
    model_id = first_id()
    validate = ("--registry", str(path), "validate", "training", model_id, "--skip-hardware")
    return Race(
        "one entry of 100,000",
        {
            "J": programs.json_load(path),
            "mgr validate": programs.mgr(*validate),
            "get_model": programs.get_model(path, model_id),
        },
        [
            Comparison("G3", "mgr validate", "J", 0.6),
            Comparison("G5", "get_model", "J", 0.5),
            Comparison("G8", "get_model", "J", 0.75, memory=True),
        ],
    )


def schema_check(directory: Path, entries: int, speedup: float, *, bad: int = 0) -> Race:
    """Race `mgr schema check` against check-jsonschema, and against ajv-cli where that is installed: G4, G17."""
    name, has_ajv = f"{entries}-{bad}.json", bool(which("ajv"))
    path = write_registry(directory / name, entries, bad=bad)
    check = ("schema", "check", str(path))
    return Race(
        f"schema check of {entries:,} entries" + (f", {bad} of them bad" if bad else ""),
        {
            "check-jsonschema": programs.check_jsonschema(bundled_schema(), path),
            "mgr schema check": programs.mgr(*check),
            "mgr schema check without [fast]": programs.mgr_without_fast(*check),
            "mgr-schema-check": programs.hook(path),
            "bare python + jsonschema-rs": programs.rust_check(bundled_schema(), path),
            **({"ajv-cli": programs.ajv(bundled_schema(), path)} if has_ajv else {}),
        },
        [
            Comparison("G4", "mgr schema check", "check-jsonschema", 1 / speedup),
            Comparison("G4", "mgr schema check without [fast]", "check-jsonschema", 1.0),
            Comparison(
                "G4" if not bad else "", "mgr-schema-check", "bare python + jsonschema-rs", None if bad else 2.0
            ),
            *([Comparison("G17", "mgr schema check", "ajv-cli", 1.0 if entries >= _MANY else None)] if has_ajv else []),
            Comparison("", "bare python + jsonschema-rs", "check-jsonschema"),
        ],
    )


def fit(directory: Path) -> Race:
    """
    Race the models that run on a GPU against one estimate of each model: G12.

    The first goal, 3 J beyond a plain list of 353 entries, is less than reading an entry, its settings and one estimate
    take. A verdict needs all three, so the goal is set against a loop that does just that: at most 1.5 times.
    """
    path = write_registry(directory / "100.json", 100)
    shipped = ("--registry", str(bundled_registry()))
    return Race(
        "which models of the shipped registry fit",
        {
            "J (json.load, 100 entries)": programs.json_load(path),
            "mgr list": programs.mgr(*shipped, "list"),
            "an estimate of each": programs.estimates(bundled_registry()),
            "mgr list --gpu": programs.mgr(*shipped, "list", "--gpu", "L4"),
            "mgr fit": programs.mgr(*shipped, "fit", "inference", "--gpu", "L4"),
        },
        [
            comparison
            for command in ("mgr list --gpu", "mgr fit")
            for comparison in (
                Comparison("G12", command, "an estimate of each", 1.5),
                Comparison("", command, "J (json.load, 100 entries)", beyond="mgr list"),
            )
        ],
    )


def races(directory: Path, *, large: bool) -> dict[str, Callable[[], Race]]:
    """Return the races by name, shortest first; the files of a race are written when it is made."""
    small: dict[str, Callable[[], Race]] = {
        "start-up": lambda: start_up(directory),
        "check-100": lambda: schema_check(directory, 100, 1.5),
        "check-100-bad": lambda: schema_check(directory, 100, 1.5, bad=20),
        "check-1000": lambda: schema_check(directory, 1_000, 2),
        "list-10000": lambda: many_rows(directory),
        "fit": lambda: fit(directory),
    }
    if not find_library():
        small["gpu-probe"] = gpu_probe
    if not large:
        return small
    return small | {
        "check-10000": lambda: schema_check(directory, 10_000, 4),
        "one-of-100000": lambda: one_of_many(directory),
    }
