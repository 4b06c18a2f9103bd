"""The answers of one reading of a registry file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.api.asked import ExportQuestion, FitQuestion, GpusQuestion
from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.registry.fitting import Fitting
from model_garden_registry.server.live import clerk as clerk_module
from model_garden_registry.server.live.answers import (
    Answer,
    DocumentWanted,
    EntryWanted,
    ListWanted,
    VerdictWanted,
    Wanted,
)
from model_garden_registry.server.live.clerk import Clerk
from model_garden_registry.server.questions.asked import ListQuestion, TrainingQuestion

Write = Callable[..., Path]


def answered(clerk: Clerk, wanted: Wanted) -> Answer:
    """Return the answer, after all pauses."""
    (answer,) = (step for step in clerk.steps(wanted) if step is not None)
    return answer


def document(answer: Answer) -> Any:
    assert answer.body is not None
    return json.loads(answer.body.content)


def test_an_entry_has_its_key(write: Write) -> None:
    """Which a former id has not, and which a slash at the end does not change."""
    clerk = Clerk(load_registry(write({"a": {"aliases": ["b"]}})))

    answers = [answered(clerk, EntryWanted(model_id)) for model_id in ("a", "a/", "b", "c")]

    assert [(answer.status, answer.key) for answer in answers] == [(200, "a"), (200, "a"), (200, None), (404, None)]


def test_a_reading_says_what_was_read(write: Write) -> None:
    """With all models, and those of each category."""
    reading = Clerk(load_registry(write({"a": {}, "b": {}}))).reading()

    assert (reading.models, {*reading.lists}) == (2, {b"", b"category=text-llm", b"category=vision-vlm"})
    assert json.loads(reading.lists[b"category=vision-vlm"].content)["total"] == 0


def test_a_reply_has_a_size(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A longer one is refused, and not made at once; a part of it is given."""
    monkeypatch.setattr(clerk_module, "LARGEST_REPLY_BYTES", 1_500)
    clerk = Clerk(load_registry(write({"a": {}, "b": {}})))

    whole, part = (answered(clerk, ListWanted(ListQuestion(limit=limit))) for limit in (None, 1))

    assert b"" not in clerk.reading().lists
    assert (whole.status, document(whole)["close"]) == (422, ["limit", "offset"])
    assert (part.status, document(part)["total"]) == (200, 2)


def test_a_row_has_the_keys_that_are_asked_for(write: Write) -> None:
    """In this order; the total is that of all matches."""
    clerk = Clerk(load_registry(write({"a": {}, "b": {}})))

    found = answered(clerk, ListWanted(ListQuestion(limit=1, fields=("parameters", "id"))))

    assert [*document(found)["data"][0]] == ["parameters", "id"]
    assert (document(found)["data"][0]["id"], document(found)["total"]) == ("a", 2)


def test_the_hardware_that_is_here_is_asked_for(write: Write) -> None:
    """An answer without a body says that it has to be read; then the verdict comes."""
    clerk = Clerk(load_registry(write({"a": {}})))
    question = TrainingQuestion(model_id="a")

    first = answered(clerk, VerdictWanted("training", question))
    second = answered(clerk, VerdictWanted("training", question, known_gpu("L4")))

    assert first.body is None
    assert document(second)["success"] is True


def test_what_fits_is_judged_once_and_in_portions(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    For each hardware and task, also for two who ask at the same time; of many, the last ones are kept.

    Each question pauses before its first portion, so that what needs none is answered first.
    """
    monkeypatch.setattr(clerk_module, "_PORTION", 1)
    monkeypatch.setattr(clerk_module, "_MOST_FITS", 2)
    clerk = Clerk(load_registry(write({"org/one": {}, "org/two": {}})))
    judged: list[str] = []
    fitting_rows = ModelRegistry.fitting_rows

    def watched(registry: ModelRegistry, wanted: Filter, **named: Any) -> Fitting:
        judged.extend(f"{wanted.task} {model_id}" for model_id in named["ids"])
        return fitting_rows(registry, wanted, **named)

    monkeypatch.setattr(ModelRegistry, "fitting_rows", watched)

    def wanted(gpu: str, **filters: Any) -> ListWanted:
        return ListWanted(ListQuestion(others=Filter(**filters), gpu=gpu))

    first, second = clerk.steps(wanted("L4")), clerk.steps(wanted("L4", query="org/two"))
    pauses = [next(first), next(second), next(first)]
    answers = [document(answer)["total"] for answer in (next(first), next(second)) if answer is not None]
    later = [answered(clerk, wanted(gpu, **filters)) for gpu, filters in LATER]

    assert (pauses, answers, len(later)) == ([None, None, None], [2, 1], len(LATER))
    assert judged == [f"{task} org/{name}" for task in (None, "training", None, None) for name in ("one", "two")]


#: After one GPU: another task, another GPU twice, and the first one again, which has been forgotten.
LATER: list[tuple[str, dict[str, Any]]] = [("L4", {"task": "training"}), ("T4", {}), ("T4", {}), ("L4", {})]


def test_a_document_of_many_models_is_made_with_pauses(write: Write) -> None:
    """The first comes before any work; what needs none has no pause."""
    clerk = Clerk(load_registry(write({f"m{number}": {} for number in range(70)})))

    *pauses, fits = clerk.steps(DocumentWanted(FitQuestion(task="inference", gpu="L4")))
    (gpus,) = clerk.steps(DocumentWanted(GpusQuestion()))

    assert len(pauses) > 3
    assert {*pauses} == {None}
    assert fits is not None
    assert document(fits)["counts"]["runs"] == 70
    assert gpus is not None
    assert document(gpus)["format"] == "mgr.gpus/1"


def test_a_document_has_a_size(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A longer one is refused; a part of it is given."""
    monkeypatch.setattr(clerk_module, "LARGEST_REPLY_BYTES", 2_500)
    clerk = Clerk(load_registry(write({f"m{number}": {} for number in range(9)})))

    whole, part = (
        answered(clerk, DocumentWanted(FitQuestion(task="inference", gpu="L4", limit=limit))) for limit in (None, 1)
    )

    assert (whole.status, document(whole)["close"]) == (422, ["limit"])
    assert (part.status, len(document(part)["models"])) == (200, 1)


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_an_id_that_looks_like_an_export_is_an_entry(write: Write) -> None:
    """Unless there is a model to export."""
    clerk = Clerk(load_registry(write({"a/export/vllm": {}, "b": {}, "b/export/vllm": {}})))

    shown, exported = (
        document(answered(clerk, DocumentWanted(ExportQuestion(model_id=key, target="vllm")))) for key in ("a", "b")
    )

    assert (shown["data"]["id"], exported["format"]) == ("a/export/vllm", "mgr.export/1")
