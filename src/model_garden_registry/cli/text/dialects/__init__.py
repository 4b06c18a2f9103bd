"""
Other tools' files as text.

A file of this folder imports only from files above it in this list:

- targets: export targets.
- configs: tool and model of a file.
- checks: verdicts on files.
- drifts: where files differ from the registry.
"""
