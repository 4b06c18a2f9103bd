"""What kernels for kinds of attention vLLM 0.33.0 and SGLang 0.5.23 have on which GPUs."""

from __future__ import annotations

from tools.upstream.expressions import Expression

__all__ = ["SGLANG", "VLLM"]

_FAMILIES = ["deepseek_v32", "deepseek_v4", "glm_moe_dsa"]
_SPARSE = {"of": "sparse latent attention", "families": _FAMILIES, "least": "9.0"}
#: Tiles of 32 tokens of keys and values take 98,304 bytes of shared memory at a width of 512; before Ampere there are
#: 65,536.
_WIDE = {"of": "heads wider than 256", "wider_than": 256, "least": "8.0"}
_BACKENDS, _ASKED = "vllm/v1/attention/backends", "supports_compute_capability"
_V4 = "vllm/models/deepseek_v4"

VLLM = tuple(
    Expression("attention", file, place, text, states=[{**_SPARSE, "majors": [9, 10, 12]}, _WIDE])
    for file, place, text in (
        (
            "vllm/platforms/cuda.py",
            "_get_backend_priorities",
            (
                "elif device_capability.major == 12: return [AttentionBackendEnum.TRITON_MLA, "
                "AttentionBackendEnum.FLASHINFER_MLA_SPARSE_SM120] else: sparse_tail = "
                "[AttentionBackendEnum.FLASH_ATTN_MLA_SPARSE, AttentionBackendEnum.FLASHMLA_SPARSE] "
                "flashinfer_sparse = AttentionBackendEnum.FLASHINFER_MLA_SPARSE_SM90"
            ),
        ),
        (f"{_BACKENDS}/mla/flashmla_sparse.py", _ASKED, "return capability.major in [9, 10]"),
        (f"{_BACKENDS}/mla/flashattn_mla_sparse.py", _ASKED, "return capability.major == 9"),
        (f"{_BACKENDS}/mla/flashinfer_mla_sparse.py", _ASKED, "return capability.major == 10"),
        (f"{_BACKENDS}/mla/flashinfer_mla_sparse.py", _ASKED, "return capability.major == 12"),
        (f"{_BACKENDS}/mla/flashinfer_mla_sparse_sm90.py", _ASKED, "return capability.major == 9"),
        (f"{_V4}/sparse_mla.py", _ASKED, "return capability.major in [9, 10]"),
        (f"{_V4}/nvidia/flashinfer_sparse.py", _ASKED, "return capability.major in [10, 12]"),
        # What is left for wide heads before Ampere is Triton, whose tiles do not shrink with the width.
        (f"{_BACKENDS}/flash_attn.py", _ASKED, "return capability >= DeviceCapability(8, 0)"),
        (f"{_BACKENDS}/flashinfer.py", _ASKED, "return capability >= DeviceCapability(8, 0) and capability <="),
        ("vllm/v1/attention/ops/triton_unified_attention.py", "_get_tile_size", "if is_prefill: return 32"),
    )
)

#: Its FlashMLA is compiled for Hopper and Blackwell.
SGLANG = (
    Expression(
        "attention",
        "sglang/srt/arg_groups/overrides.py",
        "_dsa_split_backend_resolution",
        "else: if not user_set_prefill: declared['dsa_prefill_backend'] = 'flashmla_sparse' if not user_set_decode: "
        "declared['dsa_decode_backend'] = 'trtllm' if major >= 10 else 'fa3'",
        states=[_SPARSE],
    ),
    Expression(
        "attention",
        "sglang/srt/arg_groups/deepseek_v4_hook.py",
        "_default_dsv4_attention_backend",
        "return 'flashmla'",
        states=[_SPARSE],
    ),
)
