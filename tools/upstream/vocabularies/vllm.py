"""
Options of ``vllm serve``, read from its source.

They are those that the parser adds by name, with the types of the configuration classes behind them, and the fields of
the server's own arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["argument_names", "keys", "negations"]

_ARGUMENTS = "vllm/engine/arg_utils.py"
_SERVER = "vllm/entrypoints/common/cli_args.py"
_SERVER_CLASSES = ("BaseFrontendArgs", "FrontendArgs")
#: Where the classes and sets stand that annotations name.
_NAMED = (
    "vllm/config/*.py",
    "vllm/v1/attention/backends/registry.py",
    _ARGUMENTS,
    _SERVER,
    "vllm/model_executor/layers/quantization/__init__.py",
)
#: Sets that the parser leaves open to plug-ins, and whose other members the engine refuses later.
_CLOSED = {"kv_cache_dtype": "CacheDType", "quantization": "QuantizationMethods"}
#: Methods that plug-ins of the vLLM project bring, which the parser takes with them.
_BY_PLUGIN = ("bitsandbytes", "gguf")
#: Whose value, where it is absent, a rule of ours reads.
_DEFAULTS = {
    "chat_template", "cpu_offload_gb", "data_parallel_size", "decode_context_parallel_size", "dtype",
    "enable_auto_tool_choice", "enable_expert_parallel", "enable_lora", "enforce_eager", "gpu_memory_utilization",
    "kv_cache_dtype", "kv_cache_memory_bytes", "language_model_only", "limit_mm_per_prompt", "mamba_ssm_cache_dtype",
    "max_lora_rank", "max_loras", "max_model_len", "pipeline_parallel_size", "quantization", "speculative_config",
    "tensor_parallel_size", "tool_call_parser", "trust_remote_code",
}  # fmt: skip
_PLAIN = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "dict": "object"}
_OF_VALUES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the options of an unpacked vLLM, without their dashes."""
    source = _Source(root)
    found = {"model": {"types": ["string"]}}
    for names, call in source.added():
        found[_key(names)] = source.facts_of_call(call)
    for name, field in source.server_fields():
        found[name] = source.facts(field)
    for key, name in _CLOSED.items():
        found[key]["choices"] = sorted(source.values(ast.Name(name)))
    found["quantization"]["choices"] += _BY_PLUGIN
    for key in found.keys() - _DEFAULTS:
        found[key].pop("default", None)
    return dict(sorted(found.items()))


def argument_names(root: Path) -> dict[str, str]:
    """Return every other spelling of an option, with the option: ``tp`` is ``tensor_parallel_size``."""
    added = (names for names, _ in _Source(root).added())
    return {_written(name): _key(names) for names in added for name in names if _written(name) != _key(names)}


def negations(root: Path) -> dict[str, str]:
    """Return what switches an option off: ``no_enable_lora``, and ``disable_lora`` for one that begins with enable."""
    source = _Source(root)
    switches = [_key(names) for names, call in source.added() if source.facts_of_call(call)["types"] == ["boolean"]]
    alone = {_key(names) for names, call in source.added() if "store_true" in ast.unparse(call)}
    switches += [name for name, field in source.server_fields() if source.facts(field)["types"] == ["boolean"]]
    return {off: name for name in switches if name not in alone for off in _offs(name)}


def _offs(name: str) -> Iterator[str]:
    yield f"no_{name}"
    start, _, rest = name.partition("_")
    if start in {"enable", "disable"}:
        yield f"{'disable' if start == 'enable' else 'enable'}_{rest}"


def _key(names: list[str]) -> str:
    return _written(next(name for name in names if name.startswith("--")))


def _written(name: str) -> str:
    return name.lstrip("-").replace("-", "_")


