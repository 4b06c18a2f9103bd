"""One training step as numbers: its batch, what it trains, and the types."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import Algorithm, TrainingSettings
from model_garden_registry.memory.network.adapters import Adapted, Reach, adapted, merged_expert_weights
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.weight_formats import UNTRAINABLE, FormatName, published_format
from model_garden_registry.memory.network.weights import Stored
from model_garden_registry.memory.training.precision import precision_of
from model_garden_registry.memory.training.runtime import TrainingRuntime

#: Peak of eager attention, in bytes per score: probabilities, their gradient, that of the scores and a product of two
#: of them in float32; with float16 the third in half precision. Source: the operations that torch records for a step.
_SCORE_BYTES, _HALF_SCORE_BYTES = 16, 14

#: Sequences per step for each of its batch. Source: TRL and LLaMA-Factory put both answers of a pair in one forward
#: pass; KTO judges one answer, GRPO counts completions. Packed, both count to the length: ms-swift, `_rlhf_encode`.
_SEQUENCES: dict[Algorithm, int] = {"dpo": 2, "orpo": 2, "reward": 2}

#: bitsandbytes formats, which quantise layers only, not parameters that hold all experts.
_BITSANDBYTES: frozenset[FormatName] = frozenset({"nf4", "nf4-dq", "int8"})


class Step(NamedTuple):
    """
    One training step as numbers.

    Args:
        batch: Sequences.

        sequence: Tokens of each sequence on this GPU.

        stream: Bytes of an element of the residual stream: 2, or 4 where norms compute in float32.

        weight_format: Format of the linear layers of the base model.

        adapted: The layers with adapters; None if all weights are trained.

        adapter_bytes: Bytes of an adapter's weight.

        drops_out: Whether adapters read their input through dropout.

        is_eager: Whether attention stores its scores.

        peak_score_bytes: Bytes per score at the peak of eager attention.

        repeats_heads: Whether keys and values are copied for each of the heads that share them.

        autocasts: Whether the forward pass runs under autocast.

        fuses: Whether chains of element-wise operations keep one result.

        is_handwritten: Whether the model code is not that of transformers.

        rest_bytes: Bytes of a weight that is neither quantised nor trained.

        expert_bytes: Bytes of a weight of routed experts; None: in the format of the linear layers.

        unpacked_matrices: Matrices of each quantised expert of a layer that are unpacked at once.

        copied_experts: Weights of a layer's experts that are merged with their adapters' delta.

        trains_tower: Whether the vision tower is trained, or has adapters.

        trains_ends: Whether embeddings and head are trained in full beside adapters.

        has_head: Whether the model outputs logits rather than one score.

        has_reference: Whether there is a second, frozen model.
    """

    batch: int
    sequence: int
    stream: int
    weight_format: FormatName
    adapted: Adapted | None
    adapter_bytes: int
    drops_out: bool
    is_eager: bool
    peak_score_bytes: int
    repeats_heads: bool
    autocasts: bool
    fuses: bool
    is_handwritten: bool
    rest_bytes: int = 2
    expert_bytes: int | None = None
    unpacked_matrices: int = 0
    copied_experts: int = 0
    trains_tower: bool = False
    trains_ends: bool = False
    has_head: bool = True
    has_reference: bool = False

    @property
    def tokens(self) -> int:
        """Tokens of the whole batch, padding included."""
        return self.batch * self.sequence

    @property
    def is_quantized(self) -> bool:
        """Whether linear layers must be unpacked."""
        return self.weight_format not in ("half", "float32")

    @property
    def keeps_inputs(self) -> bool:
        """
        Whether each quantised matrix saves its input.

        Source:
            bitsandbytes, `autograd/_functions.py` MatMul8bitLt
        """
        return self.weight_format == "int8"

    @property
    def trains_head(self) -> bool:
        """Whether the head is trained in full."""
        return self.adapted is None or self.trains_ends

    @property
    def stored(self) -> Stored:
        """How the base model's weights are stored."""
        return Stored(
            self.weight_format,
            rest_bytes=self.rest_bytes,
            expert_bytes=self.expert_bytes,
            has_head=self.has_head,
            unpacked_matrices=self.unpacked_matrices,
        )

    @property
    def attention_bytes(self) -> int:
        """Bytes of an element in attention, which autocast runs in half precision."""
        return 2 if self.autocasts else self.stream


