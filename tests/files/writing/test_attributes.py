"""Owner, group, mode and ACLs: kept, or nothing is written."""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import Mock

import pytest

from model_garden_registry.errors import RegistryWriteError
from model_garden_registry.files.writing import attributes
from model_garden_registry.files.writing.attributes import keep_attributes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX files")

ACL = "system.posix_acl_access"
#: Another user may read: entries of user, that user, group, mask and others.
ENTRIES = [(1, 6, -1), (2, 4, 1234), (4, 4, -1), (16, 4, -1), (32, 0, -1)]
OF_ANOTHER = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in ENTRIES)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Write a file that is to be replaced."""
    path = tmp_path / "old"
    path.write_bytes(b"")
    return path


@pytest.fixture
def new(tmp_path: Path) -> Iterator[int]:
    """Open the new file."""
    with (tmp_path / "new").open("wb") as file:
        yield file.fileno()


def extended(file: Path | int) -> dict[str, bytes]:
    """Return the extended attributes of a file, where the system has any."""
    with suppress(AttributeError, OSError):
        return {name: os.getxattr(file, name) for name in os.listxattr(file)}
    return {}


def test_a_new_file_gets_all_that_the_old_has(old: Path, new: int) -> None:
    """Owner and group as far as this user may choose them, ACLs as far as the file system has them."""
    if os.getuid() == 0:
        os.chown(old, 1000, 1001)
    old.chmod(0o640)
    with suppress(AttributeError, OSError):
        os.setxattr(old, ACL, OF_ANOTHER)
        os.setxattr(old, "user.note", b"x")

    keep_attributes(old, new)

    before, after = old.stat(), os.fstat(new)
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert extended(new) == extended(old)


def test_what_the_old_has_not_is_taken_from_the_new(old: Path, new: int) -> None:
    """A folder gives each new file its own ACLs."""
    with suppress(AttributeError, OSError):
        os.setxattr(new, "user.note", b"x")

    keep_attributes(old, new)

    assert extended(new) == extended(old)


def test_an_owner_that_cannot_be_kept_is_named(old: Path, new: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes a file from another user."""
    status = os.stat_result((stat.S_IFREG | 0o640, 1, 1, 1, 4000, 4001, 0, 0, 0, 0))
    monkeypatch.setattr(Path, "stat", lambda _: status)
    monkeypatch.setattr(os, "fchown", Mock(side_effect=PermissionError))

    with pytest.raises(RegistryWriteError, match="belongs to user 4000 and group 4001, and would not if this user"):
        keep_attributes(old, new)


def test_a_mode_that_cannot_be_kept_is_named(old: Path, new: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems pass over a part of it without a word."""
    old.chmod(0o640)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)

    with pytest.raises(RegistryWriteError, match="has the mode -rw-r-----, which this user cannot give"):
        keep_attributes(old, new)


@pytest.mark.parametrize(("of_old", "of_new"), [({ACL: b"1"}, {}), ({ACL: b"1"}, {ACL: b"2"}), ({}, {ACL: b"2"})])
def test_an_attribute_that_cannot_be_kept_is_named(
    of_old: dict[str, bytes], of_new: dict[str, bytes], old: Path, new: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is to be given, changed or taken away."""
    monkeypatch.setattr(attributes, "_attributes", lambda file: of_new if file == new else of_old)
    refusal = Mock(side_effect=PermissionError(errno.EPERM, "Operation not permitted"))
    monkeypatch.setattr(os, "setxattr", refusal, raising=False)
    monkeypatch.setattr(os, "removexattr", refusal, raising=False)

    with pytest.raises(RegistryWriteError, match=f"has other rights than this user can give, {ACL}: Operation not"):
        keep_attributes(old, new)


@pytest.mark.parametrize("number", [errno.ENOTSUP, errno.EIO])
def test_a_file_system_without_attributes_has_none_to_keep(
    number: int, old: Path, new: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that cannot say which it has is another thing."""
    monkeypatch.setattr(attributes, "_HAS_ATTRIBUTES", True)
    monkeypatch.setattr(os, "listxattr", Mock(side_effect=OSError(number, "no")), raising=False)

    if number == errno.ENOTSUP:
        keep_attributes(old, new)
    else:
        with pytest.raises(OSError, match="no"):
            keep_attributes(old, new)


def test_systems_without_owners_and_attributes_have_none_to_keep(
    old: Path, new: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows has neither, macOS no extended attributes that Python reads."""
    old.chmod(0o640)
    monkeypatch.setattr(attributes, "_HAS_ATTRIBUTES", False)
    keep_attributes(old, new)
    with_owners = stat.S_IMODE(os.fstat(new).st_mode)
    old.chmod(0o600)
    monkeypatch.setattr(attributes, "_HAS_OWNERS", False)
    keep_attributes(old, new)

    assert (with_owners, stat.S_IMODE(os.fstat(new).st_mode)) == (0o640, 0o640)
