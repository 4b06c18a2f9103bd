"""The shapes and settings that are simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP = ("gate_proj", "up_proj", "down_proj")
ALL = ATTENTION + MLP


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One training step.

    Args:
        architecture: In the words of config.json.

        batch_size: Samples; one of preferences is two sequences.

        optim: As transformers names it; adamw_torch is the multi-tensor one.

        loss: Whether logits exist in full, in TRL's tiles, or a chunk at a time as in Liger's fused loss.

        algorithm: Whether answers are learnt or preferred: two sequences a sample, and a reference model, which an
            adapter's base stands for.

        repeats_heads: Whether keys and values are copied for every head that shares them: sdpa where a sequence is
            padded. Eager attention always does.

        experts_implementation: Loop over experts, or one grouped multiplication, in a mixture.

        state_kernels: Whether the kernels of layers with a state are installed, or transformers' own torch code runs.

        double_quant: Whether the scales of 4-bit weights are quantised as well.

        kbit_preparation: Whether `prepare_model_for_kbit_training` makes the other weights float32.

        autocast: Whether the forward pass runs under autocast.

        keep_outputs: Whether the loop holds the logits until the step is over.

        n_gpus: GPUs that the model is split over.

        sharding: By which edition of FSDP.

        images: Images of a sample, whose tokens are part of the sequence.

        image_edge: Edge of a square image, in pixels.

        trains_tower: Whether the vision tower is trained, or has adapters; the matrix behind it goes with it.

        tower_parameters: Weights of both, as an entry states them; checked against the real network.
    """

    name: str
    architecture: Mapping[str, Any]
    method: Literal["full", "lora", "qlora"]
    batch_size: int = 1
    max_seq_length: int = 2048
    r: int = 16
    target_modules: tuple[str, ...] | Literal["all-linear"] = ALL
    optim: Literal["adamw_torch", "adamw_torch_fused"] = "adamw_torch"
    gradient_checkpointing: bool = True
    attn_implementation: Literal["sdpa", "flash_attention_2", "eager"] = "sdpa"
    repeats_heads: bool = False
    loss: Literal["full", "tiled", "fused"] = "full"
    algorithm: Literal["sft", "dpo"] = "sft"
    dtype: Literal["bfloat16", "float16"] = "bfloat16"
    adapter_dtype: Literal["float32", "bfloat16"] = "float32"
    experts_implementation: Literal["grouped_mm", "eager"] = "grouped_mm"
    state_kernels: Literal["fused", "torch"] = "fused"
    double_quant: bool = False
    kbit_preparation: bool = True
    autocast: bool = False
    keep_outputs: bool = False
    n_gpus: int = 1
    sharding: Literal["fsdp1", "fsdp2"] = "fsdp2"
    images: int = 0
    image_edge: int = 896
    trains_tower: bool = False
    tower_parameters: int | None = None

    @property
    def sequences(self) -> int:
        """Sequences of a step: of a preference both answers."""
        return self.batch_size * (2 if self.algorithm == "dpo" else 1)

    @property
    def has_reference(self) -> bool:
        """Whether a second model says what is preferred so far; under an adapter the base model does."""
        return self.algorithm == "dpo" and self.method == "full"


def shape(model_type: str, sizes: tuple[int, ...], *, tied: bool = False, **more: Any) -> dict[str, Any]:
    """Name the sizes: layers, hidden, intermediate, heads, key-value heads, head width, vocabulary."""
    names = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads")
    return {
        "model_type": model_type,
        **dict(zip((*names, "head_dim", "vocab_size"), sizes, strict=True)),
        "tie_word_embeddings": tied,
        "max_position_embeddings": 32_768,
        "pad_token_id": 0,
        **more,
    }


#: Sizes of published config.json files.
LLAMA_8B = shape("llama", (32, 4096, 14336, 32, 8, 128, 128_256))
LLAMA_1B = shape("llama", (16, 2048, 8192, 32, 8, 64, 128_256), tied=True)
LLAMA_2_7B = shape("llama", (32, 4096, 11008, 32, 32, 128, 32_000))
MISTRAL_7B = shape("mistral", (32, 4096, 14336, 32, 8, 128, 32_768), sliding_window=None)
QWEN25_05B = shape("qwen2", (24, 896, 4864, 14, 2, 64, 151_936), tied=True)
QWEN25_7B = shape("qwen2", (28, 3584, 18944, 28, 4, 128, 152_064))
QWEN25_72B = shape("qwen2", (80, 8192, 29568, 64, 8, 128, 152_064))
QWEN3_06B = shape("qwen3", (28, 1024, 3072, 16, 8, 128, 151_936), tied=True)
QWEN3_4B = shape("qwen3", (36, 2560, 9728, 32, 8, 128, 151_936), tied=True)
QWEN3_14B = shape("qwen3", (40, 5120, 17408, 40, 8, 128, 151_936))
SMOLLM2_17B = shape("llama", (24, 2048, 8192, 32, 32, 64, 49_152), tied=True)
GEMMA_2B = shape("gemma", (18, 2048, 16384, 8, 1, 256, 256_000), tied=True)
QWEN3_30B_A3B = shape(
    "qwen3_moe",
    (48, 2048, 6144, 32, 4, 128, 151_936),
    num_experts=128,
    num_experts_per_tok=8,
    moe_intermediate_size=768,
    norm_topk_prob=True,
)
OLMOE_7B = shape("olmoe", (16, 2048, 1024, 16, 16, 128, 50_304), num_experts=64, num_experts_per_tok=8)

