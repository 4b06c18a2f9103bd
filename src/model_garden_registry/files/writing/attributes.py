"""Owner, group, mode and extended attributes: the replacement of a file gets them, or is not written."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from model_garden_registry.errors import RegistryWriteError

#: Whether files have owners and modes; Windows gives a new file the rights of its folder.
_HAS_OWNERS = hasattr(os, "fchown")
#: Whether extended attributes can be read: on Linux they include ACLs.
_HAS_ATTRIBUTES = hasattr(os, "listxattr")


def keep_attributes(path: Path, descriptor: int) -> None:
    """
    Copy owner, group, mode and extended attributes of a file to its replacement.

    Args:
        path: The existing file.

        descriptor: The new file, open for writing.

    Raises:
        RegistryWriteError: This user may not do that.

        OSError: The system fails to read or set one of them.
    """
    if not _HAS_OWNERS:
        return
    status = path.stat()
    if _rights(os.fstat(descriptor))[:2] != _rights(status)[:2]:
        _change_owner(path, status, descriptor)
    if _HAS_ATTRIBUTES:
        _copy_attributes(path, descriptor)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    if _rights(os.fstat(descriptor)) != _rights(status):
        raise RegistryWriteError(path, f"has the mode {stat.filemode(status.st_mode)}, which this user cannot give")


def _rights(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)


def _change_owner(path: Path, status: os.stat_result, descriptor: int) -> None:
    try:
        os.fchown(descriptor, status.st_uid, status.st_gid)
    except OSError:
        whose = f"belongs to user {status.st_uid} and group {status.st_gid}"
        problem = f"{whose}, and would not if this user wrote it: write it as that user"
        raise RegistryWriteError(path, problem) from None


def _copy_attributes(path: Path, descriptor: int) -> None:
    wanted, present = _attributes(path), _attributes(descriptor)
    for name in [name for name in {**wanted, **present} if wanted.get(name) != present.get(name)]:
        try:
            if name in wanted:
                os.setxattr(descriptor, name, wanted[name])
            else:
                os.removexattr(descriptor, name)
        except OSError as error:
            problem = f"has other rights than this user can give, {name}: {error.strerror or error}"
            raise RegistryWriteError(path, problem) from None


def _attributes(file: Path | int) -> dict[str, bytes]:
    try:
        return {name: os.getxattr(file, name) for name in os.listxattr(file)}
    except OSError as error:
        if error.errno == errno.ENOTSUP:  # a file system without them
            return {}
        raise
