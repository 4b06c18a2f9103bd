"""
Options of SGLang's server, read from its source.

They are the fields of its argument classes, each with its type and what stands beside it, and those that are added by
name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["argument_names", "keys", "negations"]

_CLASSES = "sglang/srt/arg_groups/fields/*.py"
_ADDED = "sglang/srt/server_args.py"
#: Where the sets stand that options are checked against.
_NAMED = (
    "sglang/srt/arg_groups/choices.py",
    "sglang/srt/parser/reasoning_parser_names.py",
    "sglang/srt/function_call/parser_names.py",
    "sglang/srt/speculative/spec_registry.py",
)
#: Whose value, where it is absent, a rule of ours reads.
_DEFAULTS = {
    "attn_dp_size", "chat_template", "chunked_prefill_size", "context_length", "cpu_offload_gb", "dcp_size",
    "disable_cuda_graph", "disable_radix_cache", "dp_size", "dtype", "enable_lora", "ep_size", "kv_cache_dtype",
    "language_model_only", "mamba_ssm_dtype", "max_lora_rank", "max_loras_per_batch", "max_running_requests",
    "mem_fraction_static", "pp_size", "quantization", "reasoning_parser", "speculative_algorithm",
    "speculative_eagle_topk", "speculative_num_draft_tokens", "speculative_num_steps", "tool_call_parser", "tp_size",
    "trust_remote_code",
}  # fmt: skip
_PLAIN = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "dict": "object"}
_OF_VALUES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the options of an unpacked SGLang, each by the name of its field."""
    found = {name: facts for name, _, facts in _Source(root).options()}
    for key in found.keys() - _DEFAULTS:
        found[key].pop("default", None)
    return dict(sorted(found.items()))


def argument_names(root: Path) -> dict[str, str]:
    """Return every other spelling of an option, with its field: ``tensor_parallel_size`` is ``tp_size``."""
    options = _Source(root).options()
    return {
        _written(spelling): name
        for name, spellings, _ in options
        for spelling in spellings
        if _written(spelling) != name
    }


def negations(root: Path) -> dict[str, str]:
    """Return what switches an option off: ``no_enable_metrics``; few options can be."""
    return {f"no_{_written(spelling)}": name for name, spellings in _Source(root).optional() for spelling in spellings}


def _written(name: str) -> str:
    return name.lstrip("-").replace("-", "_")


