"""What a list may be asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from kinds_of_models import some_of

from model_garden_registry import known_gpu
from model_garden_registry.catalogue.sizes import SIZE_WORDS, parse_size
from model_garden_registry.payloads.entries import ROW_KEYS
from model_garden_registry.server import registry_router
from model_garden_registry.server.live.hardware_cache import HardwareCache

from ..conftest import PREFIX, SHIPPED, TINY, Answer

Ask = Callable[..., Answer]


def ids(answer: Answer) -> list[str]:
    return [row["id"] for row in answer.json["data"]]


@pytest.mark.parametrize(
    ("query", "keeps"),
    [
        pytest.param("category=vision-vlm", lambda e: e["category"] == "vision-vlm", id="category"),
        pytest.param("category=nonsense", lambda _: False, id="an unknown category"),
        pytest.param("tag=quantized", lambda e: "quantized" in e["tags"], id="tag"),
        pytest.param("tag=quantized&tag=small", lambda e: {"quantized", "small"} <= {*e["tags"]}, id="both tags"),
        pytest.param("status=deprecated", lambda e: e["status"] == "deprecated", id="status"),
        pytest.param("provider=QWEN", lambda e: e["provider"] == "qwen", id="provider"),
        pytest.param("task=training", lambda e: e["capabilities"]["training"], id="task"),
        pytest.param("vision=true", lambda e: e["capabilities"]["vision"], id="vision"),
        pytest.param("quantized=false", lambda e: not e.get("quantization", {}).get("method"), id="not quantised"),
        pytest.param("max_vram_gb=5.5", lambda e: e["requirements"]["min_vram_gb"] <= 5.5, id="memory"),
        pytest.param("query=tinyllama", lambda e: "tinyllama" in e["id"].lower(), id="query"),
    ],
)
def test_a_list_is_narrowed_as_on_the_command_line(query: str, keeps: Callable[[Any], bool], ask: Ask) -> None:
    """Each filter by its name in the library; the total counts what matches."""
    wanted = [key for key, entry in SHIPPED["models"].items() if keeps(entry)]

    answer = ask("GET", f"{PREFIX}/models?{query}")

    assert (answer.status, ids(answer), answer.json["total"]) == (200, wanted, len(wanted))


def test_architecture_is_the_family_or_the_model_type(ask: Ask) -> None:
    """Case does not matter."""
    answer = ask("GET", f"{PREFIX}/models?architecture=LLAMA")

    assert TINY in ids(answer)


def test_a_part_of_a_list_knows_how_long_the_whole_is(ask: Ask) -> None:
    """``offset`` and ``limit`` cut what is shown, not what is counted."""
    answer = ask("GET", f"{PREFIX}/models?offset=2&limit=3")

    assert (ids(answer), answer.json["total"]) == ([*SHIPPED["models"]][2:5], len(SHIPPED["models"]))


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        pytest.param("id,min_vram_gb", ["id", "min_vram_gb"], id="two"),
        pytest.param("status,%20id,status", ["status", "id"], id="in their order, each once"),
        pytest.param(",".join(ROW_KEYS), [*ROW_KEYS], id="all"),
    ],
)
def test_rows_have_the_keys_that_are_asked_for(fields: str, keys: list[str], ask: Ask) -> None:
    """With the values of whole rows."""
    whole, part = (ask("GET", f"{PREFIX}/models?limit=2{more}").json for more in ("", f"&fields={fields}"))

    assert [[*row] for row in part["data"]] == [keys, keys]
    assert part["data"] == [{key: row[key] for key in keys} for row in whole["data"]]
    assert part["total"] == whole["total"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param("ids", "'ids' is no key of a row; did you mean id?", id="near"),
        pytest.param("id,zzzzzzzz", "'zzzzzzzz' is no key of a row", id="not near"),
        pytest.param("id,", "'' is no key of a row", id="nothing behind a comma"),
        pytest.param("id&fields=name", "", id="twice"),
        pytest.param("", "", id="empty"),
    ],
)
def test_keys_that_no_row_has_are_refused(fields: str, message: str, ask: Ask) -> None:
    """With what is meant, where that can be told."""
    answer = ask("GET", f"{PREFIX}/models?fields={fields}")

    assert answer.status == 422
    assert message in json.dumps(answer.json)


def test_beyond_the_end_there_is_nothing(ask: Ask) -> None:
    """However far."""
    answer = ask("GET", f"{PREFIX}/models?offset={10**30}&limit={10**30}")

    assert (answer.status, ids(answer)) == (200, [])


def test_a_list_of_what_fits_here_needs_a_driver(ask: Ask) -> None:
    """422 says what to name instead."""
    answer = ask("GET", f"{PREFIX}/models?fits=true")

    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["query", "fits"])


def test_a_list_of_what_fits_here_asks_this_machine(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if its GPU had been named."""
    here, path, app = replace(known_gpu("L4"), source="nvml"), tmp_path / "registry.json", FastAPI()
    path.write_text(json.dumps(some_of(SHIPPED)), encoding="utf-8")
    monkeypatch.setattr("model_garden_registry.server.routes.HardwareCache", lambda: HardwareCache(lambda: here))
    app.include_router(registry_router(path))

    fitting = ids(ask("GET", f"{PREFIX}/models?fits=true", app=app))

    assert fitting == ids(ask("GET", f"{PREFIX}/models?gpu=L4", app=app))
    assert 0 < len(fitting) < len(json.loads(path.read_bytes())["models"])


