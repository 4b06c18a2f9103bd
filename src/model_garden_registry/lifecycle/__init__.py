"""
Registries, and the files that name models, over time.

A file of this folder imports only from files above it in this list:

- filling: facts of known models that a registry file does not state.
- migration: files of older formats, brought to the newest one in place.
"""
