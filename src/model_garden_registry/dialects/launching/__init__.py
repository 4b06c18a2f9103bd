"""
Files that start a tool somewhere, a module for each; written only.

A file of this folder imports only from files above it in this list:

- gpu_names: which of the known GPUs a launcher can ask for, by the names that it has for them.
- resource_names: a name for what is started, made of the model's id.
"""
