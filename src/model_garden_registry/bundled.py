"""Paths of registry, schema and tables of facts: in the checkout if there is one, else in the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_NAME = "models_registry.json"


def checkout_storage() -> Path | None:
    """Return ``storage/`` of the checkout that this package runs from; None in an installed wheel."""
    storage = _PACKAGE.parent.parent / "storage"
    is_checkout = (storage / _NAME).is_file() and (storage.parent / "pyproject.toml").is_file()
    return storage if is_checkout else None


def storage_directory() -> Path:
    """
    Return the directory of the shipped registry.

    In a checkout or an editable install that is ``storage/`` at the root of the repository, where contributors edit
    it; in an installed wheel it is the copy inside the package.
    """
    return checkout_storage() or _PACKAGE / "storage"


def bundled_registry() -> Path:
    """Return the path of the shipped registry."""
    return storage_directory() / _NAME


def bundled_schema() -> Path:
    """Return the path of the shipped schema."""
    return storage_directory() / "models_registry.schema.json"


def bundled_overlay_schema() -> Path:
    """Return the path of the shipped schema of overlays."""
    return storage_directory() / "models_registry_overlay.schema.json"


def bundled_gpus() -> Path:
    """Return the path of the table of GPUs that people name."""
    return storage_directory() / "gpus.json"


def bundled_accelerators() -> Path:
    """Return the path of the table of hardware that is not an NVIDIA GPU itself: cloud instances, other makers."""
    return storage_directory() / "accelerators.json"


def bundled_confusables() -> Path:
    """Return the path of the table of characters that look like those of ids."""
    return storage_directory() / "confusables.json"


def bundled_table(name: str) -> Path:
    """Return the path of a table of facts about other projects: ``families``, ``stacks`` or ``engines``."""
    return storage_directory() / f"{name}.json"


def bundled_vocabulary(tool: str) -> Path:
    """Return the path of the vocabulary of a tool whose files are written and read: ``axolotl``, ``vllm``."""
    return storage_directory() / "vocabularies" / f"{tool}.json"


def bundled_table_schema(name: str) -> Path:
    """Return the path of the JSON schema of such a table."""
    return storage_directory() / f"{name}.schema.json"


def bundled_openapi() -> Path:
    """Return the path of the OpenAPI document of the server: in a checkout, the one that the TypeScript client has."""
    checkout = checkout_storage()
    folder = storage_directory() if checkout is None else checkout.parent / "clients" / "typescript"
    return folder / "openapi.json"
