"""
Pictures of the page for the documentation: the list and a model, light and dark, and on a telephone.

Run it as ``nox -s screenshots``, or ``python -m tools.screenshots [FOLDER]``; needs Playwright and Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
#: What a person may have.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: As root in a container there is neither a sandbox nor much shared memory.
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
#: On a busy machine.
_PATIENCE_MS = 120_000
_LIST = "/?gpu=RTX+4090&task=training"
_MODEL = "/models/Qwen/Qwen3-32B?gpu=L4"


class Picture(NamedTuple):
    """A page as it is shown: its address, the colour scheme, and the size of the screen in pixels."""

    path: str
    scheme: str
    width: int
    height: int


SHOTS = {
    "page-list-light.png": Picture(_LIST, "light", 1120, 960),
    "page-list-dark.png": Picture(_LIST, "dark", 1120, 960),
    "page-model-light.png": Picture(_MODEL, "light", 1120, 1180),
    "page-model-dark.png": Picture(_MODEL, "dark", 1120, 1180),
    "page-narrow.png": Picture(_LIST, "light", 360, 900),
}


def main(folder: Path = PICTURES) -> None:
    """Write every picture into a folder; those of the same names are replaced."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit(f"no browser is installed: {', '.join(BROWSERS)}")
    with _server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_OPTIONS)
        for name, picture in SHOTS.items():
            _draw(browser, address, picture, folder / name)
        browser.close()


def _draw(browser: Any, address: str, picture: Picture, file: Path) -> None:
    from playwright.sync_api import expect

    expect.set_options(timeout=_PATIENCE_MS)
    size = {"width": picture.width, "height": picture.height}
    context = browser.new_context(color_scheme=picture.scheme, viewport=size, reduced_motion="reduce")
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{address}{picture.path}", wait_until="networkidle")
    expect(page.locator(".mark.awaited, [aria-busy]")).to_have_count(0)
    expect(page.locator(".mark.runs, .mark.changes").first).to_be_visible()
    page.screenshot(path=file)
    context.close()


@contextmanager
def _server() -> Iterator[str]:
    """Serve the shipped registry at a free port of this machine; yield the address."""
    call = [sys.executable, "-m", "model_garden_registry", "serve", "--port", "0"]
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True) as process:
        match = re.search(r"http://[0-9.]+:[0-9]+", process.stderr.readline() if process.stderr else "")
        if match is None:
            sys.exit("the server did not start")
        try:
            yield match[0]
        finally:
            process.terminate()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
