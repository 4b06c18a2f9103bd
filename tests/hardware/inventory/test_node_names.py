"""Names of many nodes: nothing is lost on the way into one text and back."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.hardware.inventory.node_names import expanded_names, joined_names


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["dgx01", "dgx02", "dgx04"], "dgx[01-02,04]"),
        (["n8", "n9", "n10", "n11"], "n[8-9],n[10-11]"),
        (["ip-10-0-1-7.ec2.internal", "ip-10-0-1-8.ec2.internal"], "ip-10-0-1-[7-8].ec2.internal"),
        (["gpu-1a", "gpu-2a", "gpu-2b"], "gpu-[1-2]a,gpu-2b"),
        (["a[1-2]", "b", "b"], "a[1-2],b"),
        (["a[1]", "a[2]"], "a[1],a[2]"),
        (["a,b1", "a,b2"], "a,b1,a,b2"),
    ],
)
def test_numbers_that_follow_each_other_are_a_range(names: list[str], text: str) -> None:
    assert joined_names(names) == text


@given(st.lists(st.from_regex(r"[a-z0-9.-]{1,8}", fullmatch=True), unique=True))
def test_joined_names_come_back(names: list[str]) -> None:
    assert sorted(expanded_names(joined_names(names), 100)) == sorted(names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("dgx[01-02,04]", ["dgx01", "dgx02", "dgx04"]),
        ("r[1-2]n[1-2],x", ["r1n1", "r1n2", "r2n1", "r2n2", "x"]),
        ("a[2-1]", ["a2-1"]),
        ("a[1-1]", ["a1"]),
        ("[1][2][3][4][5][6][7][8]", ["12345678"]),
        ("[1][2][3][4][5][6][7][8][9]", ["12345678[9]"]),
        ("a[x]", ["a[x]"]),
        ("a[1", ["a[1"]),
        ("a]1", ["a]1"]),
    ],
)
def test_ranges_are_read_as_slurm_writes_them(text: str, names: list[str]) -> None:
    assert expanded_names(text, 100) == names


@pytest.mark.parametrize("text", ["a[1-1000000000]", "a[1-5]", "a,b,c,d,e", "a[1-2]b[1-2]", "a[1,2,3,4]"])
def test_names_are_bounded(text: str) -> None:
    with pytest.raises(ValueError, match=r"^too many names$"):
        expanded_names(text, 3)


@pytest.mark.parametrize("text", ["a[1001-1003]", "a[1,5,7]", "a,b,c", "a[1-2],b", "a[1-3]b[4]"])
def test_as_many_names_as_are_allowed_are_not_too_many(text: str) -> None:
    assert len(expanded_names(text, 3)) == 3


@pytest.mark.parametrize("text", ["a[1-1000]b[1-1000]", f"a[{','.join(['1-1000'] * 100)}]"])
def test_names_that_are_too_many_are_not_made_first(text: str) -> None:
    """A thousand names take a tenth of this memory."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="too many names"):
            expanded_names(text, 1_000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_no_text_takes_long() -> None:
    """Each of these would take minutes if the time were quadratic."""
    started = time.process_time()
    for text in ("," * 300_000, "[" * 300_000, "a[1" * 100_000, "1" * 300_000, "[1]" * 1_000):
        expanded_names(text, 10)
        joined_names([text])
    assert time.process_time() - started < 30
