"""What vLLM's cache and its experts in MXFP4 are divided into: the expressions of 0.33.0 that state it."""

from __future__ import annotations

from tools.upstream.expressions import Expression

__all__ = ["EXPRESSIONS"]

_PLANNING, _CACHES = "vllm/v1/core/kv_cache_planning.py", "vllm/v1/kv_cache_interface.py"
_CONFIG = "vllm/config/vllm.py"
_DELTA = "vllm/model_executor/layers/mamba/gdn/qwen_gdn_linear_attn.py"
_EXPERTS = "vllm/model_executor/layers/fused_moe"
_MXFP4, _WIDTHS = f"{_EXPERTS}/oracle/mxfp4.py", "mxfp4_round_up_hidden_size_and_intermediate_size"
_TILES = [
    {"capabilities": ["9.0"], "width": 64, "hidden": 1, "scales": 1},
    {"capabilities": ["10"], "width": 128, "hidden": 256, "scales": 1},
    {"capabilities": [], "width": 128, "hidden": 256, "scales": 1},
]

_GROUPS = (
    Expression(
        "paging.near_groups",
        _PLANNING,
        "",
        "if max_num_layers < min_num_layers * {}: group_size = max_num_layers",
    ),
    Expression(
        "paging.spare_blocks",
        _PLANNING,
        "get_kv_cache_configs",
        "avail_mem - _pool_bytes_per_block_from_builder(builder, vllm_config, groups) if groups else avail_mem",
        states=1,
    ),
    Expression(
        "paging.frees_chunks",
        "vllm/envs.py",
        "",
        "bool(int(os.getenv('VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE', '1')))",
        states=True,
    ),
    Expression(
        "paging.frees_chunks",
        _CONFIG,
        "",
        "elif not envs.VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE: logger.warning(",
        states=True,
    ),
    Expression(
        "paging.counts_flights",
        _CONFIG,
        "VllmConfig.max_in_flight_tokens",
        "return self.max_concurrent_batches * self.scheduler_config.max_num_batched_tokens",
        states=True,
    ),
    Expression(
        "paging.counts_flights",
        _CONFIG,
        "VllmConfig.max_concurrent_batches",
        "if self.scheduler_config.async_scheduling: if self.use_v2_model_runner: return pp_size + 1",
        states=True,
    ),
    Expression(
        "paging.counts_flights",
        _CACHES,
        "SlidingWindowSpec",
        "self.sliding_window - 1 + self.extra_retained_tokens + max_in_flight_tokens",
        states=True,
    ),
    Expression(
        "paging.prints_sequences",
        "vllm/v1/core/kv_cache_utils.py",
        "get_kv_cache_capacity",
        "return (int(max_concurrency * max_model_len), max_concurrency)",
        states=True,
    ),
    Expression(
        "paging.prints_sequences",
        "vllm/v1/core/kv_cache_utils.py",
        "update_kv_cache_capacity",
        "num_tokens, max_concurrency = get_kv_cache_capacity(vllm_config, kv_cache_config)",
        states=True,
    ),
)

_STATES = (
    Expression(
        "paging.state_blocks",
        _CACHES,
        "MambaSpec.max_memory_usage_bytes",
        "if vllm_config.cache_config.mamba_cache_mode == 'align': return self.page_size_bytes * "
        "({} + self.num_speculative_blocks + self.num_prefill_checkpoint_blocks)",
    ),
    Expression(
        "paging.keeps_prefixes",
        "vllm/config/model.py",
        "ModelConfig.is_prefix_caching_supported",
        "elif attn_type == 'hybrid': logger.debug('Generative hybrid models support prefix caching.') return True",
        states=True,
    ),
    Expression(
        "paging.keeps_prefixes",
        "vllm/engine/arg_utils.py",
        "EngineArgs._set_default_chunked_prefill_and_prefix_caching_args",
        "default_prefix_caching = model_config.is_prefix_caching_supported",
        states=True,
    ),
    Expression(
        "paging.states_by_block",
        "vllm/v1/core/single_type_kv_cache_manager.py",
        "MambaManager",
        "assert self.mamba_cache_mode == 'align' or not self.enable_caching",
        states=[],
    ),
    Expression(
        "paging.states_by_block",
        _CACHES,
        "MambaSpec.max_memory_usage_bytes",
        "else: return self.page_size_bytes * (1 + self.num_speculative_blocks)",
        states=[],
    ),
    Expression(
        "paging.checkpoints.tokens",
        "vllm/v1/attention/backends/gdn_attn.py",
        "",
        "FLASHINFER_GDN_CHECKPOINT_ALIGNMENT = {}",
    ),
    Expression(
        "paging.checkpoints.blocks",
        _DELTA,
        "get_kv_cache_spec",
        "replace(spec, num_prefill_checkpoint_blocks={}, prefill_checkpoint_alignment=",
    ),
    Expression(
        "paging.checkpoints.capabilities",
        _DELTA,
        "",
        "if current_platform.is_device_capability(90): supports_flashinfer = True "
        "elif current_platform.is_device_capability_family(100) and head_k_dim == 128 "
        "and (current_platform.get_cuda_runtime_major() >= 13): supports_flashinfer = True supports_cutedsl = True "
        "elif current_platform.is_device_capability_family(120) and head_k_dim == 128 "
        "and (current_platform.get_cuda_runtime_major() >= 13): supports_flashinfer = True "
        "if backend in ['flashinfer', 'auto'] and supports_flashinfer: return (backend, 'flashinfer')",
        states=["9.0", "10", "12"],
    ),
)

