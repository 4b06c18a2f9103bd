"""
Ask a server again and again until stdin ends, then print the longest time to an answer, in seconds.

``python -m benchmarks.stalls PORT``: the path is a missing one, whose answer waits for nothing but the event loop.
"""

from __future__ import annotations

import select
import sys
import time
from contextlib import closing
from http.client import HTTPConnection

#: Between two requests, in seconds.
_PAUSE = 0.01


def main(port: str) -> None:
    """Ask until stdin ends; a connection that the server ends is opened again."""
    longest = 0.0
    with closing(HTTPConnection("127.0.0.1", int(port))) as connection:
        while not select.select([sys.stdin], [], [], _PAUSE)[0]:
            began = time.monotonic()
            try:
                connection.request("GET", "/nothing")
                connection.getresponse().read()
            except ConnectionError:  # ended by the server while this machine did something else
                connection.close()
                continue
            longest = max(longest, time.monotonic() - began)
    print(longest)


if __name__ == "__main__":
    main(*sys.argv[1:])
