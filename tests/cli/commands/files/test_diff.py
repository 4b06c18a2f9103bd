"""``mgr diff``: what changed between two registries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.catalogue.differences import find_differences
from model_garden_registry.payloads.catalogue import differences_document

Ask = Callable[..., Any]


@pytest.fixture
def before_and_after(entry: Callable[..., dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write ``old.json`` and ``new.json``, which differ in everything that can differ, and give both."""
    text, audio = {"name": "Text", "description": "Words."}, {"name": "Audio", "description": "Sounds."}
    old = {
        "version": "1.0.0",
        "last_updated": "2026-11-23T00:00:00Z",
        "categories": {"text-llm": text, "audio": audio},
        "models": {key: entry({"id": key}) for key in ("org/same", "org/gone", "org/former", "org/model")},
    }
    changes = {"tags": ["small", "`new`"], "requirements": {"min_ram_gb": 32}, "license": "mit"}
    new = {
        "version": "1.1.0",
        "last_updated": "2026-11-23T00:00:00Z",
        "categories": {"text-llm": {**text, "name": "Texts"}, "video": audio},
        "models": {
            "org/model": entry({"id": "org/model", **changes}),
            "org/same": entry({"id": "org/same"}),
            "org/now": entry({"id": "org/now", "aliases": ["org/former"], "urls": {"docs": ...}}),
            "org/\x1b[2J": entry({"id": "org/\x1b[2J"}),
        },
    }
    for name, document in {"old.json": old, "new.json": new}.items():
        Path(name).write_text(json.dumps(document), encoding="utf-8")
    return old, new


TEXT = r"""~ version: "1.0.0" → "1.1.0"
+ category video
- category audio
~ category text-llm
    name: "Text" → "Texts"
+ model org/\x1b[2J
- model org/gone
> model org/former is now org/now
~ model org/model
    tags: ["small"] → ["small", "`new`"]
    requirements.min_ram_gb: 16 → 32
    license: "mit" (added)
~ model org/now
    urls.docs: null (removed)
~ model order: what is in both files has another order
"""

MARKDOWN = r"""### Models added

- `org/\x1b[2J`

### Models removed

- `org/gone`

### Models renamed

- `org/former` is now `org/now`

### Models changed

- `org/model`
  - `tags`: `["small"]` → ``["small", "`new`"]``
  - `requirements.min_ram_gb`: `16` → `32`
  - `license`: `"mit"` (added)
- `org/now`
  - `urls.docs`: `null` (removed)
- order: what is in both files has another order

### Categories

- `video` added
- `audio` removed
- `text-llm`
  - `name`: `"Text"` → `"Texts"`

### File

- `version`: `"1.0.0"` → `"1.1.0"`
"""


@pytest.mark.usefixtures("before_and_after")
@pytest.mark.parametrize(
    ("output_format", "text"),
    [pytest.param("text", TEXT, id="for people"), pytest.param("markdown", MARKDOWN, id="for a changelog")],
)
def test_every_kind_of_change_is_told(output_format: str, text: str, mgr: Ask) -> None:
    """Nothing is cut, and text of a registry is only shown; exit 0 although something changed."""
    result = mgr("diff", "old.json", "new.json", "--format", output_format)

    assert (result.code, result.out, result.err) == (0, text, "")


def test_json_is_the_whole_comparison(before_and_after: tuple[dict[str, Any], dict[str, Any]], mgr: Ask) -> None:
    """``mgr.diff/1``, with values as they stand in the files."""
    result = mgr("diff", "old.json", "new.json", "--json")

    differences = find_differences(*before_and_after)
    assert json.loads(result.out) == differences_document(differences, old="old.json", new="new.json")


@pytest.mark.usefixtures("before_and_after")
@pytest.mark.parametrize(
    ("output_format", "text"),
    [
        pytest.param("text", "no difference\n", id="for people"),
        pytest.param("markdown", "No difference.\n", id="markdown"),
    ],
)
def test_no_difference_is_said(output_format: str, text: str, mgr: Ask) -> None:
    """Exit 0 as well."""
    result = mgr("diff", "old.json", "old.json", "--format", output_format)

    assert (result.code, result.out) == (0, text)


@pytest.mark.usefixtures("before_and_after")
def test_an_entry_that_is_not_valid_is_compared_too(mgr: Ask, entry: Callable[..., dict[str, Any]]) -> None:
    """A typo that was corrected is a difference like any other."""
    document = json.loads(Path("old.json").read_bytes())
    document["models"]["org/same"] = 4
    Path("broken.json").write_text(json.dumps(document), encoding="utf-8")

    result = mgr("diff", "broken.json", "old.json")

    assert (result.code, result.out) == (0, f"~ model org/same\n    4 → {json.dumps(entry({'id': 'org/same'}))}\n")


@pytest.mark.usefixtures("before_and_after")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "Registry not found: odd.json", id="not there"),
        pytest.param("{", "odd.json:1:2: is not JSON: ", id="not JSON"),
        pytest.param('{"version": "2.0.0"}', "odd.json:1:2: is in format 2.0.0", id="a newer format"),
        pytest.param("{}", "odd.json:1:1: is not valid at /version: a required key is missing", id="no registry"),
    ],
)
@pytest.mark.parametrize("names", [("odd.json", "new.json"), ("old.json", "odd.json")], ids=["old", "new"])
def test_what_is_no_registry_is_no_side(names: tuple[str, str], content: str | None, message: str, mgr: Ask) -> None:
    """Exit 3, whichever side it is."""
    if content is not None:
        Path("odd.json").write_text(content, encoding="utf-8")

    result = mgr("diff", *names)

    assert (result.code, result.out) == (3, "")
    assert result.err.startswith(f"mgr: error: {message}")


@pytest.mark.usefixtures("before_and_after")
def test_colour_marks_the_kinds(mgr: Ask) -> None:
    """Green for new, red for gone; the text is the same."""
    result = mgr("diff", "old.json", "new.json", "--color", "always")

    assert "\x1b[32m+ category video\x1b[0m\n\x1b[31m- category audio\x1b[0m\n" in result.out
