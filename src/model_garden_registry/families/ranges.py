"""Facts that hold from a release on: a range states what changed, everything else is inherited."""

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

        oldest: The oldest covered release.

        read: The newest release that was read; later ones count as this one.

        ranges: What holds from a release on, oldest first.
    """

    title: str
    oldest: str
    read: str
    ranges: tuple[Mapping[str, Any], ...]

    def covers(self, version: str) -> bool:
        """Return whether a text is a covered release."""
        release = release_of(version)
        return release is not None and release >= known_release(self.oldest)

    def named(self, version: str) -> str:
        """Return the project's name at a release, for people; for one newer than read, also the one it counts as."""
        return _named(self.title, version, self.read)

    def at(self, version: str) -> dict[str, Any]:
        """Return the facts for a covered release; some change key by key, others as a whole."""
        found: dict[str, Any] = {}
        for item in self.ranges:
            if known_release(item["since"]) <= (release_of(version) or ()):
                merged = {key: {**found.get(key, {}), **item[key]} for key in _BY_KEY if key in item}
                found |= {key: value for key, value in item.items() if key not in _META} | merged
        return found

    def since(self, version: str) -> Release:
        """Return the first release from which on all facts equal those of this one."""
        releases = (known_release(item["since"]) for item in self.ranges)
        return max(release for release in releases if release <= (release_of(version) or ()))


#: Facts of which a range states only the changed keys.
_BY_KEY = ("formats", "paging", "plugins", "splits")
#: Keys about the range itself.
_META = ("since", "source")


@lru_cache(maxsize=1024)
def _named(title: str, version: str, read: str) -> str:
    later = (release_of(version) or ()) > known_release(read)
    return f"{title} {version} (taken for {read})" if later else f"{title} {version}"


def package_of(record: Mapping[str, Any]) -> Package:
    """Return the package of a project's record."""
    return Package(title=record["name"], oldest=record["oldest"], read=record["read"], ranges=tuple(record["ranges"]))
