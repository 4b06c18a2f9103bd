"""
Configurations of Ray Serve LLM.

A file of this folder imports only from files above it in this list:

- configurations: the models of one file, each as items.
- dialect: a file with one model, written; each model of a file, read.
"""
