"""Whether the configured remote registry can be used, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from model_garden_registry.files.configuration import ConfiguredRemote
from model_garden_registry.files.remote_cache import CachedRegistry, cached_registry, is_newer, shipped_date, unusable
from model_garden_registry.lifecycle.remote.addresses import shown


@dataclass(frozen=True, slots=True)
class RemoteStanding:
    """
    A configured remote registry, as it is stored. The network is not used to find out.

    Args:
        address: Its address, without user, password and query.

        remote: Its configuration.

        cached: The last good download; None if there is none.

        why_unusable: Why it cannot be used, as half a sentence; None if it can.
    """

    address: str
    remote: ConfiguredRemote
    cached: CachedRegistry | None
    why_unusable: str | None

    @property
    def is_usable(self) -> bool:
        """Whether it takes the place of the shipped registry, or lies on it, where that is in use."""
        return self.why_unusable is None


def standing_of(remote: ConfiguredRemote) -> RemoteStanding:
    """Return whether a configured remote registry can be used; a damaged download is a ``RegistryWarning``."""
    cached = cached_registry(remote.url)
    return RemoteStanding(shown(remote.url), remote, cached, _why_unusable(remote, cached))


def _why_unusable(remote: ConfiguredRemote, cached: CachedRegistry | None) -> str | None:
    if cached is None:
        return "it is not downloaded: run mgr registry update"
    if (problem := unusable(cached, remote)) is not None:
        return problem
    if not is_newer(cached.last_updated, shipped := shipped_date()):
        return f"the shipped registry is as new, of {shipped}"
    return None
