"""
LLaMA-Factory's YAML files.

A file of this folder imports only from files above it in this list:

- teaching: algorithm, method and loss of a LLaMA-Factory file.
- running: sharding, types and evaluation of a LLaMA-Factory run.
- dialect: a LLaMA-Factory file, written and read.
"""
