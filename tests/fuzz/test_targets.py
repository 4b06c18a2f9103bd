"""
Generated input for everything that reads what others wrote.

``MGR_FUZZ_EXAMPLES`` says how many inputs each target gets; ``nox -s fuzz`` gives them minutes of it. An input that was
once no answer stays in ``corpus/TARGET``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from fuzz.inputs import inputs, seeds
from fuzz.targets import TARGETS, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("MGR_FUZZ_EXAMPLES", "25"))
CORPUS = Path(__file__).parent / "corpus"
#: Divides evenly among the ways of each target.
WAYS = st.integers(0, 59)
KEPT = sorted(path for path in CORPUS.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.relative_to(CORPUS).as_posix())
def test_what_was_no_answer_once_is_one(path: Path) -> None:
    """Each of these ended in a traceback, or not at all."""
    run(path.parent.name, path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_there_is_an_answer_to_everything(target: str, data: st.DataObject) -> None:
    """A report, or an error of ours in one line, whichever way a target takes it."""
    run(target, data.draw(inputs(target)), data.draw(WAYS))


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_answers_what_is_meant(target: str) -> None:
    """What is damaged is no garbage from the start."""
    for seed in seeds(target)[:4]:
        content = seed if isinstance(seed, bytes) else json.dumps(seed).encode()
        run(target, b"org/Model-8B\n" + content if target == "config" else content)
