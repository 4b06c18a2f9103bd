"""
Registries over time: ``mgr registry …``.

A file of this folder imports only from files above it in this list:

- init: an overlay for one's own models.
- add: a fine-tune of a known model.
- copy: an entry, to edit it.
- remove: an entry, removed or hidden.
- migrate: files of older formats.
- lock: what models were, and what has changed.
- update: the remote registry, downloaded.
- status: the files in use, and the remote registry.
- outdated: files that name models.
- scan: models on this machine.
- registry: the group, which imports a command when it is used.
"""
