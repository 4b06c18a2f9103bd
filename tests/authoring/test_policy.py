"""Starting values for training and serving: docs/defaults-policy.md, rule by rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.authoring.drafting import unsized_entry
from model_garden_registry.authoring.facts import ModelFacts, Recommended
from model_garden_registry.authoring.policy import (
    compute_capability,
    inference_start,
    training_start,
    with_batch,
    without_experts,
)
from model_garden_registry.checks.entry.target_modules import linear_modules
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.families.family import family_of, known_model_types

MakeFacts = Callable[..., ModelFacts]

BITSANDBYTES = Quantization(method="4bit", type="bitsandbytes")
AWQ = Quantization(method="awq", type="awq")
LARGE = {"parameters": 32_762_123_264}


def test_a_plain_model_starts_from_the_usual_recipe(facts_with: MakeFacts) -> None:
    """Eight billion parameters, chat, half precision."""
    assert training_start(facts_with()) == {
        "hyperparameters": {
            "learning_rate": 2e-4,
            "num_epochs": 3,
            "batch_size": 1,
            "gradient_accumulation_steps": 16,
            "warmup_steps": 10,
            "max_seq_length": 2048,
            "optim": "adamw_8bit",
            "lr_scheduler_type": "linear",
            "weight_decay": 0.001,
            "warmup_ratio": 0.1,
        },
        "lora_config": {
            "r": 16,
            "lora_alpha": 16,
            "lora_dropout": 0.0,
            "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
            "use_rslora": False,
        },
        "stack": "trl",
    }


@pytest.mark.parametrize(
    ("shape", "changes", "path", "value"),
    [
        pytest.param(LARGE, {}, "hyperparameters.learning_rate", 1e-4, id="large: half the rate"),
        pytest.param(LARGE, {}, "hyperparameters.num_epochs", 1, id="large: once over the data"),
        pytest.param({}, {"has_vision": True}, "hyperparameters.learning_rate", 1e-4, id="images: half the rate"),
        pytest.param({}, {"has_vision": True}, "hyperparameters.lr_scheduler_type", "cosine", id="images: cosine"),
        pytest.param({}, {"has_vision": True}, "selective_loss.supported", True, id="images: selective loss"),
        pytest.param({}, {"kind": "reasoning"}, "hyperparameters.max_seq_length", 4096, id="reasoning: longer"),
        pytest.param(
            {"vision": {"tokens_per_image": 2048}},
            {},
            "hyperparameters.max_seq_length",
            4096,
            id="longer than an image",
        ),
        pytest.param(
            {"vision": {"tokens_per_image": 2047}}, {}, "hyperparameters.max_seq_length", 2048, id="an image and a word"
        ),
        pytest.param({"vision": {}}, {}, "hyperparameters.max_seq_length", 2048, id="images of any size"),
        pytest.param(
            {"max_position_embeddings": 1024}, {}, "hyperparameters.max_seq_length", 1024, id="no longer than positions"
        ),
        pytest.param(
            {"max_position_embeddings": None}, {}, "hyperparameters.max_seq_length", 2048, id="unknown positions"
        ),
        pytest.param({}, {"has_unsloth": True}, "stack", "unsloth", id="unsloth where it trains the model"),
        pytest.param(
            {"moe": {"num_experts": 8, "num_experts_per_tok": 2}}, {}, "lora_config.r", 32, id="attention only: twice"
        ),
        pytest.param({"model_type": "new"}, {}, "lora_config.target_modules", "all-linear", id="unknown layers"),
        pytest.param(
            {"model_type": "deepseek_v3", "mla": {"kv_lora_rank": 512, "qk_rope_head_dim": 64, "q_lora_rank": 1536}},
            {},
            "lora_config.target_modules",
            ["q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"],
            id="latent attention",
        ),
    ],
)
def test_size_and_kind_change_one_value_each(
    shape: dict[str, Any], changes: dict[str, Any], path: str, value: object, facts_with: MakeFacts
) -> None:
    """Every rule of the policy that departs from the usual recipe."""
    found: Any = training_start(facts_with(shape, **changes))
    for key in path.split("."):
        found = found[key]

    assert found == value


#: A family of mixtures whose experts are one tensor, one with latent attention, and one that has narrow queries always.
FAMILIES: dict[str, Any] = {
    "owl": {"targets": ["qkv_proj", "o_proj"], "attention": {"qkv_proj": "q k v", "o_proj": "o"}},
    "latent_owl": {
        "targets": ["q_proj", "q_a_proj", "q_b_proj", "kv_a_proj", "o_proj"],
        "attention": {"q_proj": "q", "q_a_proj": "q_a", "q_b_proj": "q_b", "kv_a_proj": "kv_a", "o_proj": "o"},
    },
    "narrow_owl": {
        "targets": ["q_a_proj", "q_b_proj", "o_proj", "router"],
        "attention": {"q_a_proj": "q_a", "q_b_proj": "q_b", "o_proj": "o"},
        "other": ["router"],
    },
    "bare_owl": {"targets": []},
}
LATENT = {"kv_lora_rank": 512, "qk_rope_head_dim": 64}


@pytest.mark.parametrize(
    ("shape", "modules"),
    [
        pytest.param({"model_type": "owl"}, ["qkv_proj", "o_proj"], id="as the family has them"),
        pytest.param(
            {"model_type": "latent_owl", "mla": {**LATENT, "q_lora_rank": 1536}},
            ["q_a_proj", "q_b_proj", "kv_a_proj", "o_proj"],
            id="narrow queries",
        ),
        pytest.param({"model_type": "latent_owl", "mla": LATENT}, ["q_proj", "kv_a_proj", "o_proj"], id="wide queries"),
        pytest.param(
            {"model_type": "narrow_owl", "mla": LATENT},
            ["q_a_proj", "q_b_proj", "o_proj", "router"],
            id="always narrow",
        ),
        pytest.param({"model_type": "bare_owl"}, "all-linear", id="a family that names none"),
        pytest.param({"model_type": "new"}, "all-linear", id="an unknown architecture"),
        pytest.param({"model_type": None}, "all-linear", id="no architecture"),
    ],
)
def test_target_modules_are_those_of_the_family(
    shape: dict[str, Any], modules: list[str] | str, facts_with: MakeFacts
) -> None:
    """Names as in the checkpoint; nothing that it does not have."""
    with facts_laid_over(families={"families": FAMILIES}):
        assert training_start(facts_with(shape))["lora_config"]["target_modules"] == modules


@pytest.mark.parametrize("model_type", sorted(known_model_types()))
def test_the_check_knows_every_module_that_the_policy_names(model_type: str, facts_with: MakeFacts) -> None:
    """An entry made by the policy passes the rule on target modules."""
    entry: ModelInfo = unsized_entry(facts_with({"model_type": model_type}))
    known = linear_modules(entry) or frozenset()

    assert {name.rpartition(".")[2] for name in family_of(model_type).targets} <= known


def test_a_mixture_has_adapters_on_its_experts(mixture: ModelFacts) -> None:
    """With a small rank, and twice that for alpha; without them the attention has a larger one."""
    start = training_start(mixture)
    assert start is not None
    without = without_experts(mixture, start)
    assert without is not None

    assert (start["lora_config"]["r"], start["lora_config"]["lora_alpha"]) == (8, 16)
    assert start["lora_config"]["target_parameters"] == ["experts.gate_up_proj", "experts.down_proj"]
    assert (without["lora_config"]["r"], without["lora_config"]["lora_alpha"]) == (32, 32)
    assert without_experts(mixture, without) is None


def test_the_smallest_models_have_a_large_rank(facts_with: MakeFacts) -> None:
    """Their layers are narrow."""
    assert training_start(facts_with({"parameters": 270 * 10**6}))["lora_config"]["r"] == 128


@pytest.mark.parametrize(
    ("model_type", "mixing"),
    [
        pytest.param("qwen3_5", ["in_proj_qkv", "in_proj_z", "out_proj"], id="linear attention: the wide ones"),
        pytest.param("falcon_h1", ["in_proj"], id="state space: not what its kernels read past an adapter"),
        pytest.param("lfm2", ["out_proj", "in_proj"], id="short convolutions"),
    ],
)
def test_hybrids_have_adapters_on_their_mixers(model_type: str, mixing: list[str], facts_with: MakeFacts) -> None:
    """Beside attention and feed-forward layers."""
    modules = training_start(facts_with({"model_type": model_type}))["lora_config"]["target_modules"]

    assert [name for name in modules if name.startswith(("in_proj", "out_proj"))] == mixing


def test_a_chat_template_is_the_models_or_that_of_its_type(facts_with: MakeFacts) -> None:
    """Of a model that sees, LLaMA-Factory needs one."""
    own = facts_with(recommended=Recommended(chat_template="owl"))
    seeing = facts_with({"model_type": "gemma3"}, has_vision=True)

    assert training_start(own)["chat_template"] == "owl"
    assert training_start(seeing)["chat_template"] == "gemma3"


def test_serving_is_as_recommended(facts_with: MakeFacts) -> None:
    """And code runs that comes with the checkpoints where nothing else knows the family."""
    advised = facts_with(recommended=Recommended(serving={"tool_call_parser": "owl"}))

    assert inference_start(advised)["tool_call_parser"] == "owl"
    assert "trust_remote_code" not in inference_start(advised)
    assert inference_start(facts_with({"model_type": "molmo"}))["trust_remote_code"] is True


@pytest.mark.parametrize("method", ["fp8", "mxfp4"])
def test_what_its_maker_publishes_in_few_bits_alone_is_unpacked(method: str, facts_with: MakeFacts) -> None:
    """Of a copy the original is trained."""
    few = Quantization.model_validate({"method": method, "type": method})

    assert training_start(facts_with(quantization=few)) is not None
    assert training_start(facts_with(quantization=few, original=facts_with())) is None


def test_weights_for_serving_have_no_training_defaults(facts_with: MakeFacts) -> None:
    """AWQ, GPTQ, FP8 copies are served only."""
    assert training_start(facts_with(quantization=AWQ)) is None


@pytest.mark.parametrize(
    ("shape", "changes", "expected"),
    [
        pytest.param({}, {}, ("vllm", 0.9, 8192), id="vllm"),
        pytest.param({}, {"quantization": BITSANDBYTES}, ("transformers", 0.0, 8192), id="bitsandbytes"),
        pytest.param({}, {"is_served_by_vllm": False}, ("transformers", 0.0, 8192), id="not in vllm"),
        pytest.param({"max_position_embeddings": 2048}, {}, ("vllm", 0.9, 2048), id="a short context"),
        pytest.param({"max_position_embeddings": None}, {}, ("vllm", 0.9, 8192), id="an unknown context"),
    ],
)
def test_engine_share_and_least_context(
    shape: dict[str, Any], changes: dict[str, Any], expected: tuple[str, float, int], facts_with: MakeFacts
) -> None:
    """VLLM where it loads the weights; eight thousand tokens, or what there is."""
    start = inference_start(facts_with(shape, **changes))

    assert (start["engine"], start["gpu_memory_utilization"], start["max_model_len"]) == expected
    assert (start["quantization"], start["tensor_parallel_size"]) == (None, 1)


@pytest.mark.parametrize(
    ("batch", "steps"),
    [pytest.param(1, 16, id="one"), pytest.param(8, 2, id="eight"), pytest.param(32, 1, id="more than a step has")],
)
def test_a_larger_batch_leaves_the_step_as_it_was(batch: int, steps: int, facts_with: MakeFacts) -> None:
    """Sixteen sequences a step, whatever fits at once."""
    start = training_start(facts_with())
    assert start

    changed = with_batch(start, batch)["hyperparameters"]

    assert (changed["batch_size"], changed["gradient_accumulation_steps"]) == (batch, steps)


@pytest.mark.parametrize(
    ("shape", "quantization", "capability"),
    [
        pytest.param({}, None, "8.0", id="bfloat16"),
        pytest.param({"dtype": "float16"}, None, "7.0", id="float16"),
        pytest.param({}, AWQ, "7.5", id="awq"),
        pytest.param({}, Quantization(method="fp8", type="fp8"), "7.5", id="fp8"),
        pytest.param({"dtype": "float16"}, Quantization(method="w4a16", type="compressed-tensors"), "7.5", id="w4a16"),
    ],
)
def test_the_number_format_decides_the_compute_capability(
    shape: dict[str, Any], quantization: Quantization | None, capability: str, facts_with: MakeFacts
) -> None:
    """What the kernels of a format need."""
    changes = {"quantization": quantization} if quantization else {}

    assert compute_capability(facts_with(shape, **changes)) == capability
