"""
Look models up.

A file of this folder imports only from files above it in this list:

- list: rows of the registry.
- show: one model.
- compare: models side by side.
- categories: groups of models.
- stats: counts of models and numbers.
- audit: where numbers come from.
"""
