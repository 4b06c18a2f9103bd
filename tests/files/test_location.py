"""Which registry file is meant: each place in its turn."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import RegistryReadError, RegistryWarning
from model_garden_registry.files.location import Location, NamedBy, find_registry


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder in which every place names a registry, and make a folder below it the working directory."""
    work = tmp_path / "outer" / "project" / "work"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.setenv("MGR_REGISTRY", "by_variable.json")
    (work / "mgr.toml").write_text('registry = "by_own.json"\n', encoding="utf-8")
    (work.parent / "pyproject.toml").write_text('[tool.mgr]\nregistry = "by_project.json"\n', encoding="utf-8")
    (work / "storage").mkdir()
    (work / "storage" / "models_registry.json").touch()
    return work.parent


def test_each_place_counts_until_an_earlier_one_names_a_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Path, variable, mgr.toml, pyproject.toml, ./storage, the shipped registry: in this order."""
    work = project / "work"

    found = [find_registry("by_path.json"), find_registry()]
    monkeypatch.delenv("MGR_REGISTRY")
    found.append(find_registry())
    (work / "mgr.toml").unlink()
    found.append(find_registry())
    (project / "pyproject.toml").unlink()
    found.append(find_registry())
    (work / "storage" / "models_registry.json").unlink()
    found.append(find_registry())

    assert found == [
        Location(Path("by_path.json"), NamedBy.ARGUMENT),
        Location(Path("by_variable.json"), NamedBy.ENVIRONMENT),
        Location(work / "by_own.json", NamedBy.CONFIGURATION),
        Location(project / "by_project.json", NamedBy.CONFIGURATION),
        Location(Path("storage/models_registry.json"), NamedBy.DIRECTORY),
        Location(bundled_registry(), NamedBy.SHIPPED),
    ]


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(lambda path: path.symlink_to("nowhere"), id="broken link"),
        pytest.param(lambda path: path.symlink_to(os.devnull), id="device"),
        pytest.param(Path.mkdir, id="folder"),
    ],
)
def test_a_local_registry_that_is_no_file_is_not_passed_over(
    put: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another registry would answer without a word: this one is the answer, and reading it says what is wrong."""
    (tmp_path / "storage").mkdir()
    put(tmp_path / "storage" / "models_registry.json")
    monkeypatch.chdir(tmp_path)

    assert find_registry() == Location(Path("storage/models_registry.json"), NamedBy.DIRECTORY)


@pytest.mark.parametrize("path", ["a.json", Path("a.json")], ids=["text", "path"])
def test_an_explicit_path_is_taken_as_it_is(path: str | os.PathLike[str]) -> None:
    """It need not exist: whoever reads it will say so."""
    assert find_registry(path) == Location(Path("a.json"), NamedBy.ARGUMENT)


def test_an_empty_variable_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As shells leave one behind."""
    monkeypatch.setenv("MGR_REGISTRY", "")

    assert find_registry().named_by is NamedBy.SHIPPED


@pytest.mark.parametrize("name", ["mgr.toml", "pyproject.toml"])
def test_a_configured_path_is_relative_to_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Not to the working directory, so that it means the same in every folder of a project."""
    table = "" if name == "mgr.toml" else "[tool.mgr]\n"
    (tmp_path / name).write_text(f'{table}registry = "data/models.json"\n', encoding="utf-8")
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)

    assert find_registry() == Location(tmp_path / "data/models.json", NamedBy.CONFIGURATION)


def test_a_configured_absolute_path_stays_one(tmp_path: Path) -> None:
    """Wherever the configuration is."""
    target = tmp_path / "elsewhere.json"
    (tmp_path / "mgr.toml").write_text(f"registry = '{target}'\n", encoding="utf-8")

    assert find_registry().path == target


def test_mgr_toml_comes_before_pyproject_toml_of_the_same_folder(tmp_path: Path) -> None:
    """The more special file wins."""
    (tmp_path / "pyproject.toml").write_text('[tool.mgr]\nregistry = "project.json"\n', encoding="utf-8")
    (tmp_path / "mgr.toml").write_text('registry = "own.json"\n', encoding="utf-8")

    assert find_registry().path == tmp_path / "own.json"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[tool.other]\nregistry = 'other.json'\n", id="the table of another tool"),
        pytest.param("[tool.mgr]\n", id="our table without a registry"),
        pytest.param("[tool.mgr]\nregistry = ''\n", id="an empty path"),
        pytest.param("tool = 'none'\n", id="tool that is no table"),
        pytest.param("[tool]\nmgr = 'none'\n", id="tool.mgr that is no table"),
        pytest.param("[project]\nname = 'inner'\n", id="an ordinary project"),
    ],
)
def test_the_nearest_pyproject_toml_counts_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A project inside another one does not inherit its registry; a mgr.toml around both is heeded."""
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    (inner / "pyproject.toml").write_text(text, encoding="utf-8")
    (inner.parent / "pyproject.toml").write_text('[tool.mgr]\nregistry = "outer.json"\n', encoding="utf-8")

    without = find_registry()
    (tmp_path / "mgr.toml").write_text('registry = "around.json"\n', encoding="utf-8")

    assert without.named_by is NamedBy.SHIPPED
    assert find_registry().path == tmp_path / "around.json"


def test_mgr_toml_without_a_registry_names_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one further up does."""
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    (inner / "mgr.toml").write_text("registy = 'own.json'\n", encoding="utf-8")
    (tmp_path / "mgr.toml").write_text('registry = "models.json"\n', encoding="utf-8")

    with pytest.warns(RegistryWarning, match=r"mgr\.toml: unknown key 'registy' is ignored; did you mean registry\?"):
        found = find_registry()

    assert found.path == tmp_path / "models.json"


