"""HTTP on one connection, with limits on the size of a head, its time, and the time of a client to read a reply."""

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

#: Size of request line and headers, the most that other servers allow.
LARGEST_HEAD_BYTES = 16_384
#: Time limit for a head, and for the rest of a body that is not needed.
HEAD_SECONDS = 10.0
#: A client that reads nothing of a reply for this long is gone.
TAKING_SECONDS = 30.0
#: How long a refusal waits to be read before the connection is closed.
_LINGER_SECONDS = 2.0
#: Size limit of the rest of a body after an early reply.
_LARGEST_REST_BYTES = 2**20

_log = logging.getLogger(__name__)


class _WrongHeadError(Exception):
    """The head of a request cannot be answered."""


class BoundedProtocol(HttpToolsProtocol):
    """The HTTP protocol on one connection."""

    #: Whether other clients wait for a connection, so that each is used for one request only.
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
        self._problem = (HTTPStatus.BAD_REQUEST, "This is not an HTTP request")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base does
        """Start the time limit of a head."""
        super().connection_made(transport)
        self._wait_for_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel all timers, also of pipelined requests, of which the base class knows only the last."""
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)
        self._forget_rest()
        self.resume_writing()
        self.when_lost()

    def data_received(self, data: bytes) -> None:
        """Parse data; data after a refusal is dropped."""
        if self._drops_rest or self.parser is None:
            return
        self._unset_keepalive_if_required()
        self._saw_head_end = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # to an unsupported protocol: this request is answered, no other
            self._drops_rest = True
            self.cycle.keep_alive = False
            if self._is_in_body:
                self.on_message_complete()
        except httptools.HttpParserError:
            self._refuse()
        else:
            self._count_rest(len(data))

    def on_message_begin(self) -> None:
        """Start a head."""
        super().on_message_begin()
        self._is_in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header; trailers after a body are ignored."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Check the head, then pass the request on."""
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
        """End a reply; the limits for the rest of its request start here."""
        self._unanswered.popleft()
        super().on_response_complete()
        if self._is_in_body and not self.transport.is_closing():
            self._unset_keepalive_if_required()
            self._wait_for_rest()

    def pause_writing(self) -> None:
        """Start the time limit for the client to read."""
        super().pause_writing()
        self._taking_timer = self.loop.call_later(TAKING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop the time limit."""
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
        """Count data of a head, or of a body that is no longer needed, against its limits."""
        is_rest = self._is_in_body and self.cycle.response_complete
        if not (self._is_in_head or is_rest):
            return
        if self._is_in_head and self._saw_head_end:  # earlier data belongs to another request
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
        """Refuse an invalid request, and accept no other on this connection."""
        self._forget_rest()
        self._drops_rest = True
        status, detail = self._problem
        _log.debug("refused with %d: %s", status, detail)
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle  # which the base has no type for before the first request
        if cycle is not None and not cycle.response_complete:
            self.transport.abort()  # another reply is being sent
            return
        content = to_json({"detail": detail})
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\nconnection: close\r\n"
        self.transport.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._owed_timer = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)


def _too_large() -> str:
    return f"The head of a request has at most {LARGEST_HEAD_BYTES} bytes"
