"""Errors: each has its facts as attributes; ``__str__`` makes the message."""

from __future__ import annotations

import errno
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

from model_garden_registry.visible_text import shown_value, visible

_PACKAGE = __name__.partition(".")[0]


class RegistryError(Exception):
    """Root of every error of this package; never raised itself."""


class RegistryReadError(RegistryError):
    """
    A file is no registry: it cannot be opened, or its text is not one JSON object without duplicate keys.

    Args:
        path: The file.

        problem: What is wrong with it, as half a sentence.

        code: The finding code of the problem (docs/findings.md).

        line: 1-based line of the problem, where there is one.

        column: 1-based column of the problem, in characters.
    """

    def __init__(
        self, path: Path, problem: str, *, code: str = "unreadable", line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem
        self.code = code
        self.line = line
        self.column = column

    @property
    def place(self) -> str:
        """``path``, ``path:line`` or ``path:line:column``, as far as known."""
        return ":".join(visible(str(part)) for part in (self.path, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        return f"{self.place}: {visible(self.problem)}"


class RegistryNotFoundError(RegistryReadError, FileNotFoundError):
    """There is no such file."""

    def __init__(self, path: Path, problem: str = "no such file") -> None:
        super().__init__(path, problem, code="not-found")
        self.errno, self.strerror, self.filename = errno.ENOENT, problem, str(path)

    def __reduce__(self) -> tuple[type[RegistryNotFoundError], tuple[Path, str]]:
        return type(self), (self.path, self.problem)

    def __str__(self) -> str:
        return f"Registry not found: {visible(str(self.path))}"


class RegistryWriteError(RegistryError):
    """
    A file was not written, or not for certain; its former content is still there unless ``problem`` says otherwise.

    Args:
        path: The file.

        problem: Why, as half a sentence.
    """

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{visible(str(self.path))}: {visible(self.problem)}"


class LockedError(RegistryWriteError):
    """A file was not written, because another process is still writing it; ``holder`` names process and host."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(path, f"is locked by {visible(holder)}: try again when that has finished")
        self.args = (path, holder)
        self.holder = holder


class EntryExistsError(RegistryWriteError):
    """An entry was not added to a file: that, or one below it, has one with its id; ``remedy`` is what to do."""

    def __init__(self, path: Path, model_id: str, remedy: str = "name another file with --registry") -> None:
        what = f"has an entry {visible(model_id)!r} already: mgr show {visible(model_id)} prints it"
        super().__init__(path, f"{what}; {remedy}")
        self.args = (path, model_id, remedy)
        self.model_id = model_id


@dataclass(frozen=True, slots=True)
class EntryProblem:
    """
    One thing that is wrong with an entry.

    Args:
        where: JSON pointer from the root of the file.

        expected: What is expected there, as half a sentence.

        found: What is there, shortened.

        kind: The validator's name for the problem.
    """

    where: str
    expected: str
    found: str
    kind: str


class InvalidEntryError(RegistryError):
    """An entry, or the head of the file, does not follow the format; the other entries are not affected."""

    def __init__(self, model_id: str | None, problems: tuple[EntryProblem, ...]) -> None:
        super().__init__(model_id, problems)
        self.model_id = model_id
        self.problems = problems

    @property
    def where(self) -> str:
        """JSON pointer of the first problem."""
        return self.problems[0].where

    @property
    def expected(self) -> str:
        """What is expected at ``where``."""
        return self.problems[0].expected

    @property
    def found(self) -> str:
        """What is found at ``where``."""
        return self.problems[0].found

    def __str__(self) -> str:
        subject = "the registry file" if self.model_id is None else f"entry {self.model_id!r}"
        more = len(self.problems) - 1
        rest = f" (and {more} more)" if more else ""
        return f"{subject} is not valid at {visible(self.where)}: {self.expected}, found {self.found}{rest}"


class UnknownModelError(RegistryError, KeyError):
    """No entry has this id; ``problem`` says what is known about such a name, as half a sentence."""

    def __init__(self, model_id: str, close: tuple[str, ...] = (), *, problem: str | None = None) -> None:
        super().__init__(model_id, close)
        self.model_id = model_id
        self.close = close
        self.problem = problem

    def __str__(self) -> str:
        problem = f": {self.problem}" if self.problem else ""
        return f"no model {self.model_id!r} in the registry{problem}{closing(self.close)}"


class UnknownGpuError(RegistryError):
    """
    No GPU of the table has this name, or the text does not name GPUs.

    Args:
        name: What was asked for.

        close: Names that may have been meant.

        problem: What is wrong with the text itself, as half a sentence; None if the name is only not in the table.
    """

    def __init__(self, name: str, close: tuple[str, ...] = (), *, problem: str | None = None) -> None:
        super().__init__(name, close)
        self.name = name
        self.close = close
        self.problem = problem

    def __str__(self) -> str:
        if self.problem:
            return f"GPU {shown_value(self.name)}: {self.problem}"
        return f"no GPU {shown_value(self.name)} in the table of known GPUs{closing(self.close)}"


class UnsupportedTaskError(RegistryError):
    """The entry has no defaults for this task, and so no settings."""

    def __init__(self, model_id: str, task: str) -> None:
        super().__init__(model_id, task)
        self.model_id = model_id
        self.task = task

    def __str__(self) -> str:
        return f"model {self.model_id!r} does not support {self.task}: the registry has no {self.task} defaults for it"


#: What an unknown setting has for ``allowed``.
NO_SUCH_SETTING = "there is no such setting"


class InvalidOverrideError(RegistryError):
    """There is no setting of this name, or the value is not valid for it."""

    def __init__(
        self, setting: str, value: object, allowed: str, close: tuple[str, ...] = (), *, origin: str | None = None
    ) -> None:
        super().__init__(setting, value, allowed, close)
        self.setting = setting
        self.value = value
        self.allowed = allowed
        self.close = close
        self.origin = origin

    def __str__(self) -> str:
        source = f" (from {self.origin})" if self.origin else ""
        if self.allowed == NO_SUCH_SETTING:
            return f"unknown setting {visible(self.setting)!r}{source}{closing(self.close)}"
        given = f"{visible(self.setting)} = {shown_value(self.value)}"
        return f"{given} is not valid{source}: {self.allowed}{closing(self.close)}"


class MissingShapeError(RegistryError):
    """The entry does not state a number of the network's shape, so there is no exact estimate."""

    def __init__(self, model_id: str, field: str) -> None:
        super().__init__(model_id, field)
        self.model_id = model_id
        self.field = field

    def __str__(self) -> str:
        return f"model {self.model_id!r} has no architecture.{self.field}: its memory cannot be estimated exactly"


class UnknownArchitectureError(RegistryError):
    """No entry can be made for a model of this kind: its config.json has no ``model_type``, or an unknown one."""

    def __init__(self, model_type: str | None, close: tuple[str, ...] = ()) -> None:
        super().__init__(model_type, close)
        self.model_type = model_type
        self.close = close

    def __str__(self) -> str:
        if self.model_type is None:
            return "config.json has no model_type: is it a model's? If so, name a known one with --as TYPE"
        what = f"unknown architecture {visible(self.model_type)!r}"
        return f"{what}; if it is built like a known one, pass that as --as TYPE{closing(self.close)}"


class HardwareFileError(RegistryError):
    """A document is no hardware snapshot; attributes as in ``EntryProblem``."""

    def __init__(self, where: str, expected: str, found: str) -> None:
        super().__init__(where, expected, found)
        self.where = where
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return f"not a hardware snapshot at {visible(self.where) or 'the top'}: {self.expected}, found {self.found}"


class MissingExtraError(RegistryError):
    """An optional library is not installed."""

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(extra, module)
        self.extra = extra
        self.module = module

    def __str__(self) -> str:
        return f"{self.module} is not installed; in a checkout run: pip install '.[{self.extra}]'"


class RegistryWarning(UserWarning):
    """Something in a registry file was ignored; the rest is used."""


def warn(text: str) -> None:
    """Issue a ``RegistryWarning`` at the line outside this package that led to it."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(visible(text), RegistryWarning, stacklevel=level)


def closing(close: tuple[str, ...]) -> str:
    """Return the end of a message, ``; did you mean a, b or c?``; empty where no name is close."""
    names = ", ".join(map(visible, close[:-1]))
    return f"; did you mean {names}{' or ' if names else ''}{visible(close[-1])}?" if close else ""
