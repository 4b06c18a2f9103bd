"""Which rows are kept, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.catalogue.filtering import (
    SORT_FIELDS,
    Filter,
    SortField,
    natural_key,
    rows_for_use,
    sort_rows,
)
from model_garden_registry.catalogue.rows import Row

ROW = Row(
    id="Qwen/Qwen2.5-VL-7B-Instruct",
    name="Qwen2.5 VL 7B",
    category="vision-vlm",
    provider="qwen",
    base_architecture="qwen-vl",
    parameters="8.3B",
    description="Sees images.",
    tags=("vision", "recommended"),
    status="stable",
    is_vision=True,
    is_quantized=False,
    training=True,
    inference=False,
    min_vram_gb=21,
    recommended_vram_gb=24,
    training_vram_gb=21,
    inference_vram_gb=18.5,
    model_type="qwen2_5_vl",
    min_gpus=1,
    released="2025-01",
)


def test_a_task_that_does_not_exist_is_refused() -> None:
    """The types refuse it as well, but a script may not be checked."""
    with pytest.raises(ValueError, match="task is one of training, inference, not 'serving'"):
        Filter(task="serving")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "is_kept"),
    [
        pytest.param({}, True, id="nothing asked"),
        pytest.param({"category": "vision-vlm"}, True, id="its category"),
        pytest.param({"category": "vision"}, False, id="half a category"),
        pytest.param({"tags": ("vision",)}, True, id="one of its tags"),
        pytest.param({"tags": ("vision", "recommended")}, True, id="all its tags"),
        pytest.param({"tags": ("vision", "small")}, False, id="a tag that it has not"),
        pytest.param({"query": "*" * 1000 + "zz"}, False, id="stars without end"),
        pytest.param({"query": "qwen**72b*"}, False, id="parts that do not follow each other"),
        pytest.param({"query": "2.5-vl*qwen"}, False, id="parts in another order"),
        pytest.param({"query": "*"}, True, id="a star alone"),
        pytest.param({"tags": ("Vision",)}, False, id="a tag in other case"),
        pytest.param({"status": "stable"}, True, id="its status"),
        pytest.param({"status": "deprecated"}, False, id="another status"),
        pytest.param({"provider": "QWEN"}, True, id="its provider in other case"),
        pytest.param({"provider": "meta"}, False, id="another provider"),
        pytest.param({"architecture": "Qwen-VL"}, True, id="its family"),
        pytest.param({"architecture": "qwen2_5_VL"}, True, id="its model_type"),
        pytest.param({"architecture": "qwen"}, False, id="half an architecture"),
        pytest.param({"quantized": False}, True, id="not quantised"),
        pytest.param({"quantized": True}, False, id="quantised"),
        pytest.param({"vision": True}, True, id="sees"),
        pytest.param({"vision": False}, False, id="does not see"),
        pytest.param({"task": "training"}, True, id="can be trained"),
        pytest.param({"task": "inference"}, False, id="cannot be served"),
        pytest.param({"max_vram_gb": 21}, True, id="memory that just does"),
        pytest.param({"max_vram_gb": 20.9}, False, id="too little memory"),
        pytest.param({"max_vram_gb": 0}, False, id="no memory"),
        pytest.param({"max_vram_gb": 20.9, "task": "training"}, False, id="too little memory for training"),
        pytest.param({"size": "small"}, True, id="its class of size"),
        pytest.param({"size": "medium"}, False, id="another class of size"),
        pytest.param({"size": "8B"}, True, id="a size that it may be called"),
        pytest.param({"size": "4B..7B"}, False, id="a range that it is above"),
        pytest.param({"query": "qwen*vl"}, True, id="a wildcard for any characters"),
        pytest.param({"query": "qwen?.5"}, True, id="a wildcard for one character"),
        pytest.param({"query": "qwen?5"}, False, id="one character is too few"),
        pytest.param({"query": "INSTRUCT vision"}, True, id="words from several columns, in other case"),
        pytest.param({"query": "qwen llama"}, False, id="a word that does not occur"),
        pytest.param({"query": "7b*vision"}, False, id="a wildcard does not cross a space"),
        pytest.param({"query": "2.5"}, True, id="a dot"),
        pytest.param({"query": "5-vl"}, False, id="the rest of a number"),
        pytest.param({"query": "*5-vl"}, True, id="the rest of a number, after a wildcard"),
        pytest.param({"query": "2+5"}, False, id="a sign that means more elsewhere"),
        pytest.param({"query": "qwen[2]"}, False, id="brackets are brackets"),
        pytest.param({"query": "images"}, False, id="the description is not searched"),
        pytest.param({"query": "  "}, True, id="an empty query"),
        pytest.param({"category": "vision-vlm", "vision": False}, False, id="one of two holds"),
    ],
)
def test_a_row_is_kept_where_everything_asked_holds(wanted: dict[str, Any], is_kept: bool) -> None:
    """Every field that is not None must hold."""
    assert Filter(**wanted).keeps(ROW) is is_kept


def test_memory_is_that_of_the_task_asked_for() -> None:
    """With a task, its own minimum counts; without one, the entry's."""
    row = ROW._replace(inference=True)

    kept = [Filter(max_vram_gb=18.5, task=task).keeps(row) for task in ("inference", "training", None)]

    assert kept == [True, False, False]


def test_a_size_in_words_that_cannot_be_read_is_of_no_size() -> None:
    """The row is shown where no size is asked for, and sorts first."""
    row = ROW._replace(parameters="big")

    assert [Filter(size=size).keeps(row) for size in (None, "huge", "..1000T")] == [True, False, False]


