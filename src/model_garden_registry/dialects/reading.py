"""From a file to its content: its tool, its model, its settings, and every key that does not become a setting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.errors import ForeignFileError, UnrecognisedFileError
from model_garden_registry.dialects.foreign_config import ForeignConfig, Remark
from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.recognising import command_items, dialect_of, given_file
from model_garden_registry.dialects.rules import RefusedValueError, Words
from model_garden_registry.dialects.targets import every_dialect
from model_garden_registry.dialects.texts.commands import Command, CommandForm, command_form, read_commands
from model_garden_registry.dialects.texts.documents import Document, json_document, not_yaml, yaml_document
from model_garden_registry.dialects.texts.options import written_option
from model_garden_registry.dialects.vocabulary import ABSENT
from model_garden_registry.errors import RegistryReadError, closing
from model_garden_registry.files.reading import LARGEST_SETTINGS_BYTES, read_bytes
from model_garden_registry.files.yaml_text import YamlError
from model_garden_registry.findings import Code, Finding, Place, Severity
from model_garden_registry.near_names import close_names
from model_garden_registry.visible_text import visible

_YAML = frozenset({".yaml", ".yml"})
#: The most words of one command.
_LONGEST_COMMAND = 5_000
#: The most commands of one file, which are judged one by one.
_MOST_COMMANDS = 500
#: The most unknown keys of one file that get a search for similar names: if all are unknown, it is not a slip.
_MOST_SLIPS = 100


def read_configs(path: Path, *, dialects: Iterable[Dialect] | None = None) -> tuple[ForeignConfig, ...]:
    """
    Return the content of another tool's file, one item per command.

    Args:
        dialects: The tools; None: all known tools.

    Raises:
        ForeignFileError: It cannot be read.

        UnrecognisedFileError: It is of no known tool, or its content does not match its suffix.

        MissingExtraError: It is YAML and PyYAML is not installed.
    """
    known = every_dialect() if dialects is None else tuple(dialects)
    content = _content(path)
    form, commands = _commands(content, path)
    if found := _of_commands(path, commands, known):
        return found
    if form not in (None, CommandForm.SKYPILOT):  # many files have a key `run`
        programs = sorted(program for dialect in known for program in dialect.commands)
        raise UnrecognisedFileError(path, f"starts no known tool ({', '.join(programs)})")
    document = _document(content, path)
    if document is not None and (found := _of_models(path, document, known)):
        return found
    if document is not None and (dialect := dialect_of(document.values, known)) is not None:
        return (config_of(path, dialect, document.items(dialect.flat_groups)),)
    raise UnrecognisedFileError(path, f"is not a file of a known tool ({', '.join(dialect.name for dialect in known)})")


def read_config(path: Path) -> ForeignConfig:
    """
    Return the content of another tool's file with one mapping or command.

    Raises:
        ForeignFileError: As ``read_configs``; or it has several commands.
    """
    first, *more = read_configs(path)
    if more:
        raise ForeignFileError(path, f"has {1 + len(more)} commands: read_configs reads each", line=more[0].line)
    return first


def _content(path: Path) -> bytes:
    try:
        return read_bytes(path, LARGEST_SETTINGS_BYTES)
    except RegistryReadError as error:
        raise ForeignFileError(path, error.problem) from None


def _commands(content: bytes, path: Path) -> tuple[CommandForm | None, tuple[Command, ...]]:
    """Return the kind of a file with commands, if it is one, and its commands."""
    try:
        text = content.decode("utf-8-sig")
        form = command_form(path.name, text)
        return form, () if form is None else read_commands(text, form, _MOST_COMMANDS + 1)
    except UnicodeDecodeError:
        return None, ()
    except YamlError as error:
        raise not_yaml(path, error) from None


def _of_commands(path: Path, commands: Iterable[Command], dialects: tuple[Dialect, ...]) -> tuple[ForeignConfig, ...]:
    """
    Return the content of each command of a known tool.

    Raises:
        UnrecognisedFileError: There is none, except one that is given a file: check that file.
    """
    commands = tuple(commands)
    if len(commands) > _MOST_COMMANDS:
        line = commands[_MOST_COMMANDS].line
        raise ForeignFileError(path, f"has more than {_MOST_COMMANDS} commands: it looks generated", line=line)
    for command in commands:
        if len(command.words) > _LONGEST_COMMAND:
            raise ForeignFileError(path, f"has a command of more than {_LONGEST_COMMAND} words", line=command.line)
    found = [(command, said) for command in commands if (said := command_items(command, dialects)) is not None]
    given = next((name for command in commands if (name := given_file(command)) is not None), None)
    if not found and given is not None:
        raise UnrecognisedFileError(path, f"starts a tool with {given.text}: check that file", line=given.line)
    return tuple(config_of(path, dialect, items, line=command.line) for command, (dialect, items) in found)


def _of_models(path: Path, document: Document, dialects: tuple[Dialect, ...]) -> tuple[ForeignConfig, ...]:
    """
    Return the content of each model in a file that may have several.

    Raises:
        ForeignFileError: It has too many.
    """
    for dialect in dialects:
        models = tuple(islice(dialect.models(document), _MOST_COMMANDS + 1)) if dialect.models else ()
        if len(models) > _MOST_COMMANDS:
            raise ForeignFileError(path, f"has more than {_MOST_COMMANDS} models: it looks generated")
        if models:
            return tuple(config_of(path, dialect, items, line=line) for line, items in models)
    return ()


def _document(content: bytes, path: Path) -> Document | None:
    if path.suffix.lower() == ".json":
        return json_document(content, path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnrecognisedFileError(path, "is not UTF-8") from None
    return yaml_document(text, path) if path.suffix.lower() in _YAML else None


def config_of(path: Path, dialect: Dialect, items: Iterable[Item], *, line: int | None = None) -> ForeignConfig:
    """
    Return the content of items, in a dialect.

    Args:
        line: First line of the command that they are arguments of.
    """
    reader = _Reader(path, dialect)
    for item in items:
        reader.take(item)
    overrides, said_by = reader.settings()
    return ForeignConfig(
        path=path,
        line=line,
        dialect=dialect,
        model=reader.found.get(dialect.model_key or ""),
        overrides=overrides,
        said_by=said_by,
        understood=tuple(reader.understood),
        without_influence=tuple(reader.without_influence),
        not_followed=tuple(reader.not_followed),
        unknown=tuple(reader.unknown),
        findings=tuple(reader.findings),
    )


class _Reader:
    """The keys of one file, sorted by what becomes of them."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self.path, self.dialect, self.vocabulary = path, dialect, dialect.vocabulary
        self.found: dict[str, Item] = {}
        self.understood: list[Item] = []
        self.without_influence: list[Remark] = []
        self.not_followed: list[Remark] = []
        self.unknown: list[Remark] = []
        self.findings: list[Finding] = []

    def take(self, item: Item) -> None:
        """Sort one key."""
        key = self.dialect.key_of(item.key)
        if key is None:
            self._take_unknown(item)
            return
        try:
            value = self.dialect.taken(key, item.value)
        except ValueError as error:
            self._say(Code.KEY_VALUE, Severity.FAIL, item, str(error))
            return
        taken = Item(item.key, value, item.line, item.column)
        if key in self.vocabulary.without_influence:
            self.without_influence.append(Remark(taken, self.vocabulary.without_influence[key]))
        elif key in self.vocabulary.not_followed:
            self._take_not_followed(taken, self.vocabulary.not_followed[key], self.vocabulary.keys[key].default)
        else:
            self.found[key] = taken
            self.understood.append(taken)
            if isinstance(value, UnknownValue):
                self._say(Code.KEY_VALUE, Severity.WARNING, item, f"is not known from the file: {value}")

    def _take_unknown(self, item: Item) -> None:
        if isinstance(item.value, UnknownValue) and item.value.text == item.key:
            self.unknown.append(Remark(item, "its value is not in the file"))
            self._say(Code.KEY_VALUE, Severity.WARNING, item, "is not known from the file, and may stand for options")
            return
        plain = self.dialect.plain(item.key)
        refuses = self.dialect.refuses_unknown or plain in self.vocabulary.refused
        severity = Severity.FAIL if refuses and not self.dialect.is_script else Severity.WARNING
        effect = "refuses it" if refuses else "ignores it"
        if self.dialect.is_script:
            effect += " unless the script adds it"
        tool = self.vocabulary.named
        if item.key.isspace():
            self._say(Code.KEY_UNKNOWN, severity, item, "is not a key: after a backslash it ends the command")
            return
        if plain in self.vocabulary.retired:
            instead = self.vocabulary.retired[plain]
            self.unknown.append(Remark(item, instead))
            if self.dialect.refuses_unknown or not _is_off(item.value):
                self._say(Code.KEY_RETIRED, severity, item, f"was removed, and {tool} {effect}: {instead}")
            return
        if plain in self.vocabulary.elsewhere:
            whose = self.vocabulary.elsewhere[plain]
            self.unknown.append(Remark(item, whose))
            self._say(Code.KEY_UNKNOWN, severity, item, f"is not a key of {tool}, which {effect}: it is {whose}")
            return
        names = (*self.vocabulary.keys, *self.vocabulary.aliases) if len(self.unknown) < _MOST_SLIPS else ()
        close = close_names(plain, names)
        if self.dialect.is_options:
            close = tuple(map(written_option, close))
        near = closing(close)
        self.unknown.append(Remark(item, ", ".join(close)))
        self._say(Code.KEY_UNKNOWN, severity, item, f"is not a key of {tool}, which {effect}{near}")

    def _take_not_followed(self, item: Item, reason: str, default: Any) -> None:
        self.not_followed.append(Remark(item, reason))
        if _changes(item.value, default):
            self._say(Code.KEY_NOT_FOLLOWED, Severity.WARNING, item, f"is not followed: {reason}")

    def settings(self) -> tuple[Mapping[str, Any], Mapping[str, Item]]:
        """Return our settings as the file has them, and the key that sets each."""
        words = Words(self.found, self.vocabulary)
        overrides: dict[str, Any] = dict(self.dialect.constants)
        said_by: dict[str, Item] = {}
        for rule in self.dialect.rules:
            try:
                found = rule.read(words)
            except RefusedValueError as error:
                item = self.found.get(error.key, Item(error.key, None))
                self._say(Code.KEY_VALUE, Severity.FAIL, item, error.problem)
                continue
            overrides |= found
            for path in found:
                saying = next((key for key in rule.said_by.get(path, rule.keys) if key in words), None)
                if saying is not None:
                    said_by[path] = self.found[saying]
        for key, reason in words.left.items():
            item = self.found[key]
            self.understood.remove(item)
            self.not_followed.append(Remark(item, reason))
            self._say(Code.KEY_NOT_FOLLOWED, Severity.WARNING, item, f"is not followed: {reason}")
        for key, problem in words.doubts:
            self._say(Code.KEY_VALUE, Severity.WARNING, self.found.get(key, Item(key, None)), problem)
        return overrides, said_by

    def _say(self, code: Code, severity: Severity, item: Item, problem: str) -> None:
        self.findings.append(
            Finding(
                code=code,
                severity=severity,
                message=f"{'a space' if item.key.isspace() else visible(item.key)} {visible(problem)}",
                where=item.key,
                place=Place(file=str(self.path), line=item.line, column=item.column),
            )
        )


def _changes(value: Any, default: Any) -> bool:
    """Return whether a value differs from the tool's default."""
    return not _is_off(value) if default is None or default is ABSENT else value is not None and value != default


def _is_off(value: Any) -> bool:
    """Return whether a value switches nothing on."""
    return value in (None, False, 0, "") or value in ([], {})