def test_a_gpu_that_is_not_known_is_named(ask: Ask) -> None:
    """422 has near names."""
    answer = ask("GET", f"{PREFIX}/models?gpu=RTX4091")

    assert (answer.status, answer.json["error"], "RTX 4090" in answer.json["close"]) == (422, "UnknownGpuError", True)


def test_a_list_may_be_sorted(ask: Ask) -> None:
    """By the fields of ``mgr list --sort``."""
    answer = ask("GET", f"{PREFIX}/models?sort=min_vram_gb")

    sizes = [row["min_vram_gb"] for row in answer.json["data"]]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize(
    ("query", "where"),
    [
        pytest.param("limit=0", "limit", id="a limit below 1"),
        pytest.param("limit=three", "limit", id="a word for a number"),
        pytest.param("limit=" + "9" * 5000, "limit", id="a number of 5000 digits"),
        pytest.param("offset=-1", "offset", id="a negative offset"),
        pytest.param("status=fine", "status", id="an unknown status"),
        pytest.param("task=dancing", "task", id="an unknown task"),
        pytest.param("size=enormous", "size", id="no size"),
        pytest.param("size=..", "size", id="a range without an end"),
        pytest.param("size=9B..2B", "size", id="a range with nothing in it"),
        pytest.param("gpu=%3A%20", "gpu", id="a GPU without a name"),
        pytest.param("sort=colour", "sort", id="an unknown field"),
        pytest.param("vision=perhaps", "vision", id="neither true nor false"),
        pytest.param("max_vram_gb=nan", "max_vram_gb", id="no number"),
        pytest.param("max_vram_gb=inf", "max_vram_gb", id="infinity"),
        pytest.param("max_vram_gb=-1", "max_vram_gb", id="negative memory"),
        pytest.param(f"query={'x' * 201}", "query", id="a long query"),
    ],
)
def test_a_value_that_is_not_possible_is_named(query: str, where: str, ask: Ask) -> None:
    """422 says where it stands, without repeating it."""
    answer = ask("GET", f"{PREFIX}/models?{query}")

    assert answer.status == 422
    assert [problem["loc"] for problem in answer.json["detail"]] == [["query", where]]
    assert {tuple(problem) for problem in answer.json["detail"]} == {("type", "loc", "msg")}


def test_a_pattern_is_told_in_words(ask: Ask) -> None:
    """Of a query and of a body."""
    size, gpu = (ask("GET", f"{PREFIX}/models?{query}").json["detail"][0]["msg"] for query in ("size=8", "gpu=-"))

    assert size == f"String should be one of {SIZE_WORDS}"
    assert gpu == "String should be a name with a letter or a digit, such as L4"


@pytest.mark.parametrize("size", ["small", "8B", "8x7b", "30B-A3B", "1.5B..14B", "70B..", "..4B"])
def test_every_way_to_write_a_size_is_described(size: str, ask: Ask) -> None:
    """The pattern of OpenAPI takes what the library takes."""
    parse_size(size)

    assert ask("GET", f"{PREFIX}/models?size={size}").status == 200
