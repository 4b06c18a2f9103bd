"""Work on a request stops when its client disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

_Result = TypeVar("_Result")


async def while_here(request: Request, work: Coroutine[object, object, _Result]) -> _Result:
    """
    Return the result of work that is cancelled when the client disconnects.

    Args:
        request: Its body has been read.

    Raises:
        ClientDisconnect: The client has disconnected.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_departure(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        leaving.cancel()
        working.cancel()


async def _departure(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
