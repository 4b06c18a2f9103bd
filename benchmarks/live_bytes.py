"""Live bytes of tensors, and their kinds at the peak."""

from __future__ import annotations

import sys
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.distributed.tensor import DTensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

#: Smallest block of CUDA's caching allocator: kMinBlockSize in c10/cuda/CUDACachingAllocator.cpp.
ALLOCATOR_BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True)
class Peak:
    """
    The peak.

    Args:
        total_bytes: All live storages, each rounded up to the allocator's block.

        by_kind: Bytes by kind: weights, adapters, gradients, optimizer, activations.

        phase: What ran: forward, backward or optimizer.

        activations: Bytes of activations by the operation that made them, with type and shape.
    """

    total_bytes: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    phase: str = ""
    activations: dict[str, int] = field(default_factory=dict)

    def with_more(self, kind: str, size_bytes: int) -> Peak:
        """Add what was there all the time."""
        by_kind = {**self.by_kind, kind: size_bytes}
        return Peak(self.total_bytes + size_bytes, by_kind, self.phase, self.activations)


class LiveBytes(TorchDispatchMode):
    """
    Count the storages that operations make, and those that are handed in, until each is freed.

    Args:
        hidden_bytes: What an operation with these arguments allocates inside and frees before it returns, in bytes.
    """

    def __init__(self, hidden_bytes: Callable[[Any, Sequence[Any]], int]) -> None:
        super().__init__()
        self._hidden_bytes = hidden_bytes
        self.peak = Peak()
        self.phase = ""
        self._total = 0
        self._kinds: Counter[str] = Counter()
        self._origins: Counter[str] = Counter()
        self._live: dict[weakref.ref[Any], tuple[int, str, str]] = {}

    def __enter__(self) -> LiveBytes:
        """Start counting, resized storages included: FSDP frees its buffers that way."""
        resize = torch.UntypedStorage.resize_

        def counted(storage: torch.UntypedStorage, size: int) -> Any:
            result = resize(storage, size)
            if known := self._live.get(weakref.ref(storage)):
                self._resize(weakref.ref(storage), storage.nbytes(), known)
            return result

        self._resize_before, torch.UntypedStorage.resize_ = resize, counted
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        """Stop counting."""
        torch.UntypedStorage.resize_ = self._resize_before
        super().__exit__(*error)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation and count what it made; one on a split tensor comes again for the part that is here."""
        if any(issubclass(kind, DTensor) for kind in types):
            return NotImplemented
        result = func(*args, **(kwargs or {}))
        for tensor in tree_iter(result):
            if isinstance(tensor, torch.Tensor):
                self._add(tensor, "activations", func)
        hidden = self._hidden_bytes(func, args)
        if self._total + hidden > self.peak.total_bytes and not _is_in_place_elsewhere(func):
            kinds = {**self._kinds, "activations": self._kinds["activations"] + hidden}
            self.peak = Peak(self._total + hidden, kinds, self.phase, dict(self._origins))
        return result

    def name(self, tensors: Iterable[torch.Tensor], kind: str) -> None:
        """Label these tensors, seen before or not."""
        for tensor in tensors:
            reference = weakref.ref(tensor.untyped_storage())
            if reference in self._live:
                self._forget(reference)
            self._add(tensor, kind, None)

    def forget_peak(self) -> None:
        """Start over: only what is seen from now on counts as a peak; what is alive stays counted."""
        self.peak = Peak()

    def _add(self, tensor: torch.Tensor, kind: str, func: Any) -> None:
        storage = tensor.untyped_storage()
        if weakref.ref(storage) in self._live:
            return
        size = _in_blocks(storage.nbytes())
        origin = f"{self.phase}: {func} {tensor.dtype} {list(tensor.shape)}" if func else ""
        self._live[weakref.ref(storage, self._forget)] = (size, kind, origin)
        self._count(size, kind, origin)

    def _resize(self, reference: weakref.ref[Any], size: int, known: tuple[int, str, str]) -> None:
        before, kind, origin = known
        size = _in_blocks(size)
        self._live[reference] = (size, kind, origin)  # an equal key stays the one that it is
        self._count(size - before, kind, origin)
        if self._total > self.peak.total_bytes:
            self.peak = Peak(self._total, dict(self._kinds), self.phase, dict(self._origins))

    def _forget(self, reference: weakref.ref[Any]) -> None:
        size, kind, origin = self._live.pop(reference)
        self._count(-size, kind, origin)

    def _count(self, size: int, kind: str, origin: str) -> None:
        self._total += size
        self._kinds[kind] += size
        if origin:
            self._origins[origin] += size


def _in_blocks(size: int) -> int:
    return -(-size // ALLOCATOR_BLOCK_BYTES) * ALLOCATOR_BLOCK_BYTES


def _is_in_place_elsewhere(func: Any) -> bool:
    """
    Return whether an operation that makes a tensor here writes into one that is there where tensors have data.

    Source:
        torch/csrc/autograd/input_buffer.cpp, `can_accumulate_inplace`: adding one gradient of a tensor to another;
        torch/csrc/autograd/FunctionsManual.cpp, `index_backward`: rows put into zeros.
    """
    if func is torch.ops.aten.index_put.default:
        return True
    if func is not torch.ops.aten.add.Tensor:
        return False
    frame = sys._getframe(2)
    while "/torch/_dynamo/" in frame.f_code.co_filename or "/torch/_compile" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame.f_code.co_name == "_engine_run_backward"
