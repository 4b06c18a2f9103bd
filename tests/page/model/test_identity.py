"""Name, facts and links of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sound_entry import changed_entry

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.page.links import Place
from model_garden_registry.page.model.identity import heading, identity, notices


def entry(**changes: Any) -> ModelInfo:
    return ModelInfo.model_validate(changed_entry(changes))


def test_the_heading_has_the_id_to_copy_and_links(read: Callable[[str], Any]) -> None:
    """Only those that an entry has."""
    made = read(heading("org/model", entry(urls={"huggingface": "https://huggingface.co/o/m", "docs": None})))

    assert made.all("copy-button")[0].attributes["data-text"] == "org/model"
    assert [(one.text, one.attributes["href"]) for one in made.all("a")] == [
        ("Hugging Face", "https://huggingface.co/o/m")
    ]


def test_a_status_other_than_stable_is_a_warning(read: Callable[[str], Any]) -> None:
    """Before the tags."""
    made = read(heading("org/model", entry(status="experimental")))

    assert [one.text for one in made.all("span", class_="badge")] == ["experimental", "small"]


def test_the_fate_of_a_model_is_told_first(read: Callable[[str], Any]) -> None:
    """With a link to its successor; then the notes."""
    fate = {"since": "2025-01", "reason": "Old.", "successor": "org/new"}
    first, second = notices(entry(status="deprecated", deprecation=fate, notes=["A <note>."]), Place())

    assert read(first).text == "Deprecated since 2025-01: Old. Use org/new instead."
    assert read(first).all("a")[0].attributes["href"] == "./models/org/new"
    assert read(second).text == "A <note>."


def test_a_model_without_a_successor(read: Callable[[str], Any]) -> None:
    """Has none to link to."""
    (only,) = notices(entry(status="deprecated", deprecation={"since": "2025-01", "reason": "Old."}), Place())

    assert read(only).text == "Deprecated since 2025-01: Old."


def test_facts_that_are_not_stated_are_left_out(read: Callable[[str], Any]) -> None:
    """Of one entry all, of another few."""
    full = entry(
        license="mit",
        gated=True,
        released="2026-01",
        languages=["en", "de"],
        quantization={"method": "fp8", "type": "fp8"},
        min_versions={"vllm": ">=1.0"},
        aliases=["old/model"],
        **{"requirements.cuda_compute_capability": "8.0"},
    )
    bare = entry(architecture=None)

    def facts(one: ModelInfo) -> dict[str, str]:
        made = read(identity(one))
        return {term.text: told.text for term, told in zip(made.all("dt"), made.all("dd"), strict=True)}

    assert facts(full) == {
        "Provider": "org",
        "Parameters": "8B",
        "Context": "8k",
        "Weights": "fp8",
        "Licence": "mit",
        "Access": "needs an accepted licence",
        "Released": "2026-01",
        "Architecture": "llama",
        "Languages": "en, de",
        "Main memory": "16 GB or more",
        "Compute capability": "8.0 or higher",
        "Lowest versions": "vllm >=1.0",
        "Former ids": "old/model",
    }
    assert [*facts(bare)] == ["Provider", "Parameters", "Weights", "Architecture", "Main memory"]
