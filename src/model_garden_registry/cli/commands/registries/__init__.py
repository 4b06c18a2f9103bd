"""
Registries over time: ``mgr registry …``.

A file of this folder imports only from files above it in this list:

- migrate: files of older formats.
- lock: what models were, and what has changed.
- outdated: files that name models.
- scan: models on this machine.
- registry: the group, which imports a command when it is used.
"""
