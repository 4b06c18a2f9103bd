"""Errors of remote registries."""

from __future__ import annotations

from model_garden_registry.errors import RegistryError
from model_garden_registry.visible_text import visible


class RemoteRegistryError(RegistryError):
    """
    An address does not give a registry that can be used; the last good download is unchanged.

    Args:
        address: The address without user, password and query.

        why: The reason, as half a sentence.

        kept: When the last good download was made, which stays in use; None if there is none.
    """

    def __init__(self, address: str, why: str, *, kept: str | None = None) -> None:
        super().__init__(address, why)
        self.address = address
        self.why = why
        self.kept = kept

    def __str__(self) -> str:
        rest = f"; the registry downloaded on {visible(self.kept)} is kept" if self.kept else ""
        return f"{visible(self.address)}: {visible(self.why)}{rest}"
