"""``python -m tools.mutants [MODULE…]``: fails where more than one change in ten of a module goes unnoticed."""

from __future__ import annotations

import sys
from collections import Counter

from tools.mutants.changing import mutants_of
from tools.mutants.judging import PACKAGE, ROOT, Fate, TestsFailError, judged
from tools.mutants.rules import HELD, KNOWN

MOST, SEED = 100, 16
LEAST_KILLED = 0.9


def main(modules: list[str]) -> int:
    """Judge the named modules, or all; return the exit code."""
    results = [_is_held(module) for module in modules or HELD]
    return 0 if all(results) else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _is_held(module: str) -> bool:
    """Judge a module, print what survived, and return whether enough did not."""
    source = (ROOT / PACKAGE / module).read_text(encoding="utf-8")
    mutants = mutants_of(source, most=MOST, seed=SEED)
    try:
        fates = judged(module, mutants, HELD[module])
    except TestsFailError:
        _say(f"{module}: its tests fail without a change")
        return False
    counts = Counter(fate for _, fate in fates)
    alive = [mutant for mutant, fate in fates if fate is Fate.SURVIVED]
    judged_count = counts[Fate.KILLED] + counts[Fate.SURVIVED]
    _say(f"{module}: {counts[Fate.KILLED]} of {judged_count} killed, {counts[Fate.NO_MODULE]} do not import")
    for mutant in alive:
        reason = KNOWN.get(module, {}).get(mutant.what, "no reason is known: write a test, or the reason into rules.py")
        _say(f"  {mutant.line}: {mutant.what}: {reason}")
    return counts[Fate.KILLED] >= LEAST_KILLED * judged_count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
