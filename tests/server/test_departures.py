"""A request whose client has left."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from model_garden_registry.server.departures import while_here


def request(*messages: str) -> Request:
    """Return a request whose messages come, and then nothing more."""
    pending = [*messages]

    async def receive() -> Any:
        return {"type": pending.pop(0)} if pending else await asyncio.Event().wait()

    return Request({"type": "http"}, receive)


def test_work_is_done_while_its_client_stays() -> None:
    """What it gives is given."""

    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert asyncio.run(while_here(request("http.request"), work())) == 7


def test_work_ends_when_its_client_leaves() -> None:
    """In the midst of it."""
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("ended")

    async def leave() -> None:
        with pytest.raises(ClientDisconnect):
            await while_here(request("http.request", "http.disconnect"), work())
        await asyncio.sleep(0)

    asyncio.run(leave())

    assert ended == ["ended"]


def test_what_work_raises_is_raised() -> None:
    """To whoever asked."""

    async def work() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        asyncio.run(while_here(request(), work()))
