"""
LLaMA-Factory's YAML files.

A file of this folder imports only from files above it in this list:

- teaching: what a LLaMA-Factory file teaches, what it trains, and with which loss.
- running: how a LLaMA-Factory run is divided, what it keeps in which type, and how it is evaluated.
- dialect: a LLaMA-Factory file, written and read.
"""
