"""Other tools' files as JSON documents; their shapes are in shapes/test_documents, their values through the program."""

from __future__ import annotations

from model_garden_registry.dialects.exporting import Exported
from model_garden_registry.dialects.targets import targets
from model_garden_registry.payloads.dialects import export_document, targets_document


def test_every_target_is_listed() -> None:
    """By its name, once."""
    document = targets_document(targets().values())

    assert [target["name"] for target in document["targets"]] == [*targets()]


def test_a_text_stands_beside_what_it_is() -> None:
    """With its notes."""
    made = Exported(text="a\n", notes=("b",))

    document = export_document(made, target="vllm", model_id="a/b", task="inference", form="argv")

    assert document == {
        "format": "mgr.export/1",
        "target": "vllm",
        "id": "a/b",
        "task": "inference",
        "form": "argv",
        "text": "a\n",
        "notes": ["b"],
    }
