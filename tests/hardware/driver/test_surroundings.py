"""What explains that no GPU was read, seen in trees of files as kernels show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_garden_registry.hardware.driver.surroundings import read_hints, read_module_version
from model_garden_registry.hardware.gpus import NO_NVIDIA_GPU, DriverState

CONTAINER = "This is a container: it has the host's GPUs only if it is started with them, as by docker run --gpus all."
AMD = "An AMD GPU is in this machine; only NVIDIA GPUs are read."
NVIDIA = "An NVIDIA GPU is on the PCI bus."
WSL = "The library is in /usr/lib/wsl/lib, where the loader does not look; set LD_LIBRARY_PATH=/usr/lib/wsl/lib."
DEVICE = "sys/bus/pci/devices/0"
INTEL = {f"{DEVICE}/vendor": "0x8086\n", f"{DEVICE}/class": "0x030000\n"}


def plant(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        pytest.param({".dockerenv": ""}, CONTAINER, id="Docker"),
        pytest.param({"run/.containerenv": ""}, CONTAINER, id="Podman"),
        pytest.param({"proc/self/cgroup": "4:memory:/docker/0123"}, CONTAINER, id="group of Docker"),
        pytest.param({"proc/1/cgroup": "0::/kubepods/burstable/pod1"}, CONTAINER, id="group of Kubernetes"),
        pytest.param({"dev/kfd": ""}, AMD, id="AMD, to compute"),
        pytest.param({"sys/class/drm/card0/device/vendor": "0x1002\n"}, AMD, id="AMD, to draw"),
        pytest.param({f"{DEVICE}/vendor": "0x10de\n", f"{DEVICE}/class": "0x030200\n"}, NVIDIA, id="NVIDIA, no driver"),
        pytest.param({"usr/lib/wsl/lib/libnvidia-ml.so.1": ""}, WSL, id="WSL"),
        pytest.param(INTEL, NO_NVIDIA_GPU, id="only a GPU of Intel's"),
    ],
)
def test_what_is_seen_is_said(files: dict[str, str], hint: str, tmp_path: Path) -> None:
    """One sentence each."""
    assert read_hints(DriverState.NO_LIBRARY, root=plant(tmp_path, files)) == (hint,)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"proc/self/cgroup": "0::/user.slice/user-1000.slice"}, id="a user's session"),
        pytest.param({"sys/class/drm/card0/device/vendor": "0x8086\n"}, id="a GPU of Intel's"),
        pytest.param({f"{DEVICE}/vendor": "0x10de\n", f"{DEVICE}/class": "0x0c0330\n"}, id="a USB port of NVIDIA's"),
        pytest.param({f"{DEVICE}/vendor": "0x10de\n"}, id="a device without a class"),
        pytest.param(INTEL | {"dev/dxg": ""}, id="WSL, whose GPU is on no bus"),
    ],
)
def test_what_explains_nothing_is_not_said(files: dict[str, str], tmp_path: Path) -> None:
    """A bare machine has no hints."""
    assert read_hints(DriverState.NO_LIBRARY, root=plant(tmp_path, files)) == ()


def test_that_there_is_no_nvidia_gpu_explains_only_a_missing_library(tmp_path: Path) -> None:
    """A container may be kept from the bus."""
    root = plant(tmp_path, INTEL)

    assert read_hints(DriverState.INIT_FAILED, root=root) == ()
    assert read_hints(DriverState.NO_LIBRARY, root=plant(root, {".dockerenv": ""})) == (CONTAINER,)


def test_the_folder_of_wsl_explains_only_a_missing_library(tmp_path: Path) -> None:
    """A library that answered was found."""
    root = plant(tmp_path, {"usr/lib/wsl/lib/libnvidia-ml.so.1": ""})

    assert read_hints(DriverState.INIT_FAILED, root=root) == ()


@pytest.mark.parametrize("value", ["void", "none", "all", ""])
def test_what_the_container_runtime_was_told_is_quoted(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A likely cause, and nothing that could be changed from inside."""
    monkeypatch.setenv("NVIDIA_VISIBLE_DEVICES", value)

    assert read_hints(DriverState.NO_LIBRARY, root=tmp_path) == (
        f"NVIDIA_VISIBLE_DEVICES is {value!r}: the container runtime read it when the container was started.",
    )


@pytest.mark.parametrize(
    ("text", "version"),
    [
        pytest.param(
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\n"
            "GCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)\n",
            "535.183.01",
            id="closed",
        ),
        pytest.param(
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (dvs-builder@U16)\n",
            "570.86.15",
            id="open",
        ),
        pytest.param("NVRM version: something else\n", None, id="garbled"),
    ],
)
def test_the_kernel_module_tells_its_version(text: str, version: str | None, tmp_path: Path) -> None:
    """Of the loaded one, which may not be the installed one."""
    root = plant(tmp_path, {"proc/driver/nvidia/version": text})

    assert read_module_version(root=root) == version


def test_without_a_module_there_is_no_version(tmp_path: Path) -> None:
    """Nothing is loaded."""
    assert read_module_version(root=tmp_path) is None


def test_this_machine_is_looked_at_by_default() -> None:
    """Whatever it has, an answer."""
    assert all(hint.endswith(".") for hint in read_hints(DriverState.NO_LIBRARY))
    assert read_module_version() is None or read_module_version()
