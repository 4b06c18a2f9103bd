"""Options for the hardware to judge models on, the same for every command that judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from model_garden_registry.cli.options import completion
from model_garden_registry.cli.output import say
from model_garden_registry.errors import HardwareFileError, RegistryReadError

if TYPE_CHECKING:
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.hardware.inventory.inventories import Inventory
    from model_garden_registry.registry.questions import HardwareSource

GpusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--gpu",
        metavar="NAME[:N]",
        help="Judge this GPU, or N of them, from the table of known GPUs: L4, 'RTX 4090', a100-80gb:2. May be "
        "repeated, or have several names with commas: a column for each.",
        autocompletion=completion.gpus,
    ),
]
OneGpuOption = Annotated[
    list[str] | None,
    typer.Option(
        "--gpu",
        metavar="NAME[:N]",
        help="Judge this GPU, or N of them, from the table of known GPUs: L4, 'RTX 4090', a100-80gb:2.",
        autocompletion=completion.gpus,
    ),
]
HardwareOption = Annotated[
    Path | None,
    typer.Option(
        "--hardware",
        metavar="FILE",
        readable=False,
        help="Judge the machine in a file written by `mgr hardware --json`.",
    ),
]
InventoryOption = Annotated[
    Path | None,
    typer.Option(
        "--inventory",
        metavar="FILE",
        readable=False,
        allow_dash=True,
        help="Judge the pools of a cluster: an inventory of `mgr inventory`; - for standard input.",
    ),
]
SkipOption = Annotated[bool, typer.Option("--skip-hardware", help="Do not check hardware.")]


class NamedHardware(NamedTuple):
    """
    Hardware with its column heading.

    Args:
        label: Its GPUs, such as ``2x L4``; empty for this machine or that of a file.
    """

    label: str
    hardware: Hardware


def named_gpus(names: Sequence[str]) -> list[NamedHardware]:
    """
    Return the GPUs that several ``--gpu`` name, in that order; the same GPUs under two names only once.

    Args:
        names: As typed; each may have several, separated by commas.

    Raises:
        UnknownGpuError: No known GPU has one of the names.

        typer.BadParameter: A name is empty.
    """
    from model_garden_registry.hardware.known_gpus import known_gpu
    from model_garden_registry.hardware.labels import gpu_names

    found: dict[str, Hardware] = {}
    for name in (part.strip() for text in names for part in text.split(",")):
        if not name:
            raise typer.BadParameter("a name is empty", param_hint="--gpu")
        hardware = known_gpu(name)
        found.setdefault(gpu_names(hardware), hardware)
    return [NamedHardware(label, hardware) for label, hardware in found.items()]


def machines_here() -> list[NamedHardware]:
    """
    Return the GPUs of the configuration, or those of this machine, for commands that need one.

    Raises:
        typer.BadParameter: None is named, and there is no driver.

        UnknownGpuError: The configuration has a name that no known GPU has.
    """
    if names := configured_gpus():
        return named_gpus(names)

    from model_garden_registry.hardware.driver.probe import read_hardware

    return [NamedHardware("", with_driver(read_hardware(), where="here"))]


def configured_gpus(*, quiet: bool = False) -> list[str]:
    """
    Return the configuration's ``gpu``, with a note on stderr unless quiet.

    Raises:
        RegistryReadError: A configuration file gives no answer.
    """
    from model_garden_registry.files.configuration import configured

    found = configured("gpu").get("gpu")
    if found is None:
        return []
    if not quiet:
        say("note", f"--gpu {found.value!r}, as {found.file} says")
    return [found.value]


def chosen_hardware(*, gpu: str | None, file: Path | None, skip: bool = False) -> HardwareSource:
    """
    Return the hardware of a command line: another, or this machine's, read once and only if needed.

    Raises:
        typer.BadParameter: The options contradict each other, or the file is no snapshot.

        UnknownGpuError: No known GPU has the name.
    """
    check_one_source(gpu=gpu is not None, file=file is not None, skip=skip)
    if skip:
        return None
    if gpu is not None:
        from model_garden_registry.hardware.known_gpus import known_gpu

        return known_gpu(gpu)
    if file is not None:
        return read_snapshot(file)

    from model_garden_registry.hardware.driver.probe import read_hardware

    return cache(read_hardware)


def named_machines(
    gpus: list[str] | None, file: Path | None, *, skip: bool, quiet: bool
) -> Mapping[str, HardwareSource]:
    """
    Return the named hardware, from the command line or the configuration, with column headings; else this machine's.

    Raises:
        typer.BadParameter: The options contradict each other, or the file is no snapshot.

        UnknownGpuError: No known GPU has one of the names.
    """
    if not gpus and file is None and not skip:
        gpus = configured_gpus(quiet=quiet)
    if not gpus:
        return {"": chosen_hardware(gpu=None, file=file, skip=skip)}
    check_one_source(gpu=True, file=file is not None, skip=skip)
    return {one.label: one.hardware for one in named_gpus(gpus)}


def one_machine(gpus: list[str] | None, file: Path | None, *, quiet: bool = False) -> Hardware | None:
    """
    Return the named hardware, from the command line or the configuration; this machine is never read.

    Raises:
        typer.BadParameter: The options contradict each other, or several GPUs are named.

        UnknownGpuError: No known GPU has the name.
    """
    from model_garden_registry.hardware.gpus import Hardware

    if file is not None:
        found = chosen_hardware(gpu=next(iter(gpus or ()), None), file=file)
        return found if isinstance(found, Hardware) else None
    each = named_gpus(gpus or configured_gpus(quiet=quiet))
    if len(each) > 1:
        who = "there are several" if gpus else "the configuration names several"
        raise typer.BadParameter(f"{who}, and this command takes one: `mgr validate` takes several", param_hint="--gpu")
    return each[0].hardware if each else None


def chosen_inventory(
    given: Path | None, *, gpu: bool = False, file: bool = False, skip: bool = False, quiet: bool = False
) -> Inventory | None:
    """
    Return the inventory that is named, or the configured one where nothing else is named; None: there is none.

    Raises:
        typer.BadParameter: The options contradict each other.

        InventoryError: It cannot be read, or is no inventory.

        RegistryReadError: A configuration file gives no answer.
    """
    check_one_source(gpu=gpu, file=file, skip=skip, inventory=given is not None)
    if given is None and not (gpu or file or skip):
        from model_garden_registry.files.configuration import configured

        found = configured("inventory").get("inventory")
        if found is not None:
            given = found.file.parent / found.value
            if not quiet:
                say("note", f"--inventory {found.value!r}, as {found.file} says")
    if given is None:
        return None
    from model_garden_registry.inventory_files import read_inventory

    inventory = read_inventory(given)
    if not inventory.nodes:
        raise typer.BadParameter("the inventory has no nodes", param_hint="--inventory")
    return inventory


def check_one_source(*, gpu: bool, file: bool, skip: bool = False, inventory: bool = False) -> None:
    """
    Refuse options that each name other hardware.

    Raises:
        typer.BadParameter: More than one is given.
    """
    said = {"--gpu": gpu, "--hardware": file, "--skip-hardware": skip, "--inventory": inventory}
    asked = [option for option, is_said in said.items() if is_said]
    if len(asked) > 1:
        raise typer.BadParameter(f"{' and '.join(asked)} contradict each other")


def with_driver(found: Hardware, *, where: str) -> Hardware:
    """
    Return the hardware, unless it has no driver.

    Raises:
        typer.BadParameter: It has no driver.
    """
    from model_garden_registry.hardware.gpus import MACOS, DriverState

    if found.state is DriverState.NO_LIBRARY:
        problem = f"there is no NVIDIA driver {where} to ask"
        if found.is_without_nvidia:
            problem = MACOS if found.problem == MACOS else f"there is no NVIDIA GPU {where}"
        raise typer.BadParameter(f"{problem}; name a GPU with --gpu, such as --gpu L4")
    return found


def read_snapshot(path: Path) -> Hardware:
    """
    Read the machine that a file describes.

    Raises:
        typer.BadParameter: It cannot be read, or is no snapshot.
    """
    from model_garden_registry.files.documents import read_document
    from model_garden_registry.files.reading import LARGEST_CONFIG_BYTES
    from model_garden_registry.hardware.snapshots import parse_hardware

    try:
        return parse_hardware(read_document(path, LARGEST_CONFIG_BYTES), source="file")
    except RegistryReadError as error:
        raise typer.BadParameter(f"{error.place}: {error.problem}", param_hint="--hardware") from None
    except HardwareFileError as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--hardware") from None
