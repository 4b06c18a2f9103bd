"""Settings by short names, and by their names in other tools."""

from __future__ import annotations

from collections.abc import Mapping

from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    Settings,
    TrainingSettings,
    setting_fields,
)

#: Setting → other names, with underscores.
#: Source: arguments of transformers, TRL, PEFT, Axolotl, LLaMA-Factory, ms-swift, Unsloth; the rest are short forms.
_TRAINING = {
    "batch_size": "bs batch per_device_train_batch_size per_device_batch_size micro_batch_size mbs train_batch_size",
    "gradient_accumulation_steps": "ga gas grad_accum grad_acc accumulation_steps gradient_accumulation accum",
    "learning_rate": "lr rate",
    "num_epochs": "epochs epoch num_train_epochs n_epochs",
    "max_seq_length": "ctx seq_len seqlen seq_length sequence_len sequence_length cutoff_len max_length max_len "
    "context context_length block_size model_max_length max_model_len max_position_embeddings",
    "warmup_steps": "warmup warm_up",
    "warmup_ratio": "warmup_fraction",
    "weight_decay": "wd decay",
    "max_grad_norm": "grad_clip gradient_clip gradient_clipping grad_norm",
    "seed": "random_state random_seed",
    "optim": "optimizer opt optimiser",
    "lr_scheduler_type": "scheduler lr_scheduler schedule",
    "r": "rank lora_r lora_rank lora_dim",
    "lora_alpha": "alpha",
    "lora_dropout": "dropout",
    "target_modules": "targets target lora_target lora_target_modules modules",
    "use_rslora": "rslora rs_lora peft_use_rslora",
    "target_parameters": "lora_target_parameters",
    "modules_to_save": "lora_modules_to_save additional_target",
    "use_dora": "dora peft_use_dora",
    "chat_template": "template",
    "method": "load_in_4bit load_in_8bit use_4bit adapter finetuning_type finetune_type tuner_type train_type "
    "peft lora qlora",
    "stack": "framework trainer backend tool",
    "gradient_checkpointing": "gc grad_ckpt checkpointing use_gradient_checkpointing activation_checkpointing",
    "attn_implementation": "attn attention flash_attn flash_attention fa2 attn_impl",
    "loss": "liger use_liger_kernel fused_loss cross_entropy",
    "n_gpus": "gpus num_gpus ngpus gpu_count nproc_per_node world_size num_processes tp tensor_parallel_size",
    "sharding": "zero deepspeed fsdp zero_stage",
    "nodes": "nnodes num_nodes num_machines machines hosts",
    "context_parallel_size": "cp sequence_parallel_size sp",
    "algorithm": "rl rl_algorithm rlhf_type trainer_type",
    "dtype": "bf16 fp16 precision torch_dtype compute_dtype mixed_precision",
    "packing": "sample_packing",
    "eval_batch_size": "per_device_eval_batch_size eval_bs",
    "image_pixels": "max_pixels image_max_pixels",
}
#: Source: arguments of vLLM, SGLang and transformers; those of llama.cpp and Ollama for the context.
_INFERENCE = {
    "max_model_len": "ctx seq_len seqlen seq_length context context_length context_len context_size ctx_size ctx_len "
    "num_ctx n_ctx max_seq_len max_seq_length max_context max_length max_len model_len max_tokens context_window",
    "tensor_parallel_size": "tp tp_size tensor_parallel gpus n_gpus num_gpus ngpus gpu_count",
    "pipeline_parallel_size": "pp pp_size pipeline_parallel",
    "data_parallel_size": "dp dp_size data_parallel",
    "nodes": "nnodes num_nodes num_machines machines hosts",
    "enable_expert_parallel": "ep ep_size expert_parallel",
    "decode_context_parallel_size": "dcp dcp_size",
    "gpu_memory_utilization": "gpu_memory_utilisation gpu_mem_util gpu_util util utilization gmu gpu_memory "
    "memory_fraction",
    "mem_fraction_static": "mem_fraction static_fraction",
    "max_num_seqs": "bs batch batch_size max_batch_size num_seqs max_running_requests max_concurrent_requests",
    "max_num_batched_tokens": "batched_tokens chunked_prefill_size max_batch_tokens max_batch_total_tokens",
    "concurrent": "concurrency sequences users requests n_parallel parallel num_parallel",
    "quantization": "quant quantisation quantize load_format",
    "dtype": "precision torch_dtype bf16 fp16",
    "kv_cache_dtype": "kv_cache kv_dtype kv_cache_type cache_dtype cache_type_k",
    "enforce_eager": "eager no_cuda_graph disable_cuda_graph cuda_graph",
    "enable_prefix_caching": "prefix_caching prefix_cache radix_cache",
    "engine": "backend framework server runtime",
    "images_per_prompt": "limit_mm_per_prompt images",
    "speculative_tokens": "num_speculative_tokens spec_tokens speculative_num_draft_tokens",
    "draft_model": "speculative_model draft speculative_draft_model_path",
    "served_loras": "max_loras loras",
    "max_lora_rank": "lora_rank rank r",
    "cpu_offload_gb": "offload cpu_offload",
    "tool_call_parser": "tool_parser",
    "trust_remote_code": "remote_code",
}


def _by_other_name(table: Mapping[str, str]) -> dict[str, str]:
    return {other: setting for setting, others in table.items() for other in others.split()}


_OTHER_NAMES: dict[type[Settings], Mapping[str, str]] = {
    TrainingSettings: _by_other_name(_TRAINING),
    InferenceSettings: _by_other_name(_INFERENCE),
}


def plain_name(name: str) -> str:
    """Return a name as settings are written: lower case, underscores, no leading dashes."""
    return name.strip().lstrip("-").replace("-", "_").casefold()


def setting_of(name: str, kind: type[Settings]) -> str | None:
    """Return the setting, as a leaf, that another name stands for; None if unknown."""
    return _OTHER_NAMES[kind].get(plain_name(name))


def settings_meant(name: str) -> tuple[str, ...]:
    """Return the settings of either task, as leaves, that a name may stand for: its own name first."""
    plain = plain_name(name)
    known = dict.fromkeys(path.rpartition(".")[2] for kind in _OTHER_NAMES for path in setting_fields(kind))
    if plain in known:
        return (plain,)
    found = (setting_of(plain, kind) for kind in _OTHER_NAMES)
    return tuple(dict.fromkeys(setting for setting in found if setting is not None))
