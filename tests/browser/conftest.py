"""A real Chromium: pages in it, with everything that went wrong in them, and a server of the shipped registry."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from model_garden_registry.bundled import bundled_registry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

#: What a person may have.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: As root in a container there is neither a sandbox nor much shared memory; every name leads to this machine.
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server"),
    "--host-resolver-rules=MAP * 127.0.0.1",
)
#: On two busy cores.
PATIENCE_MS = 60_000
#: What `nox -s browser` brings along, read before any test changes the environment.
BROUGHT = {name: os.environ.get(name) for name in ("MGR_PYODIDE", "MGR_AXE", "MGR_CLIENT")}

#: Kept in the page, since a report may come before anything listens.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


@dataclass
class Visit:
    """
    A page in a browser of its own, and what it did.

    Args:
        page: Playwright's page.

        problems: Errors on the console or of a script, requests that failed, and answers of 400 and more.

        requested: The address of each request, in order.
    """

    page: Page
    problems: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """Return the breaches of the page's Content-Security-Policy."""
        found: list[str] = self.page.evaluate("() => window.violations")
        return found

    def note(self, request: Request) -> None:
        """Note a request."""
        self.requested.append(request.url)


Open = Callable[..., Visit]


def is_lost(request: Request) -> bool:
    """Return whether a request failed, other than by being given up: a page drops a question when another follows."""
    return request.failure != "net::ERR_ABORTED"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give Debian's Chromium, or another that is installed, driven by Playwright."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser is installed: {', '.join(BROWSERS)}")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Open]:
    """
    Give a function that opens an address in a fresh profile; ``Visit.page`` is then loaded.

    Its keywords are those of Playwright's ``new_context``: ``java_script_enabled=False``, ``color_scheme="dark"``,
    ``viewport={"width": 360, "height": 740}``.
    """
    contexts = []

    def opened(address: str, **options: Any) -> Visit:
        context = chromium.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(WATCH)
        made = Visit(context.new_page())
        page, problems = made.page, made.problems
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", made.note)
        page.on("requestfailed", lambda one: problems.append(f"{one.url}: {one.failure}") if is_lost(one) else None)
        page.on("response", lambda got: problems.append(f"{got.url}: {got.status}") if got.status > 399 else None)
        page.goto(address)
        return made

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """Serve the shipped registry as people do; give the address, without a slash at its end."""
    call = [sys.executable, "-m", "model_garden_registry", "serve", "--port", "0"]
    environment = {**os.environ, "MGR_REGISTRY": str(bundled_registry())}
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        match = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert match
        try:
            yield match[0]
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def pyodide_folder() -> Path:
    """Give a Pyodide distribution with pydantic's wheels, as a user has it."""
    return _brought("MGR_PYODIDE", "a Pyodide distribution")


@pytest.fixture(scope="session")
def axe_file() -> Path:
    """Give axe-core's script."""
    return _brought("MGR_AXE", "axe-core's script")


@pytest.fixture(scope="session")
def client_folder() -> Path:
    """Give the modules of the TypeScript client, as they are packed."""
    return _brought("MGR_CLIENT", "the built client")


def _brought(name: str, what: str) -> Path:
    if not BROUGHT[name]:
        pytest.skip(f"{name} does not name {what}: `nox -s browser` gets one")
    return Path(str(BROUGHT[name]))
