"""What an entry, its stack and its engine choose before anybody overrides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sound_entry import ENTRY, changed_entry

from model_garden_registry import InvalidOverrideError, UnsupportedTaskError
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.own_defaults import Chosen, defaults_of
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.stacks import stack_of, stack_package

BY_HAND = Origin(OriginKind.OVERRIDE, "by hand")


def owl(changes: Mapping[str, Any] | None = None) -> ModelInfo:
    """Give a sound entry with changes at dotted paths."""
    return ModelInfo.model_validate(changed_entry(changes or {}))


def chosen(**values: Any) -> Chosen:
    """Give settings that were chosen by hand."""
    return {name: (value, BY_HAND) for name, value in values.items()}


def test_the_newest_release_that_was_read_is_taken() -> None:
    """Of the stack in training, of the engine in serving."""
    trained = defaults_of(owl(), "training", {})
    served = defaults_of(owl(), "inference", {})

    assert (trained["stack"][0], trained["stack_version"][0]) == ("trl", stack_package("trl").read)
    assert (served["engine"][0], served["engine_version"][0]) == ("vllm", engine_package("vllm").read)
    assert str(served["engine_version"][1]) == "built-in: the newest that was read"


def test_a_stack_chooses_by_its_release() -> None:
    """Each value names the stack and the release that chose it."""
    found = defaults_of(owl(), "training", chosen(stack_version="1.6"))

    assert found["loss"] == ("full", Origin(OriginKind.STACK, "trl 1.6"))
    assert found["stack_version"] == ("1.6", BY_HAND)


@pytest.mark.parametrize(
    ("method", "dtype"), [("lora", stack_of("trl").adapter_dtype), ("qlora", stack_of("trl").quantized_adapter_dtype)]
)
def test_adapters_over_a_quantised_model_have_a_type_of_their_own(method: str, dtype: str) -> None:
    """As the stack says."""
    found = defaults_of(owl(), "training", chosen(method=method))

    assert found["adapter_dtype"][0] == dtype


def test_what_an_entry_states_stands_before_what_is_built_in() -> None:
    """Stack and engine with the place in the entry."""
    stated = owl({"training_defaults.stack": "axolotl", "inference_defaults.engine": "sglang"})

    assert defaults_of(stated, "training", {})["stack"] == (
        "axolotl",
        Origin(OriginKind.ENTRY, "/training_defaults/stack"),
    )
    assert defaults_of(stated, "inference", {})["engine"] == (
        "sglang",
        Origin(OriginKind.ENTRY, "/inference_defaults/engine"),
    )


@pytest.mark.parametrize("version", ["0.5.9", "nonsense", ""])
def test_a_release_that_is_not_covered_is_refused_by_name(version: str) -> None:
    """With the oldest that is."""
    with pytest.raises(InvalidOverrideError, match=r"a release of vLLM from 0\.6\.0 on, such as"):
        defaults_of(owl(), "inference", chosen(engine_version=version))


def test_an_entry_without_training_has_no_settings_for_it() -> None:
    """It says so."""
    with pytest.raises(UnsupportedTaskError):
        defaults_of(owl({"training_defaults": None, "capabilities.training": False}), "training", {})


def test_what_an_entry_says_of_batch_cache_and_adapters_is_for_its_own_engine() -> None:
    """Another engine chooses for itself: it may not have such an option."""
    stated = owl({"inference_defaults.max_num_seqs": 64, "inference_defaults.kv_cache_dtype": "fp8"})
    own, other = (defaults_of(stated, "inference", chosen(engine=name)) for name in ("vllm", "transformers"))

    assert own["max_num_seqs"] == (64, Origin(OriginKind.ENTRY, "/inference_defaults/max_num_seqs"))
    assert own["max_lora_rank"] == (None, Origin(OriginKind.BUILT_IN, "vllm"))
    assert [other[name][0] for name in ("max_num_seqs", "kv_cache_dtype")] == [None, "auto"]


def test_a_prompt_has_as_many_images_as_the_entry_allows() -> None:
    """Else one where the model takes any; of videos and sound no setting follows."""
    limited = owl({"inference_defaults.limit_mm_per_prompt": {"image": 4}})
    silent = owl({"inference_defaults.limit_mm_per_prompt": {"audio": 0}})

    assert defaults_of(limited, "inference", {})["images_per_prompt"] == (
        4,
        Origin(OriginKind.ENTRY, "/inference_defaults/limit_mm_per_prompt/image"),
    )
    assert defaults_of(silent, "inference", {})["images_per_prompt"][0] == int(silent.is_vision_model)


def test_sampling_is_the_makers_value_by_value() -> None:
    """What the maker does not recommend is the engine's own."""
    found = defaults_of(owl({"inference_defaults.sampling": {"temperature": 0.7}}), "inference", {})

    assert found["sampling.temperature"] == (0.7, Origin(OriginKind.ENTRY, "/inference_defaults/sampling/temperature"))
    assert found["sampling.top_p"] == (None, Origin(OriginKind.BUILT_IN, "format"))