def sized(step: Step, settings: TrainingSettings) -> Step:
    """Return a step with the batch and sequence length of the settings."""
    batch = settings.batch_size * (1 if settings.packing else _SEQUENCES.get(settings.algorithm, 1))
    sequence = -(-settings.max_seq_length // settings.context_parallel_size)
    return Step(batch, sequence, *step[2:])  # three times as fast as `_replace`, and every estimate does it


def step_of(entry: ModelInfo, shape: Shape, settings: TrainingSettings, runtime: TrainingRuntime) -> Step:
    """Return the step that the settings describe, with the stack's behaviour."""
    name = _loaded_format(entry, settings, runtime)
    is_quantized = name != "half"
    precision = precision_of(entry, settings, runtime, is_quantized=is_quantized)
    is_float16 = entry.architecture is not None and entry.architecture.dtype == "float16"
    # Where bfloat16 is emulated, none of sdpa's fused kernels accepts it, and the fallback stores the scores.
    # Source: PyTorch, `sdp_utils.cpp`, `check_tensor_dtype`: float16 and float32 alone below compute capability 8.0.
    is_eager = settings.attn_implementation == "eager" or (
        settings.attn_implementation == "sdpa" and runtime.emulates_bfloat16
    )
    reach = Reach(
        converts=runtime.converts_targets, adds_experts=runtime.adapts_experts, is_fused=runtime.fuses_experts
    )
    is_fused = shape.has_experts and bool(shape.family.fused_experts) and runtime.fuses_experts
    adapter = settings.lora_config
    found = None
    if settings.method != "full":
        found = adapted(
            shape,
            adapter.target_modules,
            reach,
            target_parameters=adapter.target_parameters,
            use_dora=adapter.use_dora,
        )
    is_passed_over = is_fused and name in _BITSANDBYTES
    skips_experts = is_passed_over and runtime.leaves_fused_experts and not settings.expert_quantization
    unpacks_experts = is_passed_over and settings.expert_quantization
    step = Step(
        batch=1,
        sequence=1,
        stream=precision.stream,
        weight_format="float32" if not is_quantized and precision.rest == 4 else name,
        rest_bytes=precision.rest,
        adapted=found,
        adapter_bytes=precision.trained,
        drops_out=adapter.lora_dropout > 0,
        is_eager=is_eager,
        peak_score_bytes=_HALF_SCORE_BYTES if is_float16 and not is_quantized else _SCORE_BYTES,
        # Eager attention multiplies whole matrices, for which transformers' `repeat_kv` copies keys and values.
        repeats_heads=runtime.repeats_heads or is_eager,
        autocasts=runtime.autocasts,
        fuses=runtime.fuses,
        is_handwritten=runtime.is_handwritten,
        expert_bytes=max(runtime.expert_bytes, precision.rest) if skips_experts else None,
        unpacked_matrices=runtime.unpacked_expert_matrices if unpacks_experts else 0,
        copied_experts=merged_expert_weights(shape, found) if found and runtime.copies_adapted_experts else 0,
        trains_tower=settings.trains_vision_tower,
        trains_ends=found is not None and (runtime.trains_ends or settings.trains_embeddings),
        has_head=settings.algorithm != "reward",
        has_reference=found is None and settings.algorithm in runtime.references,
    )
    return sized(step, settings)


def _loaded_format(entry: ModelInfo, settings: TrainingSettings, runtime: TrainingRuntime) -> FormatName:
    """Return the format of the base weights: as published, unpacked, or quantised at load time."""
    if settings.method == "full":
        return "half"
    published = published_format(entry.quantization)
    if published in UNTRAINABLE:
        published = "half"
    if settings.base_quantization and published == "half":
        return "int8"
    if settings.method == "qlora" and published == "half":
        return "nf4-dq" if runtime.double_quantizes else "nf4"
    return published
