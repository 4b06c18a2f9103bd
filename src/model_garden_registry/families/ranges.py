"""What holds from a release on: a range states what changed, and everything else stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from model_garden_registry.families.versions import Release, known_release, release_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """
    One project of a table, over all its releases.

    Args:
        title: Its name for people.

        oldest: The oldest release that is covered.

        read: The newest release that was read; later ones are taken for it.

        ranges: What holds from a release on, oldest first.
    """

    title: str
    oldest: str
    read: str
    ranges: tuple[Mapping[str, Any], ...]

    def covers(self, version: str) -> bool:
        """Return whether a text is a release that is covered."""
        release = release_of(version)
        return release is not None and release >= known_release(self.oldest)

    def named(self, version: str) -> str:
        """Name the project at a release, for people; of a later one than was read also what it is taken for."""
        return _named(self.title, version, self.read)

    def at(self, version: str) -> dict[str, Any]:
        """Return what holds for a release that is covered; some facts change key by key, all else as a whole."""
        found: dict[str, Any] = {}
        for item in self.ranges:
            if known_release(item["since"]) <= (release_of(version) or ()):
                merged = {key: {**found.get(key, {}), **item[key]} for key in _BY_KEY if key in item}
                found |= {key: value for key, value in item.items() if key not in _META} | merged
        return found

    def since(self, version: str) -> Release:
        """Return the release from which on everything is as it is for this one."""
        releases = (known_release(item["since"]) for item in self.ranges)
        return max(release for release in releases if release <= (release_of(version) or ()))


#: Facts of which a range states only what changed.
_BY_KEY = ("formats", "paging", "plugins", "splits")
#: What a range says of itself.
_META = ("since", "source")


@lru_cache(maxsize=1024)
def _named(title: str, version: str, read: str) -> str:
    later = (release_of(version) or ()) > known_release(read)
    return f"{title} {version} (taken for {read})" if later else f"{title} {version}"


def package_of(record: Mapping[str, Any]) -> Package:
    """Read the record of a project."""
    return Package(title=record["name"], oldest=record["oldest"], read=record["read"], ranges=tuple(record["ranges"]))