def test_a_configured_path_may_start_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No shell reads the file, so the tilde is expanded here."""
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    (tmp_path / "mgr.toml").write_text('registry = "~/models.json"\n', encoding="utf-8")

    assert find_registry().path == tmp_path / "home" / "models.json"


def test_what_may_not_be_seen_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that this user may not search is passed by; root may search every real one."""

    def refuse(path: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(path))

    shipped = bundled_registry()
    monkeypatch.setattr(Path, "stat", refuse)
    monkeypatch.setattr("model_garden_registry.files.location.bundled_registry", lambda: shipped)

    assert find_registry() == Location(shipped, NamedBy.SHIPPED)


@pytest.mark.skipif(os.name == "nt", reason="Windows does not remove a working directory")
def test_without_a_working_directory_the_shipped_registry_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be found relative to nothing is not looked for."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert find_registry().named_by is NamedBy.SHIPPED


def test_storage_counts_in_the_working_directory_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is the application's layout; a folder above is somebody else's."""
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "models_registry.json").touch()
    (tmp_path / "inner").mkdir()

    here = find_registry()
    monkeypatch.chdir(tmp_path / "inner")

    assert here.named_by is NamedBy.DIRECTORY
    assert find_registry().named_by is NamedBy.SHIPPED


def test_a_configuration_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """As some editors write it."""
    (tmp_path / "mgr.toml").write_bytes(b'\xef\xbb\xbfregistry = "models.json"\n')

    assert find_registry().path == tmp_path / "models.json"


@pytest.mark.parametrize("name", ["mgr.toml", "pyproject.toml"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"registry = \n", "is not TOML: Invalid value (at line 1, column 12)", id="a syntax error"),
        pytest.param(b"a = 1\xff\n", "is not TOML: 'utf-8' codec can't decode byte 0xff", id="not UTF-8"),
        pytest.param(b"a = " + b"9" * 5000, "is not TOML: Exceeds the limit (4300 digits)", id="a long number"),
        pytest.param(b"a = " + b"[" * 100_000, "is not TOML: ", id="deep nesting"),
    ],
)
def test_a_broken_configuration_is_an_error(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    """It is never passed over: the registry that it names would silently be another one."""
    (tmp_path / name).write_bytes(content)

    with pytest.raises(RegistryReadError) as caught:
        find_registry()

    assert caught.value.path == tmp_path / name
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize("value", ["7", "['a.json']", "true", "{path = 'a.json'}"])
@pytest.mark.parametrize(("name", "table"), [("mgr.toml", ""), ("pyproject.toml", "[tool.mgr]\n")])
def test_a_registry_that_is_no_text_is_an_error(tmp_path: Path, name: str, table: str, value: str) -> None:
    """One file at a time; the error says how to write it."""
    (tmp_path / name).write_text(f"{table}registry = {value}\n", encoding="utf-8")

    with pytest.raises(RegistryReadError) as caught:
        find_registry()

    assert str(caught.value) == f"{tmp_path / name}: 'registry' is not a text: write registry = \"PATH\""


def test_a_home_that_nobody_has_is_an_error(tmp_path: Path) -> None:
    """Whoever wrote the file meant another name."""
    (tmp_path / "mgr.toml").write_text('registry = "~no-such-user/x.json"\n', encoding="utf-8")

    with pytest.raises(RegistryReadError) as caught:
        find_registry()

    problem = "'registry' is '~no-such-user/x.json', and that user has no home on this system"
    assert str(caught.value) == f"{tmp_path / 'mgr.toml'}: {problem}"


def test_a_configuration_names_no_other_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows tells that machine who asks; a file may have come with somebody's repository."""
    (tmp_path / "mgr.toml").write_text("registry = '\\\\host\\share\\x.json'\n", encoding="utf-8")
    monkeypatch.setattr("model_garden_registry.files.location._HAS_NETWORK_PATHS", True)

    with pytest.raises(RegistryReadError, match=r"is on another machine, .*: name it by --registry"):
        find_registry()
    (tmp_path / "mgr.toml").write_text("registry = 'C:\\x.json'\n", encoding="utf-8")

    assert find_registry().named_by is NamedBy.CONFIGURATION
