"""Steps of networks whose layers are not all attention and one feed-forward layer: mixtures of experts and hybrids."""

from __future__ import annotations

from typing import Any

from benchmarks.training_shapes import ALL, ATTENTION, QWEN3_30B_A3B, Case, shape

#: Sizes of published config.json files; of the large ones fewer layers, which are all alike.
MIXTRAL_8X7B = shape(
    "mixtral", (16, 4096, 14336, 32, 8, 128, 32_000), num_local_experts=8, num_experts_per_tok=2, sliding_window=None
)
GPT_OSS_20B = shape(
    "gpt_oss",
    (24, 2880, 2880, 64, 8, 64, 201_088),
    num_local_experts=32,
    num_experts_per_tok=4,
    sliding_window=128,
)
QWEN3_30B_HALF = {**QWEN3_30B_A3B, "num_hidden_layers": 24}
_DELTA: dict[str, Any] = {
    "linear_num_key_heads": 16,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_conv_kernel_dim": 4,
}
QWEN35_4B = shape(
    "qwen3_5_text",
    (32, 2560, 9216, 16, 4, 256, 248_320),
    tied=True,
    linear_num_value_heads=32,
    full_attention_interval=4,
    **_DELTA,
)
QWEN35_08B = shape(
    "qwen3_5_text",
    (24, 1024, 3584, 8, 2, 256, 248_320),
    tied=True,
    linear_num_value_heads=16,
    full_attention_interval=4,
    **_DELTA,
)
QWEN3_NEXT_80B = shape(
    "qwen3_next",
    (16, 2048, 5120, 16, 2, 256, 151_936),
    num_experts=512,
    num_experts_per_tok=10,
    moe_intermediate_size=512,
    shared_expert_intermediate_size=512,
    linear_num_value_heads=32,
    **_DELTA,
)
NEMOTRON_9B = shape(
    "nemotron_h",
    (56, 4480, 15_680, 40, 8, 128, 131_072),
    hybrid_override_pattern="M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-",
    mamba_num_heads=128,
    mamba_head_dim=80,
    ssm_state_size=128,
    n_groups=8,
    conv_kernel=4,
    chunk_size=128,
)
GRANITE_4_TINY = shape(
    "granitemoehybrid",
    (40, 1536, 512, 12, 4, 128, 100_352),
    tied=True,
    num_local_experts=64,
    num_experts_per_tok=6,
    shared_intermediate_size=1024,
    layer_types=["attention" if layer in (5, 15, 25, 35) else "mamba" for layer in range(40)],
    mamba_n_heads=48,
    mamba_d_head=64,
    mamba_d_state=128,
    mamba_n_groups=1,
    mamba_d_conv=4,
    mamba_expand=2,
)
LFM2_12B = shape(
    "lfm2",
    (16, 2048, 12_288, 32, 8, 64, 65_536),
    tied=True,
    layer_types=["full_attention" if layer in (2, 5, 8, 10, 12, 14) else "conv" for layer in range(16)],
    conv_L_cache=3,
    block_auto_adjust_ff_dim=True,
    block_multiple_of=256,
    block_ffn_dim_multiplier=1.0,
)

MIXTURES = (
    Case(
        name="Mixtral-8x7B half",
        architecture=MIXTRAL_8X7B,
        method="lora",
        target_modules=ATTENTION,
        loss="fused",
    ),
    Case(
        name="Qwen3-30B-A3B half", architecture=QWEN3_30B_HALF, method="lora", target_modules="all-linear", loss="fused"
    ),
    Case(
        name="Qwen3-30B-A3B half",
        architecture=QWEN3_30B_HALF,
        method="qlora",
        kbit_preparation=False,
        double_quant=True,
        target_modules=ATTENTION,
        autocast=True,
        loss="fused",
        max_seq_length=4096,
    ),
    Case(
        name="Qwen3-30B-A3B half", architecture=QWEN3_30B_HALF, method="qlora", target_modules=ATTENTION, loss="fused"
    ),
    Case(
        name="Mixtral-8x7B half",
        architecture=MIXTRAL_8X7B,
        method="lora",
        target_modules=(*ATTENTION, "w1", "w2", "w3"),
        adapter_dtype="bfloat16",
        gradient_checkpointing=False,
        max_seq_length=512,
        r=8,
    ),
    Case(
        name="gpt-oss-20b",
        architecture=GPT_OSS_20B,
        method="lora",
        target_modules=ATTENTION,
        attn_implementation="eager",
        max_seq_length=1024,
        loss="fused",
    ),
)
HYBRIDS = (
    Case(
        name="Qwen3.5-4B",
        architecture=QWEN35_4B,
        method="lora",
        loss="fused",
    ),
    Case(
        name="Qwen3.5-4B",
        architecture=QWEN35_4B,
        method="qlora",
        double_quant=True,
        autocast=True,
        loss="fused",
    ),
    Case(
        name="Qwen3.5-0.8B",
        architecture=QWEN35_08B,
        method="full",
        gradient_checkpointing=False,
        optim="adamw_torch_fused",
        loss="fused",
    ),
    Case(
        name="Qwen3-Next-80B third",
        architecture=QWEN3_NEXT_80B,
        method="lora",
        target_modules=(*ATTENTION, "in_proj_qkvz", "in_proj_ba", "out_proj"),
        loss="fused",
    ),
    Case(
        name="Nemotron-Nano-9B-v2",
        architecture=NEMOTRON_9B,
        method="lora",
        target_modules=("q_proj", "v_proj"),
        loss="fused",
    ),
    Case(
        name="Nemotron-Nano-9B-v2",
        architecture=NEMOTRON_9B,
        method="lora",
        target_modules=(*ATTENTION, "in_proj", "up_proj", "down_proj"),
        gradient_checkpointing=False,
        adapter_dtype="bfloat16",
        max_seq_length=1024,
        loss="fused",
    ),
    Case(
        name="Granite-4.0-H-Tiny",
        architecture=GRANITE_4_TINY,
        method="lora",
        max_seq_length=4096,
        loss="fused",
    ),
    Case(
        name="LFM2-1.2B",
        architecture=LFM2_12B,
        method="full",
        optim="adamw_torch_fused",
        max_seq_length=4096,
        gradient_checkpointing=False,
        loss="fused",
    ),
    Case(
        name="LFM2-1.2B",
        architecture=LFM2_12B,
        method="lora",
        target_modules=("q_proj", "k_proj", "v_proj", "out_proj", "in_proj", "w1", "w2", "w3"),
        gradient_checkpointing=False,
        loss="fused",
    ),
    Case(
        name="Qwen3.5-0.8B",
        architecture=QWEN35_08B,
        method="lora",
        target_modules=ALL,
        state_kernels="torch",
        loss="fused",
        max_seq_length=1024,
    ),
)
