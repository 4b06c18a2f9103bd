"""
Which models run on some hardware, and which hardware runs a model, in words.

A file of this wing imports only from files above it in this list:

- loads: memory, split and load of a verdict, as cells of a table.
- fits: models on some hardware.
- plans: hardware for a model.
"""
