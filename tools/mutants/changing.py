"""The single changes that can be made in a module: what a slip would make of it."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}

#: Makes another node of one, in place; the sentence says what became of it.
Change = tuple[str, Callable[[ast.AST], None]]


@dataclass(frozen=True)
class Mutant:
    """
    A module with one change.

    Args:
        line: Where the change is, 1-based.

        what: What was changed, with the line as it was: it names the mutant in lists, whatever stands above it.

        source: The whole module.
    """

    line: int
    what: str
    source: str


def mutants_of(source: str, *, most: int, seed: int) -> list[Mutant]:
    """Return changes of a module, chosen by chance but the same for the same seed; each module is another text."""
    tree, lines = ast.parse(source), source.splitlines()
    places = list(_places(tree))
    random.Random(seed).shuffle(places)
    found: dict[str, Mutant] = {ast.unparse(tree): Mutant(0, "", source)}
    for index, number in places:
        if len(found) > most:
            break
        changed = copy.deepcopy(tree)
        node = next(one for place, one in enumerate(ast.walk(changed)) if place == index)
        line, what, (_, change) = _line(node), _named(node, number, lines), _changes(node)[number]
        change(node)
        text = ast.unparse(ast.fix_missing_locations(changed))
        found.setdefault(text, Mutant(line, what, text))
    return sorted(list(found.values())[1:], key=lambda mutant: mutant.line)


def _line(node: ast.AST) -> int:
    """Return the line of a node; a loop of a comprehension has none of its own."""
    return next((one.lineno for one in ast.walk(node) if isinstance(one, ast.expr | ast.stmt)), 1)


def _named(node: ast.AST, number: int, lines: Sequence[str]) -> str:
    what, _ = _changes(node)[number]
    return f"{what}: {lines[_line(node) - 1].strip()}"


def names_of(source: str) -> set[str]:
    """Return what all changes that can be made of a module are called."""
    tree, lines = ast.parse(source), source.splitlines()
    nodes = list(ast.walk(tree))
    return {_named(nodes[index], number, lines) for index, number in _places(tree)}


def _places(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield every node that can be changed, by its place in the tree, with the number of each change."""
    spared = _spared(tree)
    for index, node in enumerate(ast.walk(tree)):
        if id(node) not in spared:
            yield from ((index, number) for number in range(len(_changes(node))))


def _spared(tree: ast.AST) -> set[int]:
    """Return what nothing is changed in: docstrings, types, what is only there for them, and how a class is made."""
    spared: set[int] = set()
    for node in ast.walk(tree):
        kept: list[ast.AST | None] = []
        match node:
            case ast.FunctionDef():
                kept = [node.returns, *(argument.annotation for argument in [*node.args.args, *node.args.kwonlyargs])]
            case ast.ClassDef():
                kept = [*node.decorator_list]
            case ast.Call(func=ast.Name(id="field" | "assert_never")):
                kept = [node]
            case ast.AnnAssign():
                kept = [node.annotation]
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                kept = [node]
            case ast.Expr(value=ast.Constant()):
                kept = [node]
        spared |= {id(inner) for one in kept if one is not None for inner in ast.walk(one)}
    return spared


def _changes(node: ast.AST) -> Sequence[Change]:
    """Return what can be made of a node."""
    return (*_of_operators(node), *_of_values(node), *_of_steps(node))


def _of_operators(node: ast.AST) -> Sequence[Change]:
    match node:
        case ast.Compare(ops=[compared]) if type(compared) in _COMPARED:
            other = _COMPARED[type(compared)]
            return [(f"{type(compared).__name__} otherwise", lambda one: setattr(one, "ops", [other()]))]
        case ast.BinOp(op=computed) if type(computed) in _COMPUTED:
            instead = _COMPUTED[type(computed)]
            return [(f"{type(computed).__name__} otherwise", lambda one: setattr(one, "op", instead()))]
        case ast.BoolOp(op=joined, values=values):
            joiner = ast.Or if isinstance(joined, ast.And) else ast.And
            return [
                (f"{type(joined).__name__} otherwise", lambda one: setattr(one, "op", joiner())),
                *((f"operand {number} gone", _without("values", number)) for number in range(len(values))),
            ]
        case _:
            return []


def _of_values(node: ast.AST) -> Sequence[Change]:
    match node:
        case ast.Constant(value=bool(truth)):
            return [(f"{truth} otherwise", lambda one: setattr(one, "value", not truth))]
        case ast.Constant(value=int(number)):
            return [(f"{number} and one", lambda one: setattr(one, "value", number + 1))]
        case ast.Constant(value=str(text)) if text:
            return [(f"{text[:20]!r} otherwise", lambda one: setattr(one, "value", f"{text}~"))]
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            return [(f"{name} otherwise", lambda one: setattr(one, "func", ast.Name(_CALLED[name], ast.Load())))]
        case ast.Call(keywords=[_, *_] as keywords):
            return [(f"argument {key.arg} gone", _without("keywords", place)) for place, key in enumerate(keywords)]
        case _:
            return []


def _of_steps(node: ast.AST) -> Sequence[Change]:
    match node:
        case ast.If() | ast.IfExp() | ast.While():
            return [("condition denied", _deny)]
        case ast.Return(value=value) if value is not None and not _is_none(value):
            return [("nothing returned", _empty)]
        case ast.Assign() | ast.Expr():
            return [("nothing done", _empty)]
        case ast.comprehension(ifs=[_, *_]):
            return [("nothing left out", lambda one: setattr(one, "ifs", []))]
        case _:
            return []


def _without(field: str, number: int) -> Callable[[ast.AST], None]:
    def take(one: ast.AST) -> None:
        getattr(one, field).pop(number)

    return take


def _empty(node: ast.AST) -> None:
    setattr(node, "value", ast.Constant(None))  # noqa: B010  (of several kinds of nodes)


def _deny(node: ast.AST) -> None:
    test: ast.expr = getattr(node, "test")  # noqa: B009  (of several kinds of nodes)
    is_denied = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    denied = test.operand if isinstance(test, ast.UnaryOp) and is_denied else ast.UnaryOp(ast.Not(), test)
    setattr(node, "test", denied)  # noqa: B010  (of several kinds of nodes)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
