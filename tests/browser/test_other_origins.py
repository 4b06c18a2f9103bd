"""A page of another origin, in a real browser: it reads nothing of a local server, whatever name leads there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

HARDWARE = "/api/v1/registry/hardware"
#: Asks for the hardware by each address, and writes what it could read.
PAGE = """<!doctype html><title>wait</title><body><script>
const targets = {targets};
async function read(target, options) {{
  try {{
    const reply = await fetch(target, options);
    return reply.type === "opaque" ? "opaque" : `${{reply.status}} ${{(await reply.text()).slice(0, 60)}}`;
  }} catch (error) {{ return "refused"; }}
}}
(async () => {{
  const found = [];
  for (const target of targets) found.push(await read(target));
  found.push(await read(targets[0], {{ mode: "no-cors" }}));
  found.push(await read(targets[2], {{ method: "POST", mode: "no-cors", body: "{{}}" }}));
  document.body.textContent = JSON.stringify(found);
  document.title = "found";
}})();
</script>"""


@pytest.fixture
def port(served: str) -> str:
    return served.rpartition(":")[2]


@pytest.fixture
def found(visit: Callable[..., Any], port: str) -> Iterator[list[str]]:
    """Return what a page of another origin reads, which reaches the server by its address and by a name of its own."""
    targets = [
        f"http://127.0.0.1:{port}{HARDWARE}",
        f"http://garden.evil.example:{port}{HARDWARE}",
        f"http://localhost:{port}/api/v1/registry/validate/training",
    ]
    page = PAGE.format(targets=targets)

    class Evil(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the name that the base has
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        shown = visit(f"http://evil.example:{site.server_port}/").page
        shown.wait_for_function("document.title === 'found'")
        yield json.loads(shown.text_content("body"))
    finally:
        site.shutdown()
        site.server_close()


def test_a_page_of_another_origin_reads_nothing(found: list[str]) -> None:
    """No header allows it; a request that it may send without reading the answer is not answered either."""
    by_address, by_a_name, a_question, blind, blind_question = found

    assert (by_address, by_a_name, a_question) == ("refused", "refused", "refused")
    assert (blind, blind_question) == ("opaque", "opaque")


def test_a_name_that_leads_here_reads_nothing(visit: Callable[..., Any], port: str) -> None:
    """What a page would read whose own name has been made to lead to this machine: that is its own origin by then."""
    shown = visit(f"http://evil.example:{port}{HARDWARE}").page.content()

    assert "This server does not answer for that Host" in shown
    assert "mgr.hardware" not in shown


def test_a_person_reads_it(visit: Callable[..., Any], port: str) -> None:
    """Under the names of this machine."""
    assert "mgr.hardware" in visit(f"http://localhost:{port}{HARDWARE}").page.content()
