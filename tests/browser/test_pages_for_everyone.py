"""Pages for every reader: screen readers, narrow screens, light and dark; and registries full of hostile text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from model_garden_registry.bundled import bundled_registry

Open = Callable[..., Any]
PAGES = ("/?q=qwen3-8b&compare=Qwen/Qwen3-8B,Qwen/Qwen3-8B-AWQ", "/?gpu=L4&q=qwen3-8b", "/models/Qwen/Qwen3-32B?gpu=L4")
#: How many controls and pictures reach beyond the screen.
BEYOND = """() => [...document.querySelectorAll("input, select, button, svg")].filter(
  (one) => one.getBoundingClientRect().right > innerWidth && !one.closest(".scroll, .unseen")).length"""
VERDICT = re.compile(r"Runs with changes.*GB expected.*safe of 24.2 GB")
PAPER = "() => getComputedStyle(document.documentElement).backgroundColor"
#: What breaks out of an element, an attribute, a script, a style, an address.
HOSTILE = "\"'><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\u202e${window.hacked=1}`</style>"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(path: str, scheme: str, visit: Open, served: str, axe_file: Path) -> None:
    """In both colour schemes, with everything unfolded."""
    page = visit(f"{served}{path}", color_scheme=scheme, bypass_csp=True).page
    unfolded(page, path)
    page.add_script_tag(path=axe_file)
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")

    told = [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
    ]
    assert told == []


def unfolded(page: Page, path: str) -> None:
    """Wait for the answers about a GPU, and unfold what is folded."""
    expect(page.locator(".mark.awaited, [aria-busy]")).to_have_count(0)
    if "gpu=" in path:
        expect(page.locator(".mark.runs, .mark.changes, .mark.little").first).to_be_visible()
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    if "/models/" in path:
        expect(page.locator(".grid .field").first).to_be_visible()
        expect(page.locator(".file code").first).not_to_be_empty()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_at_360_pixels(path: str, visit: Open, served: str) -> None:
    """But tables and texts in frames of their own."""
    page = visit(f"{served}{path}", viewport={"width": 360, "height": 740}).page
    unfolded(page, path)

    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate(BEYOND) == 0


def test_dark_is_dark(visit: Open, served: str) -> None:
    """As the system of the reader says."""
    colours = {scheme: visit(f"{served}/", color_scheme=scheme).page.evaluate(PAPER) for scheme in ("light", "dark")}

    lightness = {scheme: sum(map(int, re.findall(r"\d+", colour)[:3])) for scheme, colour in colours.items()}
    assert lightness["light"] > 600 > 150 > lightness["dark"]


def test_verdicts_are_words_not_only_colours(visit: Open, served: str) -> None:
    """And a screen reader hears that an answer has come."""
    page = visit(f"{served}/models/Qwen/Qwen3-32B?gpu=L4").page
    panel = page.get_by_role("region", name="Train", exact=True)

    expect(panel.get_by_role("status").first).to_contain_text(
        re.compile(r"Runs with changes.*GB expected.*safe of 24.2 GB")
    )


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[str]:
    """Serve a registry whose every text is hostile."""
    document = json.loads(bundled_registry().read_bytes())
    entry = deepcopy(document["models"]["Qwen/Qwen3-8B"])
    key = f"Qwen/{HOSTILE.replace(chr(0x202E), '')}"
    entry |= dict.fromkeys(("name", "description", "license"), HOSTILE)
    entry |= {"id": key, "tags": [HOSTILE], "notes": [HOSTILE], "aliases": [HOSTILE]}
    entry["urls"] = {"huggingface": "https://a.example/\"onmouseover=window.hacked=1'>", "docs": None}
    entry["sources"] = {f"/{HOSTILE}": {"kind": "vendor", "source": HOSTILE, "as_of": "2026-01"}}
    entry["min_versions"] = {"vllm": ">=0.8.5"}
    document["models"] = {key: entry, "Qwen/Qwen3-8B": document["models"]["Qwen/Qwen3-8B"]}
    document["categories"]["text-llm"]["name"] = HOSTILE
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    call = [sys.executable, "-m", "model_garden_registry", "--registry", str(path), "serve", "--port", "0"]
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if match := re.search(r"http://127\.0\.0\.1:\d+", line):
                break
        assert match
        try:
            yield match[0]
        finally:
            process.terminate()


def test_a_hostile_registry_is_inert(hostile: str, visit: Open) -> None:
    """In the list, in the comparison, on the page, in answers: nothing runs, and the text is shown."""
    seen = visit(f"{hostile}/?gpu=L4")
    page = seen.page
    expect(page.locator(".mark.awaited")).to_have_count(0)
    for box in page.locator("tbody").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("region", name="Models to compare").get_by_role("button", name="Compare").click()
    expect(page.get_by_role("dialog")).to_contain_text("<script>")
    page.keyboard.press("Escape")
    expect(page.locator("tbody tr").filter(has_text="onerror").locator(".name")).to_contain_text("<img src=x")
    page.locator("tbody tr").filter(has_text="onerror").locator(".name").click()
    page.get_by_role("combobox", name="GPU", exact=True).select_option("L4")
    expect(page.get_by_role("region", name="Train", exact=True).get_by_role("status").first).to_contain_text(
        "GB expected"
    )
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>window.hacked=1</script>")

    assert page.evaluate("() => window.hacked") is None
    assert page.locator("script:not([src]), img:not([alt='']), [onerror], [onmouseover]").count() == 0
    assert (seen.problems, seen.violations()) == ([], [])
