"""
A registry file as a mapping with verbs.

A file of this wing imports only from files above it in this list:

- lazy_entries: the entries of one file, read at once, validated when asked for.
- model_registry: ModelRegistry, the mapping with the verbs.
- fitting: which rows of a list can do their work on a machine.
- shared: the one registry of a process.
"""
