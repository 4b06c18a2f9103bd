"""The whole site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from model_garden_registry.errors import InvalidEntryError
from model_garden_registry.files.location import StrPath
from model_garden_registry.files.reading import read_bytes
from model_garden_registry.lifecycle.remote.publishing import Published, publish_registry
from model_garden_registry.page.asset_files import assets
from model_garden_registry.page.links import page_name, static_place
from model_garden_registry.page.list_page import list_page
from model_garden_registry.page.model.model_page import model_page
from model_garden_registry.page.problem_page import BROKEN_ENTRY, problem_page
from model_garden_registry.page.reference.reference_page import reference_files
from model_garden_registry.page.static.api_files import api_files
from model_garden_registry.page.static.gpu_files import gpu_files, machines_of, read_quietly
from model_garden_registry.page.static.pyodide_folder import Pyodide, pyodide_files, read_pyodide
from model_garden_registry.page.static.site_files import SiteFiles, compressed
from model_garden_registry.registry.model_registry import ModelRegistry

FIRST_PAGE = "index.html"


class Site(NamedTuple):
    """
    A site that was written.

    Args:
        published: Its registry and the index of it.

        files: Every other file, from the folder, with slashes.

        models: How many models have a page.

        machines: For how many kinds and numbers of GPUs it says what runs.

        has_python: Whether it computes answers for other settings.
    """

    published: Published
    files: tuple[str, ...]
    models: int
    machines: int
    has_python: bool


def build_site(
    folder: Path,
    *,
    registry: StrPath | Sequence[StrPath] | None = None,
    pyodide: Path | None = None,
    gpus: Iterable[str] | None = None,
) -> Site:
    """
    Write a registry as a static site: pages, the API's files, what runs on each GPU, and the published registry.

    A file of an earlier run that the new site has no more is removed, except registries: readers may have read the
    index before. Other files in the folder are left alone.

    Args:
        folder: Where to write; it is created if missing.

        registry: As in ``publish_registry``.

        pyodide: A folder with a Pyodide distribution and the wheels of pydantic, so that the pages compute answers for
            any settings; None: they have those for the defaults.

        gpus: GPUs to say for what runs on them, by the names that ``known_gpu`` takes; None: all known ones.

    Raises:
        RegistryError: The registry cannot be read.

        RegistryReadError: The folder of Pyodide has none, or the registry has no date.

        UnknownGpuError: A GPU does not exist.

        RegistryWriteError: A file cannot be written, or would replace one that no earlier run wrote.
    """
    runtime = None if pyodide is None else read_pyodide(pyodide)
    machines = machines_of(gpus)
    published = publish_registry(folder, registry=registry)
    read = read_quietly(published.registry_file)
    files = SiteFiles(folder)
    files.write(_first_files(read, published, runtime))
    files.write((f"api/v1/registry/{name}", content) for name, content in api_files(read))
    files.write(_model_pages(read, computes=runtime is not None))
    for made in gpu_files(published.registry_file, machines):
        files.write((f"fits/{name}", content) for name, content in made)
    files.finish()
    return Site(published, files.paths, len(read), len(machines), runtime is not None)


def _first_files(registry: ModelRegistry, published: Published, pyodide: Pyodide | None) -> Iterator[tuple[str, bytes]]:
    """Yield what all pages need, and the list."""
    yield f"{published.registry_file.name}.gz", compressed(read_bytes(published.registry_file))
    for asset in assets().values():
        yield f"assets/{asset.name}", asset.content
    yield from reference_files().items()
    if pyodide is not None:
        for name, content in pyodide_files(pyodide):
            yield f"pyodide/{name}", content
    yield FIRST_PAGE, list_page(registry, static_place(computes=pyodide is not None)).encode()


def _model_pages(registry: ModelRegistry, *, computes: bool) -> Iterator[tuple[str, bytes]]:
    """Yield a page for each model; that of an invalid entry says what is wrong with it."""
    for row in registry.rows():
        place = static_place(row.id, computes=computes)
        try:
            page = model_page(registry, row.id, place)
        except InvalidEntryError as error:
            page = problem_page(place, str(error), title=BROKEN_ENTRY)
        yield f"models/{page_name(row.id)}.html", page.encode()
