"""
The type of every JSON document: for description only; documents are not validated.

A file of this folder imports only from files above it in this list:

- shape: the base of every type.
- errors: why there is no answer.
- entries: lists, entries, categories.
- settings: merged settings.
- hardware: a machine.
- reports: verdicts.
- estimates: estimates and sweeps.
- fits: what runs on which hardware.
- matrices: what training stacks and serving engines support.
- catalogue: models compared.
- dialects: other tools' files.
- registries: registries, and files that name models, over time.
- clusters: answers about clusters.
- documents: every document by its format, with its type and the commands that print it.
"""
