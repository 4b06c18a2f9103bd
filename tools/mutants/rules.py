"""Which modules, which tests hold them, and survivors that nothing can notice, each with the reason."""

from __future__ import annotations

#: Modules that merge settings or make verdicts, below the package, with the tests that hold them.
HELD = {
    "entries/settings/merging.py": ("tests/entries/settings/test_merging.py",),
    "checks/hardware/hosts.py": ("tests/checks/hardware/test_hosts.py",),
    "checks/hardware/devices.py": ("tests/checks/hardware/test_devices.py",),
    "checks/verdicts.py": ("tests/checks/test_verdicts.py",),
    "checks/settings_rules.py": ("tests/checks/test_settings_rules.py",),
    "checks/validation.py": ("tests/checks/test_validation.py",),
}

#: Of each module, what survives and why: what the mutant is called, and what makes it the same program.
KNOWN: dict[str, dict[str, str]] = {}
