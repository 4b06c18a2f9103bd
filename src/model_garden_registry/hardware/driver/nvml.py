"""The facts that the NVIDIA driver reports: a value, or the driver's own reason. The only owner of pynvml."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypedDict, TypeVar

from model_garden_registry.hardware.gpus import (
    MOST_GPUS,
    NOT_ASKED,
    Cause,
    DriverState,
    Fact,
    Gpu,
    GpuProcess,
    Hardware,
    Slice,
    Unread,
)
from model_garden_registry.hardware.nodes import MOST_ITEMS

T = TypeVar("T")

#: A GPU has at most 7 slices (NVIDIA's MIG user guide).
_MOST_SLICES = 64
#: ``nvmlReturn_t``, from nvml.h.
_NOT_SUPPORTED, _NO_PERMISSION, _NOT_FOUND, _DRIVER_NOT_LOADED = 3, 4, 6, 9
_LIBRARY_NOT_FOUND, _FUNCTION_NOT_FOUND, _GPU_IS_LOST, _RESET_REQUIRED, _VERSION_MISMATCH = 12, 13, 15, 16, 18
_CAUSES = {
    _NOT_SUPPORTED: Cause.NOT_SUPPORTED,
    _FUNCTION_NOT_FOUND: Cause.NOT_SUPPORTED,
    _NO_PERMISSION: Cause.NO_PERMISSION,
    _GPU_IS_LOST: Cause.LOST,
    _RESET_REQUIRED: Cause.LOST,
}
_STATES = {
    _LIBRARY_NOT_FOUND: DriverState.NO_LIBRARY,
    _DRIVER_NOT_LOADED: DriverState.DRIVER_NOT_LOADED,
    _VERSION_MISMATCH: DriverState.VERSION_MISMATCH,
    _NO_PERMISSION: DriverState.NO_PERMISSION,
}
#: ``NVML_MEMORY_ERROR_TYPE_UNCORRECTED`` and ``NVML_VOLATILE_ECC``.
_UNCORRECTED, _SINCE_RESET = 1, 0
#: No part of a compute capability has more than three digits.
_VERSIONS = 1000
#: Bytes of a garbled text that are shown.
_SHOWN = 40

#: Parts that share the host's memory, by words in their names and by compute capabilities that only they
#: have: Tegra X1 and X2, Xavier, Orin, Thor (before and after CUDA 13), GB10. Source: developer.nvidia.com/cuda-gpus.
_INTEGRATED_NAME = re.compile(r"\b(?:GB10|Jetson|Tegra|Xavier|Orin|Thor)\b", re.IGNORECASE)
_INTEGRATED_CAPABILITIES = frozenset({(5, 3), (6, 2), (7, 2), (8, 7), (10, 1), (11, 0), (12, 1)})
#: Such as ``NVIDIA A100-SXM4-40GB MIG 1g.5gb``.
_PROFILE = re.compile(r"\bMIG (\S+)$")


def read_driver() -> Hardware:
    """
    Return everything that the driver reports, read once; a driver without an answer is a result too.

    May take forever, and may end the process: that is up to the driver. Reads only, and shuts NVML down again.
    """
    try:
        import pynvml
    except ImportError as error:
        return Hardware(source="nvml", state=DriverState.INIT_FAILED, problem=f"nvidia-ml-py is missing: {error}")

    driver = _Driver(pynvml)
    begun = driver.fact("nvmlInit")
    if isinstance(begun, Unread):
        return _unanswered(driver.last_code, begun)
    try:
        return _facts(driver)
    finally:
        driver.fact("nvmlShutdown")


class _Driver:
    """
    The binding, wrapped so that every question has a value for an answer.

    Args:
        binding: The module ``pynvml``.
    """

    def __init__(self, binding: Any) -> None:
        self._binding = binding
        self._failures = (
            binding.NVMLError,
            getattr(binding, "NVMLLibraryMismatchError", binding.NVMLError),  # newer bindings, older drivers
            UnicodeDecodeError,
            AttributeError,  # older bindings
        )
        self.last_code: int | None = None

    def fact(self, function: str, *arguments: object, of: Callable[[Any], T] | None = None) -> Any:
        """
        Return the answer to one question.

        Args:
            function: Its name in NVML.

            of: Extracts the fact from the binding's value.

        Returns:
            The fact, or ``Unread``.
        """
        self.last_code = None
        try:
            answer = getattr(self._binding, function)(*arguments)
            return answer if of is None else of(answer)
        except self._failures as error:
            return self._unread(function, error)

    def memory(self, handle: object) -> Any:
        """Return the memory of a device, as new drivers count it or, if that fails, as old ones do."""
        version = getattr(self._binding, "nvmlMemory_v2", None)
        answer = self.fact("nvmlDeviceGetMemoryInfo", handle, version)
        return self.fact("nvmlDeviceGetMemoryInfo", handle) if isinstance(answer, Unread) else answer

    def _unread(self, function: str, error: Exception) -> Unread:
        if isinstance(error, UnicodeDecodeError):
            return Unread(Cause.GARBLED, f"not UTF-8: {error.object[:_SHOWN]!r}")
        if isinstance(error, AttributeError):
            return Unread(Cause.NOT_SUPPORTED, f"this nvidia-ml-py has no {function}")
        self.last_code = code = getattr(error, "value", _FUNCTION_NOT_FOUND)
        words = f"the driver is too old for {function}" if code == _FUNCTION_NOT_FOUND else self._words(error)
        return Unread(_CAUSES.get(code, Cause.FAILED), f"{words} (NVML code {code})")

    def _words(self, error: Exception) -> str:
        """Return the loader's reason, or the driver's text for a code, which may be unreadable."""
        if isinstance(error.__context__, OSError):
            return str(error.__context__)
        try:
            return str(error)
        except UnicodeDecodeError:
            return "an error without a readable text"


def _unanswered(code: int | None, reason: Unread) -> Hardware:
    """Return the hardware if NVML does not even start."""
    state = DriverState.INIT_FAILED if code is None else _STATES.get(code, DriverState.INIT_FAILED)
    return Hardware(source="none" if state is DriverState.NO_LIBRARY else "nvml", state=state, problem=reason.reason)


def _facts(driver: _Driver) -> Hardware:
    version = driver.fact("nvmlSystemGetDriverVersion")
    count = driver.fact("nvmlDeviceGetCount")
    if isinstance(count, Unread) or count > MOST_GPUS:
        problem = f"the GPUs could not be counted: {count.reason if isinstance(count, Unread) else count}"
        return Hardware(source="nvml", state=DriverState.INIT_FAILED, problem=problem, driver_version=version)
    return Hardware(
        source="nvml",
        driver_version=version,
        cuda_version=driver.fact("nvmlSystemGetCudaDriverVersion", of=_cuda_version),
        gpus=tuple(_gpu(driver, index) for index in range(count)),
    )


def _cuda_version(number: int) -> Fact[str]:
    """Return 12040 as ``12.4``; 0 means none. Source: nvml.h, ``NVML_CUDA_DRIVER_VERSION_MAJOR``."""
    if number < 1000:
        return Unread(Cause.GARBLED, f"the driver says {number}")
    return f"{number // 1000}.{number % 1000 // 10}"


class _DeviceFacts(TypedDict):
    name: Fact[str]
    uuid: Fact[str]
    total_bytes: Fact[int]
    free_bytes: Fact[int]
    compute_capability: Fact[tuple[int, int]]
    is_integrated: bool
    processes: Fact[tuple[GpuProcess, ...]]


def _device_facts(driver: _Driver, handle: object) -> _DeviceFacts:
    """Return the facts that whole GPUs and slices have in common."""
    name = driver.fact("nvmlDeviceGetName", handle)
    memory = driver.memory(handle)
    capability = driver.fact("nvmlDeviceGetCudaComputeCapability", handle, of=_compute_capability)
    return {
        "name": name,
        "uuid": driver.fact("nvmlDeviceGetUUID", handle),
        "total_bytes": memory if isinstance(memory, Unread) else memory.total,
        "free_bytes": memory if isinstance(memory, Unread) else memory.free,
        "compute_capability": capability,
        "is_integrated": is_integrated(name, capability),
        "processes": _processes(driver, handle),
    }


def _compute_capability(pair: tuple[int, int]) -> Fact[tuple[int, int]]:
    major, minor = pair
    if not (0 < major < _VERSIONS and 0 <= minor < _VERSIONS):
        return Unread(Cause.GARBLED, f"the driver says {major}.{minor}")
    return major, minor


def is_integrated(name: Fact[str], compute_capability: Fact[tuple[int, int]]) -> bool:
    """Return whether a part shares the host's memory, as far as its name or its compute capability shows."""
    if compute_capability in _INTEGRATED_CAPABILITIES:
        return True
    return isinstance(name, str) and _INTEGRATED_NAME.search(name) is not None