@pytest.mark.parametrize(
    ("asked", "ratio"),
    [
        pytest.param({}, 0.03, id="as the entry says"),
        pytest.param({"warmup_steps": 50}, None, id="steps that somebody asks for count"),
    ],
)
def test_the_warm_up_is_a_share_unless_steps_are_asked_for(asked: dict[str, Any], ratio: float | None) -> None:
    """Both stand in an entry, since older files have the steps alone."""
    found = defaults_of(owl({"training_defaults.hyperparameters.warmup_ratio": 0.03}), "training", chosen(**asked))

    assert found["warmup_ratio"][0] == ratio


MODULES, PARAMETERS = "lora_config.target_modules", "lora_config.target_parameters"


@pytest.mark.parametrize(
    ("asked", "parameters"),
    [
        pytest.param({}, ("experts.down_proj",), id="as the entry says"),
        pytest.param({MODULES: ("q_proj",)}, (), id="modules alone"),
        pytest.param({MODULES: "all-linear"}, (), id="all of them"),
        pytest.param({MODULES: ("q_proj",), PARAMETERS: ("a.b",)}, ("a.b",), id="both"),
        pytest.param({PARAMETERS: ("a.b",)}, ("a.b",), id="parameters alone"),
        pytest.param({"lora_config.r": 8}, ("experts.down_proj",), id="something else of the adapter"),
    ],
)
def test_modules_that_are_asked_for_are_all_that_gets_an_adapter(
    asked: dict[str, Any], parameters: tuple[str, ...]
) -> None:
    """Unless parameters are asked for beside them."""
    entry = owl({"training_defaults.lora_config.target_parameters": ["experts.down_proj"]})
    found = defaults_of(entry, "training", chosen(**asked)) | chosen(**asked)

    assert found[PARAMETERS][0] == parameters


@pytest.mark.parametrize(
    ("saved", "asked", "modules", "trains"),
    [
        pytest.param([], {}, (), False, id="none"),
        pytest.param(["score"], {}, ("score",), False, id="another module"),
        pytest.param(["lm_head"], {}, ("lm_head",), True, id="one of both ends, counted as both"),
        pytest.param(["embed_tokens", "lm_head"], {}, ("embed_tokens", "lm_head"), True, id="both ends"),
        pytest.param(["score"], {"trains_embeddings": True}, ("score", "embed_tokens", "lm_head"), True, id="asked"),
        pytest.param(["wte", "lm_head", "score"], {"trains_embeddings": False}, ("score",), False, id="not wanted"),
        pytest.param([], {"trains_embeddings": False}, (), False, id="not wanted and not there"),
    ],
)
def test_modules_that_are_saved_and_ends_that_are_trained_say_one_thing(
    saved: list[str], asked: dict[str, Any], modules: tuple[str, ...], trains: bool
) -> None:
    """Whichever of the two is stated, the other follows."""
    stated = owl({"training_defaults.lora_config.modules_to_save": saved})
    overrides = chosen(**asked)
    found = defaults_of(stated, "training", overrides) | overrides

    assert tuple(found["lora_config.modules_to_save"][0]) == modules
    assert found["trains_embeddings"][0] is trains


