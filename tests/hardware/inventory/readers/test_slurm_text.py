"""The text of ``scontrol``."""

from __future__ import annotations

import pytest

from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.readers.slurm_text import parse_records


def test_a_node_is_one_line_or_several() -> None:
    text = "NodeName=a Gres=gpu:l4:1 \nNodeName=b Arch=x86_64\n   OS=Linux 6.1 #1 SMP   State=IDLE\n\n   Reason=a b\n"
    first, second = parse_records(text)
    assert (first.line, first.values) == (1, {"NodeName": "a", "Gres": "gpu:l4:1"})
    assert (second.line, second.values["OS"], second.values["Reason"]) == (2, "Linux 6.1 #1 SMP", "a b")


def test_free_texts_do_not_change_what_comes_before_them() -> None:
    (node,) = parse_records("NodeName=a Gres=gpu:l4:1 Reason=see DIMM=3 Gres=gpu:h100:8 Comment=x=1 y=2\n")
    assert (node.values["Gres"], node.values["Reason"]) == ("gpu:l4:1", "see DIMM=3 Gres=gpu:h100:8")
    assert node.values["Comment"] == "x=1 y=2"
    (twice,) = parse_records("NodeName=a OS=Linux NodeName=b\n")
    assert twice.values["NodeName"] == "a"


def test_nothing_is_no_node() -> None:
    assert parse_records("\n \n") == []


@pytest.mark.parametrize(
    ("text", "line"), [("slurm_load_node error: Invalid node name", 1), ("NodeName=a\n\nx=1\n", 3)]
)
def test_another_line_is_named(text: str, line: int) -> None:
    with pytest.raises(InventoryError, match="a line that starts with NodeName= was expected") as caught:
        parse_records(text)
    assert caught.value.line == line
