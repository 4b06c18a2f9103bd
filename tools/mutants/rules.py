"""Which modules, which tests hold them, and survivors that nothing can notice, each with the reason."""

from __future__ import annotations

from pathlib import Path

#: Modules that merge settings or make verdicts, below the package, with the tests that hold them.
HELD = {
    f"{module}.py": (f"tests/{(path := Path(module)).parent.as_posix()}/test_{path.name}.py", *others)
    for module, others in {
        "entries/settings/task_settings": (),
        "entries/settings/reached_parts": (),
        "entries/settings/following": (),
        "entries/settings/refusals": (),
        "entries/settings/own_defaults": (),
        "entries/settings/other_names": (),
        "entries/settings/merging": (
            "tests/entries/settings/test_refusals.py",
            "tests/entries/settings/test_other_names.py",
        ),
        "checks/hardware/need": (),
        "checks/hardware/demand": (),
        "checks/hardware/devices": (),
        "checks/hardware/compute": (),
        "checks/hardware/states": (),
        "checks/hardware/machine": ("tests/checks/hardware/test_hosts.py",),
        "checks/hardware/fleets": (),
        "checks/hardware/splitting": ("tests/verdicts/test_splits.py",),
        "checks/hardware/few": (),
        "checks/hardware/hosts": (),
        "checks/hardware/driver_states": (),
        "checks/hardware/fit": (),
        "checks/learning_rates": (),
        "checks/settings_rules": (),
        "checks/validation": ("tests/checks/test_settings_rules.py", "tests/verdicts/test_devices_and_hosts.py"),
        "checks/verdicts": (),
    }.items()
}

#: Of each module, what survives and why: what the mutant is called, and what makes it the same program.
KNOWN: dict[str, dict[str, str]] = {
    "checks/hardware/driver_states.py": {"nothing done: assert_never(never)": "no driver is in another state"},
    "checks/settings_rules.py": {"nothing done: assert_never(settings)": "no settings are of another type"},
    "checks/hardware/devices.py": {
        "nothing left out: places = _ranges(sorted(device.index for device in devices if isinstance(device, Gpu)))": (
            "all of them are GPUs, as the line before asks: only the type checker needs it again"
        ),
    },
}
