"""
A model that several GPUs share, seen from one of them: FSDP as accelerate sets it up, over processes that do not exist.

Collective operations of torch's fake process group move nothing, but what they read and write is allocated as always.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
import torch.distributed as dist
from accelerate.utils import FullyShardedDataParallelPlugin
from accelerate.utils.fsdp_utils import fsdp2_prepare_model
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import FullyShardedDataParallel
from torch.testing._internal.distributed.fake_pg import FakeStore


def group_of(gpus: int) -> DeviceMesh:
    """Make a group of as many processes, of which this is one."""
    if dist.is_initialized():
        dist.destroy_process_group()
    dist.init_process_group("fake", rank=0, world_size=gpus, store=FakeStore())
    return init_device_mesh("cpu", (gpus,), mesh_dim_names=("shard",))


def shard(model: Any, group: DeviceMesh, sharding: str) -> Any:
    """Split a model: trained weights in float32, layers gathered in bfloat16."""
    version = int(sharding[-1])
    plugin = FullyShardedDataParallelPlugin(
        fsdp_version=version, auto_wrap_policy="transformer_based_wrap", cpu_ram_efficient_loading=False
    )
    plugin.set_mixed_precision("bf16")
    if version == 1:
        return _first_edition(model, plugin)
    accelerator = SimpleNamespace(
        state=SimpleNamespace(fsdp_plugin=plugin),
        torch_device_mesh=group,
        parallelism_config=SimpleNamespace(fsdp_dim_names=("shard",)),
        mixed_precision="bf16",
        is_main_process=False,
    )
    return fsdp2_prepare_model(accelerator, model)


def _first_edition(model: Any, plugin: FullyShardedDataParallelPlugin) -> Any:
    """Do what accelerate's `prepare_model` does with FSDP1, for which it has no function of its own."""
    plugin.set_auto_wrap_policy(model)
    model = FullyShardedDataParallel(
        model,
        sharding_strategy=plugin.sharding_strategy or plugin.reshard_after_forward,
        auto_wrap_policy=plugin.auto_wrap_policy,
        mixed_precision=plugin.mixed_precision_policy,
        use_orig_params=plugin.use_orig_params,
        limit_all_gathers=plugin.limit_all_gathers,
        device_id=torch.device("cpu"),
    )
    for module in FullyShardedDataParallel.fsdp_modules(model):
        if module._has_params and module._flat_param.requires_grad:
            module._flat_param.data = module._flat_param.data.to(torch.float32)
            module._handle._orig_param_dtype = torch.float32
    return model


def local(tensor: torch.Tensor) -> torch.Tensor:
    """Return what is here of a tensor."""
    part: torch.Tensor = getattr(tensor, "_local_tensor", tensor)
    return part
