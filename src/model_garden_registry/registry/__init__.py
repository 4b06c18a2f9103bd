"""
A registry file as a mapping with verbs.

A file of this wing imports only from files above it in this list:

- resolving: which model a text means.
- entry_cache: the entries of one file, read at once, validated when asked for.
- questions: a question about a model, looked up.
- documented: the models of a file with the methods that the application documents, which ModelRegistry begins with.
- fitting: which models do a task on some hardware.
- foreign: other tools' files, written and judged.
- model_registry: ModelRegistry, the mapping with the verbs.
- shared: the one registry of a process.
"""
