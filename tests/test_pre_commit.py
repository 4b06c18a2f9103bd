"""
The hooks of .pre-commit-hooks.yaml in a real pre-commit, on a scratch repository.

Run by ``nox -s precommit``: pre-commit installs this package and its requirements, which takes a while.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pre_commit", reason="pre-commit is not installed")
yaml = pytest.importorskip("yaml", reason="pre-commit is not installed")
GIT = shutil.which("git") or pytest.skip("git is not installed", allow_module_level=True)

#: All that installing the hooks takes.
SOURCES = (
    *(".pre-commit-hooks.yaml", "LICENSE", "README.md", "pyproject.toml", "src", "storage"),
    "clients/typescript/openapi.json",
)
#: Set by whoever runs the tests; here it would mean another repository, or another package.
FOREIGN = ("GIT_", "PRE_COMMIT", "PYTHON", "MGR_", "VIRTUAL_ENV", "SKIP")
REGISTRY = Path("storage/models_registry.json")


@dataclass(frozen=True)
class Repository:
    """
    A git repository that nobody else uses.

    Args:
        folder: Where it is.

        environment: In which git and pre-commit run.
    """

    folder: Path
    environment: dict[str, str]

    def run(self, *call: str) -> subprocess.CompletedProcess[str]:
        """Run a program here, and give what it wrote as one text."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run(call, check=False, cwd=self.folder, env=self.environment, encoding="utf-8", **streams)

    def git(self, *arguments: str) -> str:
        """Run git, which must succeed."""
        reply = self.run(GIT, *arguments)
        assert reply.returncode == 0, reply.stdout
        return reply.stdout.strip()

    def commit(self) -> subprocess.CompletedProcess[str]:
        """Try to commit all that is in the folder."""
        self.git("add", "--all")
        return self.run(GIT, "commit", "--message", "Change the registry")


@pytest.fixture(scope="module")
def make_repository(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Repository]:
    """Give a maker of empty repositories that share pre-commit's cache and heed no configuration of the user's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment = {
        **inherited,
        "GIT_AUTHOR_EMAIL": "test@example.org",
        "GIT_AUTHOR_NAME": "Test",
        "GIT_COMMITTER_EMAIL": "test@example.org",
        "GIT_COMMITTER_NAME": "Test",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PRE_COMMIT_COLOR": "never",
        "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("cache")),
        "PYTHONUTF8": "1",
    }

    def make(name: str) -> Repository:
        repository = Repository(tmp_path_factory.mktemp(name), environment)
        repository.git("init", "--quiet", "--initial-branch", "main")
        return repository

    return make


@pytest.fixture(scope="module")
def hooks(make_repository: Callable[[str], Repository], repository: Path) -> Repository:
    """Give a repository that our hooks are installed from."""
    hooks = make_repository("hooks")
    for name in SOURCES:
        source, copy = repository / name, hooks.folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    assert hooks.commit().returncode == 0
    return hooks


def install(scratch: Repository, hooks: Repository, *wanted: dict[str, Any]) -> Repository:
    """Let hooks check a repository's commits, and commit what is there."""
    ours = {"repo": str(hooks.folder), "rev": hooks.git("rev-parse", "HEAD")}
    config = {"repos": [{**ours, "hooks": list(wanted)}]}
    (scratch.folder / ".pre-commit-config.yaml").write_text(json.dumps(config), encoding="utf-8")
    installed = scratch.run(sys.executable, "-m", "pre_commit", "install", "--install-hooks")
    assert installed.returncode == 0, installed.stdout
    first = scratch.commit()
    assert first.returncode == 0, first.stdout
    return scratch


@pytest.fixture(scope="module")
def scratch(make_repository: Callable[[str], Repository], hooks: Repository, repository: Path) -> Repository:
    """Give a repository whose commits our hooks check, with a sound registry committed."""
    scratch = make_repository("scratch")
    (scratch.folder / "storage").mkdir()
    shutil.copy(repository / REGISTRY, scratch.folder / REGISTRY)
    return install(scratch, hooks, {"id": "mgr-schema-check"}, {"id": "mgr-lint"})


