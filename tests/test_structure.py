"""How the sources are cut up: folders of few modules, modules of few lines, and a test file for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
SOURCES = TESTS.parent / "src" / "model_garden_registry"

#: More is two folders, or two questions.
MOST_MODULES = 12
MOST_MODULES_ON_AVERAGE = 9
MOST_LINES = 300

#: Modules without a test file under their name, by where they are tested instead. `folder/` stands for all in it.
TESTED_ELSEWHERE = {
    "by every test that starts a process": ("__main__",),
    "through the real application: tests/cli": (
        "cli/options/",
        "cli/text/",
        "cli/text/dialects/",
        "cli/text/fitting/",
        "cli/text/registries/",
        "cli/text/clusters/",
        *("cli/command", "cli/exit_codes", "cli/lazy_group", "cli/output"),
        *("cli/registry_places", "cli/report_formats"),
    ),
    "through requests: tests/server": (
        *("server/guarded_route", "server/questions/asked", "server/questions/validate_questions"),
        *("server/questions/bodies", "server/documents/asking"),
        *("server/live/answers", "server/replies/envelopes", "server/replies/failures"),
        *("api/asked", "api/failures"),
    ),
    "through the document that they make: tests/server/description/test_openapi": (
        *("server/description/examples", "server/description/replies", "server/description/responses"),
        *("server/description/document_examples", "server/documents/routes"),
    ),
    "by every document that they describe: tests/payloads/shapes/test_documents": (
        *("payloads/json_schema", "payloads/shapes/shape", "payloads/shapes/settings"),
        *("payloads/shapes/entries", "payloads/shapes/hardware", "payloads/shapes/reports"),
        *("payloads/shapes/estimates", "payloads/shapes/fits", "payloads/shapes/catalogue", "payloads/shapes/matrices"),
        *("payloads/shapes/dialects", "payloads/shapes/registries/", "payloads/shapes/clusters/"),
    ),
    "through the estimates that they make up: tests/memory": ("memory/fitting/levers",),
}


def modules(sources: Path) -> list[str]:
    """Return every module but the faces of folders: `memory/network/shape`."""
    paths = (path.relative_to(sources).with_suffix("") for path in sources.rglob("*.py"))
    return sorted(path.as_posix() for path in paths if path.name != "__init__")


def complaints(sources: Path, tests: Path, elsewhere: Iterable[str]) -> Iterator[str]:
    """Return a sentence for each folder and module that is too large, and for each module without tests."""
    names, spared = modules(sources), set(elsewhere)
    counts = Counter(name.rpartition("/")[0] for name in names)
    for folder, count in counts.items():
        if count > MOST_MODULES:
            yield f"{folder or 'the package'} has {count} modules"
    if len(names) > MOST_MODULES_ON_AVERAGE * len(counts):
        yield f"folders have {len(names) / len(counts):.1f} modules on average"
    for name in names:
        lines = (sources / f"{name}.py").read_text(encoding="utf-8").count("\n")
        if lines > MOST_LINES:
            yield f"{name} has {lines} lines"
        folder, _, last = name.rpartition("/")
        is_spared, is_tested = spared & {name, f"{folder}/"}, (tests / folder / f"test_{last}.py").exists()
        if not is_spared and not is_tested:
            yield f"{name} has no test file of its name"
        if name in spared and is_tested:
            yield f"{name} has a test file, so that it is not tested elsewhere"
    for name in spared:
        if not any(name == module or (module.startswith(name) and name.endswith("/")) for module in names):
            yield f"{name} is not there"


def test_folders_and_modules_are_small_and_tested() -> None:
    """What is too large is two questions; what has no test file says where it is tested."""
    elsewhere = [name for names in TESTED_ELSEWHERE.values() for name in names]

    assert list(complaints(SOURCES, TESTS, elsewhere)) == []


@pytest.mark.parametrize(
    ("files", "elsewhere", "complaint"),
    [
        pytest.param(
            {**{f"a/{n}.py": 1 for n in range(13)}, "b/x.py": 1}, ["a/", "b/"], "a has 13 modules", id="a large folder"
        ),
        pytest.param(
            {f"{folder}/{n}.py": 1 for folder in "ab" for n in range(10)},
            ["a/", "b/"],
            "folders have 10.0 modules on average",
            id="folders of ten",
        ),
        pytest.param({"a/long.py": 301}, ["a/"], "a/long has 301 lines", id="a long module"),
        pytest.param({"a/lone.py": 1}, [], "a/lone has no test file of its name", id="no tests"),
        pytest.param(
            {"a/b/lone.py": 1}, ["a/"], "a/b/lone has no test file of its name", id="no tests, below a folder"
        ),
        pytest.param({"a/x.py": 300}, ["a/x", "gone"], "gone is not there", id="a module that is gone"),
        pytest.param({"a/x.py": 1}, ["a/", "b/"], "b/ is not there", id="a folder that is gone"),
        pytest.param(
            {"../tests/test_x.py": 1, "x.py": 1},
            ["x"],
            "x has a test file, so that it is not tested elsewhere",
            id="tests after all",
        ),
        pytest.param({"../tests/a/test_x.py": 1, "a/x.py": 300, "a/__init__.py": 900}, [], None, id="all is well"),
    ],
)
def test_what_is_planted_is_found(
    files: dict[str, int], elsewhere: list[str], complaint: str | None, tmp_path: Path
) -> None:
    """Each way to go against the rule has its sentence, and only that one."""
    for name, lines in files.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n" * lines, encoding="utf-8")

    found = list(complaints(tmp_path / "src", tmp_path / "tests", elsewhere))

    assert found == ([] if complaint is None else [complaint])
