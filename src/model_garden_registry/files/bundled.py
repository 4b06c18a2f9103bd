"""Where the shipped registry and its schema are: in the checkout while there is one, else beside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_NAME = "models_registry.json"


def storage_directory() -> Path:
    """
    Give the directory of the shipped registry.

    In a checkout or an editable install that is ``storage/`` at the root of the repository, where contributors edit
    it; in an installed wheel it is the copy inside the package.
    """
    checkout = _PACKAGE.parent.parent / "storage"
    if (checkout / _NAME).is_file() and (checkout.parent / "pyproject.toml").is_file():
        return checkout
    return _PACKAGE / "storage"


def bundled_registry() -> Path:
    """Give the path of the shipped registry."""
    return storage_directory() / _NAME


def bundled_schema() -> Path:
    """Give the path of the shipped schema."""
    return storage_directory() / "models_registry.schema.json"