@pytest.fixture(scope="module")
def gate(make_repository: Callable[[str], Repository], hooks: Repository) -> Repository:
    """Give a repository whose training files must fit an L4, as a user would have it, with one that does committed."""
    gate = make_repository("gate")
    call = [
        sys.executable,
        "-m",
        "model_garden_registry",
        "export",
        "axolotl",
        "Qwen/Qwen3-4B",
        "--output",
        "train.yaml",
    ]
    made = gate.run(*call, "--set", "batch_size=1", "--set", "gradient_checkpointing=true")
    assert made.returncode == 0, made.stdout
    (gate.folder / "values.yaml").write_text("replicas: 2\n", encoding="utf-8")
    return install(gate, hooks, {"id": "mgr-check", "args": ["--gpu", "L4", "--format", "github", "--"]})


@pytest.fixture(scope="module")
def named(make_repository: Callable[[str], Repository], hooks: Repository) -> Repository:
    """Give a repository whose files name models, with a sound one committed."""
    named = make_repository("named")
    (named.folder / "train.yaml").write_text("base_model: Qwen/Qwen3-8B\n", encoding="utf-8")
    return install(named, hooks, {"id": "mgr-outdated"})


@pytest.fixture
def registry_file(scratch: Repository) -> Path:
    """Give the committed registry; whatever the test before left is gone."""
    scratch.git("reset", "--quiet", "--hard")
    return scratch.folder / REGISTRY


def test_a_typo_in_a_commit_is_refused_with_its_place(scratch: Repository, registry_file: Path) -> None:
    """File, line and column, what is wrong, and what may have been meant."""
    lines = registry_file.read_text(encoding="utf-8").splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines, 1) if line.lstrip().startswith('"tags":'))
    lines[number - 1] = lines[number - 1].replace('"tags"', '"tgas"')
    registry_file.write_text("".join(lines), encoding="utf-8")
    before = scratch.git("rev-parse", "HEAD")

    reply = scratch.commit()

    column = lines[number - 1].index('"tgas"') + 1
    assert reply.stdout.count("'tgas'") == 1
    assert (reply.returncode, scratch.git("rev-parse", "HEAD")) == (1, before)
    assert f"{REGISTRY.as_posix()}:{number}:{column}: fail: unknown key 'tgas'; did you mean tags" in reply.stdout


def test_a_number_that_cannot_be_is_refused_by_lint_alone(scratch: Repository, registry_file: Path) -> None:
    """The schema has nothing against it; the shape of the model has."""
    document = json.loads(registry_file.read_bytes())
    entry = next(entry for entry in document["models"].values() if entry["architecture"]["max_position_embeddings"])
    entry["inference_defaults"]["max_model_len"] = 10**9
    registry_file.write_text(json.dumps(document, indent=2), encoding="utf-8")

    reply = scratch.commit()

    verdicts = [line.rpartition(".")[2] for line in reply.stdout.splitlines() if line.endswith(("Passed", "Failed"))]
    assert (reply.returncode, verdicts) == (1, ["Passed", "Failed"])
    assert "[context-too-long]" in reply.stdout


def test_a_sound_change_is_committed(scratch: Repository, registry_file: Path) -> None:
    """Both hooks look at it and let it pass."""
    document = json.loads(registry_file.read_bytes())
    next(iter(document["models"].values()))["name"] = "Another name"
    registry_file.write_text(json.dumps(document, indent=2), encoding="utf-8")
    before = scratch.git("rev-parse", "HEAD")

    reply = scratch.commit()

    assert reply.returncode == 0, reply.stdout
    assert scratch.git("rev-parse", "HEAD~1") == before
    assert [line for line in reply.stdout.splitlines() if line.endswith("Skipped")] == []


