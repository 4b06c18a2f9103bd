"""Addresses that may be downloaded, and how they are shown: without user, password and query."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError

#: Object stores; only s3 is tested. Other schemes of fsspec read local files, or start programs.
STORES = frozenset({"abfs", "abfss", "az", "gcs", "gs", "hf", "oss", "s3", "s3a"})
_LONGEST = 4096


def scheme_of(url: str) -> str:
    """
    Return the scheme of an address that may be downloaded.

    Raises:
        RemoteRegistryError: It is not one of https, http to this machine, or an object store.
    """
    parts = _split(url)
    if parts.scheme in STORES and parts.netloc and parts.path.strip("/") and "::" not in url:
        return parts.scheme
    if parts.scheme in {"http", "https"} and parts.hostname:
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise RemoteRegistryError(shown(url), "http is not encrypted: use https")
        return parts.scheme
    raise RemoteRegistryError(shown(url), "is not an address of a registry: write https://… or s3://BUCKET/KEY")


def redirected(url: str, location: str | None) -> str:
    """
    Return where a server sends a request.

    Raises:
        RemoteRegistryError: To no address, or to one with another scheme; only from http to https it may change.
    """
    target = location or ""
    try:
        target = urljoin(url, target)
        is_allowed = bool(location) and scheme_of(target) in {scheme_of(url), "https"}
    except (RemoteRegistryError, ValueError):
        is_allowed = False
    if not is_allowed:
        where = shown(target) if location else "no address"
        raise RemoteRegistryError(shown(url), f"redirects to {where}, which is refused: only https is followed")
    return target


def sibling(url: str, name: str, *, configured: str) -> str:
    """
    Return the address of another file in the folder of an address.

    Args:
        url: The address that gave the index, after redirects.

        name: A plain file name.

        configured: The configured address. Its user, password and query are kept, unless another server answered.
    """
    own, given = _split(url), _split(configured)
    is_same_server = (own.scheme, own.hostname, own.port) == (given.scheme, given.hostname, given.port)
    path = f"{own.path.rpartition('/')[0]}/{name}"
    if is_same_server:
        return urlunsplit((own.scheme, given.netloc, path, given.query, ""))
    return urlunsplit((own.scheme, own.netloc.rpartition("@")[2], path, "", ""))


def shown(url: str) -> str:
    """Return an address without user, password, query and fragment, for messages."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read now: it raises where it is no number
    except ValueError:
        raise RemoteRegistryError(shown(url), "is not an address that can be read") from None
    if len(url) > _LONGEST or re.search(r"[\x00-\x20\x7f]", url):
        raise RemoteRegistryError(shown(url)[:100], "is not an address: it is too long, or contains spaces")
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
