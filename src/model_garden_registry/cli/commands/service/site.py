"""``mgr site``: the registry as files for any web server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, help_where_alone, new_app
from model_garden_registry.cli.options.shared import JsonOption, registry_paths
from model_garden_registry.cli.output import say, write_answer, write_json
from model_garden_registry.visible_text import visible

app = new_app(invoke_without_command=True)


@app.callback()
def site(ctx: typer.Context) -> None:
    """Write the registry as files for any web server."""
    help_where_alone(ctx)


@app.command(cls=Command)
def build(
    ctx: typer.Context,
    *,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", show_default=False, readable=False, help="Where to write the files.")
    ],
    pyodide: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            readable=False,
            help="A folder with Pyodide 314 or later and the wheels of pydantic: the pages then have sliders, and "
            "compute in the reader's browser. Nothing is downloaded.",
        ),
    ] = None,
    gpu: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="Say for this GPU what runs on it, instead of for every known one; may be repeated.",
        ),
    ] = None,
    registry_only: Annotated[
        bool, typer.Option("--registry-only", help="Write the registry and its index, without pages.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """
    Write the registry in use as a static site for any web server.

    `index.html` is the list of the models, with a page for each below `models/`; what runs on a GPU is in `fits/`, the
    API's lists and entries are in `api/`, its reference is in `docs/`. All links are relative: put the folder below any
    path of any host.

    `registry-SHA256.json` is the registry, overlays merged, under its digest, so that it may be cached forever;
    `index.json` names it, and is what `[remote]` in mgr.toml names for others.

    Of an earlier run, files that the site has no more are removed, except registries. Files of others in the folder are
    never replaced or removed. With --json, the index is also the answer.
    """
    from model_garden_registry.files.remote_cache import is_newer, shipped_date
    from model_garden_registry.lifecycle.remote.publishing import publish_registry

    registry, pages = registry_paths(ctx), []
    if registry_only and (pyodide is not None or gpu):
        raise typer.BadParameter(f"--registry-only and {'--pyodide' if pyodide else '--gpu'} contradict each other")
    if registry_only:
        published = publish_registry(folder, registry=registry)
    else:
        from model_garden_registry.page.static.building import FIRST_PAGE, build_site

        if not gpu:
            say("note", "judging the models on every known GPU; --gpu NAME does it for one, which is faster")
        made = build_site(folder, registry=registry, pyodide=pyodide, gpus=gpu)
        published, pages = made.published, [folder / FIRST_PAGE]
    if as_json:
        from model_garden_registry.lifecycle.remote.indexes import index_document

        write_json(index_document(published.facts))
    else:
        paths = (published.registry_file, published.index_file, *pages)
        write_answer("\n".join(visible(str(path)) for path in paths))
    if not is_newer(date := published.facts.last_updated, shipped_date()):
        rule = "readers use it only where the shipped registry is older"
        say("note", f"its last_updated is {date}: {rule}; if your file has changed, raise last_updated in it")
