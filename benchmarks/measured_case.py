"""One measurement, with the inputs of the estimator and its estimate of the measured quantity."""

from __future__ import annotations

import re
from dataclasses import dataclass

from benchmarks.cache_pools import engine_tokens, tokens_of_pool
from benchmarks.row_stacks import Row
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings
from model_garden_registry.memory.classes import MemoryClass, class_of
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.estimates import COARSE_MARGIN, MemoryEstimate
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.serving.deployment import Deployment, deploy
from model_garden_registry.memory.serving.runtime import InferenceRuntime
from model_garden_registry.memory.serving.serving_estimate import estimate_inference
from model_garden_registry.memory.training.run import training_runs
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.training_estimate import estimate_training

#: Quantities that are all that a GPU needs, or all but the cache: what `safe` is a promise about.
TOTALS = frozenset(
    {"peak_allocated", "peak_active", "peak_reserved", "peak_process", "resident", "vllm_non_kv_per_gpu"}
)
#: What is on a GPU before the first step or request.
LOADED = frozenset({"loaded_reserved", "weights_per_gpu"})
#: What no unit of memory counts.
COUNTS = frozenset({"kv_bytes_per_token_per_gpu", "kv_tokens"})
QUANTITIES = TOTALS | LOADED | COUNTS
#: Parts of an estimate that vLLM takes from the pool of its cache.
_POOLED = ("kv_cache", "state_cache")
_UNQUANTISED = ("", "bf16", "fp16", "fp32")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    The inputs that a row gives the estimator.

    Args:
        gpu_total_bytes: Memory of a GPU; None if unknown.

        pool_bytes: Memory of the cache, of which `kv_bytes_per_token_per_gpu` is a token's share.

        sharding: What the row says is split over the GPUs.

        unsaid: What the row says that no setting expresses.

        is_coarse: Whether the shape is a typical one of the entry's size, which states none.
    """

    entry: ModelInfo
    settings: TrainingSettings | InferenceSettings
    runtime: TrainingRuntime | InferenceRuntime
    gpu_total_bytes: int | None = None
    pool_bytes: float | None = None
    sharding: str = "none"
    unsaid: tuple[str, ...] = ()
    is_coarse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Asked):
    """
    One measurement, with the inputs of the estimator.

    Args:
        source: The repository or package that published it.

        measured: What was measured on each GPU: bytes, tokens, or bytes a token.

        is_further: Whether it is a further reading of a row that counts once: constants are fitted to it as well.
    """

    row: Row
    source: str
    measured: float
    is_further: bool = False

    @property
    def quantity(self) -> str:
        """The measured quantity."""
        return self.row["quantity"]

    @property
    def is_training(self) -> bool:
        """Whether it is a measurement of training."""
        return isinstance(self.settings, TrainingSettings)

    @property
    def is_total(self) -> bool:
        """Whether it is all that a GPU needs, or all but the cache, and no further reading of such a row."""
        return self.quantity in TOTALS and not self.is_further

    @property
    def is_fitted(self) -> bool:
        """Whether constants are fitted to it: to memory, not to what the same memory holds."""
        return self.quantity in TOTALS

    @property
    def is_quantised(self) -> bool:
        """Whether its weights are in fewer than 16 bits."""
        return self.row.get("quant", "") not in _UNQUANTISED

    @property
    def is_certain(self) -> bool:
        """Whether the lengths of training are certain: packed, or every text cut to the length."""
        said = self.row.get("notes", "")
        return bool(re.search(r"(?<!not )(?<!un)\bpacked\b|\bfull \d+", said, re.IGNORECASE))

    @property
    def memory_class(self) -> MemoryClass:
        """The class of networks and runs that it belongs to: one of `CLASSES`."""
        return class_of(shape_of(self.entry), self.settings)

    def estimate(self, constants: Calibration) -> MemoryEstimate:
        """Return the library's answer."""
        if isinstance(self.settings, TrainingSettings):
            assert isinstance(self.runtime, TrainingRuntime)
            return estimate_training(self.entry, self.settings, runtime=self.runtime, constants=constants)
        assert isinstance(self.runtime, InferenceRuntime)
        return estimate_inference(
            self.entry,
            self.settings,
            gpu_total_bytes=self.gpu_total_bytes,
            runtime=self.runtime,
            constants=constants,
        )

    def expected(self, constants: Calibration) -> float:
        """
        Return the measured part of the estimate.

        Raises:
            ValueError: The row does not state the components of the quantity.
        """
        match self.quantity:
            case "kv_tokens":
                return self._tokens(constants)
            case "kv_bytes_per_token_per_gpu":
                if not self.pool_bytes:
                    raise ValueError("no memory of the cache")
                by_sequences = bool(re.search(r"concurrency ?[x*]", self.row.get("notes", "")))
                tokens = tokens_of_pool(self._deployment(constants), self.pool_bytes, by_sequences=by_sequences)
                return self.pool_bytes / max(1, tokens)
            case "vllm_non_kv_per_gpu":
                parts = self.estimate(constants).parts
                return sum(size for name, size in parts.items() if name not in _POOLED)
            case "weights_per_gpu":
                return self.estimate(constants).parts["weights"]
            case "loaded_reserved":
                return self._loaded(constants)
            case _:
                return self.estimate(constants).expected_bytes

    def error(self, constants: Calibration) -> float:
        """Return predicted / measured - 1."""
        return self.expected(constants) / self.measured - 1

    def safe_ratio(self, constants: Calibration) -> float:
        """
        Return the measurement's part of `safe` / measured.

        For tokens it is the memory of one: fewer tokens than promised mean too little memory for each.
        """
        margin, expected = self.estimate(constants).margin, self.expected(constants)
        margin = max(margin, COARSE_MARGIN) if self.is_coarse else margin
        if self.quantity == "kv_tokens":
            return self.measured / max(1, expected) * (1 + margin)
        return expected / self.measured * (1 + margin)

    def _loaded(self, constants: Calibration) -> float:
        if not isinstance(self.settings, TrainingSettings) or not isinstance(self.runtime, TrainingRuntime):
            raise ValueError("serving loads no adapters")
        run, *_ = training_runs(self.entry, self.settings, self.runtime, constants)
        loaded = run.holdings.weights + run.holdings.adapters
        return loaded + run.loading_gaps(loaded)

    def _tokens(self, constants: Calibration) -> int:
        if self.gpu_total_bytes is None:
            raise ValueError("no memory of the GPU")
        return engine_tokens(self._deployment(constants))

    def _deployment(self, constants: Calibration) -> Deployment:
        if not isinstance(self.settings, InferenceSettings) or not isinstance(self.runtime, InferenceRuntime):
            raise ValueError("training has no cache")
        return deploy(
            self.entry,
            self.settings,
            gpu_total_bytes=self.gpu_total_bytes,
            runtime=self.runtime,
            constants=constants,
        )


#: Classes of runs that have margins of their own.
CLASSES = ("dense", "mixture_of_experts", "hybrid", "vision", "sharded", "serving")
