"""Numbers that cannot be, from the shape of the model and from what engines can run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model_garden_registry.checks.consistency import Flaw
from model_garden_registry.findings import Code, Severity
from model_garden_registry.units import parse_parameter_count

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo

#: vLLM's largest `--max-lora-rank`. Source: vLLM, `LoRAConfig`.
LARGEST_SERVED_RANK = 512
#: A size in words is rounded; more than this is another model, or a name that tells less than the truth.
_ROUNDING = 0.02


def physics_flaws(entry: ModelInfo) -> Iterator[Flaw]:
    """Check one entry by every rule that needs no memory estimate."""
    yield from _size_in_words(entry)
    yield from _name(entry)
    yield from _lengths(entry)
    yield from _parallelism(entry)
    yield from _rank(entry)


def _size_in_words(entry: ModelInfo) -> Iterator[Flaw]:
    counted = entry.architecture.parameters if entry.architecture else None
    if counted is None:
        return
    stated = parse_parameter_count(entry.parameters)
    if abs(stated - counted) > _ROUNDING * counted:
        message = f"parameters says {entry.parameters}, the architecture counts {counted / 1e9:.3g}B"
        yield Flaw(Code.PARAMETERS_MISMATCH, Severity.WARNING, ("parameters",), message)


def _name(entry: ModelInfo) -> Iterator[Flaw]:
    name = entry.id.casefold()
    if ("4bit" in name or "4-bit" in name) and not entry.is_quantized:
        yield Flaw(Code.NAME_SAYS_4BIT, Severity.FAIL, ("id",), "the id says 4-bit, but quantization does not")


def _lengths(entry: ModelInfo) -> Iterator[Flaw]:
    longest = entry.architecture.max_position_embeddings if entry.architecture else None
    if longest is None:
        return
    if entry.inference_defaults.max_model_len > longest:
        message = f"max_model_len {entry.inference_defaults.max_model_len} is beyond the model's {longest} positions"
        yield Flaw(Code.CONTEXT_TOO_LONG, Severity.FAIL, ("inference_defaults", "max_model_len"), message)
    if entry.training_defaults and entry.training_defaults.hyperparameters.max_seq_length > longest:
        length = entry.training_defaults.hyperparameters.max_seq_length
        message = f"max_seq_length {length} is beyond the model's {longest} positions"
        where = ("training_defaults", "hyperparameters", "max_seq_length")
        yield Flaw(Code.CONTEXT_TOO_LONG, Severity.WARNING, where, message)


def _parallelism(entry: ModelInfo) -> Iterator[Flaw]:
    size = entry.inference_defaults.tensor_parallel_size
    where = ("inference_defaults", "tensor_parallel_size")
    heads = entry.architecture.num_attention_heads if entry.architecture else None
    if heads is not None and heads % size:
        message = f"tensor_parallel_size {size} does not divide {heads} attention heads"
        yield Flaw(Code.HEADS_INDIVISIBLE, Severity.FAIL, where, message)
    gpus = entry.requirements_for("inference").min_gpus
    if size > gpus:
        message = f"tensor_parallel_size {size} needs {size} GPUs, but min_gpus is {gpus}"
        yield Flaw(Code.GPUS_FEW, Severity.FAIL, where, message)
    if size > 1 and entry.quantization.type == "bitsandbytes":
        message = "bitsandbytes weights with tensor parallelism: vLLM refuses most of them"
        yield Flaw(Code.BNB_TENSOR_PARALLEL, Severity.WARNING, where, message)


def _rank(entry: ModelInfo) -> Iterator[Flaw]:
    rank = entry.training_defaults.lora_config.r if entry.training_defaults else 0
    if rank > LARGEST_SERVED_RANK:
        message = f"vLLM serves adapters up to rank {LARGEST_SERVED_RANK}, not {rank}"
        yield Flaw(Code.RANK_UNSERVABLE, Severity.WARNING, ("training_defaults", "lora_config", "r"), message)
