"""The reference of the HTTP API in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.page.reference.reference_page import reference_files

from .conftest import Open

NARROW = {"width": 360, "height": 740}
#: Of what axe finds.
SERIOUS = ("serious", "critical")
FIND = "async () => (await axe.run()).violations.map((one) => [one.impact, one.id, one.nodes.map((node) => node.html)])"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reference_is_readable_for_everyone(scheme: str, visit: Open, served: str, axe_file: Path) -> None:
    """On a narrow screen, with everything opened: no breach of the policy, nothing loaded, nothing serious for axe."""
    seen = visit(f"{served}/docs", color_scheme=scheme, viewport=NARROW, bypass_csp=False)
    width = seen.page.evaluate("document.documentElement.scrollWidth")
    requested, violations = [*seen.requested], seen.violations()
    checked = visit(f"{served}/docs", color_scheme=scheme, viewport=NARROW, bypass_csp=True)
    checked.page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    checked.page.add_script_tag(content=axe_file.read_text(encoding="utf-8"))
    found: list[list[Any]] = checked.page.evaluate(FIND)

    assert (seen.problems, violations, requested) == ([], [], [f"{served}/docs"])
    assert width == NARROW["width"]
    assert [one for one in found if one[0] in SERIOUS] == []


def test_the_reference_needs_no_script(visit: Open, served: str) -> None:
    """Its links lead to its sections, its examples open, and it has its style."""
    page = visit(f"{served}/docs", java_script_enabled=False).page

    page.click("a[href='#list_models']")
    page.click("#list_models summary")

    assert page.url == f"{served}/docs#list_models"
    assert page.is_visible("#list_models details pre")
    assert page.locator(".skip").bounding_box()["x"] < 0  # type: ignore[index]  # there is one


def test_the_reference_of_a_static_site_is_read_from_the_disk(visit: Open, tmp_path: Path) -> None:
    """Its style is allowed there, too."""
    for name, content in reference_files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    seen = visit((tmp_path / "docs" / "index.html").as_uri())

    assert (seen.problems, seen.violations()) == ([], [])
    assert seen.page.locator(".skip").bounding_box()["x"] < 0  # type: ignore[index]  # there is one
