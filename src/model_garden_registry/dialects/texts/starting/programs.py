"""The tool of a command line, behind wrappers and launchers: ``exec``, ``uv run``, ``docker run``, ``torchrun``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from model_garden_registry.dialects.texts.placed import Placed


@dataclass(frozen=True, slots=True)
class Start:
    """
    A program that is started, with its arguments.

    Args:
        tool: Its name in the vocabularies, ``python`` for a script of no known tool, or a launcher's own name.

        subcommand: Its subcommand; for a script, its path.

        words: Its arguments.

        at: Its first word.

        launcher: Its launcher: ``accelerate``, ``torchrun`` or ``deepspeed``, with the launcher's arguments.
    """

    tool: str
    subcommand: str
    words: tuple[Placed, ...]
    at: Placed
    launcher: Start | None = None


#: Programs that run another command, after their own options.
_WRAPPERS = frozenset(
    (
        *("builtin", "chrt", "command", "conda", "docker", "dumb-init", "enroot", "env", "exec", "flock", "hatch"),
        *("ionice", "mamba", "micromamba", "mpiexec", "mpirun", "nerdctl", "nice", "nohup", "nsys", "numactl", "pdm"),
        *("nvidia-docker", "pipenv", "pipx", "pixi", "podman", "poetry", "rye", "setsid", "singularity", "apptainer"),
        *("srun", "stdbuf", "sudo", "taskset", "time", "timeout", "tini", "uv", "uvx", "watch", "xargs"),
    )
)
SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ash"})
_LLAMAFACTORY = ("llamafactory", ("api", "chat", "export", "train", "webchat"))
#: Programs by name, with the subcommands that tell the tool from a namesake (``swift build`` compiles Swift).
#: Source: entry points and command modules of vllm 0.33.0, sglang 0.5.23, ms-swift 4.6.0, trl 1.16.0,
#: llamafactory 0.9.5, axolotl 0.19.0.
_PROGRAMS = {
    "vllm": ("vllm", ("serve",)),
    "sglang": ("sglang", ("serve",)),
    "swift": ("msswift", ("pt", "sft", "infer", "deploy", "rollout", "rlhf", "sample", "export", "eval", "app")),
    "trl": ("trl", ("distillation", "dpo", "grpo", "kto", "reward", "rloo", "sft")),
    "llamafactory-cli": _LLAMAFACTORY,
    "lmf": _LLAMAFACTORY,
    "axolotl": ("axolotl", ("train", "preprocess", "inference", "evaluate", "merge-lora")),
}
#: `python -m MODULE`.
_MODULES = {
    "vllm.entrypoints.openai.api_server": ("vllm", "serve"),
    "vllm.entrypoints.api_server": ("vllm", "serve"),
    "sglang.launch_server": ("sglang", "serve"),
    "axolotl.cli.train": ("axolotl", "train"),
    "axolotl.cli.preprocess": ("axolotl", "preprocess"),
    "llamafactory.cli": ("llamafactory", ""),
    "swift.cli.sft": ("msswift", "sft"),
    "swift.cli.pt": ("msswift", "pt"),
    "swift.cli.rlhf": ("msswift", "rlhf"),
    "swift.cli.main": ("msswift", ""),
    "vllm.entrypoints.cli.main": ("vllm", ""),
    "trl.cli": ("trl", ""),
}
#: Scripts in the tools' own repositories, by the end of their path.
_SCRIPTS = re.compile(
    r"(?:^|/)(?:trl/scripts/(?P<trl>\w+)|swift/cli/(?P<msswift>sft|pt|rlhf)|(?P<llamafactory>src/train))\.py"
)
_PYTHON = re.compile(r"python[0-9.]*|pypy3?")
#: Launchers, with their switches; every other option takes the word after it.
_LAUNCHERS = {
    "accelerate": frozenset(
        (
            *("--multi_gpu", "--multi-gpu", "--cpu", "--quiet", "-q", "--use_deepspeed", "--use-deepspeed", "--tpu"),
            *("--use_fsdp", "--use-fsdp", "--use_xpu", "--use-xpu", "--same_network", "--debug", "--no_python", "-m"),
            *("--module",),
        )
    ),
    "torchrun": frozenset(("--standalone", "--no-python", "--no_python", "--run-path", "--run_path", "--module", "-m")),
    "deepspeed": frozenset(
        ("--no_python", "--no_local_rank", "--force_multi", "--enable_each_rank_log", "--elastic_training", "--module")
    ),
}
#: Images whose entry point is the server: their command is its arguments. Other images need the program in the command.
_VLLM_IMAGE = re.compile(r"(?:[\w.:-]+/)*vllm-openai[\w-]*(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?")
_ENVIRONMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


def find_start(words: Sequence[Placed]) -> Start | None:
    """Return the known tool that a command line starts, if any."""
    if not words or _name(words[0]) not in _WRAPPERS:
        return _start_at(words, 0) if words else None
    entry = _option(words, "--entrypoint")
    for index in range(1, len(words)):
        if is_image(words[index].text):
            rest = words[index + 1 :]
            return find_start((*entry, *rest)) if entry else start_of_image(words[index], rest)
        if start := _start_at(words, index):
            return start
    return None


def start_of_image(image: Placed, words: Sequence[Placed]) -> Start | None:
    """Return what an image starts with these words, if it is an image of vLLM's server."""
    if not is_image(image.text):
        return None
    return find_start(words) or Start("vllm", "serve", tuple(words), image)


