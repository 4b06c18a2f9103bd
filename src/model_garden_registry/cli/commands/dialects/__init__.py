"""
Other tools' files.

A file of this folder imports only from files above it in this list:

- pairs: a model for a training tool and a serving engine together.
- export: a model for another tool.
- check: whether files will run.
- drift: where a file differs from the registry.
"""
