"""
A registry file as a mapping with verbs.

A file of this wing imports only from files above it in this list:

- elsewhere: what the name of a model says that the registry has not.
- resolving: which model a text means.
- entry_cache: the entries of one file, read at once, validated when asked for.
- questions: a question about a model, looked up.
- documented: the models of a file with the methods that the application documents, which ModelRegistry begins with.
- fitting: which models do a task on some hardware.
- exporting: a model written for another tool.
- pairing: a model written for a training tool and a serving engine together.
- foreign: what another tool's file says, judged.
- tool_files: the verbs on other tools' files, which ModelRegistry takes over.
- model_registry: ModelRegistry, the mapping with the verbs.
- shared: the one registry of a process.
"""
