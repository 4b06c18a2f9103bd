"""Every check of this project is a session here, and CI runs nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "tests", "package", "client"]

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
#: Coverage is judged once: on the oldest Python, where every module has a system to run on.
MEASURED = PYTHONS[0]
#: Tests that have a session of their own.
ELSEWHERE = (
    "--ignore=tests/browser",
    "--ignore=tests/client",
    "--ignore=tests/clusters",
    "--ignore=tests/hardware/test_peers.py",
    "--ignore=tests/manifests",
    "--ignore=tests/peft",
    "--ignore=tests/s3",
    "--ignore=tests/slurm",
    "--ignore=tests/test_pre_commit.py",
)

#: What judges our data, formulas and pages, which are the same on every Python: asked on the oldest alone.
ONCE = tuple(
    f"--ignore=tests/{path}"
    for path in (
        *("catalogue", "checks/matrix", "families", "memory", "payloads/shapes", "tools", "verdicts"),
        *("dialects/examples", "dialects/handover", "dialects/launching", "dialects/serving", "dialects/training"),
        *("dialects/test_every_target.py", "dialects/test_mutated_files.py", "authoring/test_public_configs.py"),
        *("test_catalogue.py", "test_docs.py", "test_docs_cover_code.py", "test_docs_cover_dialects.py"),
        *("test_docs_cover_findings.py", "test_docs_cover_settings.py", "test_evaluate_memory.py"),
        *("test_everyday_questions.py", "test_faces_agree.py", "test_memory_parts.py", "test_readme.py"),
        *("test_real_counts.py", "test_reported_memory.py", "test_reported_verdicts.py", "test_simulate_memory.py"),
        "test_storage.py",
    )
)

#: Any of them looks at pages and at a local server.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: What pages are tried with, as npm has it.
PYODIDE, AXE = "pyodide@314.0.7", "axe-core@4.14.1"
#: The system and the Python of that Pyodide: what a wheel for it is made for.
PYODIDE_WHEELS = ("--platform", "pyemscripten_2026_0_wasm32", "--python-version", "3.14", "--only-binary", ":all:")

#: Extras that no other session installs: `all` is all of the others, and Ray is for a session of its own.
BY_HAND = ("all", "ray")

#: The suite runs in as many processes as there are cores.
WORKERS = ("--numprocesses=auto",)

ROOT = Path(__file__).resolve().parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
#: What CI installs, each with its hash (`MGR_LOCKED=1`).
LOCKED = Path("locked", "ci.txt")
STORAGE = Path("storage")
ASSETS = Path("src", "model_garden_registry", "page", "assets")
REGISTRY = STORAGE / "models_registry.json"
SCHEMA = STORAGE / "models_registry.schema.json"
CLIENT = Path("clients", "typescript")
CLIENT_NAME = "model-garden-registry-client"


def _wake_pyenv() -> None:
    """
    Make every Python of pyenv available under its own name.

    A shim such as ``python3.12`` fails unless its version is switched on. Which Python runs nox stays as it was.
    """
    if "PYENV_VERSION" in os.environ or not (pyenv := shutil.which("pyenv")):
        return

    calls = [[pyenv, "latest", version] for version in PYTHONS]
    replies = [subprocess.run(call, check=False, capture_output=True, text=True) for call in calls]
    if found := [reply.stdout.strip() for reply in replies if reply.returncode == 0]:
        os.environ["PYENV_VERSION"] = ":".join([*found, "system"])


_wake_pyenv()


def _group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PROJECT, name))


@nox.session
def dev(session: nox.Session) -> None:
    """Install the project, editable and with every tool, beside the nox that runs this."""
    _pip(session, Path(sys.executable), "install", "--editable", ".[all]", *_group("dev"))


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style: ruff's rules, then its formatting."""
    _install(session, *_group("lint"))

    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the sources, then of ordinary use, as a user's own mypy and pyright see it."""
    _install(session, ".[all]", *_group("types"))

    session.run("mypy")
    session.run("mypy", "docs", env={"MYPYPATH": "docs"})
    session.run("mypy", "tools")
    session.run("mypy", str(CLIENT / "generate.py"))
    session.run("mypy", "--config-file=", "--strict", "tests/typing_usage")
    session.run("pyright", "--pythonpath", _python(session.virtualenv.location), "tests/typing_usage")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the built package, on every Python that is present: the oldest runs all of them."""
    _install(session, ".[all]", *_group("test"))

    once = () if session.python == MEASURED or session.posargs else ("-m", "not sweep", *ONCE)
    pytest = ["-m", "pytest", *WORKERS, "--pace", *ELSEWHERE, *once, *session.posargs]
    if session.python != MEASURED or session.posargs or sys.platform != "linux":
        session.run("python", *pytest)
        return

    session.run("coverage", "erase")
    session.run("python", "-m", "coverage", "run", *pytest)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session(python=MEASURED)
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest version of everything that the package asks for."""
    extras = PROJECT["project"]["optional-dependencies"]
    names = [name for name in extras if name not in BY_HAND]
    asked = [*PROJECT["project"]["dependencies"], *(one for name in names for one in extras[name])]
    session.install(".", *[requirement.replace(">=", "==") for requirement in asked])
    session.install(*_group("test"))

    session.run("python", "-m", "pytest", *WORKERS, *ELSEWHERE, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Update the pages: their tables, and the output of their examples. The tests tell when they are stale."""
    session.install(".[all]")

    session.run("python", "docs/_generate.py", *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """Build both distributions and use them where no checkout is near."""
    _install(session, *_group("package"))

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        place = Path(temporary).resolve()
        session.run("python", "-m", "build", "--sdist", "--wheel", "--outdir", str(place / "from_tree"))
        sdist = next(place.glob("from_tree/*.tar.gz"))
        wheel = next(place.glob("from_tree/*.whl"))
        with tarfile.open(sdist) as archive:
            # Set where there is such a filter, and not given: Python 3.11 has it from 3.11.4 on.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(place / "unpacked")
        source = next((place / "unpacked").iterdir())
        session.run("python", "-m", "build", "--wheel", "--outdir", str(place / "from_sdist"), str(source))

        _check_contents(session, wheel)
        _check_same(session, wheel, next(place.glob("from_sdist/*.whl")))
        _check_installed(session, wheel, place)
        _check_editable(session, source, place)


@nox.session
def client(session: nox.Session) -> None:
    """Check the TypeScript client, and run the guide's calls against a server (needs Node.js); generate: write it."""
    if missing := [name for name in ("node", "npm", "curl", "bash") if not shutil.which(name)]:
        _lacking(session, f"not installed: {', '.join(missing)}")
    _install(session, ".[server,yaml]", *_group("test"))
    with session.chdir(CLIENT):
        session.run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", external=True)

    if session.posargs == ["generate"]:
        session.run("python", str(CLIENT / "generate.py"))
        return
    session.run("python", "-m", "pytest", "tests/client", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Look at the pages, and at a local server from other pages, in a real browser (needs Chromium and Node.js)."""
    if not any(map(shutil.which, BROWSERS)):
        _lacking(session, f"no browser is installed: {', '.join(BROWSERS)}")
    if not shutil.which("npm"):
        _lacking(session, "not installed: npm")
    _install(session, ".[server,yaml]", *_group("browser"))

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        brought = _brought_to_browser(session, Path(temporary).resolve())
        session.run("python", "-m", "pytest", "tests/browser", *session.posargs, env=brought)


@nox.session
def screenshots(session: nox.Session) -> None:
    """Draw the pictures of the page in docs/pictures anew (needs Chromium)."""
    if not any(map(shutil.which, BROWSERS)):
        _lacking(session, f"no browser is installed: {', '.join(BROWSERS)}")
    _install(session, ".[server]", *_group("browser"))

    session.run("python", "-m", "tools.screenshots", *session.posargs)


@nox.session
def remote(session: nox.Session) -> None:
    """Download registries from a real S3 server, which runs on this machine."""
    _install(session, ".[remote,s3]", *_group("remote"))

    session.run("python", "-m", "pytest", "tests/s3", *session.posargs)


@nox.session
def ray(session: nox.Session) -> None:
    """Probe a real Ray cluster of two raylets, which runs on this machine (installs Ray)."""
    session.install(".[ray]", *_group("test"))

    session.run("python", "-m", "pytest", "tests/clusters/test_ray.py", *session.posargs)


@nox.session
def slurm(session: nox.Session) -> None:
    """Read a real slurmctld's made-up nodes, and let it judge exported jobs (needs Debian's Slurm and munge; root)."""
    if lacking := [name for name in ("slurmctld", "scontrol", "sbatch", "munged") if not shutil.which(name)]:
        _lacking(session, f"not installed: {', '.join(lacking)}")
    session.install(".[yaml]", *_group("test"))

    session.run("python", "-m", "pytest", "tests/slurm", *session.posargs)


@nox.session
def kubernetes(session: nox.Session) -> None:
    """Read what a real kubectl prints of samples that a stub of the API serves (needs kubectl)."""
    if not shutil.which("kubectl"):
        _lacking(session, "not installed: kubectl")
    session.install(".[yaml]", *_group("test"))

    session.run("python", "-m", "pytest", "tests/clusters/test_kubectl.py", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Feed generated input to everything that parses files from outside, then thousands of requests to a server."""
    session.install(".[all]", *_group("fuzz"), *_group("test"))

    examples = os.environ.get("MGR_FUZZ_EXAMPLES", "3000")
    files = ["tests/fuzz", "tests/dialects/test_mutated_files.py"]
    more = {"MGR_FUZZ_EXAMPLES": examples, "MGR_MUTATIONS": examples}
    session.run("python", "-m", "pytest", *WORKERS, *files, env=more)
    with _server(session) as url:
        call = ["schemathesis", "--config-file", str(ROOT / "tests" / "schemathesis.toml"), "run"]
        limits = ["--suppress-health-check", "filter_too_much"]  # no id is a wrong one, however long they look for it
        session.run(*call, f"{url}/openapi.json", "--checks", "all", "--max-examples", "800", *limits, *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Mutate merging, verdicts and placing in a hundred ways per module: the tests must notice nine of ten."""
    session.install(".[all]", *_group("test"))

    session.run("python", "-m", "tools.mutants", *session.posargs)


@nox.session
def ajv(session: nox.Session) -> None:
    """Check the shipped schema and registry with three other validators (needs Node.js)."""
    _install(session, *_group("ajv"))

    call = ["npx", "--yes", "ajv-cli@5.0.0", "validate", "-s", str(SCHEMA), "-d", str(REGISTRY)]
    session.run(*call, external=True)
    session.run(*call, "--strict-types=true", "--strict-tuples=true", external=True)
    session.run("check-jsonschema", "--check-metaschema", str(SCHEMA))
    session.run("check-jsonschema", "--schemafile", str(SCHEMA), str(REGISTRY))
    session.run("jsonschema", "--instance", str(REGISTRY), str(SCHEMA), env={"PYTHONWARNINGS": "ignore"})


@nox.session
def precommit(session: nox.Session) -> None:
    """Run the hooks through a real pre-commit on a scratch repository (needs git)."""
    _install(session, ".[all]", *_group("precommit"))

    session.run("python", "-m", "pytest", "tests/test_pre_commit.py", *session.posargs)


@nox.session
def peers(session: nox.Session) -> None:
    """Compare our list of GPUs with those of two other programs (needs Linux and a C compiler)."""
    session.install(".", *_group("peers"))

    session.run("python", "-m", "pytest", "tests/hardware/test_peers.py", *session.posargs)


@nox.session
def peft(session: nox.Session) -> None:
    """Check the target modules of entries in tiny models of transformers, with real PEFT (installs torch)."""
    session.install(".", *_group("peft"))

    session.run("python", "-m", "pytest", "tests/peft", *session.posargs)


@nox.session
def upstream(session: nox.Session) -> None:
    """Check our tables of families, stacks and engines against current packages (downloads some gigabytes)."""
    session.install(".")

    session.run("python", "-m", "tools.upstream", *session.posargs)


@nox.session
def gather(session: nox.Session) -> None:
    """Compare what public sources say of models with what was gathered before: SOURCE=PATH of a checkout or archive."""
    session.install(".[yaml]", *_group("gather"))

    session.run("python", "-m", "tools.gather", *session.posargs)


@nox.session
def dialects(session: nox.Session) -> None:
    """Check every file that we write for other tools with their current packages (downloads some gigabytes)."""
    session.install(".[yaml]")

    session.run("python", "-m", "tools.dialects", *session.posargs)


@nox.session
def manifests(session: nox.Session) -> None:
    """Check every Kubernetes manifest, exported or shipped, with Kubernetes' own schemas."""
    session.install(".[yaml]", *_group("manifests"))

    session.run("python", "-m", "pytest", "tests/manifests", *session.posargs)


@nox.session
def load(session: nox.Session) -> None:
    """Load a server while its file is replaced and misbehaving clients are connected: no proper request may fail."""
    _install(session, ".[server]")

    session.run("python", "-m", "benchmarks.under_load", *session.posargs)
    session.run("python", "-m", "benchmarks.rude_load", *(session.posargs or ("--seconds", "60")))


@nox.session
def bench(session: nox.Session) -> None:
    """Compare the speed with other tools, as ratios; fails if three runs miss a goal by more than a tenth."""
    session.install(".[all]", *_group("bench"))

    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def simulate(session: nox.Session) -> None:
    """Compare the memory model's closed form with simulated training steps: no GPU, no weights, but torch."""
    session.install(".", *_group("simulate"))

    session.run("python", "-m", "benchmarks.simulate_memory", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def lock(session: nox.Session) -> None:
    """Renew what CI installs, for every Python and system, each with its hash."""
    session.install(*_group("lock"))

    extras = [f"--extra={name}" for name in PROJECT["project"]["optional-dependencies"] if name not in BY_HAND]
    call = ["uv", "pip", "compile", "pyproject.toml", *extras, "--group", "ci", "--upgrade", "--quiet"]
    forms = ["--universal", "--python-version", MEASURED, "--generate-hashes", "--no-header"]
    places = ["--no-emit-index-url", "--no-emit-find-links"]
    session.run(*call, *forms, *places, "--output-file", str(LOCKED), *session.posargs)


def _install(session: nox.Session, *requirements: str) -> None:
    """Install what a session needs; with ``MGR_LOCKED=1``, as CI has it, what is locked instead, and the project."""
    if os.environ.get("MGR_LOCKED") != "1":
        session.install(*requirements)
        return
    session.install("--require-hashes", "--requirement", str(LOCKED))
    if any(requirement.startswith(".") for requirement in requirements):
        session.install("--no-deps", "--no-build-isolation", ".")


def _lacking(session: nox.Session, reason: str) -> NoReturn:
    """Skip a session that lacks a program of the system; with ``MGR_NO_SKIPS=1``, as in CI, that is a failure."""
    if os.environ.get("MGR_NO_SKIPS") == "1":
        session.error(reason)
    session.skip(reason)


def _brought_to_browser(session: nox.Session, place: Path) -> dict[str, str]:
    """Get what the tests in a browser need: Pyodide with pydantic's wheels, axe-core, and our client as packed."""
    packed = session.run(
        *("npm", "pack", "--silent", "--pack-destination", str(place), PYODIDE, AXE), external=True, silent=True
    )
    with session.chdir(CLIENT):
        session.run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", external=True)
        session.run("npm", "pack", "--silent", "--pack-destination", str(place), external=True)
    archives = {"client": next(place.glob(f"{CLIENT_NAME}-*.tgz"))}
    for name, archive in (*zip(("pyodide", "axe"), str(packed).split()[-2:], strict=True), *archives.items()):
        with tarfile.open(place / archive) as file:
            file.extraction_filter = getattr(tarfile, "data_filter", None)
            file.extractall(place / name)
    folder = place / "pyodide" / "package"
    session.run("python", "-m", "pip", "download", "--quiet", *PYODIDE_WHEELS, "--dest", str(folder), "pydantic")
    axe, client = place / "axe" / "package" / "axe.min.js", place / "client" / "package" / "dist"
    return {"MGR_PYODIDE": str(folder), "MGR_AXE": str(axe), "MGR_CLIENT": str(client)}


def _check_contents(session: nox.Session, wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        "model_garden/model_registry.py",
        "model_garden/py.typed",
        "model_garden_registry/__init__.py",
        "model_garden_registry/py.typed",
        "model_garden_registry/storage/openapi.json",
        *(f"model_garden_registry/{path.as_posix()}" for path in STORAGE.rglob("*") if path.is_file()),
        *(f"model_garden_registry/page/assets/{path.name}" for path in ASSETS.iterdir()),
    }
    if missing := wanted - names:
        session.error(f"not in the wheel: {', '.join(sorted(missing))}")
    if "model_garden/__init__.py" in names:
        session.error("model_garden/__init__.py would take the namespace from the application that owns it")


def _check_same(session: nox.Session, one: Path, other: Path) -> None:
    contents = [{name: file.read(name) for name in file.namelist()} for file in map(zipfile.ZipFile, (one, other))]
    if differing := {name for name, _ in contents[0].items() ^ contents[1].items()}:
        session.error(f"the sdist builds another wheel: {', '.join(sorted(differing))}")


def _check_installed(session: nox.Session, wheel: Path, place: Path) -> None:
    python = _fresh_venv(session, place / "for_wheel")
    _pip(session, python, "install", str(wheel))

    listed = _mgr(session, python, place, "list", "--format", "ids").split()
    shipped = list(json.loads(REGISTRY.read_bytes())["models"])
    if sorted(listed) != sorted(shipped):
        session.error(f"the installed `mgr list` gave {len(listed)} ids, storage/ has {len(shipped)}")


def _check_editable(session: nox.Session, source: Path, place: Path) -> None:
    python = _fresh_venv(session, place / "for_editable")
    _pip(session, python, "install", "--editable", str(source))

    document = json.loads((source / REGISTRY).read_bytes())
    next(iter(document["models"].values()))["name"] = "Edited in the checkout"
    (source / REGISTRY).write_text(json.dumps(document), encoding="utf-8")

    if "Edited in the checkout" not in _mgr(session, python, place, "list", "--json"):
        session.error("an editable install does not see an edit to storage/")


@contextmanager
def _server(session: nox.Session) -> Iterator[str]:
    """Serve the shipped registry at a free port of this machine; yield the address."""
    call = [_python(session.virtualenv.location), "-m", "model_garden_registry", "serve", "--port", "0"]
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True) as process:
        line = process.stderr.readline() if process.stderr else ""
        if not (match := re.search(r"http://[0-9.]+:[0-9]+", line)):
            session.error(line)
        try:
            yield match[0]
        finally:
            process.terminate()


def _fresh_venv(session: nox.Session, folder: Path) -> Path:
    session.run("python", "-m", "venv", str(folder))
    return Path(_python(str(folder)))


def _python(venv: str) -> str:
    return str(Path(venv, "Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def _pip(session: nox.Session, python: Path, *arguments: str) -> None:
    session.run(str(python), "-m", "pip", *arguments, silent=True, external=True)


def _mgr(session: nox.Session, python: Path, folder: Path, *arguments: str) -> str:
    """Run the installed ``mgr`` in a folder of no project; give its stdout."""
    program = python.with_name("mgr.exe" if sys.platform == "win32" else "mgr")
    session.log(f"mgr {' '.join(arguments)}")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MGR_", "PYTHON"))}
    reply = subprocess.run(
        [program, *arguments],
        check=False,
        cwd=folder,
        env={**environment, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    if reply.returncode:
        session.error(f"mgr {' '.join(arguments)} exited {reply.returncode}")
    return reply.stdout
