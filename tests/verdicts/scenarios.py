"""Machines for the stand-in of the NVIDIA library: what its driver says, by the name that the tables of cases use."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

#: What the driver keeps of an idle GPU, in MiB, as of a T4.
_HELD = 251


def uuid_of(index: int) -> str:
    """Give the UUID of a GPU of these machines; those of 0 and 2 begin alike."""
    return f"GPU-{'aba'[index % 3]}{index}000000-0000-4000-8000-000000000000"


def slice_uuid(index: int) -> str:
    """Give the UUID of a slice of these machines."""
    return f"MIG-{index}0000000-0000-5000-8000-000000000000"


def gpu(name: str, mib: int, capability: str, *more: str, free: int | None = None) -> tuple[str, ...]:
    """
    Describe a GPU.

    Args:
        mib: All of its memory.

        more: Further lines, such as faults.

        free: What of its memory is free, in MiB; nearly all by default.
    """
    left = max(mib - _HELD, 0) if free is None else free
    return (f"gpu {name}", f"capability {capability}", f"total {mib} MiB", f"free {left} MiB", "ecc 0", *more)


def sliced(name: str, mib: int, capability: str, *profiles: tuple[str, int], more: tuple[str, ...] = ()) -> list[str]:
    """Describe a GPU in MIG mode with slices, each a profile and its memory in MiB."""
    lines = [*gpu(name, mib, capability, *more), "mig on"]
    for index, (profile, size) in enumerate(profiles):
        lines += [f"slice {name} MIG {profile}", f"uuid {slice_uuid(index)}", f"instances {index + 7} 0"]
        lines += [f"total {size} MiB", f"free {size - 16} MiB"]
    return lines


def machine(*gpus: tuple[str, ...] | list[str], faults: tuple[str, ...] = (), driver: str = "570.86.15") -> str:
    """Describe a host with GPUs in the order of their buses, and what its driver does wrong before it names one."""
    number = count()
    lines = [f"driver {driver}", "cuda 12080", *(f"fault {fault}" for fault in faults)]
    for line in (line for one in gpus for line in one):
        lines.append(line)
        if line.startswith("gpu "):
            lines += _place(next(number))
    return "\n".join(lines)


def _place(index: int) -> Iterator[str]:
    yield f"uuid {uuid_of(index)}"
    yield f"pci 00000000:{index + 1:02x}:00.0"


T4 = gpu("Tesla T4", 15360, "7.5")
L4 = gpu("NVIDIA L4", 23034, "8.9")
L40S = gpu("NVIDIA L40S", 46068, "8.9")
RTX_3090 = gpu("NVIDIA GeForce RTX 3090", 24576, "8.6")
A100_80 = gpu("NVIDIA A100-SXM4-80GB", 81920, "8.0")
H100 = gpu("NVIDIA H100 80GB HBM3", 81559, "9.0")
H100_FULL = gpu("NVIDIA H100 80GB HBM3", 81559, "9.0", free=900)
A100_40 = gpu("NVIDIA A100-SXM4-40GB", 40960, "8.0")
LOST = (*L4, "fault nvmlDeviceGetHandleByIndex_v2 returns 15")
#: The memory of a device gives this code, however it is asked for.
NO_MEMORY = ("fault nvmlDeviceGetMemoryInfo_v2 returns {0}", "fault nvmlDeviceGetMemoryInfo returns {0}")
NOT_SUPPORTED, FORBIDDEN = (tuple(line.format(code) for line in NO_MEMORY) for code in (3, 4))
SEVEN = [("1g.5gb", 4864)] * 7
A100_SLICED = sliced("NVIDIA A100-SXM4-40GB", 40960, "8.0", *SEVEN)


def starting(action: str) -> str:
    """Describe a host with an L4 whose driver does something wrong at its start."""
    return machine(L4, faults=(f"nvmlInitWithFlags {action}",))


SCENARIOS: dict[str, str] = {
    # one GPU
    "T4": machine(T4),
    "T4 on driver 470": machine(gpu("Tesla T4", 15109, "7.5"), driver="470.223.02"),
    "M60": machine(gpu("Tesla M60", 7680, "5.2")),
    "P40": machine(gpu("Tesla P40", 23040, "6.1")),
    "V100": machine(gpu("Tesla V100-SXM2-32GB", 32768, "7.0")),
    "L4": machine(L4),
    "L4 in use": machine(gpu("NVIDIA L4", 23034, "8.9", "computes 4242 12288MiB /usr/bin/python3", free=10000)),
    "L4 in use, by whom is not to be read": machine(
        (
            *gpu("NVIDIA L4", 23034, "8.9", free=10000),
            "fault nvmlDeviceGetComputeRunningProcesses_v3 returns 4",
            "fault nvmlDeviceGetGraphicsRunningProcesses_v3 returns 4",
        )
    ),
    "L4 in use, how much by whom is not to be read": machine(
        gpu("NVIDIA L4", 23034, "8.9", "computes 4242 unknown /usr/bin/python3", "draws 17 96MiB Xorg", free=10000)
    ),
    "L4 with ECC errors": machine((*L4, "ecc 3")),
    "L4 without a capability": machine((*L4, "fault nvmlDeviceGetCudaComputeCapability returns 999")),
    "L4 of 0 MiB": machine(gpu("NVIDIA L4", 0, "8.9")),
    "L4 of 2 PiB": machine(gpu("NVIDIA L4", 2**31, "8.9")),
    "L4 with more free than there is": machine(gpu("NVIDIA L4", 23034, "8.9", free=30000)),
    "L4 whose memory is not supported": machine((*L4, *NOT_SUPPORTED)),
    "L4 whose memory is forbidden": machine((*L4, *FORBIDDEN)),
    "L4 with a garbled name": machine((*L4, "fault nvmlDeviceGetName garbles")),
    "RTX 5090": machine(gpu("NVIDIA GeForce RTX 5090", 32607, "12.0")),
    "A10G": machine(gpu("NVIDIA A10G", 23028, "8.6")),
    "L40S": machine(L40S),
    "A100 80GB": machine(A100_80),
    "H100": machine(H100),
    "GH200 480GB": machine(gpu("NVIDIA GH200 480GB", 97871, "9.0")),
    "GB10": machine(gpu("NVIDIA GB10", 0, "12.1", *NOT_SUPPORTED)),
    "Thor of 0 MiB": machine(gpu("NVIDIA Thor", 0, "11.0")),
    "Orin with the whole pool": machine(gpu("Orin (nvgpu)", 62841, "8.7")),
    # several
    "2 x L4": machine(L4, L4),
    "3 x L4": machine(L4, L4, L4),
    "2 x A100 40GB": machine(A100_40, A100_40),
    "4 x RTX 3090": machine(*[RTX_3090] * 4),
    "2 x A100 80GB, 70,000 MiB of one in use": machine(gpu("NVIDIA A100-SXM4-80GB", 81920, "8.0", free=11920), A100_80),
    "2 x H200": machine(*[gpu("NVIDIA H200", 143771, "9.0")] * 2),
    "4 x H100, two of them nearly full": machine(
        H100, H100, *[gpu("NVIDIA H100 80GB HBM3", 81559, "9.0", free=900)] * 2
    ),
    "8 x A100 40GB": machine(*[A100_40] * 8),
    "T4 and L4": machine(T4, L4),
    "L4 and T4": machine(L4, T4),
    "T4, L4 and L40S": machine(T4, L4, L40S),
    "8 x H100": machine(*[H100] * 8),
    "L4 and L40S": machine(L4, L40S),
    "L4 and one unknown": machine(L4, (*L40S, *FORBIDDEN)),
    "T4 and one unknown": machine(T4, (*L40S, *FORBIDDEN)),
    "L4 and a lost one": machine(L4, LOST),
    "L4 and one that fails later": machine(L4, (*L4, "fault nvmlDeviceGetPciInfo_v3 returns 15")),
    "a lost one": machine(LOST),
    # MIG
    "A100 in 7 slices": machine(A100_SLICED),
    "2 x A100 in 2 slices": machine(
        *[sliced("NVIDIA A100-SXM4-40GB", 40960, "8.0", ("3g.20gb", 19968), ("3g.20gb", 19968))] * 2
    ),
    "A100 in a 3g.20gb and a 1g.5gb": machine(
        sliced("NVIDIA A100-SXM4-40GB", 40960, "8.0", ("3g.20gb", 19968), ("1g.5gb", 4864))
    ),
    "A100 in 7 slices, seen from a container": machine(
        sliced("NVIDIA A100-SXM4-40GB", 40960, "8.0", *SEVEN, more=FORBIDDEN)
    ),
    "A100 in MIG mode without a slice": machine((*A100_40, "mig on")),
    "L4 and an A100 in MIG mode without a slice": machine(L4, (*A100_40, "mig on")),
    "L40S and an A100 in 7 slices": machine(L40S, A100_SLICED),
    # drivers
    "no GPU": machine(),
    "driver not loaded": starting("returns 9"),
    "version mismatch": starting("returns 18"),
    "no permission": starting("returns 4"),
    "unknown error": starting("returns 999"),
    "timeout": starting("returns 10"),
    "function missing": starting("returns 13"),
    "some other error": starting("returns 1234"),
    "GPUs that cannot be counted": machine(L4, faults=("nvmlDeviceGetCount_v2 returns 999",)),
    "4 billion GPUs": machine(L4) + "\ncount 4000000000",
    "aborts": starting("aborts"),
    "crashes": starting("crashes"),
    "ends the process": starting("exits 3"),
    "hangs": starting("waits 3600"),
    "prints": starting("prints"),
}

#: Functions that a scenario's library does not have, as an old driver.
MISSING: dict[str, tuple[str, ...]] = {}


def _old(name: str, scenario: str, *functions: str) -> None:
    SCENARIOS[name] = scenario
    MISSING[name] = functions


_old("too old to start", machine(L4, driver="331.20"), "nvmlInitWithFlags", "nvmlInit_v2")
_old("without memory v2", machine(L4, driver="470.223.02"), "nvmlDeviceGetMemoryInfo_v2")
_old("without MIG", machine(L4, driver="418.40"), "nvmlDeviceGetMigMode", "nvmlDeviceGetMaxMigDeviceCount")
