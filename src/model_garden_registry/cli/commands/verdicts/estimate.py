"""``mgr estimate``: how much memory a task needs, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.hardware import GpuOption, HardwareOption, chosen_hardware
from model_garden_registry.cli.options.settings import MethodOption, OverridesOption, SetOption, override_layers
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, key_of, open_registry, screen
from model_garden_registry.cli.options.sweep import Sweep, SweepOption, parse_sweep
from model_garden_registry.cli.output import say, write_answer, write_json
from model_garden_registry.entries.tasks import Task

if TYPE_CHECKING:
    from pathlib import Path

    from model_garden_registry.cli.output import Screen
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Settings
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.memory.estimates import MemoryEstimate
    from model_garden_registry.registry.model_registry import ModelRegistry
    from model_garden_registry.reports import Report

    #: A value of a swept setting, its estimate, and the verdict where hardware is named.
    Point = tuple[object, MemoryEstimate, Report | None]

app = new_app()


@app.command(cls=Command)
def estimate(
    ctx: typer.Context,
    task: Annotated[Task, typer.Argument(metavar="TASK", help="training or inference.")],
    model_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the model, or a former one.", autocompletion=completion.ids)
    ],
    pairs: SetOption = None,
    files: OverridesOption = None,
    method: MethodOption = None,
    gpu: GpuOption = None,
    hardware: HardwareOption = None,
    sweep: SweepOption = None,
    output_format: Annotated[
        Literal["text", "json", "csv"] | None,
        typer.Option("--format", show_default="text", help="How to write it; csv: only with --sweep."),
    ] = None,
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="With --sweep: comma-separated values, as --format csv.")
    ] = False,
) -> None:
    """
    Estimate the memory that a task needs on each GPU.

    With the model's defaults, or with other settings. `expected` is the likely peak, `safe` what a GPU should have. GB
    are decimal (10^9 bytes), as drivers and boxes count them. --gpu adds the verdict of `mgr validate` and how much
    that GPU has room for.

    The exit code is 0 for every estimate, whatever the verdict on a GPU: `mgr validate` is for scripts.
    """
    shape = _chosen(output_format, as_json=as_json, as_csv=as_csv, has_sweep=sweep is not None)
    swept = parse_sweep(sweep) if sweep is not None else None
    layers = override_layers(files=files, pairs=pairs, method=method, task=task)
    machine = _named(gpu, hardware)
    registry = open_registry(ctx)
    key = key_of(registry, registry[model_id], model_id)
    asked = _Question(registry, model_id, task, machine)

    if swept is not None:
        _write_sweep(key, asked, layers, swept, shape, screen(ctx))
    else:
        _write_estimate(key, asked, layers, shape, screen(ctx))


def _named(gpu: str | None, file: Path | None) -> Hardware | None:
    """Give the hardware that is named; this machine is never asked."""
    from model_garden_registry.hardware.gpus import Hardware

    found = None if gpu is None and file is None else chosen_hardware(gpu=gpu, file=file)
    return found if isinstance(found, Hardware) else None


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked about: a model for a task, and the hardware to judge it on, where some is named."""

    registry: ModelRegistry
    model_id: str
    task: Task
    machine: Hardware | None

    @property
    def card_bytes(self) -> int | None:
        """Memory of the largest GPU that CUDA would see; None where it is not known."""
        from model_garden_registry.checks.hardware.fit import largest_card_bytes
        from model_garden_registry.hardware.visible_devices import visible_devices

        return largest_card_bytes(visible_devices(self.machine)) if self.machine else None

    def settings(self, layers: tuple[Layer, ...]) -> Settings:
        return self.registry.merge(self.model_id, self.task, *layers)

    def estimate(self, settings: Settings) -> MemoryEstimate:
        from model_garden_registry.memory.estimation import estimate

        return estimate(self.registry[self.model_id], settings, gpu_total_bytes=self.card_bytes)

    def report(self, layers: tuple[Layer, ...]) -> Report | None:
        if self.machine is None:
            return None
        return self.registry.validate(self.model_id, self.task, overrides=layers, hardware=self.machine)

    def refusals(self, layers: tuple[Layer, ...]) -> list[str]:
        """Give the failures that no hardware cures."""
        from model_garden_registry.findings import Severity

        report = self.registry.validate(self.model_id, self.task, overrides=layers, hardware=None)
        return [finding.message for finding in report.findings if finding.severity is Severity.FAIL]

    def room(self, settings: Settings) -> dict[str, int | None] | None:
        """Give the largest values of settings for which the hardware has room."""
        from model_garden_registry.memory.fitting.solver import QUANTITIES, largest

        entry, total = self.registry[self.model_id], self.card_bytes
        if total is None:
            return None
        return {name: largest(entry, settings, name, gpu_total_bytes=total) for name in QUANTITIES[self.task]}

    def fewest_gpus(self, settings: Settings) -> int | None:
        """Give how many such GPUs the model must be split over; None where no number is enough."""
        from model_garden_registry.memory.fitting.solver import fewest_gpus

        entry, total = self.registry[self.model_id], self.card_bytes
        return None if total is None else fewest_gpus(entry, settings, gpu_total_bytes=total)


