"""``mgr check``: whether what other tools' files say will run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.hardware import GpusOption, HardwareOption, SkipOption, named_machines
from model_garden_registry.cli.options.naming import NamedModelOption, taken_id
from model_garden_registry.cli.options.own_config import ConfigOption, with_own_model
from model_garden_registry.cli.options.reports import (
    AllFindingsOption,
    DeprecatedOption,
    FormatOption,
    NowOption,
    QuietOption,
    RequireOption,
    StrictOption,
)
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import Screen, say, write_answer, write_json
from model_garden_registry.cli.report_formats import ReportFormat, exit_code, say_errors, write_outcomes
from model_garden_registry.cli.text.wording import count
from model_garden_registry.dialects.errors import UnrecognisedFileError
from model_garden_registry.errors import RegistryError
from model_garden_registry.reports import short_report

if TYPE_CHECKING:
    from model_garden_registry.cli.text.dialects.checks import Judged
    from model_garden_registry.dialects.foreign_config import ForeignConfig
    from model_garden_registry.dialects.judged import CheckedConfig

app = new_app()


@app.command(cls=Command)
def check(
    ctx: typer.Context,
    *,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", readable=False, help="Files of training tools and serving engines.")
    ],
    model: NamedModelOption = None,
    config: ConfigOption = None,
    gpus: GpusOption = None,
    hardware: HardwareOption = None,
    skip_hardware: SkipOption = False,
    require_gpu: RequireOption = False,
    now: NowOption = False,
    allow_deprecated: DeprecatedOption = False,
    strict: StrictOption = False,
    ignore_others: Annotated[
        bool, typer.Option("--ignore-others", help="Pass over files that are no known tool's, as hooks are given them.")
    ] = False,
    is_explained: Annotated[
        bool, typer.Option("--explain", help="Say of every key that became no setting why that is.")
    ] = False,
    quiet: QuietOption = False,
    all_findings: AllFindingsOption = False,
    output_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Judge whether what other tools' files say will run.

    A file is recognised by what is in it: training files, serving commands in scripts, Dockerfiles and manifests, as
    docs/dialects.md lists them. Its model and settings are judged as `mgr validate` does, findings and remedies in the
    words and at the lines of the file; keys that became no setting are counted or named.

    Exit code: 0 ok, warning, not-checked; 1 it does not fit, or the tool refuses a key or a value, or under --strict a
    warning; 2 invalid usage, also a file that is no known tool's; 3 unknown, such as a model that is not in the
    registry. Of several files the first of 70, 2, 3, 1, 0 that occurs.
    """
    wanted: ReportFormat = chosen_format(output_format, as_json=as_json, default="text")
    machines = named_machines(gpus, hardware, skip=skip_hardware, quiet=quiet)
    if model is not None and config is not None:
        raise typer.BadParameter("name the model with --model, or give its config.json, and not both")
    registry = open_registry(ctx)
    chosen = taken_id(registry, model) if model is not None else None
    found = [*_read(files, ignore_others=ignore_others, quiet=quiet)]
    for name in (file.as_posix() for file in files if not file.exists()):
        if name in registry:  # a model where a file belongs: the word is validate's in other tools
            task = "training" if registry[name].supports("training") else "inference"
            say("note", f"{name} is a model: mgr validate {task} {name}")
    if config is not None:
        named = next((one.model_id for one in found if not isinstance(one, RegistryError)), None)
        registry, chosen = with_own_model(registry, config, named)

    def shown(checked: CheckedConfig) -> CheckedConfig:
        return checked if all_findings else replace(checked, report=short_report(checked.report))

    def judge(said: ForeignConfig) -> Judged:
        try:
            return {
                label if len(machines) > 1 else "": shown(
                    registry.check(
                        said,
                        model=chosen,
                        hardware=machine,
                        gpu_required=require_gpu,
                        must_be_free=now,
                        allow_deprecated=allow_deprecated,
                    )
                )
                for label, machine in machines.items()
            }
        except RegistryError as error:
            return error

    judged = [one if isinstance(one, RegistryError) else judge(one) for one in found]
    code = _write(judged, wanted, screen(ctx), strict=strict, quiet=quiet, is_explained=is_explained)
    raise typer.Exit(code)


def _read(files: Sequence[Path], *, ignore_others: bool, quiet: bool) -> Iterator[ForeignConfig | RegistryError]:
    """Yield what each file, or each command in one, says; or why there is none."""
    from model_garden_registry.dialects.reading import read_configs

    others = 0
    for path in files:
        try:
            yield from read_configs(path)
        except UnrecognisedFileError as error:
            if ignore_others:
                others += 1
            else:
                yield error
        except RegistryError as error:
            yield error
    if others and not quiet:
        say("note", f"{count(others, 'file')} of no known tool passed over")


def _write(
    judged: Sequence[Judged], wanted: ReportFormat, seen: Screen, *, strict: bool, quiet: bool, is_explained: bool
) -> int:
    """
    Write what came of each file, and return the exit code.

    Raises:
        RegistryError: There is no answer for the only file, and the format has no place for that.
    """
    from model_garden_registry.cli.text.dialects.checks import checks_text, reports_of

    if len(judged) == 1 and isinstance(judged[0], RegistryError) and wanted in ("text", "json"):
        raise judged[0]
    outcomes = [out for one in judged for out in ((one,) if isinstance(one, RegistryError) else reports_of(one))]
    match wanted:
        case "text":
            write_answer(checks_text(judged, seen, quiet=quiet, is_explained=is_explained))
        case "json":
            from model_garden_registry.payloads.dialects import check_document

            pairs = (((one,) if isinstance(one, RegistryError) else one.items()) for one in judged)
            write_json(check_document([pair for each in pairs for pair in each]))
            say_errors(outcomes)
        case _:
            return write_outcomes(
                outcomes, wanted, screen=seen, command="mgr check", strict=strict, as_list=True, quiet=quiet
            )
    return exit_code(outcomes, strict=strict)
