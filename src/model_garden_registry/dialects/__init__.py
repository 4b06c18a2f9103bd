"""
Other tools' files, written and read: for each tool one table of rules that works both ways.

Inputs that need a verdict (the split, the GPUs that pass) come from the registry. A file of this folder imports only
from files above it in this list:

- errors: errors of other tools' files.
- items: one key of another tool's file, with its place.
- vocabulary: a tool's own words: its keys, their values, and which of them we follow.
- texts: parsers of other tools' texts: items and commands, with their places.
- exporting: the settings and GPUs of an export, and its text.
- handover: whether a serving engine can load the result of a training run.
- rules: correspondences between our settings and a tool's keys.
- dialect: a tool's file as a table of rules, written and read.
- training: files of training tools.
- serving: files and commands of serving engines.
- launching: files that start a tool on some platform: written only.
- ray_serve: configurations of Ray Serve LLM.
- targets: all of them by name.
- foreign_config: the content of another tool's file, in our words.
- recognising: which tool a text is for.
- reading: a file to settings.
- judged: the verdict on a file, and its differences from the registry.
"""
