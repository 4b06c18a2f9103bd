"""
Files that start a tool somewhere, a module for each; written only.

A file of this folder imports only from files above it in this list:

- gpu_names: which of the known GPUs a launcher can ask for, by the names that it has for them.
- resource_names: a name for what is started, made of the model's id.
- choosing: the GPUs of a launched file: all that pass with its settings.
- started: what a launcher starts, whatever it is.
- servers: a serving engine that is started, in its own image.
- trainers: a training tool that is started, on a file of its own.
- kubernetes: a Deployment and a Service.
- skypilot: a task, with a service where it serves.
- dstack: a service or a task.
- launchers: all of them by name.
"""
