"""Files of a checkout, a bare git directory, a folder, or an archive, all read alike."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol


class Origin(NamedTuple):
    """
    Where files come from.

    Args:
        commit: Of a git repository; the release of a wheel; empty if neither is known.

        date: Of the commit, else of the newest file: ISO 8601, a day.
    """

    commit: str
    date: str


class Tree(Protocol):
    """Text files by their path below the root, with forward slashes."""

    origin: Origin

    def names(self) -> list[str]:
        """Return the paths of all files, sorted."""

    def text(self, name: str) -> str:
        """Return the text of one."""


def open_tree(path: Path) -> Tree:
    """
    Open a path as a tree of files.

    Raises:
        SystemExit: Files cannot be read from it.
    """
    if path.is_dir():
        is_git = (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())
        return _GitTree(path) if is_git else _FolderTree(path)
    if path.is_file() and zipfile.is_zipfile(path):
        return _ZipTree(path)
    if path.is_file() and tarfile.is_tarfile(path):
        return _TarTree(path)
    raise SystemExit(f"{path}: not a folder, git repository, wheel, zip or tar archive")


def matching(tree: Tree, pattern: str) -> Iterator[tuple[str, str]]:
    """Return path and text of the files whose path ends as a regular expression says, in order."""
    for name in tree.names():
        if re.search(rf"(?:^|/){pattern}$", name):
            yield name, tree.text(name)


class _GitTree:
    """The last commit of a repository; its work tree does not count."""

    def __init__(self, path: Path) -> None:
        self._path = path
        commit, seconds = self._git("log", "-1", "--format=%H %ct").split()
        self.origin = Origin(commit, _day(int(seconds)))

    def _git(self, *arguments: str) -> str:
        call = ["git", "-C", str(self._path), *arguments]
        return subprocess.run(call, check=True, capture_output=True).stdout.decode("utf-8", "replace")

    def names(self) -> list[str]:
        return sorted(self._git("ls-tree", "-r", "-z", "--name-only", "HEAD").rstrip("\0").split("\0"))

    def text(self, name: str) -> str:
        return self._git("show", f"HEAD:{name}")


class _FolderTree:
    def __init__(self, path: Path) -> None:
        self._path = path
        newest = max((file.stat().st_mtime for file in path.rglob("*") if file.is_file()), default=0.0)
        self.origin = Origin("", _day(newest))

    def names(self) -> list[str]:
        return sorted(file.relative_to(self._path).as_posix() for file in self._path.rglob("*") if file.is_file())

    def text(self, name: str) -> str:
        return (self._path / name).read_text(encoding="utf-8", errors="replace")


class _ZipTree:
    """A zip archive; of a wheel, the release stands for the commit."""

    def __init__(self, path: Path) -> None:
        self._file = zipfile.ZipFile(path)
        infos = [info for info in self._file.infolist() if not info.is_dir()]
        newest = max((info.date_time for info in infos), default=(1980, 1, 1, 0, 0, 0))
        release = path.name.split("-")[1] if path.suffix == ".whl" else ""
        self.origin = Origin(release, "{:04}-{:02}-{:02}".format(*newest))
        self._names = {_below_root(info.filename, infos[0].filename): info.filename for info in infos}

    def names(self) -> list[str]:
        return sorted(self._names)

    def text(self, name: str) -> str:
        return self._file.read(self._names[name]).decode("utf-8", "replace")


class _TarTree:
    def __init__(self, path: Path) -> None:
        self._file = tarfile.open(path)  # noqa: SIM115  (open as long as the tree is)
        infos = [info for info in self._file.getmembers() if info.isfile()]
        self.origin = Origin("", _day(max((info.mtime for info in infos), default=0)))
        self._infos = {_below_root(info.name, infos[0].name): info for info in infos}

    def names(self) -> list[str]:
        return sorted(self._infos)

    def text(self, name: str) -> str:
        file = self._file.extractfile(self._infos[name])
        return file.read().decode("utf-8", "replace") if file else ""


def _below_root(name: str, first: str) -> str:
    """Leave out the one folder that archives of repositories have around everything: ``name-commit/``."""
    root = first.partition("/")[0]
    return name.removeprefix(f"{root}/") if re.search(r"-[0-9a-f]{7,40}$|-(?:main|master)$", root) else name


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
