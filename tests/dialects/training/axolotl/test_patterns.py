"""Patterns over whole names of modules become the names that they end with."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.training.axolotl.patterns import matched_names

SEVEN = ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        (r"model.language_model.layers.[\d]+.(mlp|cross_attn|self_attn).(up|down|gate|q|k|v|o)_proj", SEVEN),
        (r".*\.layers\.(3|7)\.self_attn\.(q|k|v|o)_proj|.*\.mlp\.(gate|up|down)_proj", SEVEN),
        (r"(a\.(mlp\.(gate|up|down)_proj|self_attn\.(q|k|v|o)_proj)|b\.mlp\.fc[12])", sorted([*SEVEN, "fc1", "fc2"])),
        (r"model.layers.[\d]+.(self_attn.(q_a_proj|kv_b_proj))", ["kv_b_proj", "q_a_proj"]),
        ("q_proj", ["q_proj"]),
        (".*q_proj$", ["q_proj"]),
        (r"^(?!.*visual).*\.(q|v)_proj$", ["q_proj", "v_proj"]),
        (r"(^|.*\.)q_proj", ["q_proj"]),
        ("(((q_proj)))", ["q_proj"]),
        ("(?:q_proj|v_proj)", ["q_proj", "v_proj"]),
        ("(q)(_proj)", ["q_proj"]),
        (r"x\.q_proj\|y", []),
        ("nothing_like_it", []),
        ("", []),
        ("|", []),
        ("()", []),
    ],
)
def test_a_pattern_means_names(pattern: str, names: list[str]) -> None:
    """Those of known layers, each once; dots and bars in brackets divide nothing outside."""
    assert matched_names(pattern) == names


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(q_proj", "is not a regular expression: missing )"),
        ("*q", "is not a regular expression: nothing to repeat"),
        (r"(\w+)+x", "repeats too much"),
        (r"(?:\w*){9}x", "repeats too much"),
        (r"\w*\w*\w*\w*x", "repeats too much"),
        ("x" * 1001, "more than 1000 characters"),
        ("(" * 60 + "q" + ")" * 60, "50 brackets"),
        (r"a\.[z-a]", "is not a regular expression: bad character range"),
    ],
)
def test_a_pattern_that_is_none_or_takes_long_is_refused(pattern: str, problem: str) -> None:
    """Files are other people's: none of them may keep us busy."""
    with pytest.raises(ValueError, match=problem.replace("(", r"\(").replace(")", r"\)")):
        matched_names(pattern)
