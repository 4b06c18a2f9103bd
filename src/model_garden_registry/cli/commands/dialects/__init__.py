"""
Other tools' files.

A file of this wing imports only from files above it in this list:

- export: a model for another tool.
"""
