"""HTTP on one connection: how long a head may be, how long it may take, and how long a reply may wait to be taken."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httptools
from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: Request line and header lines, as long as other servers allow at most.
LARGEST_HEAD_BYTES = 16_384
#: A head that takes longer is not coming; nor is the rest of a body that nobody waits for.
HEAD_SECONDS = 10.0
#: A client that takes nothing of a reply for so long is gone.
TAKING_SECONDS = 30.0
#: How long a refusal waits to be read, before the connection is cut.
_LINGER_SECONDS = 2.0
#: What may come behind a reply that did not wait for it.
_LARGEST_REST_BYTES = 2**20

_log = logging.getLogger(__name__)


class _WrongHeadError(Exception):
    """The head of a request is none that is answered."""


class BoundedProtocol(HttpToolsProtocol):
    """What the server speaks on one connection."""

    #: Whether others wait for a connection, so that each is for one request only.
    is_crowded: Callable[[], bool] = staticmethod(lambda: False)
    #: Called once when the connection is gone.
    when_lost: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._unanswered: deque[RequestResponseCycle] = deque()
        self._is_in_head = self._is_in_body = self._drops_rest = False
        self._saw_head_end = False
        self._owed_bytes = 0
        self._owed_timer: asyncio.TimerHandle | None = None
        self._taking_timer: asyncio.TimerHandle | None = None
        self._problem = (HTTPStatus.BAD_REQUEST, "This is no HTTP request")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base does
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait_for_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """End all waiting, also of requests that came behind each other, of which the base knows the last."""
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)
        self._forget_rest()
        self.resume_writing()
        self.when_lost()

    def data_received(self, data: bytes) -> None:
        """Read on; what comes behind a refusal is dropped."""
        if self._drops_rest or self.parser is None:
            return
        self._unset_keepalive_if_required()
        self._saw_head_end = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # to nothing that is spoken here: it is answered, and no other
            self._drops_rest = True
            self.cycle.keep_alive = False
            if self._is_in_body:
                self.on_message_complete()
        except httptools.HttpParserError:
            self._refuse()
        else:
            self._count_rest(len(data))

    def on_message_begin(self) -> None:
        """Begin with a head."""
        super().on_message_begin()
        self._is_in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a line of the head; lines behind a body are nobody's."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Check the head, and have it answered."""
        self._is_in_head, self._is_in_body, self._saw_head_end = False, True, True
        self._check_head()
        super().on_headers_complete()
        self._unanswered.append(self.cycle)
        self._forget_rest()
        if self.is_crowded():
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """End a request."""
        self._is_in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """End a reply; what is left of its request has its time and its size from here on."""
        self._unanswered.popleft()
        super().on_response_complete()
        if self._is_in_body and not self.transport.is_closing():
            self._unset_keepalive_if_required()
            self._wait_for_rest()

    def pause_writing(self) -> None:
        """Wait for a client to take something."""
        super().pause_writing()
        self._taking_timer = self.loop.call_later(TAKING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if self._taking_timer is not None:
            self._taking_timer.cancel()
            self._taking_timer = None

    def _check_head(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > LARGEST_HEAD_BYTES:
            self._problem = (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _too_large())
            raise _WrongHeadError
        hosts = sum(name == b"host" for name, _ in self.headers)
        is_named = hosts == 1 or (hosts == 0 and self.parser.get_http_version() == "1.0")
        if not is_named or not self.url.startswith(b"/"):
            raise _WrongHeadError

    def _count_rest(self, size: int) -> None:
        """Wait for what is missing of a head, or of a body that is not read any more, up to its bounds."""
        is_rest = self._is_in_body and self.cycle.response_complete
        if not (self._is_in_head or is_rest):
            return
        if self._is_in_head and self._saw_head_end:  # what came before was another request
            size = 0
        self._owed_bytes += size
        if self._is_in_head and self._owed_bytes > LARGEST_HEAD_BYTES:
            self._problem = (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _too_large())
            self._refuse()
        elif self._owed_bytes > _LARGEST_REST_BYTES:
            self.transport.abort()
        elif self._owed_timer is None:
            self._wait_for_rest()

    def _wait_for_rest(self) -> None:
        self._forget_rest()
        self._owed_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _forget_rest(self) -> None:
        self._owed_bytes = 0
        if self._owed_timer is not None:
            self._owed_timer.cancel()
            self._owed_timer = None

    def _give_up(self) -> None:
        self._owed_timer = None
        if self._is_in_head:
            self._problem = (HTTPStatus.REQUEST_TIMEOUT, "The head of the request did not arrive in time")
            self._refuse()
        else:
            self.transport.close()

    def _refuse(self) -> None:
        """Answer what is no request, and take no other on this connection."""
        self._forget_rest()
        self._drops_rest = True
        status, detail = self._problem
        _log.debug("refused with %d: %s", status, detail)
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle  # which the base has no type for before the first request
        if cycle is not None and not cycle.response_complete:
            self.transport.abort()  # in the midst of another reply
            return
        content = to_json({"detail": detail})
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\nconnection: close\r\n"
        self.transport.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._owed_timer = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)


def _too_large() -> str:
    return f"The head of a request has at most {LARGEST_HEAD_BYTES} bytes"