def is_image(text: str) -> bool:
    """Return whether a word names an image of vLLM's server."""
    return _VLLM_IMAGE.fullmatch(text) is not None


def scripts_of(words: Sequence[Placed]) -> Iterator[Placed]:
    """Yield scripts inside a command line: ``bash -c 'SCRIPT'``."""
    for index, word in enumerate(words[:-1]):
        flags = words[index + 1 : -1]
        if _name(word) in SHELLS or (index and word.text == "--entrypoint" and _name(words[index + 1]) in SHELLS):
            for place, flag in enumerate(flags):
                if re.fullmatch(r"-[a-z]*c", flag.text):
                    yield words[index + place + 2]
                    break
            return  # an inner shell adds nothing that this one has not


def environment_of(words: Sequence[Placed]) -> Iterator[Placed]:
    """Yield the variables that a wrapper sets for the command: ``env A=b``, ``docker run -e A=b``."""
    if not words or _name(words[0]) not in _WRAPPERS:
        return
    for before, word in pairwise(words):
        if is_image(word.text):
            return
        text = word.text
        flagged = re.match(r"--env=|-e(?=[A-Z_])", text)
        if flagged:
            yield word.part(flagged.end(), len(text))
        elif _ENVIRONMENT.match(text) and (before.text in {"-e", "--env", "env"} or _ENVIRONMENT.match(before.text)):
            yield word


def _start_at(words: Sequence[Placed], index: int) -> Start | None:
    name = _name(words[index])
    rest = words[index + 1 :]
    if _PYTHON.fullmatch(name):
        return _python(words, index)
    if name in _LAUNCHERS and (name != "accelerate" or (rest and rest[0].text == "launch")):
        return _launched(name, rest[1:] if name == "accelerate" else rest, words[index])
    return _program(name, rest, words[index])


def _program(name: str, rest: Sequence[Placed], at: Placed) -> Start | None:
    tool, subcommands = _PROGRAMS.get(name, ("", ()))
    if rest and rest[0].text in subcommands:
        return Start(tool, rest[0].text, tuple(rest[1:]), at)
    return None


def _python(words: Sequence[Placed], index: int) -> Start | None:
    at = index + 1
    while at < len(words) and words[at].text.startswith("-"):
        if words[at].text == "-m":
            return _module(words[at + 1 :], words[index])
        if words[at].text == "-c":
            return None
        at += 2 if words[at].text in {"-X", "-W"} else 1
    return _script(words[at:], words[index])


def _module(words: Sequence[Placed], at: Placed) -> Start | None:
    if not words:
        return None
    name = words[0].text
    if name in {"torch.distributed.run", "torch.distributed.launch"}:
        return _launched("torchrun", words[1:], at)
    if name == "accelerate.commands.launch":
        return _launched("accelerate", words[1:], at)
    tool, subcommand = _MODULES.get(name, ("", ""))
    if tool and not subcommand:
        program = next(program for program, (named, _) in _PROGRAMS.items() if named == tool)
        return _program(program, words[1:], at)
    return Start(tool, subcommand, tuple(words[1:]), at) if tool else None


def _script(words: Sequence[Placed], at: Placed) -> Start | None:
    if not words or not words[0].text.endswith(".py"):
        return None
    path = words[0].text
    match = _SCRIPTS.search(path)
    found = next(((tool, part) for tool, part in match.groupdict().items() if part), None) if match else None
    tool, subcommand = found or ("python", path)
    return Start(tool, "train" if tool == "llamafactory" else subcommand, tuple(words[1:]), at)


def _launched(name: str, words: Sequence[Placed], at: Placed) -> Start | None:
    """Return the script, module or program after a launcher's own options."""
    index, is_module = 0, False
    while index < len(words) and words[index].text.startswith("-"):
        text = words[index].text
        if text in {"-m", "--module"}:
            is_module = True
        alone = "=" in text or text in _LAUNCHERS[name]
        index += 1 if alone else 2
    launcher = Start(name, "launch", tuple(words[:index]), at)
    rest = words[index:]
    start = _module(rest, at) if is_module else _script(rest, at) or (_start_at(rest, 0) if rest else None)
    return Start(start.tool, start.subcommand, start.words, start.at, launcher) if start else None


def _option(words: Sequence[Placed], name: str) -> tuple[Placed, ...]:
    for index, word in enumerate(words):
        if word.text.startswith(f"{name}="):
            return (word.part(len(name) + 1, len(word.text)),)
        if word.text == name:
            return tuple(words[index + 1 : index + 2])
    return ()


def _name(word: Placed) -> str:
    return word.text.rpartition("/")[2]