def test_a_stack_that_names_no_parameters_adapts_none() -> None:
    """Whatever the entry states: LLaMA-Factory has no word for them."""
    path = "lora_config.target_parameters"
    stated = owl({f"training_defaults.{path}": ["experts.down_proj"]})
    own, other = (defaults_of(stated, "training", chosen(stack=name)) for name in ("trl", "llama-factory"))

    assert (own[path][0], own[path][1].kind) == (("experts.down_proj",), OriginKind.ENTRY)
    assert other[path] == ((), Origin(OriginKind.STACK, f"llama-factory {stack_package('llama-factory').read}"))


def test_what_nobody_states_is_built_in_and_needs_follow_the_entry() -> None:
    """Each value with its origin: the entry's place, or nothing but the program."""
    found = defaults_of(owl({"requirements.min_gpus": 2}), "training", {})
    one, plain = defaults_of(owl(), "training", {}), Origin(OriginKind.BUILT_IN, "")

    assert {name: found[name] for name in ("algorithm", "dtype", "context_parallel_size")} == {
        "algorithm": ("sft", plain),
        "dtype": ("auto", plain),
        "context_parallel_size": (1, plain),
    }
    assert found["sharding"] == ("device_map", Origin(OriginKind.ENTRY, "/requirements"))
    assert found["n_gpus"] == (2, Origin(OriginKind.ENTRY, "/requirements"))
    assert (one["sharding"][0], one["n_gpus"][0]) == ("none", 1)
    assert one["images_per_sample"] == (0, Origin(OriginKind.ENTRY, "/capabilities/vision"))


def test_a_server_that_nobody_describes_takes_one_sequence_and_chooses_the_rest() -> None:
    """What is not chosen is the engine's."""
    found = defaults_of(owl(), "inference", {})
    left = ("mem_fraction_static", "kv_cache_memory_gb", "enable_prefix_caching", "max_num_batched_tokens")

    assert found["concurrent"] == (1, Origin(OriginKind.BUILT_IN, "one sequence at full length"))
    assert [found[name][0] for name in left] == [None] * 4
    assert [found[name][0] for name in ("enforce_eager", "enable_expert_parallel", "language_model_only")] == [
        False
    ] * 3


def test_modules_that_are_chosen_leave_no_parameters() -> None:
    """An entry's parameters belong to its own modules."""
    found = defaults_of(owl(), "training", {"lora_config.target_modules": (("q_proj",), BY_HAND)})

    assert found["lora_config.target_parameters"] == ((), Origin(OriginKind.BUILT_IN, "target_modules is set"))


def test_a_group_that_an_entry_lacks_is_there_where_it_is_asked_for() -> None:
    """Filled by the format."""
    lacking = owl({"training_defaults.selective_loss": None})
    asked = defaults_of(lacking, "training", {"selective_loss.supported": (True, BY_HAND)})

    assert "selective_loss.default_level" in asked
    assert "selective_loss.default_level" not in defaults_of(lacking, "training", {})


def by_origin(settings: Chosen) -> dict[str, dict[str, Any]]:
    """Give values by name, sorted by what says so."""
    found: dict[str, dict[str, Any]] = {}
    for path, (value, origin) in settings.items():
        found.setdefault(str(origin), {})[path] = value
    return found


TRAINED = "entry: /training_defaults/"
HYPERPARAMETERS: dict[str, Any] = ENTRY["training_defaults"]["hyperparameters"]


