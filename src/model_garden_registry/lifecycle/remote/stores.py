"""Downloads from object stores. The only owner of fsspec (extra ``remote``; S3 needs extra ``s3`` as well)."""

from __future__ import annotations

from typing import Any

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.lifecycle.remote.addresses import scheme_of, shown
from model_garden_registry.lifecycle.remote.downloads import LARGEST_BYTES, Fetched, refuse_size, sound_etag
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError

_LONGEST_REASON = 200
#: Tries after the first: a person waits.
_MOST_RETRIES = 2


def fetch_stored(url: str, *, etag: str | None, seconds: float) -> Fetched:
    """
    Download an object, unless it still is what an ETag names.

    Credentials are those that the store's own library finds: for S3 the variables ``AWS_…`` and ``~/.aws``.

    Args:
        url: The address, such as ``s3://BUCKET/KEY``.

        etag: The ETag of an earlier download; None: download in any case.

        seconds: How long the caller waits; the libraries of most stores have limits of their own.

    Raises:
        MissingExtraError: fsspec or s3fs is not installed.

        RemoteRegistryError: The store does not answer with a whole object.
    """
    scheme = scheme_of(url)
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError("remote", "fsspec") from None

    is_s3 = scheme in {"s3", "s3a"}
    limits = {"connect_timeout": seconds, "read_timeout": seconds, "retries": {"max_attempts": _MOST_RETRIES}}
    options: dict[str, Any] = {"config_kwargs": limits} if is_s3 else {}
    try:
        store = fsspec.filesystem(scheme, skip_instance_cache=True, use_listings_cache=False, **options)
        return _content(store, url, etag)
    except RemoteRegistryError:
        raise
    except ImportError:
        if is_s3:
            raise MissingExtraError("s3", "s3fs") from None
        raise RemoteRegistryError(shown(url), f"needs fsspec's package for {scheme}://, which is missing") from None
    except FileNotFoundError:
        raise RemoteRegistryError(shown(url), "is not there") from None
    except PermissionError:
        raise RemoteRegistryError(shown(url), "may not be read with the credentials found") from None
    except Exception as error:  # noqa: BLE001  (each store has its own)
        raise RemoteRegistryError(shown(url), f"no answer: {_reason(error, url)}") from None


def _content(store: Any, url: str, etag: str | None) -> Fetched:
    path = store._strip_protocol(url)
    facts = store.info(path)
    found = sound_etag(facts.get("ETag") or facts.get("etag"))
    if etag and etag == found:
        return Fetched(None, etag, url)
    size = facts.get("size")
    refuse_size(url, size if isinstance(size, int) else None)
    with store.open(path, "rb") as file:
        content = bytes(file.read(LARGEST_BYTES + 1))
    refuse_size(url, len(content))
    if isinstance(size, int) and len(content) != size:
        raise RemoteRegistryError(shown(url), "the download ended early")
    return Fetched(content, found, url)


def _reason(error: Exception, url: str) -> str:
    """Return a library's message on one line, without the address that it may contain."""
    text = " ".join(str(error).replace(url, shown(url)).split())
    return f"{type(error).__name__}: {text}"[:_LONGEST_REASON]
