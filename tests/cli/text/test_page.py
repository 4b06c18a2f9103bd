"""Pages for people, on terminals of every width."""

from __future__ import annotations

import re

import pytest

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.page import Section, page

ID = "unsloth/Qwen2.5-VL-72B-Instruct-bnb-4bit"
LINES = [(ID, "56.45 GB", "GPU 0 has 24564 MiB, needs 65 GB of them"), ("short", "1.00 GB", "")]


def laid_out(width: int, *, has_colour: bool = False) -> str:
    """Give the page of two models, below its title and its heading."""
    text = page("T4", [Section("Too little", LINES)], Screen(is_terminal=True, has_colour=has_colour, width=width))
    return text.split("\n", 3)[-1]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        pytest.param(
            90,
            f"  {ID}  56.45 GB  GPU 0 has 24564 MiB, needs 65 GB of\n{' ' * 54}them\n  {'short':40}  1.00 GB",
            id="beside",
        ),
        pytest.param(
            60,
            f"  {ID}  56.45 GB\n    GPU 0 has 24564 MiB, needs 65 GB of them\n  {'short':40}  1.00 GB",
            id="below",
        ),
    ],
)
def test_only_the_last_cell_goes_on_in_the_next_line(width: int, shown: str) -> None:
    """Beside the others where there is room for a sentence, else below them; an id is whole."""
    assert laid_out(width) == shown


def test_where_an_id_has_no_room_it_is_folded() -> None:
    """Nothing is lost."""
    shown = laid_out(30)

    assert max(map(len, shown.splitlines())) <= 30
    assert all(letter in shown for letter in ID)


@pytest.mark.parametrize("width", [30, 60, 100])
def test_no_line_ends_with_blanks(width: int) -> None:
    """With colour neither, where the blanks would be painted."""
    for has_colour in (False, True):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", laid_out(width, has_colour=has_colour))
        assert [line for line in plain.splitlines() if line != line.rstrip()] == []


MODULES = "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj"


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        pytest.param(
            60,
            "  lora_config.target_modules  q_proj,k_proj,v_proj,o_proj,\n"
            f"{' ' * 30}gate_proj,up_proj,down_proj\n"
            "    entry: /training_defaults/lora_config\n"
            "  r                           16\n"
            "    built-in\n",
            id="the remark below, names whole",
        ),
        pytest.param(30, None, id="no column is wide enough: each is folded"),
    ],
)
def test_a_value_is_broken_behind_commas(width: int, shown: str | None) -> None:
    """A remark stands below where a value takes its place; what is longer than a line is cut."""
    lines = [("lora_config.target_modules", MODULES, "entry: /training_defaults/lora_config"), ("r", "16", "built-in")]
    text = page("m", [Section("", lines)], Screen(is_terminal=True, has_colour=False, width=width))

    body = text.split("\n\n", 1)[1]
    assert max(map(len, body.splitlines())) <= width
    assert (body.rstrip("\n") == shown.rstrip("\n")) if shown else "target_modules" not in body


def test_a_value_beside_its_label_is_broken_behind_commas_too() -> None:
    """A name that is longer than a line is cut, as it must be."""
    lines = [("modules", f"{MODULES},{'x' * 60}")]
    text = page("m", [Section("", lines)], Screen(is_terminal=True, has_colour=False, width=50))

    assert [line.strip() for line in text.splitlines()[2:]] == [
        "modules  q_proj,k_proj,v_proj,o_proj,gate_proj,",
        "up_proj,down_proj,",
        "x" * 39,
        "x" * 21,
    ]
