"""First releases, beside the packages that they were read from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tools.upstream import first_releases
from tools.upstream.first_releases import transformers_rows, vllm_rows


def write(path: Path, text: str) -> None:
    """Write a module of a package that is unpacked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a table of a few releases."""
    formats = dict.fromkeys(("gptq", "compressed-tensors", "fp8", "mxfp4"), "9.0.0")
    some: dict[str, Any] = {
        "transformers": {
            "model_types": {"elk": "4.30.0", "yak": None},
            "numbers": {"elk.head_dim": "4.45.0", "rope.llama3": "4.43.0"},
            "formats": {"awq": "4.35.0", "bitsandbytes": "4.37.0", **formats},
        },
        "vllm": {"classes": {"Elk": "0.6.0", "Yak": None}},
    }
    monkeypatch.setattr(first_releases, "first_releases", lambda: some)


@pytest.mark.parametrize(
    ("version", "differing"),
    [
        pytest.param("4.46.0", [], id="as it says"),
        pytest.param("4.44.0", ["elk.head_dim"], id="a number was there before"),
        pytest.param("4.29.0", ["awq", "elk", "elk.head_dim", "rope.llama3"], id="all was there before"),
    ],
)
def test_transformers_has_what_was_first_read_in_it_or_before(
    tmp_path: Path, version: str, differing: list[str]
) -> None:
    """Types and numbers of configurations, stretches of positions, and formats of weights."""
    package = tmp_path / "transformers"
    text = 'class ElkConfig(Base):\n    model_type = "elk"\n\n    head_dim: int = 8\n'
    write(package / "models" / "elk" / "configuration_elk.py", text)
    write(package / "modeling_rope_utils.py", 'FUNCTIONS = {\n    "llama3": _compute_llama3,\n}\n')
    write(package / "utils" / "quantization_config.py", "class AwqConfig(Base):\n    pass\n")

    rows = list(transformers_rows(version, tmp_path))

    assert sorted(row.fact for row in rows if not row.agrees) == differing
    assert len(rows) == 9


@pytest.mark.parametrize(
    ("version", "listed", "agrees"),
    [("0.6.0", "Elk", True), ("0.5.0", "Elk", False), ("0.7.0", "Owl", False), ("0.7.0", "Yak", False)],
)
def test_vllm_lists_classes(tmp_path: Path, version: str, listed: str, agrees: bool) -> None:
    """A class that is new has no release in the table yet."""
    registry = tmp_path / "vllm" / "model_executor" / "models" / "registry.py"
    write(registry, f'_MODELS = {{\n    "{listed}": ("module", "Class"),\n}}\n')

    assert all(row.agrees for row in vllm_rows(version, tmp_path)) is agrees
