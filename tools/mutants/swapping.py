"""Changes of one function or one constant: swapped where they stand, so that nothing is imported again."""

from __future__ import annotations

import ast
import gc
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

#: Where a function stands: the names of the classes around it, each with its number among what stands there.
Place = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Swap:
    """
    A function with other code, or a constant with another value.

    Args:
        where: A function's qualified name and the line that it starts in; of a constant, its name.

        code: What the function runs instead; or what a module runs that has the constant.

        is_exact: Whether nothing can have used the former one when the module was imported.
    """

    where: str
    code: CodeType
    is_function: bool
    is_exact: bool


def where(code: CodeType) -> str:
    """Return the qualified name of a function in its file, with the line that it starts in, decorators included."""
    return f"{code.co_qualname}:{code.co_firstlineno}"


def swap_of(source: str, changed: str) -> Swap | None:
    """Return the one function or constant that a change of a module is in; None where it is in something else."""
    original = ast.unparse(ast.parse(source))
    shells = [_shell(_compiled(text)) for text in (original, changed)]
    before, after = (dict(_functions(_compiled(text))) for text in (original, changed))
    changes = [place for place, code in before.items() if code != after.get(place)]
    if shells[0] != shells[1]:
        name = None if changes else _constant(original, changed)
        return Swap(name, _compiled(changed), is_function=False, is_exact=False) if name else None
    if len(changes) != 1:
        return None
    function = dict(_functions(_compiled(source)))[changes[0]]
    is_exact = function.co_name not in _run_by_module(source)
    return Swap(where(function), after[changes[0]], is_function=True, is_exact=is_exact)


class Swapper:
    """
    The functions of one module in this process, and what its package has kept of earlier calls.

    Args:
        path: The file of the module.

        name: Its name.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = str(path), name
        functions = [one for one in gc.get_objects() if isinstance(one, FunctionType)]
        self._functions = [one for one in functions if one.__code__.co_filename == self._path]

    def can(self, swap: Swap) -> bool:
        """Return whether the code can stand in for what is there."""
        if not swap.is_function:
            return True
        found = self._found(swap)
        return bool(found) and all(one.__code__.co_freevars == swap.code.co_freevars for one in found)

    def make(self, swap: Swap) -> None:
        """Swap, in this process and for good; what was kept of earlier calls is forgotten."""
        if swap.is_function:
            for function in self._found(swap):
                function.__code__ = swap.code
        else:
            self._set(swap)
        forget(self._name.partition(".")[0])

    def _found(self, swap: Swap) -> list[FunctionType]:
        return [one for one in self._functions if where(one.__code__) == swap.where]

    def _set(self, swap: Swap) -> None:
        """Set a constant to its other value in each module that has it."""
        spaces = [vars(module) for module in list(sys.modules.values())]
        named = {"__name__": self._name, "__file__": self._path}
        exec(swap.code, named)
        former = vars(sys.modules[self._name])[swap.where]
        for space in spaces:
            if swap.where in space and space[swap.where] is former:
                space[swap.where] = named[swap.where]


def forget(package: str, *, but: str | None = None) -> None:
    """
    Forget what the functions of a package have kept of earlier calls.

    Args:
        but: A folder whose functions keep theirs.
    """
    spared = f"{package}.{but}."
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{package}.") and not name.startswith(spared):
            for one in list(vars(module).values()):
                if isinstance(one, _lru_cache_wrapper) and not str(one.__module__).startswith(spared):
                    one.cache_clear()


def _compiled(source: str) -> CodeType:
    return compile(source, "module", "exec", dont_inherit=True)


def _is_function(code: CodeType) -> bool:
    return bool(code.co_flags & inspect.CO_OPTIMIZED)


def _functions(code: CodeType, above: Place = ()) -> Iterator[tuple[Place, CodeType]]:
    """Yield the functions of a module and its classes; what is inside of a function belongs to it."""
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    for number, one in enumerate(inner):
        place = (*above, (one.co_name, number))
        if _is_function(one):
            yield place, one
        else:
            yield from _functions(one, place)


def _shell(code: CodeType) -> tuple[Any, ...]:
    """Return what a module and its classes run themselves, without the code of functions."""
    consts = [
        (type(const), const) if not isinstance(const, CodeType) else None if _is_function(const) else _shell(const)
        for const in code.co_consts
    ]
    return code.co_code, code.co_names, tuple(consts)


def _constant(original: str, changed: str) -> str | None:
    """Return the constant of a module in which two texts differ; None where they differ in something else."""
    pairs = zip(ast.parse(original).body, ast.parse(changed).body, strict=True)
    match [one for one, other in pairs if ast.dump(one) != ast.dump(other)]:
        case [ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name))]:
            return name
        case _:
            return None


def _run_by_module(source: str) -> set[str]:
    """Return the names that a module uses itself, outside of functions: it may have called them already."""
    names: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(decorator_list=decorators, args=arguments):
                waiting += [*decorators, *arguments.defaults, *filter(None, arguments.kw_defaults)]
            case ast.Assign(value=ast.Tuple(elts=elements)) | ast.AnnAssign(value=ast.Tuple(elts=elements)):
                waiting += [one for one in elements if not isinstance(one, ast.Name)]  # a name in a table is no call
            case ast.Name(id=name):
                names.add(name)
            case _:
                waiting += ast.iter_child_nodes(node)
    return names
