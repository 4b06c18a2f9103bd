"""
Options that several commands share.

A file of this folder imports only from files above it in this list:

- shared: options that every command takes, and the registry that they name.
- completion: shell completion.
- naming: ids as people write them.
- own_config: a model that is not in the registry, by its config.json.
- numbers: numbers within bounds.
- override_files: files of settings, ours and other tools'.
- settings: options that change settings.
- hardware: the hardware to judge models on.
- filters: which models, and in which order.
- reports: options of every command that reports.
- sweep: many values of one setting.
"""
