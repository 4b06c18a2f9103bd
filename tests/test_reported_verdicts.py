"""Public reports of models that ran, or did not, on named GPUs with named settings: `mgr validate` says the same."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from typer.testing import CliRunner

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.cli.app import app
from model_garden_registry.units import GIB

REGISTRY = load_registry(bundled_registry())
#: What a report says: by which findings it did not run. What only just runs may be warned of.
RUNS, MEMORY, FORMAT, STATES, POSITIONS = None, "vram-low", "cc-low", "sequences-many", "context-too-long"

GITHUB = "https://github.com"
VLLM, SGLANG = f"{GITHUB}/vllm-project/vllm/issues", f"{GITHUB}/sgl-project/sglang/issues"
RECIPES, QWEN_VL = f"{GITHUB}/vllm-project/recipes/pull", f"{GITHUB}/QwenLM/Qwen3-VL/issues"
FACTORY, SWIFT = f"{GITHUB}/hiyouga/LlamaFactory/issues", f"{GITHUB}/modelscope/ms-swift/issues"
AXOLOTL = f"{GITHUB}/axolotl-ai-cloud/axolotl/issues"
ON_48 = "https://qevos.ai/blog/en/2026-05-19-qwen3-6-27b-fp8-4090-48gb-context-experiment.html"
FP8_70B = "https://huggingface.co/cortecs/Llama-3.3-70B-Instruct-FP8-Dynamic/discussions/1"

GPT_OSS = "openai/gpt-oss-120b --gpu 'H100 80GB' tensor_parallel_size=1"
FLASH = "deepseek-ai/DeepSeek-V4-Flash"
REPLICAS = "engine_version=0.10.1 tensor_parallel_size=1 data_parallel_size=8 enable_expert_parallel=true"
#: Its H20 have 141 GB, as the H200 has.
CODER = f"Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8 --gpu 'H200 SXM:8' {REPLICAS}"
SETTINGS_48 = "engine_version=0.21.0 gpu_memory_utilization=0.85 kv_cache_dtype=fp8"
HYBRID_48 = f"Qwen/Qwen3.6-27B-FP8 --gpu 'RTX 4090 48GB' {SETTINGS_48} max_num_batched_tokens=16384 max_num_seqs=4"
HYBRID = "Qwen/Qwen3.6-27B-FP8 --gpu 'H100 80GB' engine_version=0.23.0 max_model_len=262144 gpu_memory_utilization=0.95"
LLAMA_70B = "RedHatAI/Llama-3.3-70B-Instruct-FP8 --gpu 'H100 80GB' engine_version=0.6.4 tensor_parallel_size=1"
LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct --gpu 'RTX 3090' engine_version=0.6.4"
QWEN_A10 = "Qwen/Qwen3-30B-A3B --gpu A10:4 tensor_parallel_size=4 max_model_len=1024"


@pytest.mark.parametrize(
    ("source", "question", "reason"),
    [
        pytest.param(
            f"{VLLM}/33155",
            f"{GPT_OSS} engine_version=0.11.2 max_model_len=87040 gpu_memory_utilization=0.97 max_num_seqs=100",
            *(RUNS,),
            id="gpt-oss-120b, 85 K tokens of it, on one H100",
        ),
        pytest.param(
            *(f"{VLLM}/23278", f"{GPT_OSS} engine_version=0.10.1 max_model_len=131072", MEMORY),
            id="the same as it comes, at its whole length, with an older release",
        ),
        pytest.param(
            f"{SGLANG}/8833",
            "openai/gpt-oss-120b --engine sglang --gpu H20:8 engine_version=0.5.1 max_model_len=131072 "
            "tensor_parallel_size=2 data_parallel_size=4",
            *(RUNS,),
            id="four replicas of two",
        ),
        pytest.param(
            *(f"{VLLM}/23203", "openai/gpt-oss-20b --gpu T4 engine_version=0.10.1", FORMAT), id="MXFP4 on a T4"
        ),
        pytest.param(
            *(f"{VLLM}/22331", "openai/gpt-oss-20b --gpu 'RTX 3090' engine_version=0.10.1 max_model_len=131072", RUNS),
            id="MXFP4 on a 3090",
        ),
        pytest.param(
            *(
                f"{GITHUB}/1CatAI/1Cat-vLLM/issues/82",
                f"{FLASH} --gpu 'V100 SXM2 32GB:8' tensor_parallel_size=8",
                FORMAT,
            ),
            id="small floats on a V100",
        ),
        pytest.param(
            f"{VLLM}/51041",
            f"{FLASH} --gpu H20:2 engine_version=0.26.0 tensor_parallel_size=2 kv_cache_dtype=fp8 max_model_len=121344 "
            "max_num_seqs=32 max_num_batched_tokens=8192",
            *(RUNS,),
            id="DeepSeek-V4-Flash on two H20",
        ),
        pytest.param(f"{RECIPES}/12", f"{CODER} max_model_len=262144", MEMORY, id="eight replicas at the whole length"),
        pytest.param(f"{RECIPES}/12", f"{CODER} max_model_len=200000", RUNS, id="205,728 tokens at most, it says"),
        pytest.param(ON_48, f"{HYBRID_48} max_model_len=131072", RUNS, id="a hybrid on 48 GB, 131 K"),
        pytest.param(ON_48, f"{HYBRID_48} max_model_len=250000", RUNS, id="a hybrid on 48 GB, 250 K"),
        pytest.param(
            f"{RECIPES}/551",
            f"{HYBRID} max_num_seqs=1024",
            STATES,
            id="more sequences than there are blocks for states",
        ),
        pytest.param(f"{RECIPES}/551", f"{HYBRID} max_num_seqs=512", RUNS, id="half as many"),
        pytest.param(
            f"{QWEN_VL}/1489",
            "Qwen/Qwen3-VL-235B-A22B-Instruct --gpu 'H100 80GB:8' engine_version=0.11.0 tensor_parallel_size=8 "
            "enable_expert_parallel=true max_model_len=41960 max_num_batched_tokens=128",
            *(RUNS,),
            id="235 B in bfloat16 on eight of 80 GB",
        ),
        pytest.param(FP8_70B, f"{LLAMA_70B} max_model_len=131072", MEMORY, id="70 B in FP8 as it comes"),
        pytest.param(
            *(FP8_70B, f"{LLAMA_70B} max_model_len=9000 gpu_memory_utilization=0.95", RUNS),
            id="70 B in FP8 as its maker says afterwards",
        ),
        pytest.param(
            f"{VLLM}/41695",
            "Qwen/Qwen3-Coder-30B-A3B-Instruct-FP8 --gpu 'RTX 5090' engine_version=0.20.0 max_model_len=16384 "
            "gpu_memory_utilization=0.95",
            *(MEMORY,),
            id="30 B in FP8 on a 5090",
        ),
        pytest.param(
            f"{GITHUB}/local-inference-lab/rtx6kpro/issues/7",
            "Qwen/Qwen3.5-397B-A17B-FP8 --gpu 'RTX PRO 6000 Blackwell Workstation:6' engine_version=0.19.0 "
            "tensor_parallel_size=2 pipeline_parallel_size=3 max_model_len=98304 gpu_memory_utilization=0.87 "
            "kv_cache_dtype=fp8 max_num_batched_tokens=32768 max_num_seqs=128",
            *(RUNS,),
            id="six GPUs, two by three",
        ),
        pytest.param(
            f"{VLLM}/37387",
            "hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4 --gpu 'RTX 5060 Ti 16GB' engine_version=0.17.2",
            *(RUNS,),
            id="AWQ on a small Blackwell",
        ),
        pytest.param(f"{VLLM}/10517", f"{LLAMA_8B} max_model_len=20000", RUNS, id="20 K in one piece"),
        pytest.param(f"{VLLM}/10517", f"{LLAMA_8B} max_model_len=29000", MEMORY, id="29 K in one piece"),
        pytest.param(
            f"{GITHUB}/QwenLM/Qwen3/issues/1361",
            "Qwen/Qwen3-235B-A22B-FP8 --gpu H20:4 engine_version=0.8.5 tensor_parallel_size=4 max_model_len=131072",
            *(POSITIONS,),
            id="beyond its positions",
        ),
        pytest.param(
            f"{VLLM}/35854",
            "Qwen/Qwen3.5-35B-A3B --gpu 'Quadro RTX 6000:4' engine_version=0.16.1 tensor_parallel_size=4 "
            "max_model_len=16384 gpu_memory_utilization=0.7 dtype=float16",
            *(MEMORY,),
            id="70 % of four Turing GPUs, of 24 GB for 22",
        ),
        pytest.param(
            *(f"{VLLM}/17469", f"{QWEN_A10} engine_version=0.8.5 max_num_seqs=1 enforce_eager=true", RUNS),
            id="four A10 without CUDA graphs",
        ),
        pytest.param(
            *(f"{VLLM}/17469", f"{QWEN_A10} --engine sglang engine_version=0.4.6", RUNS), id="four A10 under SGLang"
        ),
        pytest.param(
            f"{SGLANG}/6859",
            "Qwen/Qwen3-30B-A3B --engine sglang --gpu 'A100 80GB' engine_version=0.4.6 tensor_parallel_size=1 "
            "max_model_len=40960",
            *(RUNS,),
            id="30 B in bfloat16 on one A100",
        ),
        pytest.param(
            *(f"{GITHUB}/AlexsJones/llmfit/pull/1046", "Qwen/Qwen3-8B --gpu 'RTX 4090' engine_version=0.29.0", RUNS),
            id="8 B on a 4090",
        ),
    ],
)
def test_serving(source: str, question: str, reason: str | None) -> None:
    """Refused for the reason of the report, or running."""
    _agrees(source, f"inference {question}", reason)


FULL = "--method full batch_size=1 optim=adamw_torch learning_rate=1e-5"
OF_FACTORY = f"--stack llama-factory {FULL} max_seq_length=1024"
LLAMA_FACTORY = f"meta-llama/Meta-Llama-3-8B-Instruct --gpu 'RTX 3090:8' {OF_FACTORY} n_gpus=8 sharding=zero3"
SWIFT_FULL = f"--stack ms-swift {FULL}"
#: Its adapters are on attention alone: axolotl names experts in lora_target_parameters (axolotl#3439).
AIR = (
    "zai-org/GLM-4.5-Air --stack axolotl --method qlora --gpu 'RTX PRO 6000 Blackwell Workstation:2' batch_size=1 "
    "max_seq_length=4096 n_gpus=2 sharding=fsdp2 target_parameters=[]"
)


@pytest.mark.parametrize(
    ("source", "question", "reason"),
    [
        pytest.param(
            *(f"{FACTORY}/8642", f"Qwen/Qwen3-32B --gpu 'H200 SXM:8' {OF_FACTORY} n_gpus=8 sharding=zero2", MEMORY),
            id="32 B whole on each of eight H200",
        ),
        pytest.param(
            f"{FACTORY}/6999",
            f"deepseek-ai/DeepSeek-R1-Distill-Qwen-32B --gpu 'A100 80GB:7' {OF_FACTORY} n_gpus=7 sharding=zero3",
            *(MEMORY,),
            id="32 B split over seven of 80 GB",
        ),
        pytest.param(f"{FACTORY}/5977", LLAMA_FACTORY, MEMORY, id="8 B split over eight 3090"),
        pytest.param(
            f"{FACTORY}/5977", f"{LLAMA_FACTORY} offload=optimizer", RUNS, id="the same with the optimizer in RAM"
        ),
        pytest.param(
            *(f"{FACTORY}/3696", f"meta-llama/Meta-Llama-3-8B --gpu 'A100 80GB' {OF_FACTORY} batch_size=2", MEMORY),
            id="8 B in mixed precision on one of 80 GB",
        ),
        pytest.param(
            f"{SWIFT}/9112",
            "Qwen/Qwen3-VL-8B-Instruct --stack ms-swift --method lora --gpu 'A100 80GB:2' batch_size=1 r=8 n_gpus=2 "
            "optim=adamw_torch max_seq_length=32768 sharding=zero2 attn_implementation=flash_attention_2",
            *(MEMORY,),
            id="LoRA at 32 K with all logits",
        ),
        pytest.param(
            f"{SWIFT}/6329",
            f"Qwen/Qwen3-8B --gpu H20 {SWIFT_FULL} max_seq_length=3000 sharding=zero3 packing=true "
            "attn_implementation=flash_attention_2",
            *(MEMORY,),
            id="ZeRO-3 over one GPU",
        ),
        pytest.param(
            f"{QWEN_VL}/1586",
            f"Qwen/Qwen3-VL-8B-Instruct --gpu H20:8 {SWIFT_FULL} max_seq_length=4096 n_gpus=8 sharding=zero2",
            *(RUNS,),
            id="a vision model on eight H20",
        ),
        pytest.param(
            *(
                f"{QWEN_VL}/1586",
                f"Qwen/Qwen3-VL-8B-Instruct --gpu 'A100 80GB' {SWIFT_FULL} max_seq_length=4096",
                MEMORY,
            ),
            id="a vision model on one of 80 GB",
        ),
        pytest.param(
            f"{AXOLOTL}/2531",
            f"Qwen/Qwen2.5-Coder-32B-Instruct --stack axolotl --gpu 'H100 80GB:8' {FULL} max_seq_length=4096 n_gpus=8 "
            "sharding=zero3 offload=weights",
            *(MEMORY,),
            id="32 B split over eight H100, weights in RAM",
        ),
        pytest.param(
            f"{AXOLOTL}/3374", f"{AIR} expert_quantization=true", RUNS, id="106 B, experts quantised, on two of 96 GB"
        ),
        pytest.param(
            f"{AXOLOTL}/3374", f"{AIR} expert_quantization=false", MEMORY, id="the same, experts left as they are"
        ),
        pytest.param(
            f"{GITHUB}/simplescaling/s1/issues/13",
            f"Qwen/Qwen2.5-32B-Instruct --stack trl --gpu 'H100 80GB:8' {FULL} stack_version=0.12.0 n_gpus=8 "
            "max_seq_length=20000 sharding=fsdp gradient_checkpointing=true",
            *(MEMORY,),
            id="32 B at 20 K split by FSDP over eight H100",
        ),
        pytest.param(
            "https://unsloth.ai/blog/gpt-oss-context",
            "unsloth/gpt-oss-20b-unsloth-bnb-4bit --stack unsloth --method qlora --gpu 'H100 80GB' batch_size=1 "
            "max_seq_length=80000",
            *(RUNS,),
            id="80 K of gpt-oss-20b on one H100",
        ),
    ],
)
def test_training(source: str, question: str, reason: str | None) -> None:
    """Out of memory, or running."""
    _agrees(source, f"training {question}", reason)


def _answer(question: str) -> dict[str, Any]:
    """Ask as a user does; what has an ``=`` is a setting."""
    words = [each for word in shlex.split(question) for each in (("--set", word) if "=" in word else (word,))]
    result = CliRunner().invoke(app, ["validate", *words, "--allow-deprecated", "--json"], catch_exceptions=False)
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def _agrees(source: str, question: str, reason: str | None) -> None:
    answer = _answer(question)

    causes = {finding["code"] for finding in answer["findings"] if finding["severity"] == "fail"}
    assert (reason in causes) if reason else (answer["verdict"] in {"ok", "warning"}), source


@pytest.mark.parametrize(
    ("source", "question", "gibibytes", "within"),
    [
        pytest.param(f"{RECIPES}/12", f"{CODER} max_model_len=262144", 62.0, 0.001, id="62 layers"),
        pytest.param(ON_48, f"{HYBRID_48} max_model_len=262144", 8.33, 0.02, id="a hybrid, with its states"),
        pytest.param(f"{VLLM}/10517", f"{LLAMA_8B} max_model_len=29000", 2.89 * 29_000 / 23_648, 0.01, id="in blocks"),
    ],
)
def test_caches_are_as_large_as_the_engine_says(source: str, question: str, gibibytes: float, within: float) -> None:
    """What one request needs, in vLLM's own words: "GiB KV cache is needed"."""
    model_id, _, _, *settings = shlex.split(question)

    parts = REGISTRY.estimate(model_id, "inference", **dict(word.split("=") for word in settings)).parts

    assert (parts["kv_cache"] + parts["state_cache"]) / GIB == pytest.approx(gibibytes, rel=within), source


def test_blocks_for_states_are_as_many_as_the_engine_says() -> None:
    """Within 2 %, in vllm-project/recipes#551: "max_num_seqs (1024) exceeds available Mamba cache blocks (856)"."""
    answer = _answer(f"inference {HYBRID} max_num_seqs=1024")

    (blocks,) = (finding["have"] for finding in answer["findings"] if finding["code"] == STATES)

    assert blocks == pytest.approx(856, rel=0.02)
