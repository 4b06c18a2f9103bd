"""What can go wrong with other tools' files, as sentences."""

from __future__ import annotations

from pathlib import Path

from model_garden_registry.dialects.errors import ForeignFileError, UnrecognisedFileError, UnsupportedExportError


def test_each_error_is_one_visible_line() -> None:
    """With the place where there is one, and nothing that a terminal would act on."""
    refused = UnsupportedExportError("axolotl\x1b", "org/model", "no\nwords")
    broken = ForeignFileError(Path("a.yaml"), "is not YAML", line=2, column=5, tool="axolotl")

    assert str(refused).isprintable()
    assert str(refused).startswith("model 'org/model' cannot be exported for axolotl")
    assert str(broken) == "a.yaml:2:5: is not YAML"
    assert broken.tool == "axolotl"
    assert str(ForeignFileError(Path("a"), "is empty")) == "a: is empty"
    assert str(UnrecognisedFileError(Path("a"), "is no tool's")) == "a: is no tool's"
