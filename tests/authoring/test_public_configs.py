"""
Entries from config.json files as they are published, and from broken ones.

``public_configs.json`` has what counts of them: the parameters of their class in transformers 5.24.0 on the meta
device, number format and layers as a person reads them, or the words of the refusal.
"""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_garden_registry.authoring.own_config import Said, entry_from_config
from model_garden_registry.checks.entry.consistency import Surroundings, entry_flaws
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Severity

FILE = Path("config.json")
CASES: dict[str, Any] = json.loads((Path(__file__).parent / "public_configs.json").read_bytes())
ANSWERED = {name: case for name, case in CASES.items() if "refused" not in case}


def made(model_id: str, config: dict[str, Any], said: Said | None = None) -> dict[str, Any]:
    """Make an entry."""
    return entry_from_config(model_id, config, path=FILE, as_of="2026-11", said=said or Said())


@pytest.mark.parametrize("name", ANSWERED)
def test_a_published_model_is_what_it_is(name: str) -> None:
    """Size within one per cent, number format, windows and kinds of layers."""
    case = CASES[name]

    entry = made(name, case["config"])

    architecture, quantization = entry["architecture"], entry["quantization"]
    if "truth" in case:
        assert architecture["parameters"] == pytest.approx(case["truth"], rel=0.01)
    told = (quantization["method"], quantization["type"]) if quantization["method"] else ("none",)
    assert "/".join(told) == case["format"]
    layers = [[group["count"], group["mixer"], group["feed_forward"]] for group in architecture.get("layers", ())]
    assert layers == case.get("layers", [])
    if not layers:
        window = architecture.get("sliding_window")
        assert (window and [window["num_layers"], window["window"]]) == case.get("window")
    assert quantization.get("group_size") == case.get("group_size")


@pytest.mark.parametrize("name", [name for name in CASES if name not in ANSWERED])
def test_a_published_file_that_tells_no_entry_says_why(name: str) -> None:
    """In one line."""
    with pytest.raises(RegistryError) as refusal:
        made(name, CASES[name]["config"])

    assert CASES[name]["refused"] in str(refusal.value)
    assert "\n" not in str(refusal.value)


#: What may stand where something else is expected.
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=6),
    st.lists(st.integers(-2, 9) | st.text(max_size=3) | st.none(), max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(-2, 9), max_size=2),
)
_FURTHER_KEYS = (
    *("sliding_window", "layer_types", "num_experts", "n_routed_experts", "num_experts_per_tok", "moe_layer_freq"),
    *("kv_lora_rank", "num_kv_shared_layers", "mlp_only_layers", "quantization_config", "vision_config", "text_config"),
    *("per_layer_config", "block_configs", "head_dim", "num_key_value_heads", "decoder_sparse_step", "moe_layers"),
    *("tie_word_embeddings", "architectures", "dtype", "audio_config", "num_nextn_predict_layers", "mlp_layer_types"),
)


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Give a published configuration with one to three values of another form, left out, or too many."""
    name = draw(st.sampled_from(sorted(CASES)))
    config = deepcopy(CASES[name]["config"])
    for _ in range(draw(st.integers(1, 3))):
        parts = [config, *(part for part in config.values() if isinstance(part, dict) and part)]
        part = draw(st.sampled_from(parts))
        key = draw(st.sampled_from((*sorted(part), *_FURTHER_KEYS)))
        stated = part.pop(key, None)
        if isinstance(stated, list) and stated and draw(st.booleans()):
            changed = [*stated]
            changed[draw(st.integers(0, len(stated) - 1))] = draw(_ODD)
            part[key] = changed
        elif draw(st.integers(0, 4)):
            part[key] = draw(_ODD)
    return name, config


def has_no_flaws(entry: dict[str, Any]) -> bool:
    """Say whether an entry follows the format, and no rule about itself fails."""
    parsed = ModelInfo.model_validate(entry)
    flaws = entry_flaws(parsed.id, entry, Surroundings({}, ("text-llm", "vision-vlm"), {}))
    return not [flaw for flaw in flaws if flaw.severity is Severity.FAIL]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(case=broken(), said=st.sampled_from((Said(), Said(parameters=7 * 10**9), Said(read_as="llama"))))
def test_a_broken_file_gives_an_entry_or_a_reason(case: tuple[str, dict[str, Any]], said: Said) -> None:
    """Nothing else, whatever stands in it; the reason is one line in words of ours."""
    name, config = case
    entry, words = None, ""
    try:
        entry = made(name, config, said)
    except RegistryError as refusal:
        words = str(refusal)

    assert has_no_flaws(entry) if entry else words
    assert not [theirs for theirs in ("\n", "pydantic", "validation error", "Traceback") if theirs in words]
