"""A download within a time limit, whatever its address."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from model_garden_registry.lifecycle.remote.addresses import STORES, scheme_of, shown
from model_garden_registry.lifecycle.remote.downloads import Fetched
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.lifecycle.remote.https import fetch_https
from model_garden_registry.lifecycle.remote.stores import fetch_stored


def fetch(url: str, *, etag: str | None, seconds: float) -> Fetched:
    """
    Download an address, unless it still gives what an ETag names.

    Args:
        url: ``https://…``, ``http://`` of this machine, or the address of an object in a store.

        etag: The ETag of an earlier download; None: download in any case.

        seconds: How long all of it may take. Whatever takes longer is left behind in a thread that ends with the
            process: names are looked up without a time limit on most systems.

    Raises:
        MissingExtraError: The library for such addresses is not installed.

        RemoteRegistryError: The address may not be downloaded, or gives no whole file in time.
    """
    download = fetch_stored if scheme_of(url) in STORES else fetch_https
    outcome = _within(seconds, partial(download, url, etag=etag, seconds=seconds))
    match outcome:
        case None:
            raise RemoteRegistryError(shown(url), f"no whole answer within {seconds:.3g} seconds")
        case Fetched():
            return outcome
        case error:
            raise error


def _within(seconds: float, act: Callable[[], Fetched]) -> Fetched | BaseException | None:
    """Return what an act gives or raises; None if it takes longer."""
    outcome: list[Fetched | BaseException] = []

    def run() -> None:
        try:
            outcome.append(act())
        except BaseException as error:  # noqa: BLE001  (raised by whoever waits)
            outcome.append(error)

    thread = threading.Thread(target=run, name="download", daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    return outcome[0] if outcome else None
