"""HTTP on one connection, for an application with prepared replies: those need no task of their own."""

from __future__ import annotations

from typing import Any, Protocol

from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from model_garden_registry.server.connections.bounded_protocol import BoundedProtocol
from model_garden_registry.server.replies.replies import Reply


class Preparing(Protocol):
    """An application with prepared replies."""

    def prepared_reply(self, scope: Scope) -> Reply | None:
        """Return the reply that a call would send, if it is ready; else None."""


class PreparedProtocol(BoundedProtocol):
    """The HTTP protocol on one connection; the application may be ``Preparing``."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._prepared_reply = getattr(self.app, Preparing.prepared_reply.__name__, None)
        self._next_reply: Reply | None = None

    def data_received(self, data: bytes) -> None:
        """Parse data; a request that has not ended with it is the application's."""
        super().data_received(data)
        if self._next_reply is not None:
            self._next_reply = None
            super()._start_asgi_task(self.cycle, self.app)

    def on_message_complete(self) -> None:
        """End a request, and send its reply if prepared."""
        super().on_message_complete()
        if self._next_reply is not None:
            reply, self._next_reply = self._next_reply, None
            self._send(reply)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
        if self.transport.is_closing():  # the requests behind the last one that is answered
            return
        if self._prepared_reply is not None and self._can_send(cycle):
            self._next_reply = self._prepared_reply(cycle.scope)
        if self._next_reply is None:
            super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]  # the same in the words of uvicorn

    def _can_send(self, cycle: RequestResponseCycle) -> bool:
        """Return whether no other request waits for its reply, and the client has taken those before."""
        is_being_read = cycle.more_body and not self.parser.should_upgrade()
        return is_being_read and self.transport.get_write_buffer_size() == 0

    def _send(self, reply: Reply) -> None:
        cycle = self.cycle
        cycle.response_started = cycle.response_complete = True
        headers = [*self.server_state.default_headers, *reply.headers]
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        head = [STATUS_LINE[reply.status], *(b"%b: %b\r\n" % header for header in headers), end]
        self.transport.writelines([b"".join(head), reply.content])
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
