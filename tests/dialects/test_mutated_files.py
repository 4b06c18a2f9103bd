"""
Files of tools, damaged in every way: there is a verdict or an error of ours, never anything else.

MGR_MUTATIONS in the environment says how many are tried, such as 10000.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.dialects.checks import checks_text
from model_garden_registry.cli.text.dialects.drifts import drifts_text
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.reading import read_configs
from model_garden_registry.dialects.targets import every_dialect
from model_garden_registry.errors import RegistryError
from model_garden_registry.payloads.dialects import check_document, drift_document
from model_garden_registry.visible_text import visible

EXAMPLES = int(os.environ.get("MGR_MUTATIONS", "100"))
GOLDEN = Path(__file__).parent / "golden"
MODEL = "Qwen/Qwen3-8B"
GPU = known_gpu("L4")
PIPE = Screen(is_terminal=False, has_colour=False, width=80)
FILES = [path for path in sorted(GOLDEN.rglob("*")) if path.suffix in (".yaml", ".json", ".sh")]

#: What people and generators write where something else belongs.
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**30),
    st.floats(allow_nan=True),
    st.text(max_size=12),
    st.sampled_from(
        ["auto", "bf16", "4bit", "true", "1e-4", "${VAR}", "$(cmd)", "all-linear", "-1", "0", "{{ x }}", "\x1b[31m"]
    ),
    st.lists(st.integers() | st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=2),
)


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry()


def judge(registry: ModelRegistry, path: Path) -> None:
    """Ask everything that can be asked about a file; an error of ours is an answer, in one line."""
    said: list[str] = []
    try:
        configs = read_configs(path)
    except RegistryError as error:
        configs, said = (), [str(error)]
    for config in configs:
        checked = registry.check(config, model=MODEL, hardware=GPU)
        json.dumps(check_document([("", checked)]))
        said += checks_text([{"": checked}], PIPE, quiet=False, is_explained=True).split("\n")
        try:
            drift = registry.drift(config, model=MODEL)
        except RegistryError as error:
            said.append(str(error))
        else:
            json.dumps(drift_document([drift]))
            said += drifts_text([drift], PIPE).split("\n")
    assert [line for line in said if visible(line) != line] == []


tried = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@tried
@given(data=st.data())
def test_a_file_with_other_values_is_judged(data: st.DataObject, registry: ModelRegistry, tmp_path: Path) -> None:
    """Any key of a tool with any value, and keys that it has not."""
    dialect: Dialect = data.draw(st.sampled_from(every_dialect()))
    words = dialect.vocabulary
    known = [*words.keys, *words.aliases, *words.retired]
    keys = st.sampled_from(sorted(dialect.understood)) | st.sampled_from(known) | st.text(min_size=1, max_size=8)
    values: dict[str, Any] = data.draw(st.dictionaries(keys, VALUES, max_size=8))
    marked = dict.fromkeys(sorted(dialect.marks)[:1], 1)
    path = tmp_path / "file.json"
    path.write_text(re.sub(r"NaN|-?Infinity", "1e400", json.dumps({**marked, **values})), encoding="utf-8")

    judge(registry, path)


@tried
@given(data=st.data())
def test_a_damaged_text_is_judged(data: st.DataObject, registry: ModelRegistry, tmp_path: Path) -> None:
    """Cut, doubled, with a piece replaced: of every form."""
    file = data.draw(st.sampled_from(FILES))
    text = file.read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 30)))
        piece = data.draw(
            st.text(max_size=6) | st.sampled_from([text[start:end] * 2, ": ", "\n- ", "'", '"', "\\\n", "{", "\t"])
        )
        text = text[:start] + piece + text[end:]
    path = tmp_path / f"file{file.suffix}"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")

    judge(registry, path)
