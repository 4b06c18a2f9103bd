"""``mgr inventory show``: what is no inventory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cluster_samples import KUBECTL

Ask = Callable[..., Any]


def test_captured_output_is_no_inventory(mgr: Ask) -> None:
    answer = mgr("inventory", "show", KUBECTL)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"mgr: error: {KUBECTL}: /nodes: a required key, found nothing\n"
