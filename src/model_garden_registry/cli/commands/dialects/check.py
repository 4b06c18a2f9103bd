"""``mgr check``: whether other tools' files will run."""

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
from model_garden_registry.files.reading import is_there
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
        bool, typer.Option("--ignore-others", help="Skip files of no known tool, as in a hook.")
    ] = False,
    is_explained: Annotated[bool, typer.Option("--explain", help="Say why each key is no setting.")] = False,
    quiet: QuietOption = False,
    all_findings: AllFindingsOption = False,
    output_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Judge whether other tools' files will run.

    A file is recognised by its content: training files, serving commands in scripts, Dockerfiles and manifests, as
    docs/dialects.md lists them. Its model and settings are judged as `mgr validate` does, findings and remedies in the
    words and at the lines of the file; keys that are no setting are counted or named.

    Exit code: 0 ok, warning, not-checked; 1 it does not fit, or the tool refuses a key or a value, or with --strict a
    warning; 2 invalid usage, also a file of no known tool; 3 unknown, such as a model that is not in the
    registry. Of several files the first of 70, 2, 3, 1, 0 that occurs.
    """
    wanted: ReportFormat = chosen_format(output_format, as_json=as_json, default="text")
    machines = named_machines(gpus, hardware, skip=skip_hardware, quiet=quiet)
    if model is not None and config is not None:
        raise typer.BadParameter("name the model with --model, or give its config.json, and not both")
    registry = open_registry(ctx, strict=strict)
    chosen = taken_id(registry, model) if model is not None else None
    found = [*_read(files, ignore_others=ignore_others, quiet=quiet)]
    for name in (file.as_posix() for file in files if not is_there(file)):
        if name in registry:  # a model instead of a file: other tools call validate so
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
    """Yield the config of each file, or of each command in it; or why there is none."""
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
        say("note", f"{count(others, 'file')} of no known tool skipped")


def _write(
    judged: Sequence[Judged], wanted: ReportFormat, seen: Screen, *, strict: bool, quiet: bool, is_explained: bool
) -> int:
    """
    Write the result for each file, and return the exit code.

    Raises:
        RegistryError: There is no answer for the only file, and the format cannot show that.
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
