"""
A registry file as a mapping with verbs.

A file of this folder imports only from files above it in this list:

- elsewhere: what the name of a model outside the registry tells.
- resolving: which model a text means.
- entry_cache: the entries of one file, validated on first use.
- questions: a question about a model, looked up.
- documented: the methods that the application documents, the base of ModelRegistry.
- fitting: which models run a task on given hardware.
- exporting: a model written for another tool.
- pairing: a model written for a training tool and a serving engine together.
- foreign: verdicts on another tool's file.
- tool_files: the verbs on other tools' files, inherited by ModelRegistry.
- clusters: questions about the machines of a cluster.
- model_registry: ModelRegistry, the mapping with the verbs.
- shared: the one registry of a process.
"""
