"""
Settings for one task: an entry's defaults, merged with overrides.

A file of this wing imports only from files above it in this list:

- task_settings: settings for one task, with the origin of each value.
- reached_parts: which parts of a model a stack trains or quantises by itself.
- following: settings that follow others.
- refusals: combinations of settings that a tool refuses.
- own_defaults: what an entry, its stack and its engine choose.
- other_names: settings by the names that people and other tools have for them.
- merging: defaults and overrides become settings.
"""
