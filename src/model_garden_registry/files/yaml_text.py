"""YAML text becomes plain values. The only owner of PyYAML, which comes with the extra ``yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.files.positions import Position


class YamlError(ValueError):
    """
    The text is not YAML.

    Args:
        problem: What is wrong, as half a sentence.

        line: 1-based, where known.

        column: 1-based, where known.
    """

    def __init__(self, problem: str, line: int | None, column: int | None) -> None:
        super().__init__(problem, line, column)
        self.problem = problem
        self.line = line
        self.column = column


def parse_yaml(text: str) -> object:
    """
    Read one YAML document with the safe loader.

    Raises:
        YamlError: The text is not YAML.

        MissingExtraError: PyYAML is not installed.
    """
    return _parse(text)[0]


def parse_yaml_places(text: str) -> tuple[object, Mapping[tuple[str | int, ...], Position]]:
    """
    Read one YAML document, and where each of its values stands: a member of a mapping at its key.

    Errors as of ``parse_yaml``.
    """
    value, root = _parse(text)
    return value, dict(_places(root))


def _parse(text: str) -> tuple[object, Any]:
    """Return the value of a document, and the node at its root."""
    try:
        import yaml
    except ImportError:
        raise MissingExtraError("yaml", "PyYAML") from None
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):  # a few lines of them can stand for gigabytes
                start: Any = event.start_mark
                raise YamlError("aliases are not read", start.line + 1, start.column + 1)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_duplicates(root)
        return yaml.safe_load(text), root
    except YamlError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise YamlError(error.problem or "cannot be read", *place) from None
    except (yaml.YAMLError, ValueError, ArithmeticError) as error:
        raise YamlError(str(error).partition("\n")[0], None, None) from None
    except (LookupError, AttributeError):  # PyYAML on an explicit tag whose text does not suit it: `!!int ""`
        raise YamlError("a tagged value does not suit its tag", None, None) from None
    except RecursionError:
        raise YamlError("nested too deeply", None, None) from None


def _refuse_duplicates(root: Any) -> None:
    """Refuse a key that stands twice in one mapping: YAML forbids it, PyYAML keeps the last."""
    pending: list[Any] = [root]
    while pending:
        node = pending.pop()
        keys: set[tuple[str, str]] = set()
        for item in node.value if isinstance(getattr(node, "value", None), list) else ():
            key, *rest = item if isinstance(item, tuple) else (None, item)
            pending += [*rest, key]
            if key is None or not isinstance(key.value, str):
                continue
            if (key.tag, key.value) in keys:
                mark = key.start_mark
                raise YamlError(f"key {key.value!r} stands twice in one mapping", mark.line + 1, mark.column + 1)
            keys.add((key.tag, key.value))


def _places(root: Any) -> Iterator[tuple[tuple[str | int, ...], Position]]:
    """Return the way from the root to every value, with the place of it, or of its key."""
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), root)]
    while pending:
        way, node = pending.pop()
        members = node.value if isinstance(getattr(node, "value", None), list) else ()
        for number, member in enumerate(members):
            key, value = member if isinstance(member, tuple) else (member, member)
            step = key.value if isinstance(member, tuple) else number
            if isinstance(step, str | int):
                yield (*way, step), Position(key.start_mark.line + 1, key.start_mark.column + 1)
                pending.append(((*way, step), value))
