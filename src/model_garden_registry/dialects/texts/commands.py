"""
Commands of tools in other files: shell scripts, Dockerfiles, compose files, manifests, SkyPilot and dstack files.

Nothing is run and nothing is looked up outside the text. A value that only a shell knows stays as written, and is
marked as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.texts.command import Command, Word
from model_garden_registry.dialects.texts.deployments.clusters import (
    find_in_dstack,
    find_in_script_of_slurm,
    find_in_skypilot,
)
from model_garden_registry.dialects.texts.deployments.containers import compose_containers, kubernetes_containers
from model_garden_registry.dialects.texts.deployments.dockerfiles import dockerfile_containers
from model_garden_registry.dialects.texts.placed import Lines, Placed
from model_garden_registry.dialects.texts.shell.variables import Assignment
from model_garden_registry.dialects.texts.starting.programs import Start
from model_garden_registry.dialects.texts.starting.scripts import Found, find_in_container
from model_garden_registry.dialects.texts.yaml_nodes import YamlNode, read_documents

__all__ = ["Command", "CommandForm", "Word", "command_form", "read_commands"]


class CommandForm(StrEnum):
    """Kinds of files that contain commands."""

    SHELL = "shell"
    DOCKERFILE = "dockerfile"
    COMPOSE = "compose"
    KUBERNETES = "kubernetes"
    SKYPILOT = "skypilot"
    DSTACK = "dstack"


_SHELL_NAME = re.compile(r".*\.(?:sh|bash|zsh|ksh|slurm|sbatch)", re.IGNORECASE)
_DOCKERFILE_NAME = re.compile(r"(?:.*[.-])?(?:dockerfile|containerfile)(?:[.-].*)?", re.IGNORECASE)
#: A top-level key of such a file. Looking for the word first saves composing every other YAML file.
_SOME_KEY = re.compile(r"\b(?:apiVersion|services|type|run)\b[\"']?\s*:")
_YAML_NAME = re.compile(r".*\.ya?ml", re.IGNORECASE)


def command_form(name: str, text: str) -> CommandForm | None:
    """
    Return the kind of a file with commands; None if it is not one.

    Args:
        name: Its name, without folders.

        text: What it contains.

    Raises:
        YamlError: The name has a YAML suffix, and the text is not YAML.

        MissingExtraError: It is YAML, and PyYAML is not installed.
    """
    if _DOCKERFILE_NAME.fullmatch(name):
        return CommandForm.DOCKERFILE
    if _YAML_NAME.fullmatch(name):
        if _SOME_KEY.search(text) is None:
            return None
        forms = (_document_form(document) for document in read_documents(Placed.whole(text)))
        return next((form for form in forms if form), None)
    if _SHELL_NAME.fullmatch(name) or re.match(r"#!.*\b(?:ba|z|da|k)?sh\b", text):
        return CommandForm.SHELL
    return None


def _document_form(document: YamlNode) -> CommandForm | None:
    keys = document.entries()
    if {"apiVersion", "kind"} <= keys.keys():
        return CommandForm.KUBERNETES
    if "services" in keys:
        return CommandForm.COMPOSE
    if keys.get("type") and keys["type"].text.text in {"task", "service", "dev-environment"}:
        return CommandForm.DSTACK
    return CommandForm.SKYPILOT if "run" in keys and keys["run"].is_text else None


def read_commands(text: str, form: CommandForm, most: int | None = None) -> tuple[Command, ...]:
    """
    Return the commands of known tools in a file, in order.

    Args:
        text: The file.

        form: The kind of the file.

        most: Number of commands to look for; None: all.

    Raises:
        YamlError: The kind is a YAML one, and the text is not YAML.

        MissingExtraError: It is YAML, and PyYAML is not installed.
    """
    lines = Lines(text)
    every = islice(_find(Placed.whole(text), form), most)
    return tuple(_command(found.start, found.environment, lines) for found in every)


def _find(source: Placed, form: CommandForm) -> Iterator[Found]:
    match form:
        case CommandForm.SHELL:
            yield from find_in_script_of_slurm(source)
        case CommandForm.DOCKERFILE:
            for container in dockerfile_containers(source):
                yield from find_in_container(container)
        case _:
            for document in read_documents(source):
                yield from _find_in_document(document, form)


def _find_in_document(document: YamlNode, form: CommandForm) -> Iterator[Found]:
    match form:
        case CommandForm.SKYPILOT:
            yield from find_in_skypilot(document)
        case CommandForm.DSTACK:
            yield from find_in_dstack(document)
        case CommandForm.COMPOSE:
            for container in compose_containers(document):
                yield from find_in_container(container)
        case _:
            for container in kubernetes_containers(document):
                yield from find_in_container(container)


def _command(start: Start, environment: tuple[Assignment, ...], lines: Lines) -> Command:
    words = tuple(Word(word.text, word.is_known, *lines.position(word.start)) for word in start.words)
    variables = tuple(Item(made.name, _value(made), *lines.position(made.start)) for made in environment)
    launcher = _command(start.launcher, (), lines) if start.launcher else None
    line, column = lines.position(start.at.start)
    return Command(start.tool, start.subcommand, words, variables, line, column, launcher)


def _value(made: Assignment) -> str | UnknownValue:
    return made.value.text if isinstance(made.value, Placed) else UnknownValue(f"${made.name}")
