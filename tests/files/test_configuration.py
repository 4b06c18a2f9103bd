"""What a person or a team sets for themselves, and which files may do that."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from model_garden_registry.errors import RegistryReadError, RegistryWarning
from model_garden_registry.files import configuration
from model_garden_registry.files.configuration import Configured, ConfiguredRemote, configured, configured_remote
from model_garden_registry.files.location import find_registry

#: Numbers of users; the first is the one who asks.
ME, ROOT, TEAM, STRANGER = 1000, 0, 2000, 4_000_000_000


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder below another one, and make it the working directory."""
    inner = tmp_path / "outer" / "work"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    return inner


@pytest.fixture
def owned(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[Path, int]], None]:
    """Give a function that says who owns files; all others are ours."""

    def set_owners(owners: dict[Path, int]) -> None:
        monkeypatch.setattr(configuration, "_user", lambda: ME)
        monkeypatch.setattr(configuration, "_owner", lambda path: owners.get(path, ME))

    return set_owners


def test_each_key_is_set_by_the_nearest_file_that_names_it(work: Path) -> None:
    """Of one directory, mgr.toml first; only the nearest pyproject.toml counts."""
    outer = work.parent
    (work / "mgr.toml").write_text('stack = "trl"\ngpu = ""\n', encoding="utf-8")
    (work / "pyproject.toml").write_text('[tool.mgr]\nstack = "axolotl"\nengine = "sglang"\n', encoding="utf-8")
    (outer / "mgr.toml").write_text('gpu = "L4:2"\nengine = "vllm"\n', encoding="utf-8")
    (outer / "pyproject.toml").write_text('[tool.mgr]\nregistry = "own.json"\n', encoding="utf-8")

    assert configured("stack", "engine", "gpu", "registry") == {
        "stack": Configured("trl", work / "mgr.toml"),
        "engine": Configured("sglang", work / "pyproject.toml"),
        "gpu": Configured("L4:2", outer / "mgr.toml"),
    }


def test_what_nothing_sets_is_left_out() -> None:
    """As everywhere, unless somebody writes a file."""
    assert configured("stack", "gpu") == {}


@pytest.mark.parametrize(
    ("key", "written"),
    [("registry", '"PATH"'), ("organisation", '"PATH"'), ("stack", '"NAME"'), ("engine", '"NAME"'), ("gpu", '"NAME"')],
)
def test_a_value_that_is_no_text_is_an_error(key: configuration.Key, written: str, work: Path) -> None:
    """It says how to write it; who asks for another key does not stumble over it."""
    (work / "mgr.toml").write_text(f"{key} = 7\n", encoding="utf-8")

    with pytest.raises(RegistryReadError) as caught:
        configured(key)

    assert caught.value.problem == f"{key!r} is not a text: write {key} = {written}"
    assert configured("gpu" if key != "gpu" else "stack") == {}


def test_other_keys_are_warned_of(work: Path) -> None:
    """With near ones; a table may be ours alone."""
    (work / "mgr.toml").write_text('stak = "trl"\n', encoding="utf-8")

    with pytest.warns(RegistryWarning, match=r"mgr\.toml: unknown key 'stak' is ignored; did you mean stack\?"):
        assert configured("stack") == {}


@pytest.mark.parametrize(
    ("owners", "is_read"),
    [
        pytest.param({}, True, id="ours"),
        pytest.param({"mgr.toml": ROOT}, True, id="of root"),
        pytest.param({"mgr.toml": TEAM, "work": TEAM}, True, id="of the owner of the working directory"),
        pytest.param({"mgr.toml": STRANGER}, False, id="of somebody else"),
        pytest.param({"mgr.toml": STRANGER, "work": TEAM}, False, id="of neither"),
    ],
)
def test_a_file_counts_by_its_owner(
    owners: dict[str, int], is_read: bool, work: Path, owned: Callable[[dict[Path, int]], None]
) -> None:
    """A file that another user has put above our directory is never taken, and never passed over."""
    file = work.parent / "mgr.toml"
    file.write_text('stack = "trl"\n', encoding="utf-8")
    owned({file if name == "mgr.toml" else work: owner for name, owner in owners.items()})

    if is_read:
        assert configured("stack") == {"stack": Configured("trl", file)}
        return
    for ask in (lambda: configured("stack"), find_registry):
        with pytest.raises(RegistryReadError) as caught:
            ask()
        assert str(caught.value) == (
            f"{file}: belongs to user {STRANGER}, not to you, root, or the owner of {work}: it is refused; "
            "remove it, or run mgr elsewhere"
        )


def test_a_project_of_somebody_else_counts_only_with_our_table(
    work: Path, owned: Callable[[dict[Path, int]], None]
) -> None:
    """An ordinary project above us sets nothing, so that nothing is refused."""
    file = work.parent / "pyproject.toml"
    owned({file: STRANGER})
    file.write_text("[project]\nname = 'theirs'\n", encoding="utf-8")

    assert configured("gpu") == {}

    file.write_text("[tool.mgr]\ngpu = 'L4'\n", encoding="utf-8")
    with pytest.raises(RegistryReadError, match="it is refused"):
        configured("gpu")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no numbers of users")
