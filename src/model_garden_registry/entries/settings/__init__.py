"""
Settings for one task: an entry's defaults, merged with overrides.

A file of this folder imports only from files above it in this list:

- task_settings: settings for one task, with the origin of each value.
- reached_parts: parts of a model that a stack trains or quantises by itself.
- following: settings that follow others.
- refusals: combinations of settings that a tool refuses.
- own_defaults: what an entry, its stack and its engine choose.
- other_names: settings by their names in other tools, and short names.
- merging: from defaults and overrides to settings.
"""
