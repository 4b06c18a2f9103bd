"""The library's closed form for a simulated step."""

from __future__ import annotations

from pathlib import Path

from benchmarks.training_shapes import Case
from model_garden_registry import MemoryEstimate, load_registry
from model_garden_registry.authoring.config_json import architecture_of
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.training_estimate import estimate_training

#: Settings that have the same name in a case and in the library.
_SETTINGS = (
    "method",
    "algorithm",
    "batch_size",
    "max_seq_length",
    "optim",
    "gradient_checkpointing",
    "attn_implementation",
    "n_gpus",
)
#: What the library calls a sharding.
_SHARDINGS = {"fsdp1": "fsdp", "fsdp2": "fsdp2"}
#: Pixels that a processor lets through at most, where images keep their size; of preprocessor_config.json.
_MAX_PIXELS = {"qwen2_5_vl": 12_845_056, "qwen3_vl": 16_777_216}


def closed_form(case: Case) -> MemoryEstimate:
    """Estimate torch's allocated bytes at the peak of the step."""
    entry = _entry(case)
    settings = merge(
        entry,
        "training",
        Layer(
            {name: getattr(case, name) for name in _SETTINGS}
            | {"stack": "trl", "loss": case.loss, "adapter_dtype": case.adapter_dtype, "gradient_accumulation_steps": 1}
            | {
                "r": case.r,
                "lora_dropout": 0.0,
                "target_modules": case.target_modules,
                "images_per_sample": case.images,
                "image_pixels": case.image_edge**2,
                "trains_vision_tower": case.trains_tower,
                "sharding": _SHARDINGS[case.sharding] if case.n_gpus > 1 else "none",
                "dtype": case.dtype,
                "master_weights": case.n_gpus > 1,
            }
        ),
    )
    runtime = TrainingRuntime(
        reading="allocated",
        upcasts_rest=case.method == "qlora" and case.kbit_preparation,
        double_quantizes=case.double_quant,
        autocasts=case.autocast,
        keeps_outputs=case.keep_outputs,
        repeats_heads=case.repeats_heads and case.attn_implementation == "sdpa",
        leaves_fused_experts=True,
        expert_bytes=4 if case.kbit_preparation else 2,
        copies_adapted_experts=True,
        frozen_tower="checkpointed",
        references=("dpo",),
    )
    return estimate_training(entry, settings, runtime=runtime)


def _entry(case: Case) -> ModelInfo:
    """Return an entry with that shape, in half precision; everything else is copied from a shipped entry."""
    architecture = architecture_of({**case.architecture, "dtype": case.dtype}, Path(case.name))
    if architecture.vision:
        tower = architecture.vision.model_copy(
            update={"parameters": case.tower_parameters, "max_pixels": _MAX_PIXELS.get(case.architecture["model_type"])}
        )
        architecture = architecture.model_copy(update={"vision": tower})
    template = next(entry for entry in load_registry(bundled_registry()).values() if entry.training_defaults)
    return template.model_copy(update={"architecture": architecture, "quantization": Quantization()})
