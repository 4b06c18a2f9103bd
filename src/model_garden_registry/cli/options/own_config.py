"""A model that is not in the registry, by its own config.json."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from model_garden_registry.registry.model_registry import ModelRegistry

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="The config.json of a model that is not in the registry; the entry of `mgr new` is judged.",
    ),
]


def read_model_config(path: Path) -> dict[str, Any]:
    """Return a config.json, with the number format that a file beside it states."""
    from model_garden_registry.authoring.config_formats import MODELOPT_FILE, with_modelopt
    from model_garden_registry.files.documents import read_document
    from model_garden_registry.files.reading import LARGEST_CONFIG_BYTES, is_file

    def read(file: Path) -> dict[str, Any]:
        return read_document(file, LARGEST_CONFIG_BYTES, finite=False)

    document, beside = read(path), path.with_name(MODELOPT_FILE)
    return with_modelopt(document, read(beside)) if is_file(beside) else document


def with_own_model(registry: ModelRegistry, config: Path, named: str | None) -> tuple[ModelRegistry, str]:
    """
    Return a registry with an additional entry, made from a config.json, and its id.

    Args:
        named: The model's name in a file, of which the last part is kept; None: the folder of config.json.

    Raises:
        RegistryError: As of ``mgr new``.
    """
    from model_garden_registry.authoring.own_config import entry_from_config

    last = Path(named.rstrip("/")).name if named else Path(realpath(config)).parent.name
    name = re.sub(r"[^A-Za-z0-9._-]+|--+|\.\.+", "-", last)[:96].strip("-._")
    model_id = f"own/{name or 'model'}"
    today = datetime.now(UTC).date().isoformat()
    entry = entry_from_config(model_id, read_model_config(config), path=config, as_of=today)
    return registry.with_entry(entry), model_id
