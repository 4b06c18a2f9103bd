"""YAML text to plain values, and back. The only owner of PyYAML (extra ``yaml``)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.files.positions import Position
from model_garden_registry.visible_text import visible

# Texts to PyYAML that another reader takes for a number or a boolean: YAML 1.2 has ``1e5`` and ``0o17``, Go's readers
# also ``0X1F`` and ``0B11`` (kubectl 1.32), and some take the letters of YAML 1.1's booleans for booleans.
TEXT_FOR_SOME = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?0([oO][0-7]+|[xX][0-9a-fA-F]+|[bB][01]+)|[yYnN]"
)
#: Limit for the characters that aliases stand for in one text: each use of an alias is read again.
_MOST_ALIASED = 1_000_000


class YamlError(ValueError):
    """
    The text is not YAML.

    Args:
        problem: The problem, as half a sentence.

        line: 1-based, if known.

        column: 1-based, if known.
    """

    def __init__(self, problem: str, line: int | None, column: int | None) -> None:
        super().__init__(problem, line, column)
        self.problem = problem
        self.line = line
        self.column = column


def parse_yaml(text: str) -> object:
    """
    Return the value of one YAML document, read with the safe loader.

    Raises:
        YamlError: The text is not YAML.

        MissingExtraError: PyYAML is not installed.
    """
    return _parse(text)[0]


def parse_yaml_places(text: str) -> tuple[object, Mapping[tuple[str | int, ...], Position]]:
    """
    Return the value of one YAML document, and the position of each of its values: for a member, that of its key.

    Errors: as in ``parse_yaml``.
    """
    value, root = _parse(text)
    return value, dict(_places(root))


def _parse(text: str) -> tuple[object, Any]:
    """Return the value of a document, and the node at its root."""
    with _yaml_errors():
        loader = _loader()(text)
        loader.aliased = None  # a few lines of aliases can expand to gigabytes
        root = loader.get_single_node()
        _refuse_duplicates(root)
        return None if root is None else loader.construct_document(root), root


def compose_yaml(text: str) -> list[Any]:
    """
    Return every YAML document of a text as PyYAML nodes, which carry positions. An alias is the node itself.

    Errors: as in ``parse_yaml``.
    """
    with _yaml_errors():
        loader = _loader()(text)
        documents = []
        while loader.check_node():
            documents.append(loader.get_node())
            _refuse_duplicates(documents[-1])
        return documents


@cache
def _loader() -> Any:
    """Return a safe loader that counts what aliases expand to."""
    yaml = _library()

    class Loader(yaml.SafeLoader):  # type: ignore[misc,name-defined]
        #: Characters that all aliases of a text have expanded to; None: aliases are refused.
        aliased: int | None = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            is_alias = self.check_event(yaml.AliasEvent)
            mark = self.peek_event().start_mark
            if is_alias and self.aliased is None:
                raise YamlError("aliases are not supported", mark.line + 1, mark.column + 1)
            node = super().compose_node(parent, index)
            if is_alias and node.end_mark is not None:
                self.aliased += node.end_mark.index - node.start_mark.index
                if self.aliased > _MOST_ALIASED:
                    raise YamlError("aliases expand to too much", mark.line + 1, mark.column + 1)
            return node

    return Loader


@contextmanager
def _yaml_errors() -> Iterator[Any]:
    """Provide PyYAML, and turn what it raises into a YamlError."""
    yaml = _library()
    try:
        yield yaml
    except YamlError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise YamlError(error.problem or "cannot be read", *place) from None
    except (yaml.YAMLError, ValueError, ArithmeticError) as error:
        raise YamlError(str(error).partition("\n")[0], None, None) from None
    except (LookupError, AttributeError):  # raised for an explicit tag with a wrong text: `!!int ""`
        raise YamlError("a tagged value does not match its tag", None, None) from None
    except RecursionError:
        raise YamlError("nested too deeply", None, None) from None


def yaml_text(value: object) -> str:
    """
    Return plain values as one YAML document, which :func:`parse_yaml` reads back as the same values.

    Keys keep their order, there are no aliases, no line is folded, and a text that some reader would take for
    a number, a boolean, a date or null is quoted. Numbers are written as YAML 1.1 reads them: ``2.0e-05``. A text of
    several lines is a block.

    Args:
        value: Mappings, lists, texts, finite numbers, booleans and null.

    Raises:
        MissingExtraError: PyYAML is not installed.
    """
    yaml = _library()
    return str(yaml.dump(value, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=sys.maxsize))


def yaml_comments(sentences: Iterable[str]) -> str:
    """
    Return a comment of one line for each sentence, whatever characters it has.

    Characters that end a line for YAML, which has more of them than a text file, are written as escapes.
    """
    return "".join(f"# {visible(sentence)}\n" for sentence in sentences)


@cache
def _dumper() -> Any:
    """Return a dumper class of our own: PyYAML registers representers on the class."""
    yaml = _library()

    class Dumper(yaml.SafeDumper):  # type: ignore[misc,name-defined]
        def ignore_aliases(self, _data: object) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=_style(value))

    Dumper.add_representer(str, text)
    return Dumper


def _style(value: str) -> str | None:
    """Return the style of a text: a block, in quotes, or PyYAML's choice."""
    lines = value.split("\n")
    if not all(line.isprintable() for line in lines):
        return '"'  # escaped: PyYAML writes some Unicode line breaks unescaped, and reads them as spaces
    if len(lines) > 1:
        return '"' if value.startswith((" ", "\n")) or value.endswith("\n\n") else "|"
    return "'" if TEXT_FOR_SOME.fullmatch(value.replace("_", "")) else None  # Go's readers drop "_" first


def _library() -> ModuleType:
    """Import PyYAML on first use, or raise an error that tells how to install it."""
    try:
        import yaml
    except ImportError:
        raise MissingExtraError("yaml", "PyYAML") from None
    return yaml


def _refuse_duplicates(root: Any) -> None:
    """Refuse a key that appears twice in one mapping: YAML forbids it, PyYAML keeps the last."""
    pending: list[Any] = [root]
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if id(node) in seen:  # an alias, maybe of a node around it
            continue
        seen.add(id(node))
        keys: set[tuple[str, str]] = set()
        for item in node.value if isinstance(getattr(node, "value", None), list) else ():
            key, *rest = item if isinstance(item, tuple) else (None, item)
            pending += [*rest, key]
            if key is None or not isinstance(key.value, str):
                continue
            if (key.tag, key.value) in keys:
                mark = key.start_mark
                raise YamlError(f"key {key.value!r} appears twice in one mapping", mark.line + 1, mark.column + 1)
            keys.add((key.tag, key.value))


def _places(root: Any) -> Iterator[tuple[tuple[str | int, ...], Position]]:
    """Yield the path from the root to every value, with the position of the value or of its key."""
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), root)]
    while pending:
        way, node = pending.pop()
        members = node.value if isinstance(getattr(node, "value", None), list) else ()
        for number, member in enumerate(members):
            key, value = member if isinstance(member, tuple) else (member, member)
            step = key.value if isinstance(member, tuple) else number
            yield (*way, step), Position(key.start_mark.line + 1, key.start_mark.column + 1)
            pending.append(((*way, step), value))
