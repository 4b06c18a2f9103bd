"""A tool's file as a table of rules, written and read."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import Exported, ExportRequest, Form
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.rules import Rule, UnsayableError
from model_garden_registry.dialects.texts.command import Command
from model_garden_registry.dialects.texts.documents import Document
from model_garden_registry.dialects.texts.options import meaning_of, plain_option
from model_garden_registry.dialects.vocabulary import Vocabulary, vocabulary
from model_garden_registry.entries.settings.task_settings import OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.files.yaml_text import yaml_text
from model_garden_registry.visible_text import visible

#: Formats in which a line that begins with ``#`` is a comment.
_COMMENTED: tuple[Form, ...] = ("yaml", "script")

#: Turns keys and values into the text of a file, for a format that is not a plain mapping.
Writer = Callable[[ExportRequest, Mapping[str, Any]], str]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """
    A tool's file format.

    Args:
        name: The tool, as ``mgr export`` takes it; also the name of its vocabulary.

        task: The task of its files.

        model_key: The key of the model; its value is a Hugging Face id or a path. None: the file has no such key, and
            belongs to a model named elsewhere.

        rules: The meaning of its keys in our settings; no key and no setting is in two of them.

        forms: Its formats, the usual one first.

        marks: Keys of which a file of this tool has at least one; they distinguish it from other tools' files.

        constants: Settings that are the same in every file of the tool: its stack or engine.

        refuses_unknown: Whether the tool refuses an unknown key, rather than ignoring it.

        commands: Programs that take these arguments, with their subcommand: ``vllm serve``.

        always: Keys that every file needs in addition to those of the rules.

        notes: What the reader of a written file should know, such as how to start it.

        unsaid: Settings that the file cannot express, each with why nothing is lost: an assumption about the load.

        writers: Writers of formats that are not a plain mapping; notes come first, if the format has comments.

        flat_groups: Keys whose mapping is read key by key, as ``group.key``.

        is_options: Whether its keys are options of a command, which files may also write with dashes.

        spellings: Readers of texts that a key accepts beyond its type: ``8k`` for a number. Each raises
            ``ValueError`` with half a sentence that follows the key.

        environment: The key with the environment variables of a command; None: none are read. Values that only a
            shell knows stay as they are written.

        is_script: Whether a user's own script takes these options, which may have more.

        of_command: The items in a command's subcommand and launcher, apart from its own options.

        models: Yields the items of each model in a file that may have several, with its first line; nothing if the
            file is none of the tool. None: a file is one model's.

        has_replicas: Whether its files can start several copies of a server.

        preferred: Settings that an export writes unless the user sets others: with the tool's own default, a run needs
            several times the memory.
    """

    name: str
    task: Task
    model_key: str | None
    rules: tuple[Rule, ...]
    forms: tuple[Form, ...]
    marks: frozenset[str]
    constants: Mapping[str, Any]
    refuses_unknown: bool
    commands: frozenset[str] = frozenset()
    always: Callable[[ExportRequest], Mapping[str, Any]] | None = None
    notes: Callable[[ExportRequest], tuple[str, ...]] | None = None
    unsaid: Mapping[str, str] = field(default_factory=dict)
    writers: Mapping[Form, Writer] = field(default_factory=dict)
    flat_groups: frozenset[str] = frozenset()
    is_options: bool = False
    spellings: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)
    environment: str | None = None
    is_script: bool = False
    of_command: Callable[[Command], Iterable[Item]] | None = None
    models: Callable[[Document], Iterable[tuple[int | None, tuple[Item, ...]]]] | None = None
    has_replicas: bool = False
    preferred: Mapping[str, Any] = field(default_factory=dict)

    @property
    def vocabulary(self) -> Vocabulary:
        """The tool's own words."""
        return vocabulary(self.name)

    def plain(self, written: str) -> str:
        """Return a key as the vocabulary writes it."""
        return plain_option(written) if self.is_options or written.startswith("-") else written

    def key_of(self, written: str) -> str | None:
        """Return the key for a text of a file; None if the tool has none."""
        if self.is_options or written.startswith("-"):
            meaning = meaning_of(written, self.vocabulary)
            return meaning.key if meaning else None
        return self.vocabulary.key_of(written)

    def taken(self, key: str, value: Any) -> Any:
        """
        Return a value of a key as the tool takes it.

        Raises:
            ValueError: The tool does not take it; the text lists what it takes.
        """
        if isinstance(value, str) and key in self.spellings:
            value = self.spellings[key](value)
        return self.vocabulary.keys[key].taken(value)

    @property
    def understood(self) -> frozenset[str]:
        """The tool's keys that the rules explain, the model's included."""
        named = frozenset({self.model_key} if self.model_key else ())
        return named.union(*(rule.keys for rule in self.rules))

    @property
    def said(self) -> frozenset[str]:
        """Our settings that a file of this tool expresses."""
        return frozenset(self.constants).union(*(rule.settings for rule in self.rules))

    def words(self, request: ExportRequest) -> dict[str, Any]:
        """
        Return the content of a file, in the tool's words and in order.

        Raises:
            UnsupportedExportError: The tool cannot express a setting that was asked for.
        """
        found: dict[str, Any] = {self.model_key: request.model_id} if self.model_key else {}
        found |= self.always(request) if self.always else {}
        problems: list[str] = []
        for rule in self.rules:
            try:
                found |= rule.write(request)
            except UnsayableError as error:
                problems.append(str(error))
        missing = [path for path in request.settings.overrides() if path not in self.said and path not in self.unsaid]
        if missing:
            problems.append(f"{self.vocabulary.title} has no option for {', '.join(missing)}")
        if problems:
            raise UnsupportedExportError(request.target, request.model_id, "; ".join(problems))
        return found

    def changed(self, before: ExportRequest, after: ExportRequest, paths: Collection[str]) -> dict[str, Any]:
        """
        Return the keys of changed settings, each with its new value; None: the key is removed.

        Args:
            paths: The settings; those that a file of the tool does not express are skipped.

        Raises:
            UnsayableError: The tool cannot express a new value.
        """
        old: dict[str, Any] = {}
        new: dict[str, Any] = {}
        for rule in self.rules:
            if not set(paths).isdisjoint(rule.settings):
                new |= rule.write(after)
                with suppress(UnsayableError):  # a file may have values that we never write
                    old |= rule.write(before)
        gone = {key: None for key, value in old.items() if key not in new and not self._is_idle(key, value)}
        return {**{key: value for key, value in new.items() if old.get(key) != value}, **gone}

    def _is_idle(self, key: str, value: Any) -> bool:
        """Return whether a key with this value equals leaving it out."""
        word = self.vocabulary.keys.get(key)
        return value in (None, False) or (word is not None and value == word.default)

    def export(self, request: ExportRequest, form: Form | None = None) -> Exported:
        """
        Return a written file.

        Args:
            form: One of ``forms``; None: the first.

        Raises:
            UnsupportedExportError: The tool has no such format, or cannot express a setting that was asked for.

            MissingExtraError: The format is YAML and PyYAML is not installed.
        """
        chosen = self.forms[0] if form is None else form
        if chosen not in self.forms:
            raise UnsupportedExportError(
                request.target, request.model_id, f"it is written as {' or '.join(self.forms)}, not as {chosen}"
            )
        words = self.words(request)
        notes = (*(self.notes(request) if self.notes else ()), *self._left_out(request))
        writer = self.writers.get(chosen)
        if writer is not None:
            text = writer(request, words)
        elif chosen == "json":
            text = json.dumps(words, indent=2, ensure_ascii=False) + "\n"
        else:
            text = yaml_text(words)
        # A note may contain text from others, which must not end its comment.
        comments = (f"# {visible(note)}\n" for note in notes if chosen in _COMMENTED)
        return Exported(text="".join(comments) + text, notes=notes)

    def _left_out(self, request: ExportRequest) -> Iterator[str]:
        """Yield the settings that the entry states on purpose and the tool cannot express."""
        for path, origin in request.settings.origins.items():
            if origin.kind is OriginKind.ENTRY and path not in self.said and path not in self.unsaid:
                value = request.value(path)
                if value not in (None, False):
                    yield f"{path} = {value}: {self.vocabulary.title} has no equivalent"