def _gpu(driver: _Driver, index: int) -> Gpu:
    handle = driver.fact("nvmlDeviceGetHandleByIndex", index)
    if isinstance(handle, Unread):
        return Gpu(index=index, name=handle, mig_enabled=NOT_ASKED, problem=handle)

    facts = _device_facts(driver, handle)
    mig = driver.fact("nvmlDeviceGetMigMode", handle, of=lambda modes: modes[0] == 1)
    if isinstance(mig, Unread) and mig.cause is Cause.NOT_SUPPORTED:
        mig = False
    bus = driver.fact("nvmlDeviceGetPciInfo", handle, of=lambda info: info.busId)
    errors = driver.fact("nvmlDeviceGetTotalEccErrors", handle, _UNCORRECTED, _SINCE_RESET)
    slices = tuple(_slices(driver, handle, index, facts)) if mig is True else ()
    sizes = (piece.total_bytes for piece in slices)
    return Gpu(
        index=index,
        pci_bus_id=bus,
        mig_enabled=mig,
        slices=slices,
        ecc_errors=errors,
        problem=_loss((*facts.values(), mig, bus, errors, *sizes)),
        **facts,
    )


def _loss(facts: Iterable[object]) -> Unread | None:
    """Return the reason if a GPU went away between two questions."""
    return next((fact for fact in facts if isinstance(fact, Unread) and fact.cause is Cause.LOST), None)


