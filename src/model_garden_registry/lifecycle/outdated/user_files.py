"""The files in which users name models: those that are named, and those of known kinds in folders."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from model_garden_registry.files.reading import is_folder, is_there

#: YAML, JSON and notebooks, Python, shell, Markdown, TOML, lists of variables.
_ENDINGS = frozenset(
    {".bash", ".env", ".ipynb", ".json", ".markdown", ".md", ".mdx", ".py", ".sh", ".toml", ".yaml", ".yml", ".zsh"}
)
#: Dockerfile, gpu.Dockerfile, Dockerfile.gpu, and likewise the others.
_NAMES = re.compile(r"(?:.*\.)?(?:Dockerfile|Containerfile|Modelfile)(?:\..*)?|\.env(?:\..*)?", re.IGNORECASE)
#: Folders of tools, with copies of what others wrote.
_OTHERS = frozenset(
    {
        *(".cache", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn"),
        *(".tox", ".venv", "__pycache__", "node_modules", "site-packages"),
    }
)


def user_files(paths: Iterable[Path], closed: Callable[[OSError], object] | None = None) -> Iterator[tuple[Path, bool]]:
    """
    Yield files, each with whether it was named itself; of folders, those of known kinds, sorted, links left out.

    Folders of tools (``.git``, ``node_modules``, virtual environments) are passed over.

    Args:
        closed: Called for each folder that cannot be read.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _below(path, closed) if is_folder(path) else (path,):
            if file not in seen:
                seen.add(file)
                yield file, file == path


def _below(folder: Path, closed: Callable[[OSError], object] | None) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=closed):
        folders[:] = sorted(name for name in folders if not _is_of_a_tool(Path(parent, name)))
        for name in sorted(names):
            file = Path(parent, name)
            if (file.suffix.casefold() in _ENDINGS or _NAMES.fullmatch(name)) and not os.path.islink(file):  # noqa: PTH114
                yield file


def _is_of_a_tool(folder: Path) -> bool:
    return folder.name in _OTHERS or is_there(folder / "pyvenv.cfg")
