"""
Files that start a tool on some platform, a module for each; written only.

A file of this folder imports only from files above it in this list:

- gpu_names: known GPUs by the names that a launcher has for them.
- resource_names: a resource name made of the model's id.
- judged_gpus: the GPUs that a file is judged for, by their names elsewhere.
- choosing: the GPUs of a launched file: all that pass with its settings.
- started: the command that a launcher starts, on any platform.
- servers: a serving engine in its own image.
- trainers: a training tool with its own file.
- kubernetes: a Deployment and a Service.
- skypilot: a task, with a service section for serving.
- dstack: a service or a task.
- slurm: a batch script, for one machine or several.
- launchers: all of them by name.
"""
