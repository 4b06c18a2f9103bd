"""What notes and columns of a measured row say in words."""

from __future__ import annotations

import pytest
from benchmarks.row_notes import named_engine, named_release, named_stack, noted_settings, noted_sharding

from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.stacks import stack_package


@pytest.mark.parametrize(
    ("notes", "settings"),
    [
        ("sharding=none; packed; quantize_moe_experts", {"packing": True, "expert_quantization": True}),
        ("load_in_4bit=True does not quantise fused experts", {"expert_quantization": False}),
        ("not packed; tower trained too", {"packing": False, "trains_vision_tower": True}),
        ("coco images ~ 640x480 = 400 tokens", {"image_pixels": 640 * 480}),
        ("LaTeX_OCR, short; tower adapted too", {"trains_vision_tower": True}),
        ("freeze_vit true", {"trains_vision_tower": False}),
        ("activation_offloading true (not expressible)", {"offload": "activations"}),
        ("activation_offloading false", {}),
        ("ZeRO-2; optimizer offload", {"offload": "optimizer"}),
        ("embeddings and lm_head trained", {"trains_embeddings": True}),
        ("DPO, beta 0.1", {"algorithm": "dpo"}),
        ("sequence_parallel_size 4", {"context_parallel_size": "4"}),
        ("gradient_accumulation_steps=4; lengths up to 1K", {"gradient_accumulation_steps": "4"}),
        ("FineTome up to 2048; 221M trainable (experts)", {}),
    ],
)
def test_notes_of_training_are_settings(notes: str, settings: dict[str, object]) -> None:
    """By the names of settings, whatever this version of the library has of them."""
    row = {"task": "training", "notes": notes, "quant": "nf4-dq"}

    assert noted_settings(row, ("gradient_accumulation_steps",)) == settings


@pytest.mark.parametrize(
    ("notes", "settings"),
    [
        ("KV tokens only; MTP n=3", {"speculative_tokens": "3"}),
        ("MTP layer included in pool (17 layers)", {"speculative_tokens": "1"}),
        ("max_num_seqs=16; kv_dtype=fp8", {"max_num_seqs": "16", "kv_cache_dtype": "fp8"}),
        ("--mem-fraction-static 0.93", {"mem_fraction_static": "0.93"}),
        ("mem_fraction_static .82; observed ~509k tokens", {"mem_fraction_static": ".82"}),
        ("expert parallel; dp 8", {"enable_expert_parallel": True, "data_parallel_size": "8"}),
        (
            "pipeline parallel 2, decode context parallel 4",
            {
                "pipeline_parallel_size": "2",
                "decode_context_parallel_size": "4",
            },
        ),
        ("--enable-prefix-caching", {"enable_prefix_caching": True}),
        ("text-only; max_lora_rank 64", {"language_model_only": True, "max_lora_rank": "64"}),
        ("0.9 assumed; GB there is GiB (144 KiB/token)", {}),
    ],
)
def test_notes_of_serving_are_settings(notes: str, settings: dict[str, object]) -> None:
    """A prediction layer without a number drafts one token, as engines have it."""
    row = {"task": "inference", "notes": notes, "quant": ""}

    assert noted_settings(row, ("max_num_seqs", "kv_cache_dtype")) == settings


@pytest.mark.parametrize(
    ("notes", "sharding"),
    [
        ("sharding=fsdp; packed; FSDP2", "fsdp2"),
        ("sharding=zero3; packed; liger; ZeRO-3", "zero3"),
        ("ZeRO-1", "zero1"),
        ("sharding=device_map; 2 replicas", "device_map"),
        ("sharding=none; DDP; FSDP2 not tried", "none"),
        ("sharding=ddp", "none"),
        ("sharding=megatron", "megatron"),
        ("full 2048", None),
    ],
)
def test_sharding_is_what_the_notes_say_most_exactly(notes: str, sharding: str | None) -> None:
    """None where they say nothing: then it is as the column `settings` has it."""
    assert noted_sharding({"notes": notes}) == sharding


@pytest.mark.parametrize(
    ("framework", "notes", "release"),
    [
        ("vllm 0.10", "vLLM 0.10.1.1, four nodes, Ray", "0.10.1.1"),
        ("vllm 0.10", "vLLM ~0.9/0.10", "0.10"),
        ("vllm", "vLLM 0.14.1 Triton", "0.14.1"),
        ("vllm", "~50 GB -> ~525k tokens", None),
        ("vLLM v0.5.4", "", "0.6.0"),
    ],
)
def test_the_release_is_the_most_exact_that_is_named(framework: str, notes: str, release: str | None) -> None:
    """One that is older than all that were read is taken for the oldest."""
    assert named_release({"framework": framework, "notes": notes}, engine_package("vllm")) == release


def test_the_framework_names_stack_and_engine() -> None:
    """In whatever way they are written; None where it names none that is known."""
    assert named_stack({"framework": "LLaMA_Factory 0.9.5"}) == "llama-factory"
    assert named_stack({"framework": "ms-swift (trl 0.29)"}) == "ms-swift"
    assert named_stack({"framework": "torchtune"}) is None
    assert named_engine({"framework": "SGLang 0.5"}) == "sglang"
    assert named_engine({"framework": "llama.cpp"}) is None


def test_a_notebook_that_names_no_release_was_run_long_ago() -> None:
    """Its output is that of the day when it was run; a file that says what to run is for today's."""
    package = stack_package("unsloth")
    source = "unslothai/notebooks@bdda2ef:nb/AMD-Phi_4-Conversational.ipynb"

    assert named_release({"framework": "unsloth", "source": source}, package) == package.oldest
    assert named_release({"framework": "unsloth", "source": source.replace("ipynb", "md")}, package) is None
