"""Values of a file replaced: the rest stays, byte for byte; a failure leaves the file alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.entries.format_version import FORMAT_VERSION
from model_garden_registry.errors import EntryExistsError, RegistryReadError, RegistryWriteError
from model_garden_registry.files.edits import (
    add_entry,
    document_text,
    refuse_known,
    replace_numbers,
    rewrite_file,
    start_registry,
)

OLD, NEW = b'{"a": 1}', b'{"a": 2}'

posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX files")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a file."""
    path = tmp_path / "models.json"
    path.write_bytes(OLD)
    return path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b'{"a": {"b": 1.50}, "c": "1.50"}', b'{"a": {"b": 7}, "c": "1.50"}', id="in its place only"),
        pytest.param(
            b'\xef\xbb\xbf{"a":\r\n\t{"b":12}}\r\n', b'\xef\xbb\xbf{"a":\r\n\t{"b":7}}\r\n', id="marks and ends"
        ),
        pytest.param('{"é": 1, "a": {"b": 1e3 }}'.encode(), '{"é": 1, "a": {"b": 7 }}'.encode(), id="other letters"),
    ],
)
def test_one_number_is_another(before: bytes, after: bytes) -> None:
    """Everything around it is as it was."""
    assert replace_numbers(before, {("a", "b"): 7}) == after


def test_nothing_to_replace_leaves_everything() -> None:
    """Odd spacing included."""
    assert replace_numbers(b' { "a" :1}\n', {}) == b' { "a" :1}\n'


@given(
    numbers=st.dictionaries(st.text(max_size=3), st.integers(0, 10**6), min_size=1, max_size=8),
    indent=st.none() | st.integers(0, 4),
    data=st.data(),
)
def test_a_document_changes_where_it_is_told(numbers: dict[str, int], indent: int | None, data: Any) -> None:
    """Whatever its keys and its layout; several at once."""
    chosen = data.draw(st.dictionaries(st.sampled_from(sorted(numbers)), st.integers(0, 10**6)))
    written = replace_numbers(
        json.dumps({"x": numbers}, indent=indent).encode(), {("x", key): value for key, value in chosen.items()}
    )

    assert written == json.dumps({"x": {**numbers, **chosen}}, indent=indent).encode()


def test_a_file_is_rewritten_with_its_rights(path: Path) -> None:
    """And nothing is left beside it."""
    path.chmod(0o640)
    rewrite_file(path, NEW, read=OLD)

    assert (path.read_bytes(), [*path.parent.iterdir()]) == (NEW, [path])
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_has_changed_is_left_alone(path: Path) -> None:
    """Somebody else's edit is not lost."""
    with pytest.raises(RegistryWriteError, match="has changed since it was read; nothing is written"):
        rewrite_file(path, NEW, read=b"{}")

    assert path.read_bytes() == OLD


@posix_only
def test_a_link_is_not_replaced_by_a_file(path: Path) -> None:
    """What it leads to stays too."""
    link = path.parent / "link.json"
    link.symlink_to(path)
    with pytest.raises(RegistryWriteError, match="is a link; to change what it leads to, name that file itself"):
        rewrite_file(link, NEW, read=OLD)

    assert (link.is_symlink(), path.read_bytes()) == (True, OLD)


@posix_only
def test_a_file_with_two_names_is_refused(path: Path) -> None:
    """Else one of them would keep the old content."""
    other = path.parent / "other.json"
    os.link(path, other)
    with pytest.raises(RegistryWriteError, match=r"has other names \(hard links\), which would keep the old content"):
        rewrite_file(path, NEW, read=OLD)

    assert (path.read_bytes(), path.samefile(other)) == (OLD, True)


@posix_only
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A pipe, for one."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RegistryWriteError, match="is no file that could be changed"):
        rewrite_file(tmp_path / "pipe", NEW, read=OLD)


def test_a_file_that_is_gone_is_not_made(tmp_path: Path) -> None:
    """The system's own words."""
    with pytest.raises(RegistryWriteError, match="cannot be written: No such file or directory"):
        rewrite_file(tmp_path / "gone.json", NEW, read=OLD)


