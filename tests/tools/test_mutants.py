"""Changes of a module that tests should notice: which can be made, and what becomes of them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from types import ModuleType

import pytest
from tools.mutants.changing import mutants_of, names_of
from tools.mutants.judging import PACKAGE, ROOT
from tools.mutants.rules import HELD, KNOWN
from tools.mutants.swapping import forget, swap_of


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
        pytest.param("@dataclass(frozen=True)\nclass A:\n    a: int = field(repr=False)", {}, id="how a class is made"),
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


def test_a_line_is_named_for_a_loop_of_a_comprehension() -> None:
    """It has none of its own."""
    (mutant, *_) = [
        one for one in mutants_of("a = 1\n\nb = [c for c in a if c]", most=99, seed=0) if "left out" in one.what
    ]

    assert (mutant.line, mutant.what) == (3, "nothing left out: b = [c for c in a if c]")


def test_every_module_is_held_by_tests() -> None:
    """Tests that are there; a reason is about a module that is judged."""
    for module, tests in HELD.items():
        assert (ROOT / PACKAGE / module).exists(), module
        assert all((ROOT / test).exists() for test in tests)
    assert KNOWN.keys() <= HELD.keys()


@pytest.mark.parametrize("module", KNOWN)
def test_a_reason_is_about_a_change_that_can_be_made(module: str) -> None:
    """The line of code still is as it was: else the reason may be none."""
    names = names_of((ROOT / PACKAGE / module).read_text(encoding="utf-8"))

    assert KNOWN[module].keys() - names == set()


SOURCE = """
LIMIT = 3
TABLE = {"a": len("a")}

@wraps
def kept(value, most=LIMIT):
    return value

def plain(value):
    return [one + 1 for one in value]

class Shape:
    sides = 4
    def area(self):
        return self.sides * 2
"""


@pytest.mark.parametrize(
    ("former", "changed", "where"),
    [
        pytest.param("one + 1", "one - 1", "plain:9", id="a function"),
        pytest.param("sides * 2", "sides // 2", "Shape.area:14", id="a method"),
        pytest.param("return value", "return None", "kept:5", id="a function with a decorator"),
        pytest.param("LIMIT = 3", "LIMIT = 4", "LIMIT", id="a constant"),
        pytest.param("sides = 4", "sides = 5", None, id="a class"),
        pytest.param("most=LIMIT", "most=None", None, id="a default of a function"),
        pytest.param("value", "other", None, id="two functions"),
    ],
)
def test_one_function_or_constant_can_be_swapped(former: str, changed: str, where: str | None) -> None:
    """By its name and the line that it starts in; whatever else is changed needs another import."""
    swap = swap_of(SOURCE, ast.unparse(ast.parse(SOURCE.replace(former, changed))))

    assert (swap and swap.where) == where


@pytest.mark.parametrize(
    ("source", "changed", "is_exact"),
    [
        pytest.param("def f(): return 1", "def f(): return 2", True, id="nothing"),
        pytest.param("def f(): return 1\nX = f()", "def f(): return 2\nX = f()", False, id="the module"),
        pytest.param(
            "def f(): return 1\ndef g(x=f()): pass", "def f(): return 2\ndef g(x=f()): pass", False, id="a default"
        ),
        pytest.param("def f(): return 1\ndef g(): f()", "def f(): return 2\ndef g(): f()", True, id="a function"),
        pytest.param("def f(): return 1\nX = (f, 1)", "def f(): return 2\nX = (f, 1)", True, id="a table"),
        pytest.param("def f(): return 1\nX = (f(),)", "def f(): return 2\nX = (f(),)", False, id="a table of answers"),
        pytest.param("X = 1", "X = 2", False, id="whoever imports a constant"),
    ],
)
def test_it_is_told_whether_something_can_have_used_it_before(source: str, changed: str, *, is_exact: bool) -> None:
    """What runs while a module is imported has used what it calls."""
    swap = swap_of(source, ast.unparse(ast.parse(changed)))

    assert swap is not None
    assert swap.is_exact == is_exact


def test_what_functions_keep_is_forgotten_except_in_one_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that each test makes the calls that it needs, whichever ran before; tables stay read."""
    counts: list[int] = []
    for name in ("pack.rules", "pack.tables.rows", "packet.other"):
        module = ModuleType(name)
        exec("import functools\n@functools.cache\ndef ask(): return object()", vars(module))
        monkeypatch.setitem(sys.modules, name, module)
        module.ask()
    asks = [sys.modules[name].ask for name in ("pack.rules", "pack.tables.rows", "packet.other")]

    forget("pack", but="tables")
    counts += [ask.cache_info().currsize for ask in asks]
    forget("pack")
    counts += [ask.cache_info().currsize for ask in asks]

    assert counts == [0, 1, 1, 0, 0, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows copies no processes")
def test_what_tests_notice_is_killed() -> None:
    """What they do not notice survives, what is no module is not counted; each kind of change is tried its own way."""
    pairs = {
        "raise ValueError(f": "raise TypeError(f",
        "GB = 10**9": "GB = 10**8",
        "GIB = 2**30": "GIB = 2 * 2**29",
        "value).is_integer()": "value).is_integer() and True",
        "def short_number": "def long_number",
        "import re": "import nothing_of_that_name",
    }
    program = f"""
import tools.mutants.judging as judging
from tools.mutants.changing import Mutant

source = (judging.ROOT / judging.PACKAGE / "units.py").read_text(encoding="utf-8")
mutants = [Mutant(1, former, source.replace(former, changed, 1)) for former, changed in {pairs}.items()]
print(*(fate for _, fate in judging.judged("units.py", mutants, ["tests/test_units.py"])), sep="; ")
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    reply = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False
    )

    assert reply.stdout == "killed; killed; survived; survived; killed; does not import\n", reply.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows copies no processes")
@pytest.mark.parametrize(
    ("work", "patience", "code"),
    [
        pytest.param("return 7", 900, 7, id="its own code"),
        pytest.param("raise ValueError", 900, 1, id="an error"),
        pytest.param("while True: pass", 900, -9, id="no end"),
        pytest.param("import time; time.sleep(99)", 1, -14, id="waiting for nothing"),
    ],
)
def test_work_in_a_copy_ends_with_a_code(work: str, patience: int, code: int) -> None:
    """Whatever it does; also if it never ends."""
    program = f"""
from tools.mutants.forking import code_of

def work():
    {work}

print(code_of(work, limit=1, patience={patience}))
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    reply = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False
    )

    assert reply.stdout == f"{code}\n", reply.stderr