def _write_estimate(key: str, asked: _Question, layers: tuple[Layer, ...], shape: str, screen: Screen) -> None:
    settings = asked.settings(layers)
    found, report, room = asked.estimate(settings), asked.report(layers), asked.room(settings)
    fewest = asked.fewest_gpus(settings)
    if shape == "json":
        from model_garden_registry.payloads.estimates import estimate_document

        write_json(estimate_document(key, asked.task, settings, found, report=report, room=room, fewest_gpus=fewest))
        return

    from model_garden_registry.cli.text.estimates import estimate_text
    from model_garden_registry.cli.text.reports import outcomes_text

    text = estimate_text(f"{key}: {asked.task}", settings, found, screen, room=room, fewest_gpus=fewest)
    write_answer(text if report is None else f"{text}\n\n{outcomes_text([report], screen)}")


def _write_sweep(
    key: str, asked: _Question, layers: tuple[Layer, ...], swept: Sweep, shape: str, screen: Screen
) -> None:
    from model_garden_registry.cli.text.estimates import sweep_csv, sweep_text
    from model_garden_registry.payloads.estimates import sweep_document

    name, points = _points(asked, layers, swept)
    for remark in _remarks(asked, layers, swept, name, points):
        say("note", remark)
    match shape:
        case "json":
            write_json(sweep_document(key, asked.task, name, points))
        case "csv":
            write_answer(sweep_csv(name, points))
        case _:
            write_answer(sweep_text(f"{key}: {asked.task}, memory of each GPU", name, points, screen))


def _remarks(
    asked: _Question, layers: tuple[Layer, ...], swept: Sweep, name: str, points: list[Point]
) -> Iterator[str]:
    """Say that a setting leaves memory as it is, and which values are refused whatever the hardware."""
    if len(points) > 1 and len({(estimate.expected_bytes, estimate.safe_bytes) for _, estimate, _ in points}) == 1:
        yield f"the memory is the same for all of these values of {name}"
    refusals = [asked.refusals(these) for these in _layers_of_each(layers, swept)]
    of_all = set.intersection(*map(set, refusals)) if len(refusals) > 1 else set()  # of the model, not of a value
    for (value, _, _), messages in zip(points, refusals, strict=True):
        yield from (f"{name} = {value}: {message}" for message in messages if message not in of_all)


def _layers_of_each(layers: tuple[Layer, ...], swept: Sweep) -> Iterator[tuple[Layer, ...]]:
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind

    origin = Origin(OriginKind.OVERRIDE, "--sweep")
    for text in swept.values:
        yield (*layers, Layer({swept.name: text}, origin))


def _points(asked: _Question, layers: tuple[Layer, ...], swept: Sweep) -> tuple[str, list[Point]]:
    """Give the full name of the setting, and for each value the estimate and, where hardware is named, the verdict."""
    points: list[Point] = []
    path = swept.name
    for these in _layers_of_each(layers, swept):
        origin = these[-1].origin
        settings = asked.settings(these)
        path = next(path for path, chosen in settings.origins.items() if chosen is origin)
        points.append((_value_at(settings, path), asked.estimate(settings), asked.report(these)))
    return path.rpartition(".")[2], points


def _value_at(settings: Settings, path: str) -> object:
    value: Any = settings.as_dict()
    for name in path.split("."):
        value = value[name]
    return value


def _chosen(given: str | None, *, as_json: bool, as_csv: bool, has_sweep: bool) -> str:
    """
    Give the format that the options amount to.

    Raises:
        typer.BadParameter: They contradict each other, or one estimate is asked for as CSV.
    """
    if as_csv and (as_json or given not in (None, "csv")):
        raise typer.BadParameter(f"--csv and {'--json' if as_json else f'--format {given}'} contradict each other")
    shape = chosen_format("csv" if as_csv else given, as_json=as_json, default="text")
    if shape == "csv" and not has_sweep:
        raise typer.BadParameter("CSV is for many values: add --sweep, or ask for --json")
    return shape
