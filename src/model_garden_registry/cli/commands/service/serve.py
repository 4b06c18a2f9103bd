"""``mgr serve``: the registry over HTTP."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.numbers import whole_number
from model_garden_registry.cli.options.shared import open_registry
from model_garden_registry.cli.output import say
from model_garden_registry.cli.text.wording import count

app = new_app()

#: Scheme, host, port: what a browser sends as the origin of a page.
_ORIGIN = re.compile(r"\*|https?://[^/\s?#@]+")
_THIS_MACHINE = re.compile(r"localhost|127\.[0-9.]+|::1")
#: A name or an address, IPv6 with more than one colon: the value of ``Host`` without a port.
_HOST = re.compile(r"\*|[^:/\s]+|\[?[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]?")


def _check_origins(values: list[str] | None) -> list[str] | None:
    for value in values or ():
        if not _ORIGIN.fullmatch(value):
            raise typer.BadParameter(f"{value!r} is not an origin: write it as http://localhost:5173, or * for all")
    return values


def _check_hosts(values: list[str] | None) -> list[str] | None:
    for value in values or ():
        if not _HOST.fullmatch(value):
            raise typer.BadParameter(
                f"{value!r} is not a host: write a name or an address without a port, or * for all"
            )
    return values


@app.command(cls=Command)
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; 0.0.0.0 for all of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(metavar="N", parser=whole_number(least=0, most=65535), help="Port; 0 for any that is free."),
    ] = 8000,
    cors: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Let pages of this origin read answers in a browser (CORS); may be repeated, * for all.",
            callback=_check_origins,
        ),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Answer requests for this host too, such as a proxy's; may be repeated, * for all.",
            callback=_check_hosts,
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=whole_number(least=1, most=64),
            help="Worker processes; each loads the registry.",
        ),
    ] = 1,
) -> None:
    """
    Serve the registry over HTTP: a page for people, and an API.

    The page is at /: what runs on a GPU, why not, and what to change. The API has the answers of --json below
    /api/v1/registry, such as GET /models, /models/ID and /categories, POST /validate/training and /validate/inference;
    /docs lists all, /openapi.json describes them. GET /health is the state of the server.

    A change of the registry file is loaded within a second. While the file is broken the last good one is served, and
    /health says what is wrong.

    On a loopback address, only requests for localhost or such an address are answered, so that no page of another site
    reads it under its own name (DNS rebinding); --allowed-host names others.

    Ctrl-C or SIGTERM stops it after running requests. There is no authentication and no encryption: beyond
    this machine, put it behind a proxy that has them.

    Needs the extra: pip install '.[server]' in a checkout.
    """
    from model_garden_registry.server import serving

    registry = open_registry(ctx, ends_soon=False)
    try:
        listening = serving.listen(host, port)
    except OSError as error:
        raise typer.BadParameter(f"cannot listen on {host}, port {port}: {error.strerror or error}") from None
    if not _THIS_MACHINE.fullmatch(host):
        say("note", "other machines may reach this address, and there is no authentication")
    say("note", f"{serving.url_of(listening)}/ shows {count(len(registry), 'model')}, /docs the API; Ctrl-C ends")
    serving.serve(
        registry,
        listening=listening,
        cors=tuple(cors or ()),
        allowed_hosts=tuple(allowed_host or ()),
        workers=workers,
    )
