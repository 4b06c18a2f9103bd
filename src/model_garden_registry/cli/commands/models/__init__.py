"""
Look models up.

A file of this wing imports only from files above it in this list:

- list: rows of the registry.
- show: one model.
- compare: models side by side.
- categories: groups of models.
- stats: how many there are of each kind.
- audit: where numbers come from.
"""