_GRAPHS = (
    Expression(
        "graph_tokens",
        _CONFIG,
        "VllmConfig._set_cudagraph_sizes",
        "if current_platform.is_device_capability_family(100) else {} decode_query_len",
    ),
    Expression(
        "graph_tokens_on.10",
        _CONFIG,
        "VllmConfig._set_cudagraph_sizes",
        "default_max_graph_size = {} if current_platform.is_device_capability_family(100) else",
    ),
)

#: Sizes that are captured, up to the largest.
_SIZES = tuple(
    Expression("graph_tokens", _CONFIG, "VllmConfig._set_cudagraph_sizes", text, states=512)
    for text in (
        "cudagraph_capture_sizes = [i for i in [1, 2, 4] if i <= max_cudagraph_capture_size]",
        "cudagraph_capture_sizes += list(range(8, min(max_cudagraph_capture_size + 1, 256), 8))",
        "cudagraph_capture_sizes += list(range(256, max_cudagraph_capture_size + 1, 16))",
    )
)

#: The kernel of each device, what it rounds widths up to, and that scales are not kept twice.
_EXPERTS_IN_MXFP4 = tuple(
    Expression("expert_tiles", file, place, text, states=_TILES)
    for file, place, text in (
        (
            _MXFP4,
            "_get_priority_backends_for_gpt_oss",
            (
                "_AVAILABLE_BACKENDS = [Mxfp4MoeBackend.FLASHINFER_TRTLLM_MXFP4_BF16, "
                "Mxfp4MoeBackend.FLASHINFER_TRTLLM_MXFP4_MXFP8, Mxfp4MoeBackend.AITER_MXFP4_BF16, "
                "Mxfp4MoeBackend.AITER_TRITON_MXFP4_BF16, Mxfp4MoeBackend.AITER_MXFP4_FP8, "
                "Mxfp4MoeBackend.AITER_MXFP4_MXFP4, Mxfp4MoeBackend.TRITON, "
            ),
        ),
        (
            _MXFP4,
            "_get_priority_backends_for_gpt_oss",
            "is_device_capability_family(120): _AVAILABLE_BACKENDS.remove(Mxfp4MoeBackend.TRITON)",
        ),
        (
            f"{_EXPERTS}/experts/trtllm_mxfp4_moe.py",
            "_supports_current_device",
            "return p.is_cuda() and p.is_device_capability_family(100) and has_flashinfer()",
        ),
        (
            f"{_EXPERTS}/experts/gpt_oss_triton_kernels_moe.py",
            "_triton_kernel_moe_supports_current_device",
            "return cap is not None and (9, 0) <= (cap.major, cap.minor) < (13, 0)",
        ),
        (
            "vllm/model_executor/layers/quantization/utils/humming/priority.py",
            "",
            "_HUMMING_PREFERRED_CAPABILITIES = frozenset({90})",
        ),
        (
            _MXFP4,
            _WIDTHS,
            (
                "elif backend in (Mxfp4MoeBackend.MARLIN, Mxfp4MoeBackend.BATCHED_MARLIN): "
                "intermediate_size = round_up(intermediate_size, 128) if current_platform.is_xpu(): "
                "hidden_size = round_up(hidden_size, 128) else: hidden_size = round_up(hidden_size, 256)"
            ),
        ),
        (
            _MXFP4,
            _WIDTHS,
            (
                "elif backend in TRTLLM_BACKENDS: intermediate_size = round_up(intermediate_size, 128) "
                "hidden_size = round_up(hidden_size, 256)"
            ),
        ),
        (
            _MXFP4,
            _WIDTHS,
            "else: intermediate_size = round_up(intermediate_size, 64) return (hidden_size, intermediate_size)",
        ),
        (
            _MXFP4,
            "convert_gpt_oss_weight_to_mxfp4_moe_kernel_format",
            "del layer.w13_weight_scale del layer.w2_weight_scale",
        ),
    )
)

EXPRESSIONS: tuple[Expression, ...] = (*_GROUPS, *_STATES, *_GRAPHS, *_SIZES, *_EXPERTS_IN_MXFP4)
