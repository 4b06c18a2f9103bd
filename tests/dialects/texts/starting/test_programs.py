"""Which tool a command line starts."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.starting.programs import (
    environment_of,
    find_start,
    is_image,
    scripts_of,
    start_of_image,
)


def words(text: str) -> tuple[Placed, ...]:
    """Return the words of a line, `_` for a space within one."""
    return tuple(Placed.whole(word.replace("_ ", " ").replace("~", " ")) for word in text.split())


def started(text: str) -> str | None:
    """Return tool, subcommand and words, and the launcher with its words in brackets."""
    start = find_start(words(text))
    if start is None:
        return None
    launcher = start.launcher
    before = f"[{' '.join([launcher.tool, *(word.text for word in launcher.words)])}] " if launcher else ""
    return before + " ".join([start.tool, start.subcommand, *(word.text for word in start.words)])


@pytest.mark.parametrize(
    ("line", "tool"),
    [
        ("vllm serve a/b --x", "vllm serve a/b --x"),
        ("/opt/venv/bin/vllm serve a/b", "vllm serve a/b"),
        ("exec vllm serve a/b", "vllm serve a/b"),
        ("uv run --with vllm vllm serve a/b", "vllm serve a/b"),
        ("nohup numactl --cpunodebind=0 vllm serve a/b", "vllm serve a/b"),
        ("srun --ntasks 1 --gres=gpu:8 vllm serve a/b", "vllm serve a/b"),
        ("sudo -E env A=b timeout 5 vllm serve a/b", "vllm serve a/b"),
        ("python -m vllm.entrypoints.openai.api_server --model a/b", "vllm serve --model a/b"),
        ("python3.12 -u -X dev -m vllm.entrypoints.openai.api_server", "vllm serve"),
        ("python3 -m vllm.entrypoints.cli.main serve a/b", "vllm serve a/b"),
        ("sglang serve --model-path a/b", "sglang serve --model-path a/b"),
        ("python3 -m sglang.launch_server --model-path a/b", "sglang serve --model-path a/b"),
        ("docker run --gpus all -p 8000:8000 vllm/vllm-openai:v0.33.0 --model a/b", "vllm serve --model a/b"),
        ("docker run vllm/vllm-openai vllm serve a/b", "vllm serve a/b"),
        ("docker run vllm/vllm-openai", "vllm serve"),
        ("docker run --entrypoint vllm vllm/vllm-openai serve a/b", "vllm serve a/b"),
        ("docker run --entrypoint=python3 vllm/vllm-openai -m sglang.launch_server", "sglang serve"),
        ("docker run lmsysorg/sglang:latest python3 -m sglang.launch_server --tp 2", "sglang serve --tp 2"),
        ("swift sft --model a/b", "msswift sft --model a/b"),
        ("trl sft --model_name_or_path a/b", "trl sft --model_name_or_path a/b"),
        ("llamafactory-cli train x.yaml", "llamafactory train x.yaml"),
        ("lmf train x.yaml", "llamafactory train x.yaml"),
        ("axolotl train x.yml", "axolotl train x.yml"),
        ("python -m axolotl.cli.train x.yml", "axolotl train x.yml"),
        ("accelerate launch -m axolotl.cli.train x.yml", "[accelerate -m] axolotl train x.yml"),
        (
            "accelerate launch --multi_gpu --num_processes 4 t.py --a",
            "[accelerate --multi_gpu --num_processes 4] python t.py --a",
        ),
        ("torchrun --standalone --nproc_per_node=8 t.py", "[torchrun --standalone --nproc_per_node=8] python t.py"),
        ("python -m torch.distributed.run --nnodes 1 t.py", "[torchrun --nnodes 1] python t.py"),
        ("python -m accelerate.commands.launch t.py", "[accelerate] python t.py"),
        ("deepspeed --num_gpus 2 src/train.py x.yaml", "[deepspeed --num_gpus 2] llamafactory train x.yaml"),
        ("torchrun /opt/swift/cli/sft.py --model a/b", "[torchrun] msswift sft --model a/b"),
        ("accelerate launch trl/scripts/dpo.py --a", "[accelerate] trl dpo --a"),
        ("accelerate launch python t.py", "[accelerate] python t.py"),
        ("python3 train.py --a 1", "python train.py --a 1"),
    ],
)
def test_a_tool_is_found_behind_what_starts_it(line: str, tool: str) -> None:
    """Its own words are those behind it."""
    assert started(line) == tool


@pytest.mark.parametrize(
    "line",
    [
        "",
        "vllm",
        "vllm bench throughput --model a/b",
        "echo vllm serve a/b",
        "pip install vllm",
        "uv pip install vllm",
        "swift build",
        "accelerate config",
        "accelerate launch",
        "accelerate launch --num_processes 4",
        "accelerate launch -m",
        "python",
        "python -m",
        "python -m http.server",
        "python -m trl.cli env",
        "python -c vllm serve",
        "python -i",
        "python train",
        "docker run nginx",
        "sglang-router serve",
        "torchrun --standalone",
    ],
)
def test_other_command_lines_start_none(line: str) -> None:
    """Names of tools among other words do not count."""
    assert started(line) is None


@pytest.mark.parametrize(
    ("image", "is_of_vllm"),
    [
        ("vllm/vllm-openai", True),
        ("vllm/vllm-openai:v0.33.0", True),
        ("docker.io/vllm/vllm-openai:latest", True),
        ("registry.local:5000/mirror/vllm-openai-cpu@sha256:0123abc", True),
        ("vllm/vllm-tpu", False),
        ("rocm/vllm:latest", False),
        ("lmsysorg/sglang:latest", False),
        ("--model=vllm-openai!", False),
    ],
)
def test_images_whose_entry_point_is_the_server(image: str, is_of_vllm: bool) -> None:
    """What they are given are its options."""
    start = start_of_image(Placed.whole(image), words("--model a/b"))

    assert is_image(image) is is_of_vllm
    assert (start is not None) is is_of_vllm


@pytest.mark.parametrize(
    ("line", "scripts"),
    [
        ("bash -c vllm~serve~a/b x", ["vllm~serve~a/b"]),
        ("/bin/sh -lc a", ["a"]),
        ("docker run --entrypoint bash i -c a", ["a"]),
        ("sudo bash -e -c a", ["a"]),
        ("bash a.sh", []),
        ("bash -c", []),
        ("", []),
    ],
)
def test_scripts_within_a_line(line: str, scripts: list[str]) -> None:
    """One word behind `-c`."""
    assert [script.text.replace(" ", "~") for script in scripts_of(words(line))] == scripts


@pytest.mark.parametrize(
    ("line", "environment"),
    [
        ("env A=b C=d vllm serve x --override=1", ["A=b", "C=d"]),
        ("docker run -e A=b --env C=d --env=E=f -eG=h i", ["A=b", "C=d", "E=f", "G=h"]),
        ("docker run --name A=b vllm/vllm-openai -e C=d", []),
        ("vllm serve -e A=b", []),
        ("", []),
    ],
)
def test_what_a_wrapper_sets(line: str, environment: list[str]) -> None:
    """Before the image; what stands behind it is the server's."""
    assert [word.text for word in environment_of(words(line))] == environment