def test_an_owner_is_named(
    work: Path, owned: Callable[[dict[Path, int]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system knows the name."""
    file = work / "mgr.toml"
    file.touch()
    me = file.stat().st_uid
    owned({file: me, work: me + 1})
    monkeypatch.setattr(configuration, "_user", lambda: me + 1)
    monkeypatch.setattr(configuration, "_SUPERUSER", me + 1)

    import pwd

    with pytest.raises(RegistryReadError) as caught:
        configured("stack")

    assert caught.value.problem.startswith(f"belongs to {pwd.getpwuid(me).pw_name} (user {me}), not to you")


def test_without_numbers_of_users_every_regular_file_counts(
    work: Path, owned: Callable[[dict[Path, int]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    file = work / "mgr.toml"
    file.write_text('engine = "sglang"\n', encoding="utf-8")
    owned({file: STRANGER})
    monkeypatch.undo()
    monkeypatch.chdir(work)
    monkeypatch.delattr(os, "getuid", raising=False)

    assert configured("engine") == {"engine": Configured("sglang", file)}


@pytest.mark.parametrize("kind", ["directory", "pipe"])
def test_what_is_no_regular_file_is_an_error(kind: str, work: Path) -> None:
    """A pipe would have to be waited for; of pyproject.toml nothing says that it is meant for us."""
    make: Callable[[Path], None] = Path.mkdir if kind == "directory" else getattr(os, "mkfifo", Path.mkdir)
    make(work / "pyproject.toml")
    assert configured("stack") == {}
    make(work / "mgr.toml")

    with pytest.raises(RegistryReadError) as caught:
        configured("stack")

    assert str(caught.value) == f"{work / 'mgr.toml'}: is not a regular file, so its settings are refused"


def test_a_broken_link_is_not_passed_over(work: Path) -> None:
    """It names a file that was to set something."""
    (work / "mgr.toml").symlink_to(work / "gone.toml")

    with pytest.raises(RegistryReadError, match="is not a regular file"):
        configured("stack")


def test_a_remote_registry_is_named_by_the_nearest_table(work: Path) -> None:
    """As a whole: its pin is not looked for elsewhere."""
    (work.parent / "mgr.toml").write_text(f'[remote]\nurl = "s3://b/k"\nsha256 = "{"0" * 64}"\n', encoding="utf-8")
    (work / "mgr.toml").write_text('gpu = "L4"\n', encoding="utf-8")
    outer = configured_remote()
    (work / "pyproject.toml").write_text('[tool.mgr.remote]\nurl = " https://x/r "\ntimeout = 5\n', encoding="utf-8")

    assert outer == ConfiguredRemote("s3://b/k", "0" * 64, 30.0, work.parent / "mgr.toml")
    assert configured_remote() == ConfiguredRemote("https://x/r", None, 5.0, work / "pyproject.toml")


def test_without_a_table_there_is_no_remote_registry(work: Path) -> None:
    """Other settings name none."""
    (work / "mgr.toml").write_text('stack = "trl"\n', encoding="utf-8")

    assert configured_remote() is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            'remote = "https://x"',
            'remote is not a table: write [remote], and below it url = "https://…"',
            id="no table",
        ),
        pytest.param("[remote]", '[remote] has no url: write url = "https://…"', id="no address"),
        pytest.param("[remote]\nurl = 3", '[remote] has no url: write url = "https://…"', id="an address that is none"),
        pytest.param(
            '[remote]\nurl = "https://x"\nsha256 = "abc"',
            "sha256 in [remote] is not a digest: write 64 hexadecimal digits, or leave it out",
            id="a short digest",
        ),
        *(
            pytest.param(
                f'[remote]\nurl = "https://x"\ntimeout = {value}',
                "timeout in [remote] is not a number of seconds up to 3600: write timeout = 30",
                id=f"timeout {value}",
            )
            for value in ("0", "-1", "inf", "nan", "true", '"5"', "3601")
        ),
    ],
)
def test_a_remote_table_that_is_not_valid_is_an_error(text: str, problem: str, work: Path) -> None:
    """It says what to write; whoever asks for other settings does not stumble over it."""
    (work / "mgr.toml").write_text(text, encoding="utf-8")

    with pytest.raises(RegistryReadError) as caught:
        configured_remote()

    assert caught.value.problem == problem
    assert configured("stack") == {}


def test_other_keys_of_a_remote_table_are_warned_of(work: Path) -> None:
    """A pin with a typing mistake is no pin."""
    (work / "mgr.toml").write_text('[remote]\nurl = "https://x"\nsha265 = "0"\n', encoding="utf-8")

    with pytest.warns(RegistryWarning, match=r"unknown key 'sha265' in \[remote\] is ignored; did you mean sha256\?"):
        assert configured_remote() == ConfiguredRemote("https://x", None, 30.0, work / "mgr.toml")
