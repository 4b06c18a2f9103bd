"""The verbs on other tools' files, which ModelRegistry takes over."""

from __future__ import annotations

import inspect

import pytest

from model_garden_registry import ModelRegistry
from model_garden_registry.registry.documented import DocumentedRegistry
from model_garden_registry.registry.tool_files import ToolFilesRegistry

VERBS = [name for name, value in vars(ToolFilesRegistry).items() if inspect.isfunction(value)]


def test_they_are_verbs_of_the_registry() -> None:
    """Beside those that the application documents."""
    assert set(VERBS) == {"export", "export_pair", "check", "drift"}
    assert issubclass(ModelRegistry, ToolFilesRegistry)
    assert not set(VERBS) & set(vars(DocumentedRegistry))


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_not_the_subject_is_given_by_name(verb: str) -> None:
    """A call says what it asks for."""
    parameters = inspect.signature(getattr(ModelRegistry, verb)).parameters.values()

    positional = [one for one in parameters if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert len(positional) <= 4
