"""
Which models run on given hardware, and which hardware runs a model, as text.

A file of this folder imports only from files above it in this list:

- loads: memory, split and load of a verdict, as cells of a table.
- fits: models on given hardware.
- plans: hardware for a model.
"""
