"""``mgr new``: an entry for a model from its own config.json."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.own_config import read_model_config
from model_garden_registry.cli.options.shared import JsonOption, registry_paths
from model_garden_registry.cli.output import say, write_answer, write_json
from model_garden_registry.errors import RegistryError

if TYPE_CHECKING:
    from model_garden_registry.files.location import Location
    from model_garden_registry.files.overlays import RegistryLayer

app = new_app()


@app.command(cls=Command)
def new(
    ctx: typer.Context,
    *,
    model_id: Annotated[str, typer.Argument(metavar="ORG/MODEL", show_default=False, help="Hugging Face repository.")],
    config: Annotated[
        Path, typer.Option("--config", exists=True, dir_okay=False, show_default=False, help="The model's config.json.")
    ],
    index: Annotated[
        Path | None,
        typer.Option(
            "--index",
            exists=True,
            dir_okay=False,
            show_default=False,
            help="Its model.safetensors.index.json, for the size of the model and of its files.",
        ),
    ] = None,
    parameters: Annotated[
        str | None,
        typer.Option(
            "--parameters", metavar="N", show_default="counted", help="Number of parameters: 8030261248, or 8.03B."
        ),
    ] = None,
    read_as: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="TYPE",
            show_default="as config.json says",
            help="A known model_type to read config.json by, if its own is unknown.",
        ),
    ] = None,
    quantization: Annotated[
        str | None,
        typer.Option(
            "--quantization",
            metavar="METHOD/TYPE",
            show_default="as config.json says",
            help="Number format of the weights, such as fp8/modelopt; or none.",
        ),
    ] = None,
    kind: Annotated[
        Literal["base", "chat", "reasoning", "embedding"] | None,
        typer.Option("--kind", show_default="as its name says", help="What it was trained for."),
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", help="Append it to your registry file instead; --registry FILE is created if missing."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """
    Make a complete entry for a model from its own config.json.

    Shape and number format are read from the file, defaults follow docs/defaults-policy.md, requirements the memory
    model. Nothing is downloaded. The entry is printed ready to paste; JSON is the document of `mgr show`. What
    config.json does not state (licence, languages, date, tools) is yours to add.

    Exit code: 0 an entry; 2 an unknown architecture, or an id that the registry has already; 3 a file
    that does not state enough.
    """
    from model_garden_registry.authoring.own_config import Said, entry_from_config
    from model_garden_registry.checks.entry.ids import is_plain
    from model_garden_registry.files.documents import read_document
    from model_garden_registry.files.location import find_registry
    from model_garden_registry.files.writing.additions import document_text

    if "/" not in model_id or not is_plain(model_id):
        raise typer.BadParameter(f"{model_id!r} is not a repository: write it as ORG/MODEL", param_hint="ORG/MODEL")
    said = Said(kind=kind, read_as=read_as, parameters=_count(parameters), quantization=_format(quantization))
    location = find_registry(registry_paths(ctx))
    layers = _refuse_known(location, registry_paths(ctx), model_id, write=write)
    entry = entry_from_config(
        model_id,
        read_model_config(config),
        path=config,
        index=read_document(index) if index else None,
        said=said,
        as_of=datetime.now(UTC).date().isoformat(),
    )
    if write:
        _write(location, layers, entry)
        say("note", f"wrote {model_id} to {location.path}")
    for pointer, source in entry["sources"].items():
        if source["kind"] == "declared" and not source["source"].startswith("--"):
            say("note", f"{pointer}: {source['source']}")
    if as_json:
        from model_garden_registry.payloads.entries import entry_document

        write_json(entry_document(entry))
    elif not write:
        write_answer(document_text(entry))


def _count(text: str | None) -> int | None:
    """Read a number of parameters: a whole number, or as entries state sizes."""
    from model_garden_registry.units import parse_parameter_count

    if text is None:
        return None
    plain = text.replace(",", "").replace("_", "")
    try:
        count = int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 16 else parse_parameter_count(text)
    except ValueError:
        count = 0
    if count < 1:
        raise typer.BadParameter(f"{text!r} is not a number of parameters: write 8030261248, or 8.03B") from None
    return count


def _format(text: str | None) -> tuple[str, str] | str | None:
    """Read a number format: method and type as an entry states them."""
    from model_garden_registry.authoring.config_formats import FORMATS

    if text is None or text == "none":
        return text
    method, _, kind = text.partition("/")
    if (method, kind) not in FORMATS:
        known = ", ".join(sorted("/".join(one) for one in FORMATS))
        raise typer.BadParameter(f"{text!r} is not a number format: one of none, {known}", param_hint="--quantization")
    return method, kind


def _refuse_known(
    location: Location, paths: Sequence[Path], model_id: str, *, write: bool
) -> tuple[RegistryLayer, ...]:
    """Refuse an id that the registry in use has, and writing to the shipped registry; return the registry's files."""
    from model_garden_registry.files.layering import load_layers
    from model_garden_registry.files.location import NamedBy, find_layers
    from model_garden_registry.lifecycle.own_models import refuse_stated

    if write and location.named_by is NamedBy.SHIPPED:
        problem = "the shipped registry is read-only: mgr registry init begins one of your own on top of it"
        alone = "or name one with --registry FILE, which is created, without the shipped models, if missing"
        raise typer.BadParameter(f"{problem}, {alone}", param_hint="--write")
    if write and location.named_by is NamedBy.ARGUMENT and not os.path.lexists(location.path):
        return ()
    try:
        file = load_layers(find_layers(paths))
    except RegistryError:
        if write:
            raise
        return ()  # an entry can be printed without a readable registry
    refuse_stated(file.layers, model_id)
    return file.layers


def _write(location: Location, layers: tuple[RegistryLayer, ...], entry: Mapping[str, Any]) -> None:
    """Add an entry to the user's registry file, or create that file."""
    from model_garden_registry.bundled import bundled_registry
    from model_garden_registry.files.documents import read_document
    from model_garden_registry.files.writing.additions import add_entry
    from model_garden_registry.lifecycle.own_models import add_model

    categories = read_document(bundled_registry())["categories"]
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    if layers:
        add_model(layers, entry, categories=categories, moment=moment)
    else:
        add_entry(location.path, entry, categories=categories, moment=moment)