CASES = (
    Case(name="Llama-3.1-8B", architecture=LLAMA_8B, method="lora"),
    Case(
        name="Llama-3.1-8B",
        architecture=LLAMA_8B,
        method="lora",
        autocast=True,
        attn_implementation="flash_attention_2",
        loss="fused",
        max_seq_length=8192,
    ),
    Case(name="Llama-3.1-8B", architecture=LLAMA_8B, method="qlora", double_quant=True, max_seq_length=4096),
    Case(name="Llama-3.1-8B", architecture=LLAMA_8B, method="qlora", autocast=True, batch_size=2),
    Case(
        name="Llama-3.1-8B",
        architecture=LLAMA_8B,
        method="qlora",
        autocast=True,
        loss="fused",
        kbit_preparation=False,
        double_quant=True,
        batch_size=2,
        max_seq_length=4096,
    ),
    Case(
        name="Llama-3.1-8B",
        architecture=LLAMA_8B,
        method="lora",
        max_seq_length=1024,
        gradient_checkpointing=False,
        target_modules=ATTENTION,
    ),
    Case(name="Llama-3.1-8B", architecture=LLAMA_8B, method="full", optim="adamw_torch_fused"),
    Case(name="Llama-3.1-8B", architecture=LLAMA_8B, method="full", max_seq_length=512),
    Case(name="Llama-3.2-1B", architecture=LLAMA_1B, method="full", batch_size=4, max_seq_length=1024),
    Case(
        name="Llama-3.2-1B",
        architecture=LLAMA_1B,
        method="full",
        batch_size=2,
        optim="adamw_torch_fused",
        gradient_checkpointing=False,
    ),
    Case(
        name="Llama-2-7B",
        architecture=LLAMA_2_7B,
        method="qlora",
        r=64,
        max_seq_length=1024,
        batch_size=4,
        attn_implementation="eager",
        target_modules=ATTENTION,
    ),
    Case(
        name="Mistral-7B-v0.3",
        architecture=MISTRAL_7B,
        method="lora",
        adapter_dtype="bfloat16",
        max_seq_length=8192,
        target_modules=("q_proj", "v_proj"),
    ),
    Case(
        name="Mistral-7B-v0.3",
        architecture=MISTRAL_7B,
        method="lora",
        gradient_checkpointing=False,
        repeats_heads=True,
        r=32,
        batch_size=2,
        max_seq_length=1024,
    ),
    Case(
        name="Mistral-7B-v0.3",
        architecture=MISTRAL_7B,
        method="qlora",
        gradient_checkpointing=False,
        autocast=True,
        kbit_preparation=False,
        attn_implementation="flash_attention_2",
        max_seq_length=1024,
    ),
    Case(name="Qwen2.5-0.5B", architecture=QWEN25_05B, method="full", max_seq_length=4096),
    Case(name="Qwen2.5-0.5B", architecture=QWEN25_05B, method="full", max_seq_length=8192, loss="fused"),
    Case(
        name="Qwen2.5-7B",
        architecture=QWEN25_7B,
        method="qlora",
        gradient_checkpointing=False,
        max_seq_length=1024,
        r=8,
    ),
    Case(
        name="Qwen2.5-7B",
        architecture=QWEN25_7B,
        method="qlora",
        kbit_preparation=False,
        double_quant=True,
        batch_size=2,
    ),
    Case(name="Qwen2.5-72B", architecture=QWEN25_72B, method="qlora", double_quant=True, max_seq_length=4096),
    Case(
        name="Qwen3-0.6B",
        architecture=QWEN3_06B,
        method="lora",
        gradient_checkpointing=False,
        adapter_dtype="bfloat16",
        attn_implementation="flash_attention_2",
        r=128,
        batch_size=8,
        max_seq_length=512,
    ),
    Case(name="Qwen3-4B", architecture=QWEN3_4B, method="lora", attn_implementation="eager", max_seq_length=4096),
    Case(
        name="Qwen3-14B",
        architecture=QWEN3_14B,
        method="lora",
        r=64,
        batch_size=2,
        max_seq_length=4096,
        adapter_dtype="bfloat16",
        autocast=True,
    ),
    Case(
        name="SmolLM2-1.7B",
        architecture=SMOLLM2_17B,
        method="lora",
        attn_implementation="eager",
        gradient_checkpointing=False,
        max_seq_length=1024,
        target_modules=("q_proj", "v_proj"),
    ),
    Case(name="SmolLM2-1.7B", architecture=SMOLLM2_17B, method="full", batch_size=4, optim="adamw_torch_fused"),
    Case(name="Gemma-2B", architecture=GEMMA_2B, method="lora"),
    Case(name="Qwen3-30B-A3B", architecture=QWEN3_30B_A3B, method="lora", target_modules=ATTENTION),
    Case(
        name="OLMoE-1B-7B",
        architecture=OLMOE_7B,
        method="lora",
        target_modules=ATTENTION,
        gradient_checkpointing=False,
        max_seq_length=1024,
    ),
    Case(
        name="OLMoE-1B-7B",
        architecture=OLMOE_7B,
        method="lora",
        target_modules=ATTENTION,
        gradient_checkpointing=False,
        max_seq_length=2048,
        experts_implementation="eager",
    ),
    Case(name="OLMoE-1B-7B", architecture=OLMOE_7B, method="full", optim="adamw_torch_fused", max_seq_length=4096),
)
