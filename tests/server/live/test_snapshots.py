"""A registry with its bodies: what is made once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.registry.fitting import Fitting
from model_garden_registry.server.live import snapshots
from model_garden_registry.server.live.snapshots import Snapshot
from model_garden_registry.server.questions.list_questions import ListQuestion

Write = Callable[..., Path]


def test_an_entry_is_made_once(write: Write) -> None:
    """When it is first asked for; a former id leads to it and keeps nothing."""
    snapshot = Snapshot(load_registry(write({"a": {"aliases": ["b"]}})))
    before = snapshot.known_model("a")
    first = snapshot.model("a")
    former = snapshot.model("b")

    assert before is None
    assert snapshot.model("a") is snapshot.known_model("a") is first
    assert (former.content, snapshot.known_model("b")) == (first.content, None)


def test_what_fits_is_judged_once(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each hardware and task, whatever else is asked; of many, the last ones are kept."""
    snapshot = Snapshot(load_registry(write({"org/one": {}, "org/two": {}})))
    judged: list[str | None] = []
    fitting_rows = ModelRegistry.fitting_rows

    def watched(registry: ModelRegistry, wanted: Filter, **named: Any) -> Fitting:
        judged.append(str(wanted.task))
        return fitting_rows(registry, wanted, **named)

    monkeypatch.setattr(ModelRegistry, "fitting_rows", watched)
    monkeypatch.setattr(snapshots, "_MOST_FITS", 2)

    def ask(gpu: str, **filters: object) -> list[str]:
        question = ListQuestion(others=Filter(**filters))  # type: ignore[arg-type]
        return [row["id"] for row in json.loads(snapshot.make_list(question, known_gpu(gpu)).content)["data"]]

    answers = [ask("L4"), ask("L4", query="org/two"), ask("L4", task="training"), ask("T4"), ask("T4"), ask("L4")]

    both = ["org/one", "org/two"]
    assert answers == [both, ["org/two"], both, both, both, both]
    assert judged == ["None", "training", "None", "None"]
