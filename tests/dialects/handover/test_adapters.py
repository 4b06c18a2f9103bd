"""What a serving engine does with an adapter that was trained."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.handover.adapters import adapter_loading
from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.tables import table
from model_garden_registry.families.versions import known_release


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_what_is_known_is_of_the_release_that_was_read(engine: str) -> None:
    """As the engine's other facts are; every field is explained."""
    loading = adapter_loading(engine)

    assert loading is not None
    assert known_release(loading.version) == known_release(engine_package(engine).read)
    assert set(table("adapters")[engine]) - {"source"} == set(table("adapters")["about"])


def test_no_engine_of_ours_takes_dora() -> None:
    """Our files never ask for it, and an adapter of somebody else's is refused when it is loaded."""
    assert not any(table("adapters")[engine]["takes_dora"] for engine in ("vllm", "sglang"))


def test_an_engine_without_adapters_has_no_facts() -> None:
    """The server of transformers takes none."""
    assert adapter_loading("transformers") is None


@pytest.mark.parametrize(
    ("modules", "architecture", "unplaced"),
    [
        pytest.param(["q_proj", "k_proj", "v_proj", "o_proj"], "LlamaForCausalLM", (), id="attention"),
        pytest.param(["gate_proj", "model.layers.0.mlp.up_proj"], None, (), id="fused layers, by a longer name"),
        pytest.param(["q_proj", "fc1", "fc2"], "PhiForCausalLM", ("fc1", "fc2"), id="layers of another family"),
        pytest.param(["in_proj", "q_proj"], "GraniteMoeHybridForCausalLM", ("in_proj",), id="a mixer's"),
        pytest.param(["in_proj", "q_proj"], "NemotronHForCausalLM", (), id="a class that knows its mixer's"),
    ],
)
def test_sglang_has_places_for_the_layers_that_it_fuses(
    modules: list[str], architecture: str | None, unplaced: tuple[str, ...]
) -> None:
    """Under its own names, and those that a model's class has beside them; vLLM has one for every linear layer."""
    sglang, vllm = adapter_loading("sglang"), adapter_loading("vllm")

    assert sglang is not None
    assert vllm is not None
    assert sglang.unplaced(modules, architecture) == unplaced
    assert vllm.unplaced(modules, architecture) == ()