def test_other_files_are_none_of_the_hooks_business(scratch: Repository, registry_file: Path) -> None:
    """A commit without a registry file does not wait for a check."""
    assert registry_file.is_file()
    (scratch.folder / "notes.json").write_text("{", encoding="utf-8")

    reply = scratch.commit()

    verdicts = [line.rpartition(")")[2] for line in reply.stdout.splitlines() if line.endswith("Skipped")]
    assert (reply.returncode, verdicts) == (0, ["Skipped", "Skipped"])


@pytest.mark.parametrize("name", [".pre-commit-hooks.yaml", ".pre-commit-config.yaml"])
def test_every_hook_takes_what_is_staged_for_files(name: str, repository: Path) -> None:
    """Its options end before the names begin."""
    document = yaml.safe_load((repository / name).read_text(encoding="utf-8"))
    hooks = document if isinstance(document, list) else [hook for each in document["repos"] for hook in each["hooks"]]

    assert {hook["id"]: hook["args"][-1] for hook in hooks} == {hook["id"]: "--" for hook in hooks}


def test_a_staged_name_that_begins_as_an_option_does_is_a_file(scratch: Repository, registry_file: Path) -> None:
    """Both hooks look at it: a registry that is none is refused by each, for what it is."""
    odd = scratch.folder / "--version" / registry_file.name
    odd.parent.mkdir()
    odd.write_text("{}", encoding="utf-8")

    reply = scratch.commit()

    assert reply.returncode == 1
    assert reply.stdout.count("fail         --version/models_registry.json") == 2


def test_a_batch_that_no_longer_fits_is_refused_at_its_line(gate: Repository) -> None:
    """As an annotation that GitHub shows beside it, with what would pass in the words of the file."""
    path = gate.folder / "train.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    number = lines.index("micro_batch_size: 1") + 1
    path.write_text("\n".join(lines).replace("micro_batch_size: 1", "micro_batch_size: 64") + "\n", encoding="utf-8")
    before = gate.git("rev-parse", "HEAD")

    reply = gate.commit()

    (error,) = (line for line in reply.stdout.splitlines() if line.startswith("::error "))
    assert (reply.returncode, gate.git("rev-parse", "HEAD")) == (1, before)
    assert error.startswith(f"::error file=train.yaml,line={number},col=1,title=vram-low ")
    assert "would pass: micro_batch_size=" in error
    gate.git("reset", "--quiet", "--hard")


def test_a_batch_that_fits_and_files_of_no_tool_are_committed(gate: Repository) -> None:
    """The hook looks at the one and passes over the others."""
    (gate.folder / "values.yaml").write_text("replicas: 3\n", encoding="utf-8")
    path = gate.folder / "train.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("lora_r: 16", "lora_r: 8"), encoding="utf-8")

    reply = gate.commit()

    assert reply.returncode == 0, reply.stdout
    assert "Passed" in reply.stdout


def test_an_id_that_is_out_of_date_is_replaced(named: Repository) -> None:
    """The commit is refused, since a file has changed; the next one passes."""
    former, now = "meta-llama/Meta-Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"
    named.git("reset", "--quiet", "--hard")
    path = named.folder / "serve.sh"
    path.write_text(f"vllm serve {former}\n", encoding="utf-8")

    refused, committed = named.commit(), named.commit()

    assert (refused.returncode, committed.returncode) == (1, 0), refused.stdout + committed.stdout
    assert f"serve.sh:1:12: {former}: renamed; now {now}" in refused.stdout
    assert path.read_text(encoding="utf-8") == f"vllm serve {now}\n"


def test_an_id_that_is_nowhere_is_refused(named: Repository) -> None:
    """And left as it is."""
    named.git("reset", "--quiet", "--hard")
    path = named.folder / "train.yaml"
    path.write_text("base_model: Qwen/Qwen3-9B\n", encoding="utf-8")

    reply = named.commit()

    assert reply.returncode == 1
    assert "train.yaml:1:13: Qwen/Qwen3-9B: not in the registry; did you mean" in reply.stdout
