"""What others could change under us: actions, what CI installs, what hooks install."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKED = (ROOT / "locked" / "ci.txt").read_text(encoding="utf-8")
NAME = re.compile(r"[A-Za-z0-9._-]+")


def plain(name: str) -> str:
    """Return the name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for() -> set[str]:
    """Return the packages that CI asks for: of the project, its extras, and the groups of its sessions."""
    extras = {**PROJECT["project"]["optional-dependencies"]}
    del extras["ray"]  # of a session that CI does not run
    groups = PROJECT["dependency-groups"]
    texts = [*PROJECT["project"]["dependencies"], *(text for texts in extras.values() for text in texts)]
    names = ["ci"]
    for name in names:
        texts += [one for one in groups[name] if isinstance(one, str)]
        names += [one["include-group"] for one in groups[name] if not isinstance(one, str)]
    found = (NAME.match(text) for text in texts)
    return {plain(match[0]) for match in found if match} - {"model-garden-registry"}


def test_everything_that_ci_installs_is_locked_with_its_hash() -> None:
    """And no file says where from."""
    blocks = re.split(r"\n(?=[a-z0-9])", LOCKED)

    assert asked_for() <= {plain(block.partition("==")[0]) for block in blocks}
    assert [block for block in blocks if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", block, re.DOTALL)] == []
    assert "://" not in LOCKED


def test_actions_are_pinned_by_commit() -> None:
    """A tag can be moved; the version stands beside it, for people and for the bot."""
    workflows = [*(ROOT / ".github" / "workflows").glob("*.yml")]
    uses = [
        line.strip() for path in workflows for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line
    ]

    assert len(workflows) >= 3
    assert [line for line in uses if not re.fullmatch(r"- uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+", line)] == []


def test_workflows_may_only_read_unless_they_publish() -> None:
    """Trusted publishing needs an identity, and nothing else is written."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}

    assert all("\npermissions:\n  contents: read\n" in text for text in texts.values())
    assert [name for name, text in texts.items() if ": write" in text] == ["release.yml"]


def test_hooks_state_the_lowest_versions_of_what_they_install() -> None:
    """Those of the extras."""
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    stated = re.findall(r"additional_dependencies: \[\"(.+)\"\]", text)
    extras = PROJECT["project"]["optional-dependencies"]

    assert len(stated) == text.count("additional_dependencies") == 3
    assert {*stated} <= {*extras["fast"], *extras["yaml"]}


def test_no_message_names_a_package_that_anybody_could_register() -> None:
    """What is installed comes from a checkout."""
    sources = [
        path for folder in ("src", "docs") for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".md")
    ]
    texts = {path: path.read_text(encoding="utf-8") for path in (*sources, ROOT / "README.md")}

    assert [path for path, text in texts.items() if re.search(r"pip install '?model-garden-registry", text)] == []
