"""A page of another origin, in a real browser: it reads nothing of a local server, whatever name leads there."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from model_garden_registry.bundled import bundled_registry

HARDWARE = "/api/v1/registry/hardware"
#: What a person may have.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: How often a browser is started for a page.
TRIES = 3
#: What the page says in the end.
FOUND = r"FOUND (\[.*\]) END"
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
  document.body.textContent = "FOUND " + JSON.stringify(found) + " END";
}})();
</script>"""


@pytest.fixture(scope="module")
def browser() -> str:
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    pytest.skip("no browser is installed")


@pytest.fixture(scope="module")
def server_port() -> Iterator[int]:
    """Serve the shipped registry as people do."""
    call = [sys.executable, "-m", "model_garden_registry", "serve", "--port", "0"]
    environment = {**os.environ, "MGR_REGISTRY": str(bundled_registry())}
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        match = re.search(r"http://127\.0\.0\.1:(\d+)", process.stderr.readline())
        assert match
        try:
            yield int(match[1])
        finally:
            process.terminate()


@pytest.fixture
def found(browser: str, server_port: int, tmp_path: Path) -> Iterator[list[str]]:
    """Return what a page of another origin reads, which reaches the server by its address and by a name of its own."""
    targets = [
        f"http://127.0.0.1:{server_port}{HARDWARE}",
        f"http://garden.evil.example:{server_port}{HARDWARE}",
        f"http://localhost:{server_port}/api/v1/registry/validate/training",
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
        yield _read(browser, f"http://evil.example:{site.server_port}/", tmp_path)
    finally:
        site.shutdown()
        site.server_close()


def _read(browser: str, address: str, profile: Path) -> list[str]:
    match = re.search(FOUND, _shown(browser, address, profile, awaited=FOUND))
    assert match
    answers: list[str] = json.loads(match[1])
    return answers


def _shown(browser: str, address: str, profile: Path, *, awaited: str) -> str:
    """
    Return what a browser shows, in which every name leads to this machine.

    A browser on a busy machine may end before it has loaded the page, so it starts anew until it shows what is awaited;
    all that was shown is returned.
    """
    call = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--host-resolver-rules=MAP * 127.0.0.1", "--no-proxy-server"),
        *("--virtual-time-budget=20000", "--timeout=60000", "--dump-dom"),
    ]
    shown = ""
    for number in range(TRIES):
        with suppress(subprocess.TimeoutExpired):
            whole = [*call, f"--user-data-dir={profile / str(number)}", address]
            reply = subprocess.run(whole, check=False, capture_output=True, encoding="utf-8", timeout=170)
            shown += html.unescape(reply.stdout)
        if re.search(awaited, shown):
            break
    return shown


def test_a_page_of_another_origin_reads_nothing(found: list[str]) -> None:
    """No header allows it; a request that it may send without reading the answer is not answered either."""
    by_address, by_a_name, a_question, blind, blind_question = found

    assert (by_address, by_a_name, a_question) == ("refused", "refused", "refused")
    assert (blind, blind_question) == ("opaque", "opaque")


def test_a_name_that_leads_here_reads_nothing(browser: str, server_port: int, tmp_path: Path) -> None:
    """What a page would read whose own name has been made to lead to this machine: that is its own origin by then."""
    shown = _shown(browser, f"http://evil.example:{server_port}{HARDWARE}", tmp_path, awaited="detail")

    assert "This server does not answer for that Host" in shown
    assert "mgr.hardware" not in shown


def test_a_person_reads_it(browser: str, server_port: int, tmp_path: Path) -> None:
    """Under the names of this machine."""
    address = f"http://localhost:{server_port}{HARDWARE}"

    assert "mgr.hardware" in _shown(browser, address, tmp_path, awaited="mgr.hardware")
