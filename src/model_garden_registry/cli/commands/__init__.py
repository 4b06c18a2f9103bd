"""
One file for each command, in the groups of ``mgr --help``.

A file of this folder imports only from files above it in this list:

- models: look models up.
- verdicts: settings, memory and verdicts for a task.
- dialects: other tools' files.
- files: registry files.
- clusters: more than one machine.
- registries: registries over time.
- service: the registry for other programs.
"""
