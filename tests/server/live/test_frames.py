"""Values over a pipe."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.server.live.frames import read_frame, write_frame


@given(st.lists(st.recursive(st.none() | st.text() | st.binary(), st.lists)))
def test_what_is_written_is_read(values: list[object]) -> None:
    """One after the other, and nothing is left."""
    pipe = BytesIO()
    for value in values:
        write_frame(pipe, value)
    pipe.seek(0)

    assert [read_frame(pipe) for _ in values] == values
    assert pipe.read() == b""


@given(st.data())
def test_a_value_that_is_cut_off_is_none(data: st.DataObject) -> None:
    """The other side has ended."""
    pipe = BytesIO()
    write_frame(pipe, "value")
    whole = pipe.getvalue()
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]

    with pytest.raises(EOFError):
        read_frame(BytesIO(part))