class _Source:
    def __init__(self, root: Path) -> None:
        self.trees = {
            path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
            for pattern in _NAMED
            for path in sorted(root.glob(pattern))
        }
        self._classes: dict[str, ast.ClassDef] = {}
        self._sets: dict[str, ast.expr] = {}
        for tree in self.trees.values():
            for node in tree.body:
                match node:
                    case ast.ClassDef(name=name):
                        self._classes[name] = node
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        self._sets[name] = value
                    case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                        self._sets[name] = value

    def added(self) -> Iterator[tuple[list[str], ast.Call]]:
        """Yield each option that is added by name: its spellings, and the call."""
        for file in (_ARGUMENTS, _SERVER):
            for node in ast.walk(self.trees[file]):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "add_argument"
                ):
                    names = [one.value for one in node.args if isinstance(one, ast.Constant)]
                    if any(str(name).startswith("--") for name in names):
                        yield [str(name) for name in names], node

    def server_fields(self) -> Iterator[tuple[str, ast.AnnAssign]]:
        """Yield the fields of the server's arguments."""
        for name in _SERVER_CLASSES:
            yield from self._fields(name).items()

    def facts_of_call(self, call: ast.Call) -> dict[str, Any]:
        """Return what an option takes that is added with keywords, or with those of a configuration's field."""
        for keyword in call.keywords:
            if keyword.arg is None:
                return self._of_configuration(keyword.value)
        given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        action = ast.unparse(given["action"]) if "action" in given else ""
        kind = ast.unparse(given["type"]) if "type" in given else "str"
        types = ["boolean"] if "store_true" in action or "BooleanOptional" in action else [_PLAIN.get(kind, "string")]
        facts: dict[str, Any] = {"types": types}
        if "choices" in given:
            match given["choices"]:
                case ast.List(elts=several):
                    facts["choices"] = [ast.literal_eval(one) for one in several]
                case ast.Call(args=[ast.Name() as name]):
                    facts["choices"] = self.values(name)
        return facts | _stated(given.get("default"))

    def _of_configuration(self, node: ast.expr) -> dict[str, Any]:
        """Return what the keywords of a configuration's field say, as they are or with others instead."""
        match node:
            case ast.Subscript(value=ast.Name(id=variable), slice=ast.Constant(value=str(name))):
                return self.facts(self._fields(self._configurations[variable])[name])
            case ast.Subscript(value=ast.Call(args=[ast.Name(id=configuration)]), slice=ast.Constant(value=str(name))):
                return self.facts(self._fields(configuration)[name])
            case ast.Dict(keys=[None, *names], values=[whole, *values]):
                others = {ast.literal_eval(key): value for key, value in zip(names, values, strict=True) if key}
                return self._of_configuration(whole) | _stated(others.get("default"))
            case ast.Name(id=variable):
                return self._of_configuration(self._assigned(variable))
        raise SystemExit(f"vLLM adds an option in another way: {ast.unparse(node)}")

    def _assigned(self, variable: str) -> ast.expr:
        for node in ast.walk(self.trees[_ARGUMENTS]):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == variable:
                    return value
        raise SystemExit(f"vLLM assigns {variable} no more")

    @property
    def _configurations(self) -> Mapping[str, str]:
        """Variables that hold the keywords of a configuration's fields → the configuration."""
        return {
            node.targets[0].id: node.value.args[0].id
            for node in ast.walk(self.trees[_ARGUMENTS])
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Call)
            and ast.unparse(node.value.func) == "get_kwargs"
            and isinstance(node.value.args[0], ast.Name)
        }

    def _fields(self, name: str) -> dict[str, ast.AnnAssign]:
        node = self._classes[name]
        inherited = [
            self._fields(base.id) for base in node.bases if isinstance(base, ast.Name) and base.id in self._classes
        ]
        own = {
            one.target.id: one
            for one in node.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        }
        return {key: field for fields in (*inherited, own) for key, field in fields.items()}

    def facts(self, field: ast.AnnAssign) -> dict[str, Any]:
        """Return what an option takes whose field of a configuration this is."""
        types, choices = self._accepted(field.annotation)
        facts: dict[str, Any] = {"types": sorted(types)}
        if choices and "string" not in types - {_OF_VALUES[type(one)] for one in choices}:
            facts["choices"] = choices
        given = {}
        if isinstance(field.value, ast.Call):
            given = {keyword.arg: keyword.value for keyword in field.value.keywords}
            if (least := _number(given.get("ge"))) is not None:
                facts["minimum"] = least
            elif (above := _number(given.get("gt"))) is not None and types == {"integer"}:
                facts["minimum"] = above + 1
            if (most := _number(given.get("le"))) is not None:
                facts["maximum"] = most
        return facts | _stated(given.get("default") if isinstance(field.value, ast.Call) else field.value)

    def _accepted(self, node: ast.expr) -> tuple[set[str], list[Any]]:
        """Return the JSON types that an annotation stands for; and all values, where any text beside is a member."""
        match node:
            case ast.BinOp(left=left, right=right):
                several = [self._accepted(left), self._accepted(right)]
                is_open = any("string" in types and not choices for types, choices in several)
                choices = [] if is_open else [one for _, values in several for one in values]
                return {one for types, _ in several for one in types}, choices
            case ast.Constant(value=None):
                return set(), []
            case ast.Subscript(value=ast.Name(id=outer), slice=inner):
                return self._of_several(outer, node, inner)
            case ast.Attribute():  # torch.dtype: an object of a program, which no text is
                return set(), []
            case ast.Name(id=name) if name in _PLAIN:
                return {_PLAIN[name]}, []
            case ast.Name(id=name) if name in self._sets:
                return self._accepted(self._sets[name])
            case ast.Name(id=name) if name in self._classes:
                bases = {ast.unparse(base) for base in self._classes[name].bases}
                is_enum = any("Enum" in base for base in bases)
                return ({"integer", "string"} if "IntEnum" in bases else {"string"} if is_enum else {"object"}), []
        return {"string"}, []

    def _of_several(self, outer: str, node: ast.expr, inner: ast.expr) -> tuple[set[str], list[Any]]:
        """Return what an annotation with brackets stands for."""
        first = inner.elts[0] if isinstance(inner, ast.Tuple) else inner
        match outer:
            case "Literal":
                values = self.values(node)
                return {_OF_VALUES[type(one)] for one in values}, values
            case "list" | "set" | "tuple":
                return {"array", *self._accepted(first)[0]}, []
            case "Annotated" | "InitVar":
                return self._accepted(first)
        return self._accepted(ast.Name(outer))

    def values(self, node: ast.expr) -> list[Any]:
        """Return the members of a set, those of the sets in it among them."""
        match node:
            case ast.Name(id=name):
                return self.values(self._sets[name])
            case ast.Subscript(slice=ast.Tuple(elts=several)):
                return [value for one in several for value in self.values(one)]
            case ast.Subscript(slice=one):
                return self.values(one)
            case ast.Constant(value=value):
                return [value]
        raise SystemExit(f"vLLM writes a set in another way: {ast.unparse(node)}")


def _stated(node: ast.expr | None) -> dict[str, Any]:
    try:
        return {} if node is None else {"default": ast.literal_eval(node)}
    except ValueError:
        return {}


def _number(node: ast.expr | None) -> float | None:
    return None if node is None else ast.literal_eval(node)
