"""
Other tools' texts become items with their places.

A file of this folder imports only from files above it in this list:

- documents: YAML and JSON mappings.
"""
