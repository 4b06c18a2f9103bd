"""The C library's allocator: memory of large blocks goes back to the system as soon as they are freed."""

from __future__ import annotations

import sys

#: glibc's number of the option for the smallest block with a mapping of its own (``M_MMAP_THRESHOLD``, mallopt(3)).
_MMAP_THRESHOLD = -3
#: Larger than a piece that is sent at once; the bodies of a reading, which come and go with the file, are larger.
_LARGE_BLOCK_BYTES = 2**18


def return_large_blocks() -> bool:
    """
    Let this process return each large block to the system when it is freed; return whether that could be set.

    By itself glibc raises the limit to the largest block that was ever freed, and keeps what is below it in one heap
    for each thread: memory would grow with every reading of a large file.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    option = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none, and needs none
    return option is not None and bool(option(_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES))
