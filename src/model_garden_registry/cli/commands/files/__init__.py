"""
Registry files.

A file of this folder imports only from files above it in this list:

- schema: files against the schema, and the schema itself.
- lint: files against the rules and physics.
- diff: two registries.
- new: an entry from a model's own config.json.
"""
