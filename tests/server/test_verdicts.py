"""Verdicts on the GPUs of this machine, and on named ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry, parse_inventory, read_hardware
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.payloads.hardware import snapshot_document
from model_garden_registry.payloads.reports import report_document
from model_garden_registry.reports import Report
from model_garden_registry.server.questions.asked import TrainingQuestion
from model_garden_registry.server.verdicts import answer, asks_of_this_machine

from .conftest import PREFIX, SHIPPED, TINY, VISION, Answer

Ask = Callable[..., Answer]
Write = Callable[..., Path]

TRAINING, INFERENCE = (f"{PREFIX}/validate/{task}" for task in ("training", "inference"))

DEPRECATED = "mosaicml/mpt-7b"


@pytest.fixture
def registry() -> ModelRegistry:
    return load_registry(bundled_registry())


def test_the_gpus_that_are_here_are_judged(registry: ModelRegistry) -> None:
    """As the library judges them."""
    here = known_gpu("T4")

    document = answer(registry, "training", TrainingQuestion(model_id=VISION), here)

    assert document["data"] == report_document(registry.validate(VISION, "training", hardware=here))
    assert document["valid"] is False


@pytest.mark.parametrize(
    ("question", "name", "count"),
    [
        pytest.param({"gpu": "L4"}, "L4", None, id="one"),
        pytest.param({"gpu": "L4:2"}, "L4", 2, id="two, in the name"),
        pytest.param({"gpu": "l4", "gpus": 2}, "L4", 2, id="two, beside it"),
        pytest.param({"gpu": "A100"}, "A100", None, id="a name of several cards"),
    ],
)
def test_a_named_gpu_is_judged_instead(
    question: dict[str, Any], name: str, count: int | None, registry: ModelRegistry, ask: Ask
) -> None:
    """From the table, whatever is here."""
    wanted = report_document(registry.validate(VISION, "training", hardware=known_gpu(name, count=count)))

    data = ask("POST", TRAINING, {"model_id": VISION, **question}).json["data"]

    assert data == wanted


def test_settings_count_on_a_named_gpu(ask: Ask) -> None:
    """What fits with the entry's settings may not with larger ones."""
    question = {"model_id": VISION, "gpu": "L4"}

    plain = ask("POST", TRAINING, question).json["valid"]
    larger = ask("POST", TRAINING, {**question, "config": {"batch_size": 64}}).json["valid"]

    assert (plain, larger) == (True, False)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param({"gpu": "L5"}, id="unknown"),
        pytest.param({"gpu": "gpu"}, id="no name"),
        pytest.param({"gpu": "L4:1000000000"}, id="more than any machine has"),
        pytest.param({"gpu": "L4:2", "gpus": 3}, id="two counts"),
    ],
)
def test_a_gpu_that_is_not_known_is_asked_wrongly(question: dict[str, Any], ask: Ask) -> None:
    """422 has near names, as ``mgr validate --json`` does."""
    answer = ask("POST", TRAINING, {"model_id": TINY, **question})

    assert (answer.status, answer.json["error"]) == (422, "UnknownGpuError")
    assert answer.json["detail"] == answer.json["message"]


def test_a_count_without_a_gpu_counts_nothing(ask: Ask) -> None:
    """422 says so."""
    answer = ask("POST", TRAINING, {"model_id": TINY, "gpus": 2})

    assert (answer.status, answer.json["detail"][0]["type"]) == (422, "gpu_missing")


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_this_machine_is_read_only_where_it_matters(write: Write) -> None:
    """Not for a named GPU, a model that needs none, or one that there is nothing to say of."""
    nothing = {**SHIPPED["models"][TINY]["requirements"], "min_vram_gb": 0, "recommended_vram_gb": 0}
    registry = load_registry(write({"gpu": {}, "none": {"requirements": nothing}, "bad": {"status": "fine"}}))
    questions = {
        "a model that needs one": TrainingQuestion(model_id="gpu"),
        "a named GPU": TrainingQuestion(model_id="gpu", gpu="L4"),
        "a model that needs none": TrainingQuestion(model_id="none"),
        "an entry that is not valid": TrainingQuestion(model_id="bad"),
        "an unknown model": TrainingQuestion(model_id="unknown"),
    }

    asked = {name for name, question in questions.items() if asks_of_this_machine(registry, "training", question)}

    assert asked == {"a model that needs one"}


def test_this_machine_is_shown_as_on_the_command_line(ask: Ask) -> None:
    """``data`` is the snapshot that ``mgr hardware --json`` writes."""
    answer = ask("GET", f"{PREFIX}/hardware")

    assert (answer.status, answer.json) == (200, {"success": True, "data": snapshot_document(read_hardware())})


@pytest.mark.parametrize(
    ("question", "severity"),
    [({}, "fail"), ({"allow_deprecated": False}, "fail"), ({"allow_deprecated": True}, "note")],
    ids=["unless said otherwise", "refused", "allowed"],
)
def test_a_deprecated_model_may_be_allowed(question: dict[str, Any], severity: str, ask: Ask) -> None:
    """Then the rest of the findings decides."""
    answer = ask("POST", INFERENCE, {"model_id": DEPRECATED, "gpu": "A100 80GB", **question}).json

    found = {finding["code"]: finding["severity"] for finding in answer["data"]["findings"]}
    assert found["deprecated"] == severity
    assert answer["valid"] == answer["data"]["is_valid"] == (severity == "note")


CLUSTER = {
    "nodes": [
        {"name": "a", "pool": "small", "hardware": "T4"},
        {"name": "b", "pool": "large", "hardware": "H100-80GB"},
    ]
}


def test_a_cluster_is_judged_in_its_best_pool(registry: ModelRegistry, ask: Ask) -> None:
    """Whatever is here; the report names the pool."""
    pools = registry.validate_pools([VISION], "training", parse_inventory(CLUSTER))
    (wanted,) = pools["large"]
    assert isinstance(wanted, Report)

    answered = ask("POST", TRAINING, {"model_id": VISION, "inventory": CLUSTER}).json

    assert answered["data"] == report_document(wanted)
    assert (answered["valid"], answered["data"]["pool"]) == (True, "large")
    assert not asks_of_this_machine(registry, "training", TrainingQuestion(model_id=VISION, inventory=CLUSTER))


def test_a_cluster_that_is_none_is_refused(ask: Ask) -> None:
    """With the place."""
    answered = ask("POST", INFERENCE, {"model_id": TINY, "inventory": {"nodes": [{"name": "a"}]}})
    (part,) = answered.json["detail"]
    assert (answered.status, part["loc"]) == (422, ["body", "inventory", "nodes", 0, "hardware"])
    both = ask("POST", INFERENCE, {"model_id": TINY, "inventory": CLUSTER, "gpu": "L4"})
    assert both.json["detail"][0]["msg"] == "gpu and inventory contradict each other"
