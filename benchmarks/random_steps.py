"""Training steps of random shape and settings, within what published models and recipes have."""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.training_shapes import ALL, ATTENTION, Case, shape

#: Key-value heads, and query heads that share one.
_HEADS = ((2, 7), (3, 3), (4, 4), (4, 7), (8, 2), (8, 4), (8, 5), (8, 8), (16, 1), (32, 1))
_TOKENS = (512, 1024, 2048, 4096)
_TARGETS = (("q_proj", "v_proj"), ATTENTION, ALL)


def random_cases(count: int, *, seed: int) -> Iterator[Case]:
    """Yield that many cases, the same ones for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        architecture = _architecture(dice)
        tokens = dice.choice(_TOKENS)
        method = dice.choice(("full", "lora", "lora", "qlora", "qlora"))
        yield Case(
            name=f"random {seed}.{number}",
            architecture=architecture,
            method=method,
            batch_size=dice.choice((1, 2, 4)),
            max_seq_length=tokens,
            r=dice.choice((8, 16, 32, 64)),
            target_modules=dice.choice(_TARGETS),
            optim=dice.choice(("adamw_torch", "adamw_torch_fused")),
            gradient_checkpointing=dice.random() < 0.6,
            attn_implementation=dice.choice(("sdpa", "sdpa", "flash_attention_2", "eager")),
            repeats_heads=dice.random() < 0.3,
            loss=dice.choice(("full", "fused")),
            adapter_dtype=dice.choice(("float32", "bfloat16")) if method == "lora" else "float32",
            autocast=dice.random() < 0.6,
            double_quant=dice.random() < 0.5,
            kbit_preparation=dice.random() < 0.5,
        )


def _architecture(dice: random.Random) -> dict[str, object]:
    kv_heads, groups = dice.choice(_HEADS)
    heads, head_dim = kv_heads * groups, dice.choice((64, 128))
    hidden = heads * dice.choice((head_dim, head_dim, 3 * head_dim // 4))
    return shape(
        dice.choice(("llama", "qwen2", "qwen3", "mistral")),
        (
            dice.randint(12, 36),
            hidden,
            256 * round(hidden * dice.uniform(2.5, 5) / 256),
            heads,
            kv_heads,
            head_dim,
            dice.choice((32_000, 49_152, 100_352, 128_256, 151_936)),
        ),
        tied=hidden < 3000 and dice.random() < 0.7,
    )
