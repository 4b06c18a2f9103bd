"""What a launcher starts, whatever it is."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.started import (
    Expanded,
    disk_gb,
    double_quoted,
    shell_lines,
    weights_bytes,
    written_file,
)

Ask = Callable[..., ExportRequest]
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20)


def test_each_option_has_a_line() -> None:
    """The rest stays with what it belongs to."""
    argv = ["vllm", "serve", "org/model", "--enforce-eager", "--limit-mm-per-prompt", '{"image": 1}', "-x"]

    assert shell_lines(argv) == (
        "vllm serve org/model \\\n  --enforce-eager \\\n  --limit-mm-per-prompt '{\"image\": 1}' -x\n"
    )


@given(st.lists(LINES, min_size=1))
def test_a_shell_reads_the_same_words(argv: list[str]) -> None:
    """Whatever characters they have."""
    words = [word for word in shlex.split(shell_lines(argv)) if word != "\n"]

    assert words == [word for word in argv if word != "\n"]


@given(st.lists(LINES, min_size=1, max_size=3))
def test_a_script_in_single_quotes_has_the_same_words(argv: list[str]) -> None:
    """Quoted by double quotes inside, and what a shell knows stays."""
    words = [word.replace("\n", " ") for word in argv]
    line = shell_lines(["printf", "%s\\0", *words, Expanded('"$HERE"')], quote=double_quoted)

    done = subprocess.run(["bash", "-c", f"HERE=x; {line}"], check=True, capture_output=True)
    assert done.stdout.decode().split("\0")[:-1] == [*words, "x"]
    assert "'" not in double_quoted('{"a": 1}')


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: 1\n", id="lines"),
        pytest.param("a: $HOME `id` $(id) \\ 'x' \"y\"\n", id="what a shell would act on"),
        pytest.param("a\nEND\nrm -rf /\nEND_\n", id="what would end the file"),
        pytest.param("no end", id="no end of the last line"),
    ],
)
def test_a_file_is_written_as_it_is(text: str, tmp_path: Path) -> None:
    """By a real shell; a last line is ended."""
    subprocess.run(["sh", "-c", written_file("the file.yaml", text)], cwd=tmp_path, check=True)

    written = (tmp_path / "the file.yaml").read_text(encoding="utf-8")
    assert written == (text if text.endswith("\n") else f"{text}\n")


def test_the_disk_holds_the_weights(ask: Ask) -> None:
    """Eight billion weights of two bytes; training writes more of them."""
    assert disk_gb(ask(), 60) == 60 + 16
    assert disk_gb(ask("training"), 60) == 60 + 32
    assert disk_gb(ask("training", method="full"), 60) == 60 + 96


def test_weights_of_no_known_shape_are_as_large_as_is_stated(ask: Ask) -> None:
    """Or nothing is known of them."""
    unknown = {"architecture": {"model_type": "llama"}}
    stated = {"quantization": {"method": "mixed", "type": "compressed-tensors", "weights_gb": 6.42}}

    assert weights_bytes(ask(changes=unknown).entry) == 0
    assert weights_bytes(ask(changes=unknown | stated).entry) == 6_420_000_000