def _slices(driver: _Driver, parent: object, gpu_index: int, of_gpu: _DeviceFacts) -> Iterator[Slice]:
    count = driver.fact("nvmlDeviceGetMaxMigDeviceCount", parent)
    if isinstance(count, Unread):
        yield Slice(gpu_index=gpu_index, index=0, name=count, total_bytes=count)
        return
    for index in range(min(count, _MOST_SLICES)):
        handle = driver.fact("nvmlDeviceGetMigDeviceHandleByIndex", parent, index)
        if driver.last_code == _NOT_FOUND:
            continue  # no slice has this index
        if isinstance(handle, Unread):
            yield Slice(gpu_index=gpu_index, index=index, name=handle, total_bytes=handle)
        else:
            yield _slice(driver, handle, gpu_index=gpu_index, index=index, of_gpu=of_gpu)


def _slice(driver: _Driver, handle: object, *, gpu_index: int, index: int, of_gpu: _DeviceFacts) -> Slice:
    facts = _device_facts(driver, handle)
    if isinstance(facts["compute_capability"], Unread):
        facts["compute_capability"] = of_gpu["compute_capability"]
    profile = _PROFILE.search(facts["name"]) if isinstance(facts["name"], str) else None
    return Slice(
        gpu_index=gpu_index,
        index=index,
        profile=profile[1] if profile else None,
        gpu_instance_id=driver.fact("nvmlDeviceGetGpuInstanceId", handle),
        compute_instance_id=driver.fact("nvmlDeviceGetComputeInstanceId", handle),
        **facts,
    )


def _processes(driver: _Driver, handle: object) -> Fact[tuple[GpuProcess, ...]]:
    """Return the compute and graphics processes; one that is both is listed once."""
    computing = driver.fact("nvmlDeviceGetComputeRunningProcesses", handle)
    drawing = driver.fact("nvmlDeviceGetGraphicsRunningProcesses", handle)
    if isinstance(computing, Unread):
        return computing
    by_pid = {process.pid: process for process in ([] if isinstance(drawing, Unread) else drawing)}
    by_pid |= {process.pid: process for process in computing}
    if len(by_pid) > MOST_ITEMS:
        return Unread(Cause.GARBLED, f"the driver lists {len(by_pid)} processes")
    return tuple(_process(driver, process) for _, process in sorted(by_pid.items()))


def _process(driver: _Driver, process: Any) -> GpuProcess:
    name = driver.fact("nvmlSystemGetProcessName", process.pid)
    return GpuProcess(
        pid=process.pid, name=None if isinstance(name, Unread) else name, used_bytes=process.usedGpuMemory
    )