def test_every_training_default_is_here_with_its_origin() -> None:
    """Of a plain entry, with the choices of one release of a stack."""
    found = defaults_of(owl(), "training", chosen(stack_version="1.6"))

    assert by_origin(found) == {
        **{f"{TRAINED}hyperparameters/{name}": {name: value} for name, value in HYPERPARAMETERS.items()},
        f"{TRAINED}lora_config/r": {"lora_config.r": 16},
        f"{TRAINED}lora_config/lora_alpha": {"lora_config.lora_alpha": 16},
        f"{TRAINED}lora_config/lora_dropout": {"lora_config.lora_dropout": 0.0},
        f"{TRAINED}lora_config/target_modules": {"lora_config.target_modules": ("q_proj", "v_proj")},
        "built-in: format": {
            "weight_decay": None,
            "warmup_ratio": None,
            "max_grad_norm": None,
            "packing": False,
            "seed": None,
            "lora_config.use_rslora": False,
            "lora_config.target_parameters": (),
            "lora_config.modules_to_save": (),
            "lora_config.use_dora": False,
        },
        "built-in": {
            "trains_embeddings": False,
            "algorithm": "sft",
            "dtype": "auto",
            "base_quantization": None,
            "context_parallel_size": 1,
            "nodes": 1,
            "chat_template": None,
            "eval_batch_size": None,
        },
        "entry: /quantization": {"method": "lora"},
        "entry: /requirements": {"sharding": "none", "n_gpus": 1},
        "entry: /capabilities/vision": {"images_per_sample": 0},
        "built-in: provider is org": {"stack": "trl"},
        "override: by hand": {"stack_version": "1.6"},
        "stack: trl 1.6": {
            "gradient_checkpointing": True,
            "attn_implementation": "sdpa",
            "loss": "full",
            "adapter_dtype": "float32",
            "master_weights": False,
            "expert_quantization": False,
            "trains_vision_tower": False,
            "image_pixels": None,
            "offload": "none",
        },
    }


def test_machines_have_a_gpu_each_and_a_stage_each() -> None:
    """A run that needs several GPUs shards its weights: one process drives no GPUs of other machines."""
    spread = Origin(OriginKind.BUILT_IN, "over 3 machines")
    small, large = (
        defaults_of(owl(needs), "training", chosen(nodes=3)) for needs in ({}, {"requirements.min_gpus": 4})
    )
    served = defaults_of(owl(), "inference", chosen(nodes=3))

    assert (small["n_gpus"], small["sharding"]) == ((3, spread), ("none", spread))
    assert (large["n_gpus"], large["sharding"]) == ((6, spread), ("zero3", spread))
    assert served["pipeline_parallel_size"] == (3, Origin(OriginKind.BUILT_IN, "a stage for each machine"))


def test_every_serving_default_is_here_with_its_origin() -> None:
    """Of a plain entry; the engine names itself as the origin of what it chooses."""
    found = defaults_of(owl(), "inference", chosen(engine_version="0.33.0"))

    assert by_origin(found) == {
        "entry: /inference_defaults/max_model_len": {"max_model_len": 8192},
        "entry: /inference_defaults/dtype": {"dtype": "auto"},
        "entry: /inference_defaults/gpu_memory_utilization": {"gpu_memory_utilization": 0.9},
        "entry: /capabilities/vision": {"images_per_prompt": 0},
        "built-in: format": {
            "quantization": None,
            "tensor_parallel_size": 1,
            "tool_call_parser": None,
            "reasoning_parser": None,
            "trust_remote_code": False,
            "sampling.temperature": None,
            "sampling.top_p": None,
            "sampling.top_k": None,
            "sampling.min_p": None,
            "sampling.presence_penalty": None,
            "sampling.repetition_penalty": None,
        },
        "built-in": {"engine": "vllm"},
        "override: by hand": {"engine_version": "0.33.0"},
        "built-in: one sequence at full length": {"concurrent": 1},
        "built-in: vllm": {
            "kv_cache_dtype": "auto",
            "max_num_seqs": None,
            "max_lora_rank": None,
            "max_num_batched_tokens": None,
            "enforce_eager": False,
            "mem_fraction_static": None,
            "kv_cache_memory_gb": None,
            "enable_prefix_caching": None,
            "draft_model": None,
            "pipeline_parallel_size": 1,
            "data_parallel_size": 1,
            "decode_context_parallel_size": 1,
            "nodes": 1,
            "enable_expert_parallel": False,
            "language_model_only": False,
            "speculative_tokens": 0,
            "served_loras": 0,
            "cpu_offload_gb": 0,
            "mamba_ssm_dtype": "auto",
        },
    }


