"""Networks that our tables name by hand, beside the packages that they were read from."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.upstream.compare import package_rows
from tools.upstream.expert_conversions import conversions_package, converted_families
from tools.upstream.other_networks import others_package, writers_among_others

CLASSES = """
MODEL_FOR_CAUSAL_LM_MAPPING_NAMES = OrderedDict([("llama", "A"), ("bert", "B"), {more}])
MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES = OrderedDict([*others])
MODEL_FOR_MASKED_LM_MAPPING_NAMES = OrderedDict([("bert", "C")])
MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES = OrderedDict([])
MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES = OrderedDict([])
"""
PEFT = """
_MODEL_TO_CONVERSION_PATTERN = _MODEL_TO_CONVERSION_PATTERN.copy()
_MODEL_TO_CONVERSION_PATTERN["mixtral"] = "mixtral"
_MOE_TARGET_MODULE_MAPPING: dict[str, str] = {"mixtral": {}, "qwen2_moe": {}}
"""


def write(path: Path, text: str) -> None:
    """Write a module of a package that is unpacked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("more", "differing"), [("", []), ('("deberta", "D")', [["deberta"]])])
def test_a_type_without_entries_that_writes_text_is_noticed(
    tmp_path: Path, more: str, differing: list[list[str]]
) -> None:
    """An encoder with a class for text alone is none."""
    write(tmp_path / "transformers/models/auto/modeling_auto.py", CLASSES.format(more=more))
    package = others_package()

    rows = [*package_rows(package, package.read, writers_among_others(tmp_path))]

    assert [row.theirs for row in rows if not row.agrees] == differing


def test_families_whose_experts_are_converted_are_those_of_pefts_patterns(tmp_path: Path) -> None:
    """Of transformers and of its own; what is no family of ours is passed over."""
    patterns = {"qwen3_moe": "qwen2_moe", "gemma3": "llava", "owl": "qwen2_moe"}
    write(tmp_path / "transformers/conversion_mapping.py", f"_MODEL_TO_CONVERSION_PATTERN = {patterns}")
    write(tmp_path / "peft/utils/transformers_weight_conversion.py", PEFT)
    package = conversions_package()

    (row,) = package_rows(package, package.read, converted_families(tmp_path))

    assert (row.theirs, row.agrees) == (["mixtral", "qwen3_moe"], False)
    assert {"cohere2_moe", "mixtral", "qwen3_moe"} <= {*package.at(package.read)["peft_converts"]}


def test_a_table_that_is_gone_is_said(tmp_path: Path) -> None:
    """Not taken for an empty one."""
    write(tmp_path / "transformers/conversion_mapping.py", "")

    with pytest.raises(SystemExit, match="assigns _MODEL_TO_CONVERSION_PATTERN no more"):
        converted_families(tmp_path)
