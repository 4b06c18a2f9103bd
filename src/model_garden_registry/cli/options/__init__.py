"""
Options that several commands share.

A file of this wing imports only from files above it in this list:

- shared: options that every command takes, and the registry that they name.
- completion: what a shell may offer.
- naming: ids as people write them.
- own_config: a model that the registry has not, by its config.json.
- numbers: numbers within bounds.
- override_files: files of settings, ours and other tools'.
- settings: options that change settings.
- hardware: on which hardware models are judged.
- filters: which models, and in which order.
- reports: options of every command that reports.
- sweep: many values of one setting.
"""
