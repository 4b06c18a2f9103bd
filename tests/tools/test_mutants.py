"""Changes of a module that tests should notice: which can be made, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.mutants.changing import Mutant, count_of, mutants_of
from tools.mutants.judging import PACKAGE, ROOT, Fate, judged
from tools.mutants.rules import HELD, KNOWN


def changed(source: str) -> dict[str, str]:
    """Return what every change of a text makes of it, by what it is called."""
    return {mutant.what: mutant.source for mutant in mutants_of(source, most=99, seed=0)}


@pytest.mark.parametrize(
    ("source", "made"),
    [
        pytest.param("a < b", {"Lt otherwise": "a <= b", "nothing done": "None"}, id="a bound"),
        pytest.param("a not in b", {"NotIn otherwise": "a in b", "nothing done": "None"}, id="a member"),
        pytest.param("x: int = a + b", {"Add otherwise": "x: int = a - b"}, id="a sum"),
        pytest.param("f = 7", {"7 and one": "f = 8", "nothing done": "f = None"}, id="a number"),
        pytest.param("f = True", {"True otherwise": "f = False", "nothing done": "f = None"}, id="a truth"),
        pytest.param("x: str = 'a'", {"'a' otherwise": "x: str = 'a~'"}, id="a text"),
        pytest.param("x: int = min(a)", {"min otherwise": "x: int = max(a)"}, id="a call"),
        pytest.param("x: int = f(a, b=c)", {"argument b gone": "x: int = f(a)"}, id="an argument"),
        pytest.param("x: int = a if b else c", {"condition denied": "x: int = a if not b else c"}, id="a condition"),
        pytest.param("x: int = a if not b else c", {"condition denied": "x: int = a if b else c"}, id="a denial"),
        pytest.param("x: int = [a for a in b if a]", {"nothing left out": "x: int = [a for a in b]"}, id="a filter"),
        pytest.param(
            "x: int = a and b",
            {"And otherwise": "x: int = a or b", "operand 0 gone": "x: int = b", "operand 1 gone": "x: int = a"},
            id="both",
        ),
        pytest.param(
            "def f(a: int) -> int:\n    '''Doc.'''\n    return a",
            {"nothing returned": 'def f(a: int) -> int:\n    """Doc."""\n    return None'},
            id="an answer",
        ),
        pytest.param("if TYPE_CHECKING:\n    a = 1", {}, id="types"),
        pytest.param("def f():\n    return None", {}, id="nothing already"),
    ],
)
def test_each_slip_of_the_hand_is_made(source: str, made: dict[str, str]) -> None:
    """By itself; docstrings and types stay."""
    assert {what.partition(": ")[0]: text for what, text in changed(source).items()} == made


def test_changes_are_chosen_by_chance_and_the_same_each_time() -> None:
    """Of a module with more of them than are wanted."""
    source = "\n".join(f"x{number} = {number}" for number in range(50))
    first, again, other = (mutants_of(source, most=10, seed=seed) for seed in (1, 1, 2))

    assert first == again != other
    assert len(first) == 10
    assert [one.line for one in first] == sorted(one.line for one in first)


def test_every_module_has_as_many_changes_as_are_judged() -> None:
    """A hundred each, and tests that are there; a reason is about a module that is judged."""
    for module, tests in HELD.items():
        source = (ROOT / PACKAGE / module).read_text(encoding="utf-8")
        assert count_of(source) > 110, module
        assert all((ROOT / test).exists() for test in tests)
    assert KNOWN.keys() <= HELD.keys()


def test_what_tests_notice_is_killed(tmp_path: Path) -> None:
    """What they do not notice survives; what is no module is not counted."""
    module, tests = "units.py", ("tests/test_units.py",)
    source = (ROOT / PACKAGE / module).read_text(encoding="utf-8")
    mutants = [
        Mutant(1, "noticed", f"{source}\nGB += 1\n"),
        Mutant(1, "the same", f"{source}\n"),
        Mutant(1, "no module", "import nothing_of_that_name\n"),
    ]

    fates = [fate for _, fate in judged(module, mutants, tests, folder=tmp_path / "copies")]

    assert fates == [Fate.KILLED, Fate.SURVIVED, Fate.NO_MODULE]
