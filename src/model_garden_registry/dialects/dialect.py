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
from model_garden_registry.dialects.texts.options import meaning_of, plain_option
from model_garden_registry.dialects.vocabulary import Vocabulary, vocabulary
from model_garden_registry.entries.settings.task_settings import OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.files.yaml_text import yaml_text
from model_garden_registry.visible_text import visible

#: Forms in which a line that begins with ``#`` is a comment.
_COMMENTED: tuple[Form, ...] = ("yaml", "script")

#: Keys and values of a file → its text, for a form that is not a plain mapping.
Writer = Callable[[ExportRequest, Mapping[str, Any]], str]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """
    A tool's file.

    Args:
        name: The tool, as ``mgr export`` takes it; also the name of its vocabulary.

        task: What its files are for.

        model_key: The key that names the model; its value is a Hugging Face id or a path. None: the file has none, and
            goes with a model that is named elsewhere.

        rules: What its keys mean in our settings; no key and no setting stands in two of them.

        forms: How its files are written, the usual one first.

        marks: Keys of which a file of this tool has at least one; what distinguishes it from others' files.

        constants: Settings that every file of the tool has: its stack or engine.

        refuses_unknown: Whether the tool refuses a key that it does not know, rather than passing over it.

        commands: Programs whose arguments these are, with their subcommand: ``vllm serve``.

        always: Keys that every file needs beside what the rules say.

        notes: What the reader of a written file should know, such as how to start it.

        unsaid: Settings that have no place in the file, each with why nothing is lost: an assumption about the load.

        writers: How a form is written that is not a plain mapping; notes are put before it where it has comments.

        flat_groups: Keys whose mapping is read key by key, as ``group.key``.

        is_options: Whether its keys are options of a command, which files write as well with dashes as without.

        spellings: How a text is read for keys that take more than their type says: ``8k`` for a number. Each raises
            ``ValueError`` with half a sentence that follows the key.

        environment: The key below which variables stand that are set for a command; None: none is read. What only a
            shell knows stands there as it is written.

        is_script: Whether a script of one's own takes these options, which may have further ones.

        of_command: What a command says by its subcommand and by what starts its processes, beside its own options.
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

    @property
    def vocabulary(self) -> Vocabulary:
        """The tool's own words."""
        return vocabulary(self.name)

    def plain(self, written: str) -> str:
        """Return a key as the vocabulary writes it."""
        return plain_option(written) if self.is_options or written.startswith("-") else written

    def key_of(self, written: str) -> str | None:
        """Return the key that a text of a file is; None if the tool has none."""
        if self.is_options or written.startswith("-"):
            meaning = meaning_of(written, self.vocabulary)
            return meaning.key if meaning else None
        return self.vocabulary.key_of(written)

    def taken(self, key: str, value: Any) -> Any:
        """
        Return a value of a key as the tool takes it.

        Raises:
            ValueError: The tool does not take it; the text says what it takes.
        """
        if isinstance(value, str) and key in self.spellings:
            value = self.spellings[key](value)
        return self.vocabulary.keys[key].taken(value)

    @property
    def understood(self) -> frozenset[str]:
        """The tool's keys that the rules explain, the model's among them."""
        named = frozenset({self.model_key} if self.model_key else ())
        return named.union(*(rule.keys for rule in self.rules))

    @property
    def said(self) -> frozenset[str]:
        """Our settings that a file of it says."""
        return frozenset(self.constants).union(*(rule.settings for rule in self.rules))

    def words(self, request: ExportRequest) -> dict[str, Any]:
        """
        Return what a file says, in the tool's words and in order.

        Raises:
            UnsupportedExportError: The tool has no words for a setting that was asked for.
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
            problems.append(f"{self.vocabulary.title} has no word for {', '.join(missing)}")
        if problems:
            raise UnsupportedExportError(request.target, request.model_id, "; ".join(problems))
        return found

    def changed(self, before: ExportRequest, after: ExportRequest, paths: Collection[str]) -> dict[str, Any]:
        """
        Return the keys that say other settings, each with its new value; None: it goes, and what it said is not so.

        Args:
            paths: The settings; those that a file of the tool does not say are passed over.

        Raises:
            UnsayableError: The tool has no words for a new value.
        """
        old: dict[str, Any] = {}
        new: dict[str, Any] = {}
        for rule in self.rules:
            if not set(paths).isdisjoint(rule.settings):
                new |= rule.write(after)
                with suppress(UnsayableError):  # a file may say what is not written
                    old |= rule.write(before)
        gone = {key: None for key, value in old.items() if key not in new and not self._is_idle(key, value)}
        return {**{key: value for key, value in new.items() if old.get(key) != value}, **gone}

    def _is_idle(self, key: str, value: Any) -> bool:
        """Return whether a key says no more than its absence does."""
        word = self.vocabulary.keys.get(key)
        return value in (None, False) or (word is not None and value == word.default)

    def export(self, request: ExportRequest, form: Form | None = None) -> Exported:
        """
        Write a file.

        Args:
            form: One of ``forms``; None: the first.

        Raises:
            UnsupportedExportError: The tool has no such form, or no words for a setting that was asked for.

            MissingExtraError: The form is YAML and PyYAML is not installed.
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
        # A note may carry what others wrote, which must not end its comment.
        comments = (f"# {visible(note)}\n" for note in notes if chosen in _COMMENTED)
        return Exported(text="".join(comments) + text, notes=notes)

    def _left_out(self, request: ExportRequest) -> Iterator[str]:
        """Name what the entry states on purpose and the tool has no word for."""
        for path, origin in request.settings.origins.items():
            if origin.kind is OriginKind.ENTRY and path not in self.said and path not in self.unsaid:
                value = request.value(path)
                if value not in (None, False):
                    yield f"{path} = {value}: {self.vocabulary.title} has no equivalent"
