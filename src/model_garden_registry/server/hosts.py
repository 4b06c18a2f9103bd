"""The hosts that a request may name: a page of another site must not read a local server under its own name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from model_garden_registry.server.replies.failures import refusal_response

#: Any host.
ANY_HOST = "*"
#: Monitoring tools use any name or address.
_ALWAYS_ANSWERED = frozenset({"/health", "/ready"})
#: A name or a number, or an IPv6 address in brackets, then a port.
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+?)\.?(?::[0-9]*)?", re.ASCII | re.IGNORECASE)
#: How many spellings of allowed hosts are cached.
_MOST_KNOWN = 64


class Hosts:
    """
    Middleware that refuses requests for other hosts with 421.

    Args:
        app: Answers the other requests.

        allowed: Names and addresses beside those of loopback, without a port; ``*`` for all. None: on a connection to a
            loopback address no others, elsewhere any.
    """

    def __init__(self, app: ASGIApp, allowed: Sequence[str] | None = None) -> None:
        self._app = app
        self._is_open = allowed is not None and ANY_HOST in allowed
        self._allowed = None if allowed is None else frozenset(map(_folded, allowed))
        self._known: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http" or self.answers(scope):
            await self._app(scope, receive, send)
        else:
            await refusal_response(421, "This server does not answer for that Host")(scope, receive, send)

    def answers(self, scope: Scope) -> bool:
        """Return whether a request over HTTP names a host that this server answers for."""
        if self._is_open:
            return True
        for header, host in scope["headers"]:
            if header == b"host":
                return host in self._known or scope["path"] in _ALWAYS_ANSWERED or self._is_allowed(host, scope)
        return True  # a browser always sends one

    def _is_allowed(self, host: bytes, scope: Scope) -> bool:
        name = host_name(host.decode("latin-1"))
        if self._allowed is None and not is_loopback((scope.get("server") or ("",))[0]):
            return True
        answers = name is not None and (is_loopback(name) or name in (self._allowed or ()))
        if answers and len(self._known) < _MOST_KNOWN:
            self._known.add(host)
        return answers


def host_name(host: str) -> str | None:
    """Return the name or address of a ``Host``, in lower case, without port and brackets; None where it is none."""
    match = _HOST.fullmatch(host)
    return match and _folded(match[1])


def is_loopback(name: str) -> bool:
    """Return whether a name or an address means this machine alone."""
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761: always loopback
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _folded(name: str) -> str:
    return name.casefold().strip("[]").rstrip(".")