def test_a_size_that_does_not_exist_is_refused() -> None:
    """Before any row is looked at."""
    with pytest.raises(ValueError, match="not a size: 'smal'"):
        Filter(size="smal")


def test_a_row_without_model_type_has_its_family_alone() -> None:
    """What is not stated is found under no name, not even None's."""
    row = ROW._replace(model_type=None)

    assert [Filter(architecture=name).keeps(row) for name in ("qwen-vl", "none", "")] == [True, False, False]


@given(st.text())
def test_any_query_is_answered(query: str) -> None:
    """No text is an error, whatever it means in a regular expression."""
    assert Filter(query=query).keeps(ROW) in (True, False)


@pytest.mark.parametrize(
    ("field", "values", "ids"),
    [
        pytest.param("id", ["m10", "M2", "m1"], ["m1", "M2", "m10"], id="numbers in ids as numbers, case ignored"),
        pytest.param(
            "parameters", ["1T", "350M", "8x7B", "30B-A3B", "?"], ["?", "350M", "30B-A3B", "8x7B", "1T"], id="sizes"
        ),
        pytest.param("min_vram_gb", [10, 4.5, 8], [4.5, 8, 10], id="memory"),
        pytest.param("recommended_vram_gb", [10, 4.5, 8], [4.5, 8, 10], id="comfortable memory"),
        pytest.param(
            "status",
            ["deprecated", "stable", "experimental"],
            ["stable", "experimental", "deprecated"],
            id="status, best first",
        ),
        pytest.param(
            "released",
            [None, "2024-12", "2025-04", "2025-11"],
            ["2025-11", "2025-04", "2024-12", None],
            id="newest first, unknown last",
        ),
        pytest.param(
            "id",
            ["Qwen/Qwen3-14B", "Qwen/Qwen3-4B", "Qwen/Qwen3-0.6B", "Qwen/Qwen3-4B-4bit", "Qwen/Qwen2.5-7B"],
            ["Qwen/Qwen2.5-7B", "Qwen/Qwen3-0.6B", "Qwen/Qwen3-4B", "Qwen/Qwen3-4B-4bit", "Qwen/Qwen3-14B"],
            id="ids by family and size",
        ),
        pytest.param(
            "id", ["m-1.7B", "m-360M", "m-135m"], ["m-135m", "m-360M", "m-1.7B"], id="letters of sizes in ids"
        ),
        pytest.param("provider", ["qwen", "Meta", "google"], ["google", "Meta", "qwen"], id="providers"),
        pytest.param("name", ["Qwen2.5 7B", "Qwen2 7B", "Qwen10"], ["Qwen2 7B", "Qwen2.5 7B", "Qwen10"], id="names"),
    ],
)
def test_rows_sort_by_a_field(field: SortField, values: list[Any], ids: list[Any]) -> None:
    """Each field sorts by what it means, not by its letters."""
    rows = [ROW._replace(**{field: value}) for value in values]

    assert [getattr(row, field) for row in sort_rows(rows, field)] == ids


def test_size_is_a_short_name_of_parameters() -> None:
    """Rows come in the same order."""
    rows = [ROW._replace(parameters=size) for size in ("8B", "1.7B", "0.6B")]

    assert sort_rows(rows, "size") == sort_rows(rows, "parameters") == rows[::-1]


def test_memory_sorts_by_all_gpus_together() -> None:
    """Two cards of 40 GB are less than one of 90."""
    rows = [ROW._replace(id=f"{gpus}", min_vram_gb=memory, min_gpus=gpus) for memory, gpus in ((90, 1), (40, 2))]

    assert [row.id for row in sort_rows(rows, "vram")] == ["2", "1"]


def test_the_best_are_recommended_then_new_then_large() -> None:
    """What states no month is older than what does."""
    rows = [
        ROW._replace(id="small", released="2026-01", parameters="1B", tags=()),
        ROW._replace(id="undated", released=None, parameters="70B", tags=()),
        ROW._replace(id="old", released="2025-12", parameters="70B", tags=()),
        ROW._replace(id="large", released="2026-01", parameters="8B", tags=()),
        ROW._replace(id="first", released=None, parameters="1B"),
    ]

    assert [row.id for row in sort_rows(rows, "best")] == ["first", "large", "small", "old", "undated"]


@pytest.mark.parametrize("tags", [("base", "tools"), ("instruct",), ()])
def test_who_looks_for_a_model_sees_those_for_general_use_first(tags: tuple[str, ...]) -> None:
    """A base model, and one for a single purpose, follow whatever their age; recommended ones lead."""
    rows = [
        ROW._replace(id="other", released="2026-11", tags=tags),
        ROW._replace(id="thinks", released="2025-01", tags=("reasoning", "tools")),
        ROW._replace(id="answers", released="2026-01", tags=("instruct", "tools")),
        ROW._replace(id="first", released=None),
    ]

    assert [row.id for row in rows_for_use(rows)] == ["first", "answers", "thinks", "other"]


@pytest.mark.parametrize("field", SORT_FIELDS)
def test_rows_that_are_equal_in_a_field_keep_an_order(field: SortField) -> None:
    """Sorting is total and repeatable: what is equal stands in the order of ids."""
    rows = [ROW._replace(id=name) for name in ("m-14B", "m-4B", "m-4bit")]

    assert [row.id for row in sort_rows(rows, field)] == ["m-4bit", "m-4B", "m-14B"]


@given(st.lists(st.text(alphabet="aZ0.19 -é٣", max_size=6), max_size=6))
def test_natural_keys_can_always_be_compared(names: list[str]) -> None:
    """Texts with numbers at any place sort among texts without."""
    assert sorted(sorted(names, key=natural_key)) == sorted(names)
