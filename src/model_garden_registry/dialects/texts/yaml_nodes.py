"""YAML text as nodes with positions, several documents and aliases included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.files.yaml_text import compose_yaml


@dataclass(frozen=True, slots=True)
class YamlNode:
    """
    A scalar, a sequence or a mapping.

    Args:
        node: PyYAML's node.

        source: The whole file.
    """

    node: Any
    source: Placed

    @property
    def is_text(self) -> bool:
        """Whether this is a scalar other than null."""
        return self.node.id == "scalar" and not self.node.tag.endswith(":null")

    @property
    def text(self) -> Placed:
        """
        Return a scalar with the position of each character; empty text for other nodes.

        Quotes, escapes and folded lines are resolved by searching each character after the one before.
        """
        start, end = self.node.start_mark.index, self.node.end_mark.index
        if not self.is_text:
            return Placed("", [self.source.offsets[start]])
        written = self.source.text
        at = written.find("\n", start, end) + 1 if self.node.style in {"|", ">"} else start
        offsets: list[int] = []
        for character in self.node.value:
            found = written.find(character, at, end) if not character.isspace() else at
            offsets.append(self.source.offsets[min(max(found, at), end)])
            at = found + 1 if found >= at and not character.isspace() else at
        return Placed(self.node.value, [*offsets, self.source.offsets[min(at, end)]])

    def elements(self) -> tuple[YamlNode, ...]:
        """Return the elements of a sequence; none for other nodes."""
        return tuple(YamlNode(node, self.source) for node in self.node.value) if self.node.id == "sequence" else ()

    def entries(self) -> dict[str, YamlNode]:
        """Return the entries of a mapping, merged ones (``<<``) after its own; none for other nodes."""
        found: dict[str, YamlNode] = {}
        pending, seen = [self.node], set()
        while pending:
            node = pending.pop(0)
            if id(node) in seen or node.id not in {"mapping", "sequence"}:
                continue
            seen.add(id(node))
            if node.id == "sequence":
                pending += node.value if node is not self.node else ()
                continue
            for key, value in node.value:
                if key.value == "<<":
                    pending.append(value)
                elif key.id == "scalar":
                    found.setdefault(key.value, YamlNode(value, self.source))
        return found

    def get(self, *names: str) -> YamlNode | None:
        """Return the value under nested keys, if it exists."""
        here: YamlNode | None = self
        for name in names:
            here = here.entries().get(name) if here else None
        return here

    def everything(self) -> Iterator[YamlNode]:
        """Yield this node and all nodes below it, each once."""
        pending, seen = [self.node], set()
        while pending:
            node = pending.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield YamlNode(node, self.source)
            if node.id == "mapping":
                pending += [value for _, value in reversed(node.value)]
            elif node.id == "sequence":
                pending += reversed(node.value)


def read_documents(source: Placed) -> tuple[YamlNode, ...]:
    """
    Return every document of a YAML file.

    Raises:
        YamlError: The text is not YAML.

        MissingExtraError: PyYAML is not installed.
    """
    return tuple(YamlNode(node, source) for node in compose_yaml(source.text))