class _Source:
    def __init__(self, root: Path) -> None:
        self._fields = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(root.glob(_CLASSES))]
        self._added = ast.parse((root / _ADDED).read_text(encoding="utf-8"))
        self._sets: dict[str, ast.expr] = {}
        self._functions: dict[str, ast.FunctionDef] = {}
        for node in ast.walk(self._added):
            match node:
                case ast.FunctionDef(name=name):
                    self._functions[name] = node
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._sets[name] = value
        named = [ast.parse((root / file).read_text(encoding="utf-8")) for file in _NAMED if (root / file).exists()]
        for tree in (*named, *self._fields):
            for node in tree.body:
                match node:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        self._sets[name] = value
                    case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                        self._sets[name] = value

    def options(self) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
        """Yield field, spellings and what it takes, of each option."""
        for tree in self._fields:
            for node in ast.walk(tree):
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    yield from self._of_field(node.target.id, node)
        for node in ast.walk(self._added):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "parser.add_argument":
                names = [ast.literal_eval(one) for one in node.args]
                given = {one.arg: one.value for one in node.keywords if one.arg}
                name = ast.literal_eval(given["dest"]) if "dest" in given else _written(names[0])
                yield name, names, self._of_call(given)

    def optional(self) -> Iterator[tuple[str, list[str]]]:
        """Yield field and spellings of each option that has an opposite."""
        for tree in self._fields:
            for node in ast.walk(tree):
                if isinstance(node, ast.AnnAssign) and "BooleanOptionalAction" in ast.unparse(node.annotation):
                    for name, spellings, _ in self._of_field(ast.unparse(node.target), node):
                        yield name, spellings

    def _of_field(self, name: str, node: ast.AnnAssign) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
        match node.annotation:
            case ast.Subscript(value=ast.Name(id="A"), slice=ast.Tuple(elts=[kind, *beside])):
                stated = next(
                    (one for one in beside if isinstance(one, ast.Call) and ast.unparse(one.func) == "Arg"), None
                )
                given = {one.arg: one.value for one in stated.keywords if one.arg} if stated else {}
            case _:
                return
        if "no_cli" in given:
            return
        spellings = [ast.literal_eval(given["cli_name"]) if "cli_name" in given else f"--{name.replace('_', '-')}"]
        spellings += ast.literal_eval(given["aliases"]) if "aliases" in given else []
        facts = self._facts(kind, given) | _default(node.value)
        yield name, spellings, facts

    def _facts(self, kind: ast.expr, given: dict[str, ast.expr]) -> dict[str, Any]:
        """Return what a field takes by its annotation, and by what reads its text."""
        types, choices = self._accepted(kind)
        if "type_parser" in given:
            types = _types_of_parser(ast.unparse(given["type_parser"]), types)
        elif "action" in given and "StoreTrue" in ast.unparse(given["action"]):
            types = {"boolean"}
        if given.get("nargs") is not None and ast.literal_eval(given["nargs"]) in {"+", "*"}:
            types = {"array", *types}
        elif given.get("nargs") is not None and "const" in given:
            types = {"boolean", *types}
        facts: dict[str, Any] = {"types": sorted(types)}
        if "choices" in given:
            choices = self._choices(given["choices"])
        return facts | ({"choices": choices} if choices else {})

    def _of_call(self, given: dict[str, ast.expr]) -> dict[str, Any]:
        action = ast.unparse(given["action"]) if "action" in given else ""
        if "StoreTrue" in action or "store_true" in action:
            return {"types": ["boolean"], "default": False}
        choices = self._choices(given["choices"]) if "choices" in given else []
        facts: dict[str, Any] = {
            "types": [_PLAIN.get(ast.unparse(given["type"]), "string") if "type" in given else "string"]
        }
        return facts | ({"choices": choices} if choices else {})

    def _accepted(self, node: ast.expr) -> tuple[set[str], list[Any]]:
        match node:
            case ast.BinOp(left=left, right=right):
                several = [self._accepted(left), self._accepted(right)]
                return {one for types, _ in several for one in types}, [one for _, values in several for one in values]
            case ast.Constant(value=None):
                return set(), []
            case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
                return self._accepted(inner)
            case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=several)):
                return {one for inner in several for one in self._accepted(inner)[0]}, []
            case ast.Subscript(value=ast.Name(id="Literal")):
                values = self._values(node)
                return {_OF_VALUES[type(one)] for one in values}, values
            case ast.Subscript(value=ast.Name(id="List" | "list" | "Tuple"), slice=inner):
                return {"array", *self._accepted(inner)[0]}, []
            case ast.Subscript(value=ast.Name(id="Dict" | "dict")):
                return {"object"}, []
            case ast.Name(id=name) if name in _PLAIN:
                return {_PLAIN[name]}, []
        return {"string"}, []

    def _choices(self, node: ast.expr) -> list[Any]:
        """Return the members of a set; nothing if it is put together when the parser is made."""
        try:
            return self._values(node)
        except LookupError:
            return []

    def _values(self, node: ast.expr) -> list[Any]:
        match node:
            case ast.Name(id=name):
                return self._values(self._sets[name])
            case ast.List(elts=several) | ast.Tuple(elts=several) | ast.Set(elts=several):
                return [value for one in several for value in self._values(one)]
            case ast.Subscript(slice=ast.Tuple(elts=several)):
                return [value for one in several for value in self._values(one)]
            case ast.Subscript(slice=one):
                return self._values(one)
            case ast.BinOp(left=left, right=right):
                return [*self._values(left), *self._values(right)]
            case ast.Starred(value=one) | ast.Call(func=ast.Name(id="list"), args=[one]):
                return self._values(one)
            case ast.Call(func=ast.Name(id=name), args=[]):
                return self._values(self._returned(name))
            case ast.Constant(value=None):
                return []
            case ast.Constant(value=value):
                return [value]
        raise LookupError(ast.unparse(node))

    def _returned(self, name: str) -> ast.expr:
        """Return what a function gives in the end; before that it asks for what a program has loaded already."""
        match self._functions[name].body[-1]:
            case ast.Return(value=ast.expr() as value):
                return value
        raise LookupError(name)


def _types_of_parser(parser: str, types: set[str]) -> set[str]:
    if "json" in parser:
        return {"array", "object", "string"} if "list" in parser else {"object"}
    return {"integer"} if "human_readable_int" in parser else types


def _default(node: ast.expr | None) -> dict[str, Any]:
    try:
        return {} if node is None else {"default": ast.literal_eval(node)}
    except ValueError:
        return {}
