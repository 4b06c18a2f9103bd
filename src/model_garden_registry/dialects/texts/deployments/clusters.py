"""Scripts in the files of SkyPilot, dstack and Slurm, with the variables set for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model_garden_registry.dialects.texts.deployments.containers import read_environment
from model_garden_registry.dialects.texts.placed import Placed, joined
from model_garden_registry.dialects.texts.shell.variables import Value
from model_garden_registry.dialects.texts.starting.scripts import Container, Found, find_in_container, find_in_script
from model_garden_registry.dialects.texts.yaml_nodes import YamlNode


def find_in_skypilot(document: YamlNode) -> Iterator[Found]:
    """Yield the tools that the ``run`` of a task starts."""
    run = document.get("run")
    if run is None:
        return
    environment = tuple(made for name in ("envs", "secrets") for made in read_environment(document.get(name)))
    settled: dict[str, Value] = {}
    if accelerators := document.get("resources", "accelerators"):
        settled["SKYPILOT_NUM_GPUS_PER_NODE"] = _accelerator_count(accelerators)
    if nodes := document.get("num_nodes"):
        settled["SKYPILOT_NUM_NODES"] = nodes.text
    yield from find_in_script(run.text, environment, settled=settled)


def find_in_dstack(document: YamlNode) -> Iterator[Found]:
    """Yield the tools that the ``commands`` of a task or service start, as one script; without any, its image."""
    environment = tuple(read_environment(document.get("env")))
    commands, image = document.get("commands"), document.get("image")
    lines = commands.elements() if commands else ()
    if not lines:
        if image is not None:
            yield from find_in_container(Container(image=image.text, environment=environment))
        return
    pieces = [piece for line in lines for piece in (line.text, _line_end(line.text))]
    settled: dict[str, Value] = {}
    if gpu := document.get("resources", "gpu"):
        settled["DSTACK_GPUS_NUM"] = settled["DSTACK_GPUS_PER_NODE"] = _gpu_count(gpu)
    yield from find_in_script(joined(pieces), environment, settled=settled)


def find_in_script_of_slurm(script: Placed) -> Iterator[Found]:
    """Yield the tools that a shell script starts, with the variables that Slurm sets by the script's own options."""
    yield from find_in_script(script, settled=_slurm_variables(script))


#: Options of ``sbatch`` in a script, with the variables that tell their numbers.
_OF_SLURM = (
    (r"(?:--nodes[= ]|-N ?)(\d+)", ("SLURM_NNODES", "SLURM_JOB_NUM_NODES")),
    (r"--gpus-per-node[= ](?:[\w.-]+:)?(\d+)", ("SLURM_GPUS_PER_NODE", "SLURM_GPUS_ON_NODE")),
    (r"--gres[= ](?:\S+,)?gpu(?::[\w.-]+)?:(\d+)", ("SLURM_GPUS_ON_NODE",)),
    (r"--ntasks-per-node[= ](\d+)", ("SLURM_NTASKS_PER_NODE",)),
)


def _slurm_variables(script: Placed) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for line in re.finditer(r"^#SBATCH[ \t]+(.*)$", script.text, re.MULTILINE):
        for option, names in _OF_SLURM:
            if match := re.fullmatch(rf"{option}\s*(?:#.*)?", line[1]):
                start = line.start(1)
                value = script.part(start + match.start(1), start + match.end(1))
                found |= dict.fromkeys(names, value)
    return found


def _line_end(text: Placed) -> Placed:
    return Placed("\n", [text.offsets[-1]] * 2)


def _accelerator_count(node: YamlNode) -> Placed | None:
    """Return the number of GPUs of a SkyPilot machine, if it is the same in every alternative: ``{L4: 1, A10G: 1}``."""
    found = [text for text in node.entries().values() if text.is_text]
    counts = [text.text for text in found]
    for element in node.elements() or ((node,) if node.is_text else ()):
        text = element.text
        matches = re.finditer(r"[\w.+-]+(?:[ ]*:[ ]*(\d+))?", text.text)
        counts += (text.part(*match.span(1)) if match[1] else _one(text) for match in matches)
    return counts[0] if len({count.text for count in counts}) == 1 else None


def _gpu_count(node: YamlNode) -> Placed | None:
    """Return the number of GPUs that dstack asks for, if it is one number: ``A100:80GB:8``, ``{count: 2}``."""
    if count := node.get("count"):
        return count.text if count.text.text.isdigit() else None
    text = node.text
    counts = [text.part(*match.span(1)) for match in re.finditer(r"(?:^|:)(\d+)(?=:|$)", text.text)]
    is_range = re.search(r"(?:^|:)(?:\d+\.\.\d*|\.\.\d+)(?=:|$)", text.text)
    return None if is_range else counts[0] if counts else _one(text)


def _one(text: Placed) -> Placed:
    """Return the count 1, the default."""
    return Placed("1", [text.start] * 2)
