"""
Entries made from facts about a model, the rules for defaults, and the memory model.

The rules in words, with their sources: docs/defaults-policy.md. A file of this folder imports only from files above it
in this list:

- facts: the facts about a model.
- config_values: numbers and lists of a config.json, with their types checked.
- config_layers: layers of a config.json that are not all alike.
- config_parts: the parts of a config.json beside its numbers: language model, tower, head.
- config_json: architecture and number format from a model's own config.json.
- config_formats: the number format of the published weights.
- policy: starting values for training and serving, by size and kind.
- machines: the GPUs that defaults must fit, smallest first.
- sizing: lengths, batches and requirements for these machines, by the memory model.
- wording: the texts of an entry: names, tags, descriptions.
- drafting: the raw entry from facts.
- own_config: an entry from a model's own config.json.
- relatives: an entry from another entry: a fine-tune of it, or a copy.
"""
