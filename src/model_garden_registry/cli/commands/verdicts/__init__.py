"""
Settings, memory and verdicts for a task.

A file of this folder imports only from files above it in this list:

- defaults: merged settings.
- estimate: memory, part by part.
- fit: which models run on given hardware.
- plan: which hardware runs a model.
- validate: models for a task.
- matrix: what training stacks and serving engines support.
- hardware: what this machine has.
"""
