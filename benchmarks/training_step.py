"""One real training step of transformers and PEFT on tensors without data."""

from __future__ import annotations

import gc
import warnings
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, PreTrainedModel
from transformers.integrations.moe import ALL_EXPERTS_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from benchmarks import cuda_kernels, even_experts, four_bit_linear, fused_loss, state_kernels
from benchmarks.image_inputs import TOWERS, find_image_tokens_without_mask, image_inputs, tower_of
from benchmarks.live_bytes import LiveBytes, Peak
from benchmarks.preference_step import preference_loss
from benchmarks.sharded_step import group_of, local, shard
from benchmarks.tiled_loss import log_probabilities
from benchmarks.training_shapes import Case

#: What each optimizer's name means for torch's AdamW.
OPTIMIZERS = {"adamw_torch": {"foreach": True}, "adamw_torch_fused": {"fused": True}}


def simulate(case: Case) -> Peak:
    """Run one step, with the optimizer's state already there, and return its peak."""
    with torch.device("meta"):
        model = _model(case)
        reference = _model(case).eval() if case.has_reference else None
    group = group_of(case.n_gpus) if case.n_gpus > 1 else None
    with FakeTensorMode(), cuda_kernels.CudaKernels(), LiveBytes(cuda_kernels.hidden_bytes) as live:
        for network in filter(None, (model, reference)):
            _materialise(network)
        if group is not None:
            model = shard(model, group, case.sharding)
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(trained, **OPTIMIZERS[case.optim])
        _name_what_stays(live, model, optimizer)
        if reference is not None:
            live.name(reference.requires_grad_(requires_grad=False).parameters(), "weights")
        for parameter in trained:
            parameter.register_post_accumulate_grad_hook(lambda p: live.name([local(p.grad)], "gradients"))
        gc.collect()
        live.forget_peak()
        _step(case, (model, reference), optimizer, live)
        return live.peak.with_more("workspace", cuda_kernels.CUBLAS_BYTES)


def _step(case: Case, models: tuple[Any, Any], optimizer: torch.optim.Optimizer, live: LiveBytes) -> None:
    tokens = torch.ones(case.sequences, case.max_seq_length, dtype=torch.long)
    live.phase = "forward"
    with torch.autocast("cpu", dtype=getattr(torch, case.dtype), enabled=case.autocast):
        if case.algorithm == "dpo":
            loss, _outputs = preference_loss(*models, tokens), None
        else:
            loss, _outputs = _forward(case, models[0], tokens)
    live.phase = "backward"
    # As `loss.backward()` ends; during that method itself no TorchFunctionMode is asked, and layers are computed again.
    torch.autograd.graph._engine_run_backward((loss,), (torch.ones_like(loss),), False, False, (), True, True)  # noqa: FBT003
    live.phase = "optimizer"
    live.name((local(p.grad) for p in models[0].parameters() if p.grad is not None), "gradients")
    optimizer.step()
    optimizer.zero_grad()


def _forward(case: Case, model: Any, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return the loss, and the logits where the loop holds on to them."""
    images = image_inputs(case, model.config) if case.images else {}
    output = model(input_ids=tokens, labels=tokens, use_cache=False, **images)
    if isinstance(output, torch.Tensor):
        return output, None
    return output.loss, output.logits if case.keep_outputs else None


def _with_loss_in_parts(loss: str, model: Any) -> None:
    """Patch a model to compute a loss without ever having all logits."""

    def forward(input_ids: torch.Tensor, labels: torch.Tensor, **more: Any) -> torch.Tensor:  # noqa: ARG001
        hidden = model.base_model(input_ids=input_ids, **more).last_hidden_state
        if loss == "tiled":
            return -log_probabilities(hidden, model.lm_head.weight, ("entropy", "is_top1")).mean()
        return fused_loss.fused_loss(hidden, model.lm_head.weight)

    model.forward = forward


def _model(case: Case) -> Any:
    ALL_ATTENTION_FUNCTIONS["simulated"] = cuda_kernels.attention(
        repeats_heads=case.repeats_heads and case.attn_implementation == "sdpa",
        is_flash=case.attn_implementation == "flash_attention_2",
    )
    ALL_EXPERTS_FUNCTIONS["simulated_eager"] = even_experts.forward
    dtype = getattr(torch, case.dtype)
    words = dict(case.architecture)
    config = AutoConfig.for_model(words.pop("model_type"), **words)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = AutoModelForImageTextToText if case.images else AutoModelForCausalLM
        model = kind.from_config(config, dtype=dtype, attn_implementation="eager")
        if case.attn_implementation != "eager":
            model.config._attn_implementation = "simulated"
        if model._can_set_experts_implementation():
            eager = case.experts_implementation == "eager"
            model.config._experts_implementation = "simulated_eager" if eager else case.experts_implementation
        if case.state_kernels == "fused":
            state_kernels.install(model)
        model.train()
        if case.loss != "full" and case.algorithm == "sft":
            _with_loss_in_parts(case.loss, model)
        if case.method == "qlora":
            four_bit_linear.quantise(model, double_quant=case.double_quant, compute_dtype=dtype)
            if case.kbit_preparation:
                prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
        if case.images:
            find_image_tokens_without_mask(model)
            weights = list(tower_of(model))
            assert sum(weight.numel() for weight in weights) == case.tower_parameters, case.name
            for weight in weights:
                weight.requires_grad_(requires_grad=case.trains_tower)
        if case.gradient_checkpointing:
            model.activation_checkpointing_enable()
            model.enable_input_require_grads()
        return model if case.method == "full" else _with_adapter(case, model)


def _materialise(model: torch.nn.Module) -> None:
    """Allocate a storage for every tensor of the model; tied ones share it."""
    made: dict[int, torch.Tensor] = {}
    for module in model.modules():
        for tensors in (module._parameters, module._buffers):
            for name, tensor in tensors.items():
                if tensor is not None and id(tensor) not in made:
                    fresh = torch.empty(tensor.shape, dtype=tensor.dtype)
                    if isinstance(tensor, torch.nn.Parameter):
                        fresh = torch.nn.Parameter(fresh, requires_grad=tensor.requires_grad)
                    made[id(tensor)] = fresh
                if tensor is not None:
                    tensors[name] = made[id(tensor)]


def _with_adapter(case: Case, model: PreTrainedModel) -> Any:
    targets = case.target_modules if isinstance(case.target_modules, str) else list(case.target_modules)
    frozen = None if case.trains_tower else rf".*\.({'|'.join(TOWERS)})\..*"
    config = LoraConfig(
        r=case.r, lora_alpha=case.r, target_modules=targets, exclude_modules=frozen, task_type="CAUSAL_LM"
    )
    config._register_custom_module({four_bit_linear.FourBitLinear: four_bit_linear.FourBitLora})
    adapted = get_peft_model(model, config)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            parameter.data = parameter.data.to(getattr(torch, case.adapter_dtype))
    return adapted


def _name_what_stays(live: LiveBytes, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Create the optimizer's state by a step of zero gradients; label weights, adapters and states."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad()
    for state in optimizer.state.values():
        live.name((local(value) for value in state.values() if isinstance(value, torch.Tensor)), "optimizer")
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        live.name([local(tensor)], "adapters" if "lora_" in name else "weights")
