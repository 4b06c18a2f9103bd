"""From a scenario to a verdict: a compiled driver, the real binding in its own process, and `mgr validate`."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nvml_stand_in.build import StandIn
from sound_entry import without_shape
from typer.testing import CliRunner
from verdicts.scenarios import MISSING, SCENARIOS

from model_garden_registry import load_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.driver import probe
from model_garden_registry.hardware.gpus import Hardware, HostMemory
from model_garden_registry.payloads.reports import report_document
from model_garden_registry.units import GB

#: An entry that states no shape: its declared numbers decide.
ENTRY: dict[str, Any] = {
    **without_shape(),
    "tags": [],
    "requirements": {"min_vram_gb": 20, "recommended_vram_gb": 20, "min_ram_gb": 16, "min_gpus": 1},
}
_NEED = re.compile(
    r"(?:(?P<gpus>\d+)x )?(?P<least>[\d.]+)(?:-(?P<better>[\d.]+))?(?: cc (?P<cc>[\d.]+))?(?: ram (?P<ram>\d+))?"
)
#: Notes that decide nothing here.
_ASIDE = ("estimate-coarse:note", "bf16-unsupported:note")
#: As it is, before a test puts an answer in its place.
_read_driver = probe._read_driver
#: How long a driver that hangs is waited for, in seconds; one that answers takes less.
_PATIENCE = {"hangs": 0.5}


@dataclass(frozen=True)
class Answer:
    """What `mgr validate` says: its exit code, its words on both streams, and under ``--json`` its report."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The document."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def verdict(self) -> str:
        """The verdict of the document."""
        return str(self.report["verdict"])

    @property
    def findings(self) -> str:
        """
        Codes with severities: ``vram-low:fail gpus-mixed:warning``.

        Without what is said of the estimate, and of the types of a GPU without bfloat16.
        """
        found = [f"{each['code']}:{each['severity']}" for each in self.report["findings"]]
        return " ".join(one for one in found if one not in _ASIDE)

    @property
    def messages(self) -> str:
        """The sentences of all findings."""
        return "\n".join(each["message"] for each in self.report["findings"])


@pytest.fixture(scope="session")
def answers() -> dict[str, Hardware]:
    """Keep what each driver said: a process that asks is started once for each scenario."""
    return {}


@pytest.fixture
def machine(
    answers: dict[str, Hardware], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Let this be a machine with 64 GB of main memory and the driver of a scenario; "" has no driver."""
    request.getfixturevalue("bare_machine")
    monkeypatch.setattr(probe, "read_host_memory", lambda: HostMemory(total_bytes=64 * GB))
    monkeypatch.setattr(probe, "read_module_version", lambda: None)

    def play(name: str) -> None:
        if not name:
            return
        if name not in answers:
            stand_in: StandIn = request.getfixturevalue("stand_in")
            stand_in.play(SCENARIOS[name], without=MISSING.get(name, ()))
            answers[name] = _read_driver(_PATIENCE.get(name, probe.LIMIT_SECONDS))
        monkeypatch.setattr(probe, "_read_driver", lambda _: answers[name])

    return play


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """
    Write a registry of one entry, and make it the one in use.

    Its need is written as ``2x 20-24 cc 9.0 ram 64``: GPUs, least and recommended GB, compute capability, GB of RAM.
    """

    def write(need: str = "20", **changes: Any) -> Path:
        match = _NEED.fullmatch(need)
        assert match, need
        least = float(match["least"])
        requirements = {
            "min_vram_gb": least,
            "recommended_vram_gb": float(match["better"] or least),
            "min_ram_gb": int(match["ram"] or 16),
            "min_gpus": int(match["gpus"] or 1),
            "cuda_compute_capability": match["cc"],
        }
        document = {
            "version": "1.1.0",
            "last_updated": "2026-11-23T00:00:00Z",
            "categories": {"text-llm": {"name": "Text", "description": "Read and write."}},
            "models": {"org/model": ENTRY | {"requirements": requirements} | changes},
        }
        path = tmp_path / "registry.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        monkeypatch.setenv("MGR_REGISTRY", str(path))
        return path

    return write


@pytest.fixture
def mgr(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Answer]:
    """Ask `mgr` in this process, by a line of shell: variables, then its arguments."""

    def ask(line: str) -> Answer:
        from model_garden_registry.cli.app import app

        words = shlex.split(line)
        while words and re.match(r"[A-Z_]+=", words[0]):
            variable, _, value = words.pop(0).partition("=")
            monkeypatch.setenv(variable, value)
        result = CliRunner().invoke(app, words, prog_name="mgr", catch_exceptions=False)
        return Answer(result.exit_code, result.stdout, result.stderr)

    return ask


@pytest.fixture
def validate(
    machine: Callable[[str], None], registry: Callable[..., Path], mgr: Callable[[str], Answer]
) -> Callable[..., Answer]:
    """
    Judge an entry with a need on a machine.

    ``asked`` is what stands before and behind ``validate TASK ID`` on the command line: variables, then options. The
    library must say the same where nothing but variables is asked.
    """

    def ask(
        scenario: str, need: str = "20", asked: str = "", *, task: Task = "training", face: str = "--json"
    ) -> Answer:
        machine(scenario)
        registry(need)
        words = shlex.split(asked)
        variables = [word for word in words if re.match(r"[A-Z_]+=", word)]
        options = words[len(variables) :]
        answer = mgr(shlex.join([*variables, "validate", task, "org/model", *face.split(), *options]))
        if not options and face == "--json":
            report = load_registry().validate("org/model", task)
            assert answer.report == report_document(report)
        return answer

    return ask
