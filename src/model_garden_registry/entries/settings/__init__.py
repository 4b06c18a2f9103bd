"""
Settings for one task: an entry's defaults, merged with overrides.

A file of this wing imports only from files above it in this list:

- stacks: what training stacks choose.
- task_settings: settings for one task, with the origin of each value.
- merging: defaults and overrides become settings.
"""
