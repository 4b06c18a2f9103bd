"""
Downloads over HTTPS. The only owner of aiohttp (extra ``remote``), which fsspec uses for HTTPS as well.

fsspec itself (2026.9.0) gives a file without the headers of its answer, so that nothing can be asked by ETag; it
follows redirects anywhere, and reads without a limit.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.lifecycle.remote.addresses import redirected, shown
from model_garden_registry.lifecycle.remote.downloads import PART_BYTES, Fetched, refuse_size, sound_etag
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError

if TYPE_CHECKING:
    from aiohttp import ClientError, ClientResponse, ClientTimeout

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK, _NOT_MODIFIED = 200, 304


def fetch_https(url: str, *, etag: str | None, seconds: float) -> Fetched:
    """
    Download an address, unless it still gives what an ETag names.

    Proxies are those of the environment (``HTTPS_PROXY``, ``NO_PROXY``), passwords those of the address or ``.netrc``.

    Args:
        url: The address; http only to this machine.

        etag: The ETag of an earlier download; None: download in any case.

        seconds: How long the caller waits; soon after that, a request ends by itself.

    Raises:
        MissingExtraError: aiohttp is not installed.

        RemoteRegistryError: The server does not answer with a whole file.
    """
    try:
        import aiohttp
    except ImportError:
        raise MissingExtraError("remote", "aiohttp") from None

    try:
        return asyncio.run(_follow(url, etag, aiohttp.ClientTimeout(total=seconds + 1)))
    except aiohttp.ClientError as error:
        raise RemoteRegistryError(shown(url), _reason(error)) from None
    except (OSError, EOFError, ValueError) as error:
        raise RemoteRegistryError(shown(url), f"no answer: {type(error).__name__}") from None


async def _follow(url: str, etag: str | None, timeout: ClientTimeout) -> Fetched:
    import aiohttp

    headers = {"User-Agent": "mgr", **({"If-None-Match": etag} if etag else {})}
    cookies = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True, cookie_jar=cookies) as session:
        place = url
        for _ in range(_MOST_REDIRECTS + 1):
            async with session.get(place, headers=headers, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTS:
                    return await _content(answer, place, etag)
                place = redirected(place, answer.headers.get("Location"))
    raise RemoteRegistryError(shown(url), f"redirects more than {_MOST_REDIRECTS} times")


async def _content(answer: ClientResponse, url: str, etag: str | None) -> Fetched:
    if answer.status == _NOT_MODIFIED and etag:
        return Fetched(None, etag, url)
    if answer.status != _OK:
        raise RemoteRegistryError(shown(url), f"answers {answer.status} {answer.reason or ''}".strip())
    refuse_size(url, answer.content_length)
    content = bytearray()
    async for part in answer.content.iter_chunked(PART_BYTES):
        content += part
        refuse_size(url, len(content))
    return Fetched(bytes(content), sound_etag(answer.headers.get("ETag")), url)


def _reason(error: ClientError) -> str:
    """Return why a request failed; the library's own messages may contain the whole address."""
    import aiohttp

    match error:
        case aiohttp.ClientSSLError():
            return "no connection: its certificate is not valid for it, or not trusted"
        case aiohttp.ClientConnectorDNSError():
            return "no connection: its host is not known"
        case aiohttp.ClientConnectorError():
            number = error.os_error.errno  # its text is the event loop's, with the numbers of the address
            return f"no connection: {os.strerror(number) if number else 'none of its addresses answers'}"
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError():
            return "the download ended early"
        case _:
            return f"no answer that can be read: {type(error).__name__}"
