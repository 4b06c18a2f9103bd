"""
Files of training tools, a module for each.

A file of this folder imports only from files above it in this list:

- axolotl: axolotl's YAML files.
- huggingface: files of transformers, PEFT and TRL, and scripts for TRL and Unsloth.
"""
