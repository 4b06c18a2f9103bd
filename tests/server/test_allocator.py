"""The allocator returns large blocks."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from model_garden_registry.server import allocator

#: Threads that each hold a large block at some time, one after the other, as the readings of a file do.
_PROGRAM = textwrap.dedent("""
    import re
    import threading
    from pathlib import Path

    from model_garden_registry.server.allocator import return_large_blocks

    def resident_bytes():
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\\s+(\\d+) kB", status)[1]) * 1024

    def hold():
        block = bytes(range(256)) * 40_000
        small.append(bytes(600))
        del block
        turn.wait()

    small = []
    return_large_blocks()
    before = resident_bytes()
    turn = threading.Event()
    for _ in range(8):
        threading.Thread(target=hold).start()
    while len(small) < 8:
        pass
    after = resident_bytes()
    turn.set()
    print(after - before < 30_000_000)
""")


@pytest.mark.usefixtures("starts")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc has the option")
def test_large_blocks_are_returned() -> None:
    """Eight threads that have each freed ten megabytes leave less than three of those blocks."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True, timeout=300)

    assert done.stdout.split() == ["True"]


def test_only_linux_has_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere nothing is set, and no library is asked."""
    monkeypatch.setattr(sys, "platform", "darwin")

    assert not allocator.return_large_blocks()