def test_a_model_with_images_gets_one() -> None:
    """In a training sequence and in a prompt, as its entry says that it takes them."""
    seeing = owl({"category": "vision-vlm", "capabilities.vision": True})
    of_capability = Origin(OriginKind.ENTRY, "/capabilities/vision")

    assert defaults_of(seeing, "training", {})["images_per_sample"] == (1, of_capability)
    assert defaults_of(seeing, "inference", {})["images_per_prompt"] == (1, of_capability)


def test_a_chat_template_is_the_entrys_where_it_names_one() -> None:
    """With its place."""
    found = defaults_of(owl({"training_defaults.chat_template": "llama3"}), "training", {})

    assert found["chat_template"] == ("llama3", Origin(OriginKind.ENTRY, "/training_defaults/chat_template"))


def test_selective_loss_has_the_place_of_its_values_in_the_entry() -> None:
    """And the format's value for what the entry leaves out."""
    stated = owl({"training_defaults.selective_loss": {"supported": True}})
    found = defaults_of(stated, "training", {})

    assert found["selective_loss.supported"] == (
        True,
        Origin(OriginKind.ENTRY, "/training_defaults/selective_loss/supported"),
    )
    assert found["selective_loss.recommended"] == (False, Origin(OriginKind.BUILT_IN, "format"))


def test_what_follows_an_override_names_it() -> None:
    """A ratio that steps replace, and modules that follow from trained embeddings."""
    steps = defaults_of(owl(), "training", chosen(warmup_steps=50))
    ends = defaults_of(owl(), "training", chosen(trains_embeddings=True))
    path = "lora_config.modules_to_save"

    assert steps["warmup_ratio"] == (None, Origin(OriginKind.BUILT_IN, "warmup_steps is set"))
    assert ends[path] == (("embed_tokens", "lm_head"), Origin(OriginKind.BUILT_IN, "trains_embeddings"))
    assert "trains_embeddings" not in ends


def test_trained_embeddings_have_the_origin_of_the_modules_that_say_so() -> None:
    """The entry's place, or the override's."""
    path = "lora_config.modules_to_save"
    stated = defaults_of(owl({f"training_defaults.{path}": ["lm_head"]}), "training", {})
    asked = defaults_of(owl(), "training", chosen(**{path: ("lm_head",)}))

    assert stated["trains_embeddings"] == (True, Origin(OriginKind.ENTRY, f"{TRAINED[7:]}lora_config/modules_to_save"))
    assert asked["trains_embeddings"] == (True, BY_HAND)


def test_what_a_stack_chooses_follows_what_leads() -> None:
    """Algorithm, quantised weights, offloaded activations and trained weights each change one choice."""

    def of(name: str, **asked: Any) -> Any:
        return defaults_of(owl(), "training", chosen(**asked))[name][0]

    trl = stack_of("trl", "1.16.0")
    asked = {"stack_version": "1.16.0"}
    assert of("loss", algorithm="orpo", **asked) == trl.loss_of("orpo") != trl.loss_of("sft")
    assert of("adapter_dtype", base_quantization="8bit", **asked) == trl.quantized_adapter_dtype != trl.adapter_dtype
    assert of("offload", stack="unsloth") == "activations"
    assert of("image_pixels", stack="llama-factory") == stack_of("llama-factory").image_pixels
    assert of("master_weights", method="full", dtype="float32", **asked) is True
    assert of("learning_rate", method="full", **asked) == 0.00002
