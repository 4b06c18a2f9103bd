"""How the options of a server are written."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving_commands import request

from model_garden_registry.dialects.serving.commands import command_writer, json_file, yaml_file
from model_garden_registry.dialects.serving.vllm import VLLM
from model_garden_registry.files.yaml_text import parse_yaml

WORDS = {"model": "a/b", "max_len": 8, "on": True, "enable_x": False, "limits": {"image": 1}, "names": ["x", "y z"]}


def test_a_command_has_an_option_on_each_line() -> None:
    """Quoted for a shell; a mapping as JSON, a switch by itself or its opposite, a list as words."""
    text = command_writer("vllm serve", "model")(request(VLLM), WORDS)

    assert text.splitlines() == [
        "vllm serve a/b \\",
        "  --max-len 8 \\",
        "  --on \\",
        "  --no-enable-x \\",
        "  --limits '{\"image\": 1}' \\",
        "  --names x 'y z'",
    ]


def test_a_model_may_have_an_option_of_its_own() -> None:
    """Where the program takes none by itself."""
    assert command_writer("run", "model", option="--model")(request(VLLM), {"model": "a b"}) == "run --model 'a b'\n"


@given(st.dictionaries(st.sampled_from(["a", "b_c"]), st.text(min_size=1, max_size=8) | st.integers()))
def test_any_value_is_one_word(values: dict[str, object]) -> None:
    """Whatever a shell would make of it."""
    text = command_writer("run", "model")(request(VLLM), {"model": "m", **values})
    found = shlex.split(text.replace("\\\n", ""))

    assert found == [
        "run",
        "m",
        *(part for key, value in values.items() for part in (f"--{key.replace('_', '-')}", str(value))),
    ]


@pytest.mark.parametrize(("write", "parse"), [(yaml_file, parse_yaml), (json_file, json.loads)])
def test_a_file_has_keys_with_dashes(write: object, parse: object) -> None:
    """As the parser of the server has them."""
    assert callable(write)
    assert callable(parse)
    assert parse(write(request(VLLM), WORDS)) == {key.replace("_", "-"): value for key, value in WORDS.items()}
