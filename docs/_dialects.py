"""The tables about other tools, made from their rules and their words."""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.resolving_ids import answered

from model_garden_registry import load_registry
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.recognising import dialect_of
from model_garden_registry.dialects.rules import Rule
from model_garden_registry.dialects.targets import every_dialect, targets, written_dialects

#: Of one reason so many keys are named.
_NAMED = 12


def targets_table() -> str:
    """Return every export target, with its page."""
    rows = [
        (
            f"[`{target.name}`](dialects/{target.name}.md)",
            target.title,
            " or ".join(target.tasks),
            ", ".join(f"`{form}`" for form in target.forms),
            "yes" if target.is_read else "no",
        )
        for target in targets().values()
    ]
    return _table(("target", "tool", "for", "forms", "read by `mgr check`"), rows)


#: What holds a command, which is told by its program and not by its keys.
_COMMANDS = frozenset({"shell", "command", "kubernetes", "dstack"})


def examples_table() -> str:
    """Return a row for each tool with the results for the real files in ``tests/dialects/examples``."""
    head = ("tool", "files and commands", "recognised", "model found", "keys", *_PLACES, "without an unknown key")
    return _table(head, [_examples(found) for found in every_dialect() if _noted(found.name).is_file()])


#: What becomes of a key.
_PLACES = ("understood", "without influence", "not followed", "gone", "elsewhere", "unknown")


def _noted(name: str) -> Path:
    return Path(__file__).resolve().parents[1] / "tests" / "dialects" / "examples" / f"{name}.json"


def _examples(found: Dialect) -> tuple[str, ...]:
    noted: list[dict[str, Any]] = json.loads(_noted(found.name).read_bytes())
    places = [[_place(found, key) for key in one["keys"]] for one in noted]
    recognised = sum(one["form"] in _COMMANDS or dialect_of(one["keys"], every_dialect()) is found for one in noted)
    answers = answered(load_registry(), [str(one["model"]) for one in noted])
    resolved = sum(answers[str(one["model"])] == "resolves" for one in noted)
    counts = Counter(place for each in places for place in each)
    total = counts.total()
    shares = (f"{100 * counts[place] / total:.1f} %" for place in _PLACES)
    clean = sum("unknown" not in each for each in places)
    share = f"{clean} ({100 * clean / len(noted):.0f} %)"
    return (found.vocabulary.title, str(len(noted)), str(recognised), str(resolved), str(total), *shares, share)


def _place(found: Dialect, text: str) -> str:
    words, key = found.vocabulary, found.key_of(text)
    if key is None:
        plain = found.plain(text)
        return "gone" if plain in words.retired else "elsewhere" if plain in words.elsewhere else "unknown"
    return (
        "not followed"
        if key in words.not_followed
        else ("without influence" if key in words.without_influence else "understood")
    )


def dialect(name: str) -> str:
    """Return a tool's keys with our settings, and what happens to all other keys."""
    found = next(one for one in written_dialects() if one.name == name)
    words = found.vocabulary
    counts = (
        f"{len(words.keys)} keys: {len(found.understood)} understood, {len(words.without_influence)} without influence "
        f"on memory and result, {len(words.not_followed)} not followed; {len(words.aliases)} other spellings, "
        f"{len(words.retired)} keys that are gone."
    )
    parts = [f"## Keys of {words.named}", counts, _mapping(found)]
    if found.constants:
        said = ", ".join(f"`{path} = {value}`" for path, value in found.constants.items())
        parts.append(f"Every file is for {said}.")
    if words.not_followed:
        parts += ["Not followed, and named where a file has them:", _by_reason(words.not_followed)]
    if words.without_influence:
        parts += ["Without influence, and counted:", _by_reason(words.without_influence)]
    if words.elsewhere:
        parts += ["Of a later release, or of another program:", _by_reason(words.elsewhere)]
    if words.retired:
        gone = ((f"`{key}`", _cell(instead)) for key, instead in words.retired.items())
        parts += ["Gone:", _table(("key", "instead"), list(gone))]
    return "\n\n".join(parts)


def _mapping(found: Dialect) -> str:
    model = [(f"`{found.model_key}`", "the model", "")] if found.model_key else []
    return _table(("key", "setting", "how"), [*model, *map(_rule, found.rules)])


def _rule(rule: Rule) -> tuple[str, str, str]:
    keys = ", ".join(f"`{key}`" for key in rule.keys)
    settings = ", ".join(f"`{path}`" for path in rule.settings)
    return keys, settings, _cell(rule.says)


def _by_reason(reasons: Mapping[str, str]) -> str:
    keys: dict[str, list[str]] = defaultdict(list)
    for key, reason in reasons.items():
        keys[reason].append(key)
    return _table(("why", "keys"), [(_cell(reason), _named(names)) for reason, names in keys.items()])


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
