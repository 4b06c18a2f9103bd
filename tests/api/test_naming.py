"""What a question names: GPUs, settings, models."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.api.asked import GpusQuestion, PlanQuestion
from model_garden_registry.api.invalid_questions import InvalidQuestionError
from model_garden_registry.api.naming import cluster, ids_or_words, layers_of, machines, written_names
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.errors import UnknownGpuError

REGISTRY = load_registry(bundled_registry())


def test_settings_are_layers_with_the_config_last() -> None:
    """So that it wins, as ``--set`` does."""
    question = PlanQuestion(task="training", model_id="a", config={"batch_size": 1}, method="lora", stack="trl")

    assert layers_of(question) == tuple(
        Layer(values, Origin(OriginKind.OVERRIDE, name))
        for name, values in (("method", {"method": "lora"}), ("stack", {"stack": "trl"}), ("config", {"batch_size": 1}))
    )


def test_a_question_without_settings_has_no_layers() -> None:
    """An empty config is none."""
    assert layers_of(PlanQuestion(task="training", model_id="a", config={})) == ()
    assert layers_of(GpusQuestion()) == ()


@pytest.mark.parametrize(
    ("named", "names"),
    [
        pytest.param(None, [], id="none"),
        pytest.param("L4", ["L4"], id="one"),
        pytest.param("L4:2, H100", ["L4:2", "H100"], id="one text"),
        pytest.param(["L4", "T4,RTX 4090"], ["L4", "T4", "RTX 4090"], id="a list"),
    ],
)
def test_gpus_are_a_list_or_one_text(named: str | list[str] | None, names: list[str]) -> None:
    """Commas part names, as on a command line."""
    assert written_names(named) == names


def test_the_same_gpus_are_one_machine() -> None:
    """Under whatever names; the count is for those without one."""
    assert [*machines(["L4", "nvidia l4", "T4"], 2)] == ["2x L4", "2x T4"]
    assert [*machines("A100")] == ["A100 40GB or A100 80GB"]


@pytest.mark.parametrize("named", ["L4,", " ", ["L4", ","]])
def test_a_name_is_not_empty(named: str | list[str]) -> None:
    """It would be any GPU."""
    with pytest.raises(InvalidQuestionError, match="a name is empty"):
        machines(named)


def test_machines_have_a_bound() -> None:
    """Each takes as long as the first."""
    with pytest.raises(InvalidQuestionError, match="at most 16"):
        machines(["L4"] * 17)
    with pytest.raises(UnknownGpuError):
        machines("L5")


@pytest.mark.parametrize(
    ("words", "ids", "query"),
    [
        pytest.param(None, None, None, id="none"),
        pytest.param([], None, None, id="an empty list"),
        pytest.param("  ", None, None, id="blanks"),
        pytest.param("qwen/qwen3-8b", ["Qwen/Qwen3-8B"], None, id="an id in another case"),
        pytest.param(["Qwen/Qwen3-8B", "Qwen3-4B"], ["Qwen/Qwen3-8B", "Qwen/Qwen3-4B"], None, id="ids"),
        pytest.param(["Qwen/Qwen3-8B", "vl"], None, "Qwen/Qwen3-8B vl", id="an id and a word"),
        pytest.param("qwen vl", None, "qwen vl", id="words in one text"),
    ],
)
def test_words_are_ids_if_each_is_one(words: str | list[str] | None, ids: list[str] | None, query: str | None) -> None:
    """As on a command line."""
    assert ids_or_words(REGISTRY, words) == (ids, query)


def test_search_words_have_a_bound_together() -> None:
    """Each is looked for in every row."""
    with pytest.raises(InvalidQuestionError, match="at most 200 characters together"):
        ids_or_words(REGISTRY, ["qw*"] * 51)


NODE = {"name": "n", "pool": "p", "hardware": "L4:2"}


def test_a_cluster_is_an_inventory() -> None:
    """With its pools."""
    assert [*cluster({"nodes": [NODE, {**NODE, "pool": "q"}]}).pools()] == ["p", "q"]


@pytest.mark.parametrize(
    ("keys", "place", "said"),
    [
        pytest.param({"nodes": [{}]}, ["nodes", 0, "name"], "a required key, found nothing", id="no inventory"),
        pytest.param({"nodes": []}, [], "the inventory has no nodes", id="no nodes"),
        pytest.param(
            {"nodes": [{**NODE, "pool": str(number)} for number in range(17)]},
            [],
            "at most 16 pools and kinds of nodes can be judged at once",
            id="pools",
        ),
        pytest.param(
            {"nodes": [{**NODE, "hardware": f"L4:{number}"} for number in range(1, 18)]},
            [],
            "at most 16 pools and kinds of nodes can be judged at once",
            id="kinds",
        ),
        pytest.param({"nodes": [NODE] * 1001}, ["nodes"], "at most 1000 items, found 1001", id="nodes"),
        pytest.param(
            {"nodes": [{**NODE, "count": 1_000_000}] * 2}, ["nodes"], "at most 1000000 nodes, found 2000000", id="count"
        ),
    ],
)
def test_a_cluster_is_bounded(keys: dict[str, Any], place: list[str | int], said: str) -> None:
    """Each pool takes as long as a machine."""
    with pytest.raises(InvalidQuestionError) as caught:
        cluster(keys)
    (part,) = caught.value.document["detail"]
    assert (part["loc"], part["msg"]) == (["body", "inventory", *place], said)
