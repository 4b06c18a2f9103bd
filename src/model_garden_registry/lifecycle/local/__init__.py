"""
Models on this machine.

A file of this folder imports only from files above it in this list:

- model_folders: a folder with a model's files.
- hub_cache: the cache of huggingface_hub.
- scanning: models in caches and folders, and which of them the registry has.
"""
