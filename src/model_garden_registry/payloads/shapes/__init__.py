"""
The type of every JSON document: they describe, and check nothing that is sent.

A file of this wing imports only from files above it in this list:

- shape: what every type of a document has in common.
- errors: why there is no answer.
- entries: lists, entries, categories.
- settings: merged settings.
- hardware: a machine.
- reports: verdicts.
- estimates: what a task takes.
- fits: what runs on which hardware.
- matrices: what training stacks and serving engines do.
- catalogue: models compared.
- dialects: other tools' files.
- documents: every document by its format, with its type and the commands that print it.
"""