def test_a_file_that_may_not_be_written_is_not_replaced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although its folder would let it be."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(RegistryWriteError, match="may not be written by this user"):
        rewrite_file(path, NEW, read=OLD)

    assert path.read_bytes() == OLD


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_the_old(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """And nothing beside it."""

    def fail(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((RegistryWriteError, KeyboardInterrupt)):
        rewrite_file(path, NEW, read=OLD)

    assert (path.read_bytes(), [*path.parent.iterdir()]) == (OLD, [path])


#: A registry without models, laid out as none is written.
EMPTY = b'{"version": "1.1.0", "last_updated": "2026-11-23T00:00:00Z", "categories": {}, "x-\xc3\xa9": 1, "models": {}}'


def test_an_entry_is_added_at_the_end(path: Path) -> None:
    """In the layout of registry files, with everything else that the file says."""
    path.write_bytes(EMPTY)

    for name in ("org/b", "org/a"):
        add_entry(path, {"id": name, "name": "通义"})

    models = {name: {"id": name, "name": "通义"} for name in ("org/b", "org/a")}
    assert path.read_text(encoding="utf-8") == f"{document_text({**json.loads(EMPTY), 'models': models})}\n"


def test_an_entry_is_not_added_twice(path: Path) -> None:
    """The file is left alone, even where the entry is another."""
    path.write_bytes(EMPTY)
    add_entry(path, {"id": "org/a"})
    before = path.read_bytes()

    with pytest.raises(EntryExistsError) as refusal:
        add_entry(path, {"id": "org/a", "name": "another"})

    assert (refusal.value.path, refusal.value.model_id, path.read_bytes()) == (path, "org/a", before)


@pytest.mark.parametrize("model_id", ["ORG/A", "org/Old"], ids=["in another case", "by a former id"])
def test_another_spelling_of_an_id_is_that_id(model_id: str, path: Path) -> None:
    """What is no entry is passed over."""
    models = {"org/x": 3, "org/y": {"aliases": "org/old"}, "org/a": {"aliases": ["org/older", "org/old"]}}

    with pytest.raises(EntryExistsError) as refusal:
        refuse_known(models, path, model_id)

    assert refusal.value.model_id == "org/a"
    refuse_known(models, path, "org/b")


GROUPS = {"text-llm": {"name": "Text", "description": ""}, "vision-vlm": {"name": "Images", "description": ""}}


def test_an_entry_brings_its_category(path: Path) -> None:
    """Where the file has none of that name; one that nobody defines is left to the checks."""
    path.write_bytes(EMPTY)

    for name, category in {"org/a": "text-llm", "org/b": "text-llm", "org/c": "sound"}.items():
        add_entry(path, {"id": name, "category": category}, GROUPS)

    assert json.loads(path.read_bytes())["categories"] == {"text-llm": GROUPS["text-llm"]}


def test_a_registry_is_started_with_an_entry(path: Path) -> None:
    """Of the format that is written now, and with its category; a file that is there stays."""
    started = path.with_name("new.json")
    entry = {"id": "org/a", "category": "text-llm"}

    start_registry(started, entry, GROUPS, "2026-11-29T00:00:00+00:00")

    head = {"version": FORMAT_VERSION, "last_updated": "2026-11-29T00:00:00+00:00"}
    whole = {**head, "categories": {"text-llm": GROUPS["text-llm"]}, "models": {"org/a": entry}}
    assert started.read_text(encoding="utf-8") == f"{document_text(whole)}\n"
    with pytest.raises(RegistryWriteError, match="cannot be made: File exists"):
        start_registry(path, entry, GROUPS, "2026-11-29T00:00:00+00:00")
    assert path.read_bytes() == OLD


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"version": "9.0.0", "models": {}}'])
def test_an_entry_is_added_to_registries_only(content: bytes, path: Path) -> None:
    """What is no registry stays what it is."""
    path.write_bytes(content)

    with pytest.raises(RegistryReadError):
        add_entry(path, {"id": "org/a"})

    assert path.read_bytes() == content


def test_a_document_has_one_value_a_line() -> None:
    """Letters are written as they are."""
    assert document_text({"a": "é", "b": [1]}) == '{\n  "a": "é",\n  "b": [\n    1\n  ]\n}'
