"""Documents made once, as bytes with an ETag: JSON, or files and pages with headers of their own."""

from __future__ import annotations

import gzip
from functools import cached_property
from hashlib import blake2b

from pydantic_core import to_json

#: Shortest body to compress: a shorter one is one packet either way.
_LEAST_GZIPPED_BYTES = 1024
#: zlib level, of nine: higher ones save a few per cent and take several times as long.
_GZIP_LEVEL = 6

Headers = list[tuple[bytes, bytes]]

#: A client may cache a body, but revalidates it each time.
_SHARED: Headers = [(b"cache-control", b"no-cache"), (b"vary", b"accept-encoding")]
JSON_HEADERS: Headers = [(b"content-type", b"application/json"), (b"x-content-type-options", b"nosniff")]


class Body:
    """
    One document, ready to be sent.

    The ETag is weak: the same for the plain and the compressed form.

    Args:
        content: The document, in UTF-8.

        kind: Headers that tell what it is: JSON, if not given.
    """

    def __init__(self, content: bytes, kind: Headers = JSON_HEADERS) -> None:
        self.content = content
        self._kind = kind
        self.etag = b'W/"' + blake2b(content, digest_size=16).hexdigest().encode() + b'"'
        self.unchanged_headers: Headers = [(b"etag", self.etag), *_SHARED]
        self.headers: Headers = [*self._described(content), *self.unchanged_headers]

    def prepare(self) -> None:
        """Compress it now, instead of at the first request."""
        _ = self.gzipped

    @cached_property
    def gzipped(self) -> bytes | None:
        """The compressed document; None if too short to compress."""
        if len(self.content) < _LEAST_GZIPPED_BYTES:
            return None
        return gzip.compress(self.content, _GZIP_LEVEL, mtime=0)

    @cached_property
    def gzipped_headers(self) -> Headers:
        """The headers of the compressed form."""
        described = self._described(self.gzipped or self.content)
        return [*described, (b"content-encoding", b"gzip"), *self.unchanged_headers]

    def _described(self, content: bytes) -> Headers:
        return [*self._kind, (b"content-length", str(len(content)).encode())]


def json_body(document: object) -> Body:
    """Return the body of a document."""
    return Body(to_json(document))
