"""The tables about other tools, made from their rules and their words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.rules import Rule
from model_garden_registry.dialects.targets import targets, written_dialects

#: Of one reason so many keys are named.
_NAMED = 12


def targets_table() -> str:
    """Give everything that a model can be exported for, with its page."""
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


def dialect(name: str) -> str:
    """Give what the keys of a tool are in our settings, and what becomes of all others."""
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
