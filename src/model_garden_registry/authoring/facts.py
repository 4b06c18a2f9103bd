"""The facts about a model, before any choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.requirements import Quantization

Kind = Literal["base", "chat", "reasoning", "embedding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """
    Published recommendations for a model.

    Args:
        serving: Inference defaults, as an entry states them: sampling, parsers.

        sources: Where they come from: JSON pointer below the entry → source, as an entry states it.

        chat_template: As LLaMA-Factory names it.
    """

    serving: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    chat_template: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """
    Facts about a model, none of them chosen by us; None: unknown.

    Args:
        model_id: Hugging Face repository.

        provider: The publisher, a lower-case word.

        family: Name of the generation, for people.

        family_words: What the generation is known for, as the end of a clause.

        kind: Base model, chat model, reasoning model, or embeddings and scores; None:
            unknown.

        has_vision: Whether it takes images.

        rounded_parameters: Size from a label, if the exact count is unknown.

        original: The model of which it is a quantised copy.

        stated: Further raw fields of an entry: license, gated, released, languages, min_versions.

        calls_tools: Whether it was trained to call tools.

        is_served_by_vllm: Whether vLLM lists the architecture.

        has_unsloth: Whether Unsloth trains it.

        sources: Where facts come from: JSON pointer below the entry → source, as an entry states it.

        recommended: Published recommendations for it.
    """

    model_id: str
    provider: str
    family: str
    family_words: str = ""
    kind: Kind | None
    has_vision: bool = False
    architecture: Architecture
    rounded_parameters: int | None = None
    quantization: Quantization = Quantization(method=None, type=None)  # noqa: RUF009  (frozen)
    original: ModelFacts | None = None
    stated: Mapping[str, Any] = field(default_factory=dict)
    calls_tools: bool | None = None
    reasons: bool | None = None
    is_served_by_vllm: bool = True
    has_unsloth: bool = False
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    recommended: Recommended = Recommended()

    @property
    def parameters(self) -> int:
        """All parameters, exact where known."""
        return self.architecture.parameters or self.rounded_parameters or 0

    @property
    def is_sparse(self) -> bool:
        """Whether only some experts work on a token."""
        return self.architecture.moe is not None

    @property
    def is_quantized(self) -> bool:
        """Whether the published weights are quantised."""
        return self.quantization.method is not None

    @property
    def trains(self) -> bool:
        """
        Whether fine-tuning is offered: on half-precision weights, or those quantised by bitsandbytes for it.

        A model that its vendor publishes only in FP8 or MXFP4 is unpacked for it; for a copy, the original is trained.
        """
        if not self.writes_text:
            return False
        return not self.is_quantized or self.quantization.is_bitsandbytes or self.is_unpacked

    @property
    def is_unpacked(self) -> bool:
        """Whether its vendor publishes only quantised weights, which training unpacks into half precision."""
        return self.original is None and self.quantization.method in ("fp8", "mxfp4")

    @property
    def writes_text(self) -> bool:
        """Whether it generates text, not embeddings or scores."""
        return self.kind != "embedding"
