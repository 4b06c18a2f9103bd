"""What the code knows stands in the documentation: findings, verdicts, facts, fields, public names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import pytest

import model_garden_registry
from model_garden_registry.catalogue.sizes import SIZE_CLASSES
from model_garden_registry.entries.registry_schema import registry_schema
from model_garden_registry.entries.settings.task_settings import OriginKind
from model_garden_registry.entries.tasks import InferenceEngine, SourceKind, Status, Task, TrainingStack
from model_garden_registry.findings import Code, Section, Severity, Verdict
from model_garden_registry.hardware.gpus import Cause, DriverState
from model_garden_registry.memory.estimates import PARTS

ROOT = Path(__file__).resolve().parents[1]


def fields() -> Iterator[str]:
    """Return every field of the file format."""
    schema = registry_schema()
    for node in (schema, *schema["definitions"].values()):
        yield from node["properties"]


#: What → the page, how a word stands there (`{}` is the word), and the words. A word that is added to the code and not
#: to the page fails by its name.
WANTED: dict[str, tuple[str, str, Iterable[str]]] = {
    "codes of findings": ("docs/findings.md", "\n| `{}` | ", Code),
    "sections of findings": ("docs/findings.md", "\n### {}\n", Section),
    "severities": ("docs/findings.md", "`{}`", Severity),
    "severities, explained": ("docs/concepts.md", "`{}`", Severity),
    "verdicts": ("docs/concepts.md", "\n| `{}` | ", Verdict),
    "states of a driver": ("docs/hardware.md", "`{}`", DriverState),
    "causes of facts that are not known": ("docs/hardware.md", "\n| `{}` | ", Cause),
    "origins of values": ("docs/merging.md", ". `{}`: ", OriginKind),
    "tasks": ("docs/concepts.md", "`{}`", get_args(Task)),
    "statuses": ("docs/concepts.md", "`{}`", get_args(Status)),
    "kinds of sources": ("docs/concepts.md", "\n| `{}` | ", get_args(SourceKind)),
    "stacks": ("docs/concepts.md", "`{}`", get_args(TrainingStack)),
    "engines": ("docs/concepts.md", "`{}`", get_args(InferenceEngine)),
    "classes of sizes": ("docs/cli.md", "`{}`", SIZE_CLASSES),
    "parts of an estimate": ("docs/memory-examples.md", "**{}**", PARTS),
    "fields of the format": ("docs/registry-format.md", "\n| `{}` | ", sorted(set(fields()))),
    "public names": ("docs/python.md", "\n| `{}` | ", model_garden_registry.__all__),
}


def missing(text: str, form: str, words: Iterable[str]) -> list[str]:
    """Return the words that do not stand in a text in that form; a form of rows finds the last row of a table too."""
    return [word for word in words if form.format(word) not in text]


@pytest.mark.parametrize("what", WANTED)
def test_every_word_of_the_code_stands_in_its_page(what: str) -> None:
    """The page of a closed set names all of it."""
    page, form, words = WANTED[what]

    assert missing((ROOT / page).read_text(encoding="utf-8"), form, map(str, words)) == []


def test_a_word_that_a_page_lacks_is_named() -> None:
    """As whoever adds a code reads it."""
    assert missing("\n| `vram-low` | fail |\n", "\n| `{}` | ", ["vram-low", "vram-lo", "cc-low"]) == [
        "vram-lo",
        "cc-low",
    ]


def test_no_page_lists_a_code_that_is_not_there() -> None:
    """docs/findings.md has the codes of `Code`, each once."""
    listed = re.findall(
        r"^\| `([\w-]+)` \|", (ROOT / "docs/findings.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )

    assert sorted(listed) == sorted(Code)
