"""Whose file a text is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.recognising import command_items, dialect_of, given_file
from model_garden_registry.dialects.texts.commands import Command, CommandForm, read_commands


def test_a_file_has_a_mark_of_its_tool_and_most_of_its_words(weaver: Dialect) -> None:
    """Of several tools with marks there, the one that knows more keys is taken; without a mark, none."""
    other = replace(weaver, marks=frozenset({"rows", "shuttle"}))

    assert dialect_of(["rate", "log_to"], [weaver]) is None
    assert dialect_of(["rows", "odd"], [weaver]) is weaver
    assert dialect_of(["rows", "shuttle"], [weaver, other]) is weaver
    assert dialect_of(["shuttle", "rate"], [weaver, other]) is other
    assert dialect_of([], [weaver]) is None


def test_a_file_that_shares_a_few_words_with_a_tool_is_not_its_file(weaver: Dialect) -> None:
    """Slips are, and keys that are gone; what is mostly strange is another tool's."""
    assert dialect_of(["rows", "rowz", "lines", "lenght"], [weaver]) is weaver
    assert dialect_of(["rows", "replicas", "image", "ports"], [weaver]) is None


@pytest.fixture
def commanded(weaver: Dialect) -> Dialect:
    """Give the made-up tool with a command of its own."""
    return replace(weaver, commands=frozenset({"weaver weave"}), environment="log_to")


def command(text: str) -> Command:
    """Return the only command of a script, as one of the made-up tool."""
    (found,) = read_commands(text.replace("weaver weave", "swift sft"), CommandForm.SHELL)
    return replace(found, tool="weaver", subcommand="weave") if found.tool == "msswift" else found


def test_a_command_is_its_programs(commanded: Dialect) -> None:
    """With its subcommand; its options are items."""
    found = command_items(command("weaver weave --rows 4"), [commanded])

    assert found == (commanded, (Item("--rows", "4", 1, 11),))
    assert command_items(replace(command("weaver weave --rows 4"), subcommand="unpick"), [commanded]) is None
    assert command_items(replace(command("weaver weave --rows 4"), tool="loom"), [commanded]) is None


def test_a_script_is_whose_marks_its_options_are(commanded: Dialect, weaver: Dialect) -> None:
    """Of a tool that has commands at all."""
    script = command("python train.py --rows=4 --odd")

    assert command_items(script, [weaver]) is None
    assert command_items(script, [weaver, commanded]) == (
        replace(commanded, is_script=True),
        (Item("--rows", "4", 1, 17), Item("--odd", True, 1, 26)),
    )


@pytest.mark.parametrize(
    ("script", "is_own"),
    [
        ("train.py", True),
        ("src/train_mine.py", True),
        ("control/scripts/sft.py", True),
        ("../trl/examples/scripts/sft.py", False),
        ("src/train_bash.py", False),
    ],
)
def test_a_script_of_ones_own_may_take_more(commanded: Dialect, script: str, is_own: bool) -> None:
    """Those that a tool brings take what it knows."""
    found = command_items(command(f"python {script} --rows 4"), [commanded])

    assert found is not None
    assert found[0].is_script is is_own


@pytest.mark.parametrize("words", ["--model a/b", "--model a/b --output_dir c", "--model a/b --odd 1"])
def test_a_script_that_is_told_a_model_alone_trains_nothing(commanded: Dialect, words: str) -> None:
    """It converts one, or starts another from it."""
    marked = replace(commanded, marks=frozenset({"model"}))

    assert command_items(command(f"python convert.py {words}"), [marked]) is None
    assert command_items(command(f"python train.py {words} --rows 4"), [marked]) is not None


def test_a_program_with_options_of_its_own_is_no_tools(commanded: Dialect) -> None:
    """One that is strange may be a slip."""
    assert command_items(command("python train.py --rows=4 --rate=1 --wrap=2 --weft=3"), [commanded]) is None


def test_a_model_by_itself_is_that_of_a_tool_of_options(commanded: Dialect) -> None:
    """And a word that is not one of another."""
    (item,) = command_items(command("weaver weave a/b"), [replace(commanded, is_options=True)])[1]  # type: ignore[index]
    (word,) = command_items(command("weaver weave a/b"), [commanded])[1]  # type: ignore[index]

    assert (item.key, item.value, word.key) == ("model", "a/b", "a/b")


def test_variables_stand_below_a_key_of_their_own(commanded: Dialect) -> None:
    """What a launcher says of processes is one of them; what only a shell knows is as it is written."""
    found = command_items(command("A=b C=$D weaver weave --rows 4"), [commanded])
    launched = command("torchrun --nproc_per_node 8 --nnodes=2 --odd 1 train.py --rows 4")

    assert found is not None
    assert found[1][-1] == Item("log_to", {"A": "b", "C": "$C"}, 1, 1)
    assert command_items(launched, [commanded])[1][-1].value == {  # type: ignore[index]
        "NPROC_PER_NODE": "8",
        "NNODES": "2",
    }


@pytest.mark.parametrize(
    ("options", "processes"),
    [
        ("--num_processes 16 --num_machines 2", "8"),
        ("--num_processes 16", "16"),
        ("--num_processes 15 --num_machines 2", "15"),
        ("--num_processes $N --num_machines 2", "$N"),
        ("--num_processes 16 --num_machines 0", "16"),
    ],
)
def test_accelerate_counts_the_processes_of_all_machines(commanded: Dialect, options: str, processes: str) -> None:
    """Others those of each; what does not divide stays as it is written."""
    launched = command(f"accelerate launch {options} train.py --rows 4")

    value = command_items(launched, [commanded])[1][-1].value  # type: ignore[index]
    assert value["NPROC_PER_NODE"] == processes


@pytest.mark.parametrize(
    ("words", "file"), [("x.yaml", "x.yaml"), ("x.json --a", "x.json"), ("x", None), ("--a=x.yml", None)]
)
def test_a_command_may_be_given_a_file(commanded: Dialect, words: str, file: str | None) -> None:
    """Which then says everything."""
    found = command(f"weaver weave {words}")
    given = given_file(found)

    assert (given.text if given else None) == file
    assert (command_items(found, [commanded]) is None) is (file is not None)
    assert given_file(replace(found, words=())) is None


def test_a_tool_may_read_more_of_a_command(commanded: Dialect) -> None:
    """What its subcommand says stands before its options."""
    reading = replace(commanded, of_command=lambda one: (Item("rate", one.subcommand, one.line, one.column),))

    found = command_items(command("weaver weave --rows 4"), [reading])

    assert found is not None
    assert found[1] == (Item("rate", "weave", 1, 1), Item("--rows", "4", 1, 11))
