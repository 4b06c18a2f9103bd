"""Scripts of SkyPilot, dstack and Slurm."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.texts.deployments.clusters import (
    find_in_dstack,
    find_in_script_of_slurm,
    find_in_skypilot,
)
from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.starting.scripts import Found
from model_garden_registry.dialects.texts.yaml_nodes import YamlNode, read_documents


def document(text: str) -> YamlNode:
    """Return the only document."""
    (found,) = read_documents(Placed.whole(text))
    return found


def shown(found: Found) -> str:
    """Return the environment, tool and words of what was found."""
    words = [word.text if word.is_known else f"<{word.text}>" for word in found.start.words]
    return " ".join([*(made.name for made in found.environment), found.start.tool, *words])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("run: vllm serve a", ["vllm a"], id="one line"),
        pytest.param("run: |\n  export X=1\n  vllm serve a \\\n    --b\n", ["X vllm a --b"], id="several"),
        pytest.param("envs: {M: a, N: }\nrun: vllm serve $M $N", ["M N vllm a <$N>"], id="variables"),
        pytest.param("secrets: {T: }\nrun: vllm serve a", ["T vllm a"], id="secrets"),
        pytest.param("setup: vllm serve a", [], id="no run"),
        pytest.param("num_nodes: 2\nrun: vllm serve $SKYPILOT_NUM_NODES", ["vllm 2"], id="nodes"),
        pytest.param("run: vllm serve $SKYPILOT_NUM_NODES", ["vllm <$SKYPILOT_NUM_NODES>"], id="unknown nodes"),
    ],
)  # fmt: skip
def test_what_a_task_runs(text: str, found: list[str]) -> None:
    """Its variables have the values that the file gives them."""
    assert [shown(one) for one in find_in_skypilot(document(text))] == found


@pytest.mark.parametrize(
    ("accelerators", "count"),
    [
        ("L4", "1"),
        ("A100-80GB:8", "8"),
        ("{L4: 2, A10G: 2}", "2"),
        ("{L4: 2, A10G: 4}", None),
        ("'{L4:2, A10G:2}'", "2"),
        ("[L4:4, H100:4]", "4"),
        ("[L4:4, H100]", None),
        ("{L4: }", None),
        ("null", None),
    ],
)
def test_the_gpus_of_a_machine_are_counted(accelerators: str, count: str | None) -> None:
    """Where every alternative has as many."""
    text = f"resources: {{accelerators: {accelerators}}}\nrun: vllm serve $SKYPILOT_NUM_GPUS_PER_NODE"
    (found,) = find_in_skypilot(document(text))
    (word,) = found.start.words

    assert (word.text if word.is_known else None) == count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("commands: [export X=1, vllm serve a]", ["X vllm a"], id="one script together"),
        pytest.param("commands:\n- |\n  vllm serve a\n  vllm serve b", ["vllm a", "vllm b"], id="lines"),
        pytest.param("env: [M=a, N]\ncommands: [vllm serve $M $N]", ["M N vllm a <$N>"], id="variables"),
        pytest.param("image: vllm/vllm-openai\nenv: [N]", ["N vllm"], id="only an image"),
        pytest.param("image: vllm/vllm-openai\ncommands: [vllm serve a]", ["vllm a"], id="an image and commands"),
        pytest.param("ide: vscode", [], id="nothing"),
    ],
)
def test_what_a_configuration_of_dstack_runs(text: str, found: list[str]) -> None:
    """Its commands are one script."""
    assert [shown(one) for one in find_in_dstack(document(text))] == found


@pytest.mark.parametrize(
    ("gpu", "count"),
    [
        ("24GB", "1"),
        ("A100:80GB:8", "8"),
        ("2", "2"),
        ("24GB..80GB:4", "4"),
        ("H100:1..4", None),
        ("{name: H100, count: 2}", "2"),
        ("{name: H100, count: 1..2}", None),
        ("{name: H100}", "1"),
    ],
)
def test_the_gpus_that_dstack_asks_for_are_counted(gpu: str, count: str | None) -> None:
    """Where they are one number."""
    text = f"resources: {{gpu: {gpu}}}\ncommands: [vllm serve $DSTACK_GPUS_NUM]"
    (found,) = find_in_dstack(document(text))
    (word,) = found.start.words

    assert (word.text if word.is_known else None) == count


@pytest.mark.parametrize(
    ("option", "used", "word"),
    [
        ("--nodes=2", "$SLURM_NNODES", "2"),
        ("-N 2", "$SLURM_JOB_NUM_NODES", "2"),
        ("-N2 # machines", "$SLURM_NNODES", "2"),
        ("--nodes 2-4", "$SLURM_NNODES", "<$SLURM_NNODES>"),
        ("--gpus-per-node=h100:8", "$SLURM_GPUS_ON_NODE", "8"),
        ("--gpus-per-node 8", "${SLURM_GPUS_PER_NODE}", "8"),
        ("--gres=gpu:4", "$SLURM_GPUS_ON_NODE", "4"),
        ("--gres=craynetwork:1,gpu:a100:4", "$SLURM_GPUS_ON_NODE", "4"),
        ("--gres=gpu", "$SLURM_GPUS_ON_NODE", "<$SLURM_GPUS_ON_NODE>"),
        ("--ntasks-per-node=8", "$SLURM_NTASKS_PER_NODE", "8"),
        ("--time=1:00:00", "$SLURM_NNODES", "<$SLURM_NNODES>"),
    ],
)
def test_a_batch_script_says_its_numbers(option: str, used: str, word: str) -> None:
    """The variables that Slurm sets by its options, as far as those are one number."""
    script = Placed.whole(f"#!/bin/bash\n#SBATCH {option}\nsrun vllm serve a -n {used}\n")

    (found,) = find_in_script_of_slurm(script)
    assert shown(found) == f"vllm a -n {word}"
    assert "SLURM" not in "".join(made.name for made in found.environment)
