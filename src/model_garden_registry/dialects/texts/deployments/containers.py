"""Containers of compose files and Kubernetes manifests: image, entry point, arguments and environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from model_garden_registry.dialects.texts.placed import Placed, joined
from model_garden_registry.dialects.texts.shell.statements import read_statements
from model_garden_registry.dialects.texts.shell.variables import Assignment, Value, Variables
from model_garden_registry.dialects.texts.starting.scripts import Container
from model_garden_registry.dialects.texts.yaml_nodes import YamlNode

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
#: Variables that compose replaces in a file before it reads it.
_INTERPOLATED = re.compile(
    rf"\$(?:\$|(?P<plain>{_NAME})|\{{(?P<braced>{_NAME})(?:(?P<kind>:?[-?+])(?P<default>[^{{}}]*))?\}})"
)
#: Variables that Kubernetes replaces in commands and arguments.
_REFERENCE = re.compile(rf"\$(?:\$|\((?P<name>{_NAME})\))")
_PARTS_WITH_CONTAINERS = ("containers", "initContainers")


def compose_containers(document: YamlNode) -> Iterator[Container]:
    """Yield the services of a compose file."""
    services = document.get("services")
    for service in services.entries().values() if services else ():
        parts = service.entries()
        yield Container(
            entry=_compose_words(parts.get("entrypoint")),
            words=_compose_words(parts.get("command")),
            image=_interpolated(parts["image"].text) if "image" in parts else None,
            environment=tuple(read_environment(parts.get("environment"))),
        )


def kubernetes_containers(document: YamlNode) -> Iterator[Container]:
    """Yield the containers of a manifest, at any place: Deployments, Jobs, LeaderWorkerSets, lists of them."""
    for node in document.everything():
        for name in _PARTS_WITH_CONTAINERS:
            for container in part.elements() if (part := node.get(name)) else ():
                yield _kubernetes_container(container)


def _kubernetes_container(container: YamlNode) -> Container:
    parts = container.entries()
    environment = tuple(_kubernetes_environment(parts.get("env")))
    values = {made.name: made.value for made in environment}

    def words(name: str) -> tuple[Placed, ...]:
        return tuple(_referenced(node.text, values) for node in parts[name].elements()) if name in parts else ()

    image = parts["image"].text if "image" in parts else None
    return Container(entry=words("command"), words=words("args"), image=image, environment=environment)


def read_environment(node: YamlNode | None) -> Iterator[Assignment]:
    """Yield an environment: a mapping, or a list of ``NAME=value`` and of names set from outside."""
    if node is None:
        return
    for name, given in node.entries().items():
        text = _interpolated(given.text)
        yield Assignment(name, text if given.is_text and text.is_known else None, text.start)
    for element in node.elements():
        text = _interpolated(element.text)
        name, equals, _ = text.text.partition("=")
        value = text.part(len(name) + 1, len(text.text)) if equals and text.is_known else None
        yield Assignment(name, value, text.start)


def _kubernetes_environment(node: YamlNode | None) -> Iterator[Assignment]:
    for element in node.elements() if node else ():
        parts = element.entries()
        if "name" in parts:
            value = parts["value"].text if "value" in parts else None
            yield Assignment(parts["name"].text.text, value, parts["name"].text.start)


def _compose_words(node: YamlNode | None) -> tuple[Placed, ...]:
    """Return a command: a list of words, or one text that compose splits like a shell."""
    if node is None:
        return ()
    if node.elements():
        return tuple(_interpolated(element.text) for element in node.elements())
    unset = Variables()
    statements = read_statements(_interpolated(node.text))
    return tuple(word for statement in statements for raw in statement.words for word in unset.words(raw))


def _interpolated(text: Placed) -> Placed:
    def value(match: re.Match[str]) -> Placed | None:
        if match.group() == "$$":
            return text.part(match.start(), match.start() + 1)
        return text.part(*match.span("default")) if match["kind"] in {"-", ":-"} else None

    return _replaced(text, _INTERPOLATED, value)


def _referenced(text: Placed, values: Mapping[str, Value]) -> Placed:
    def value(match: re.Match[str]) -> Placed | None:
        if match.group() == "$$":
            return text.part(match.start(), match.start() + 1)
        known = values.get(match["name"])
        return (
            Placed(known.text, [text.offsets[match.start()]] * (len(known.text) + 1))
            if isinstance(known, Placed)
            else None
        )

    return _replaced(text, _REFERENCE, value)


def _replaced(text: Placed, pattern: re.Pattern[str], value: Callable[[re.Match[str]], Placed | None]) -> Placed:
    """Return a text with a value for each match; without a value, the match stays and the text is marked unknown."""
    pieces: list[Placed] = []
    at = 0
    for match in pattern.finditer(text.text):
        pieces.append(text.part(at, match.start()))
        written = text.part(match.start(), match.end())
        pieces.append(value(match) or Placed(written.text, written.offsets, is_known=False))
        at = match.end()
    return joined((*pieces, text.part(at, len(text.text))))
