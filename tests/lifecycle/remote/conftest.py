"""A web server for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from remote_site import Site, running_site


@pytest.fixture
def site() -> Iterator[Site]:
    """Give a web server of this machine."""
    with running_site() as found:
        yield found
