"""
Other tools' files, in words.

A file of this folder imports only from files above it in this list:

- targets: what a model can be exported for.
- configs: what a file is about.
- checks: verdicts on files.
- drifts: where files differ from the registry.
"""
