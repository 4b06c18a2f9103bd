"""
Other tools' files, written and read: for each tool one table of correspondences that goes both ways.

What needs a verdict (the split, the GPUs that pass) is handed in by the registry. A file of this folder imports only from
files above it in this list:

- errors: what can go wrong with other tools' files.
- items: one key of another tool's file, with its place.
- vocabulary: a tool's own words: its keys, what they take, and which of them we follow.
- texts: other tools' texts become items and commands, with their places.
- exporting: what is exported, for which GPUs, and the text that comes of it.
- handover: whether a serving engine can load what a training run leaves behind.
- rules: correspondences between our settings and a tool's keys.
- dialect: a tool's file as a table of rules, written and read.
- training: files of training tools.
- serving: files and commands of serving engines.
- launching: files that start one of them somewhere: written only.
- targets: all of them by name.
- foreign_config: what another tool's file says, in our words.
- recognising: whose file a text is.
- reading: a file becomes what it says.
- judged: what is said of a file: the verdict on it, and where it differs from the registry.
"""
